// What the states of address tables mean. Pure.

import type { AddressTable } from "../../shared/api/types";
import type { Tone } from "../../shared/storage/outlook";
import { between, SECONDS_PER_DAY, type WallTicks, wallTicks } from "../../shared/time/units";

type Told = NonNullable<AddressTable["content"]>["cameras"][number];

export const tableState: Record<AddressTable["state"], { words: string; tone: Tone | "plain" }> = {
  waiting: { words: "Waits for a second person", tone: "warn" },
  in_force: { words: "In force", tone: "good" },
  too_old: { words: "Too old to count", tone: "bad" },
  replaced: { words: "Replaced by a newer one", tone: "plain" },
  withdrawn: { words: "Taken back", tone: "plain" },
};

/** Whether it is out of use for good. */
export const isPast = (table: AddressTable): boolean => table.state === "replaced" || table.state === "withdrawn";

export const saysWords: Record<Told["says"], { words: string; tone: Tone | "plain" }> = {
  match: { words: "Fits", tone: "good" },
  other: { words: "Another device", tone: "bad" },
  contradiction: { words: "Contradiction", tone: "bad" },
  shared: { words: "A router", tone: "plain" },
};

/** What becomes of a camera when the table is signed; `null` where nothing does. */
export function effect(camera: Told): { words: string; tone: Tone } | null {
  const after = camera.outcome_with ?? camera.outcome;
  if (after === camera.outcome) return null;
  if (after === "accepted") return { words: "Will be accepted", tone: "good" };
  return { words: `Will be ${after}${camera.outcome === "accepted" ? " and stop" : ""}`, tone: after === "conditional" ? "warn" : "bad" };
}

/** Within this many days of its end a table should be brought anew. */
const NOTICE_DAYS = 7;

/** How long it still counts. */
export function left(table: AddressTable, now: WallTicks): { words: string; tone: Tone } {
  const days = between(now, wallTicks(table.ends_90k)) / SECONDS_PER_DAY;
  if (days < 0) return { words: "It counts no more: file a newer one", tone: "bad" };
  const whole = Math.floor(days);
  const words = whole === 0 ? "Less than a day more" : `${whole} more day${whole === 1 ? "" : "s"}`;
  return days <= NOTICE_DAYS ? { words: `${words}: file a newer one`, tone: "warn" } : { words, tone: "good" };
}
