// What a version would do to footage, in words. Pure.

import type { PolicyAmount, PolicyPlan } from "../../shared/api/types";
import { bytes, count, interval } from "../../shared/time/format";
import { wallTicks } from "../../shared/time/units";

/** `12 segments, 34.0 MB, Mon 23 Nov 2026, 12:00:00 to …`; `Nothing` where there is none. */
export function amountWords({ segments, bytes: size, from_90k: from, to_90k: to }: PolicyAmount): string {
  if (segments === 0) return "Nothing";
  const when = from == null || to == null ? "" : `: ${interval(wallTicks(from), wallTicks(to))}`;
  return `${count(segments)} ${segments === 1 ? "segment" : "segments"}, ${bytes(size)}${when}`;
}

/** Whether it waits a day: it destroys what would otherwise stay, at once or sooner than was promised. */
export const waits = ({ footage }: PolicyPlan): boolean => [footage.destroyed, footage.held, footage.shortened].some((amount) => amount.segments > 0);

/** Whether a change can end footage sooner, and when; `null` where it cannot. */
export function shortensWords(shortens: string): string | null {
  const words: Record<string, string> = { always: "Ends footage sooner", when_full: "Sooner where a disk is full", when_still: "Sooner where nothing moved" };
  return words[shortens] ?? null;
}
