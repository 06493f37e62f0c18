// How long a storage directory lasts, as the recorder expects it. Pure.

import type { Storage } from "../api/types";
import { between, SECONDS_PER_DAY, toDate, type WallTicks, wallTicks } from "../time/units";

export type Tone = "good" | "warn" | "bad";

const WARN_DAYS = 7;

/** What is to be expected of its room: the forecast of the server, in words. */
export function outlook(storage: Storage, now: WallTicks): { words: string; tone: Tone } {
  if (storage.state === "unavailable") return { words: "Not known", tone: "bad" };
  if (storage.state === "full") return { words: "Full", tone: "bad" };
  if (storage.full_at_90k != null) {
    const at = wallTicks(storage.full_at_90k);
    const days = between(now, at) / SECONDS_PER_DAY;
    if (days < 1) return { words: "Full within a day", tone: "bad" };
    const whole = Math.floor(days);
    return { words: `Full on ${weekday(at)}, ${whole} day${whole === 1 ? "" : "s"}`, tone: days < WARN_DAYS ? "warn" : "good" };
  }
  if (storage.lasts_until_90k != null) {
    const days = Math.floor(between(now, wallTicks(storage.lasts_until_90k)) / SECONDS_PER_DAY);
    return { words: `Lasts ${days} days and more`, tone: "good" };
  }
  return { words: "Not measured yet", tone: "good" };
}

const weekday = (at: WallTicks): string => toDate(at).toLocaleDateString("en-GB", { weekday: "long" });
