// A camera's promise against the age of its oldest footage, and the steps of a deletion in words. Pure.

import type { CameraRetention, Certificate } from "../../shared/api/types";
import { promised, span } from "../../shared/time/format";
import { between, seconds, SECONDS_PER_DAY, type WallTicks, wallTicks } from "../../shared/time/units";

export interface Kept {
  /** Share of the promised time that the oldest footage has lived; `null` when there is no promise in days or no footage. */
  share: number | null;
  words: string;
  state: "fine" | "overdue" | "none";
}

/** A sweep runs every few seconds and segments last a minute: past the promise by less than this is not late. */
const GRACE_SECONDS = 120;

export function kept(camera: CameraRetention, now: WallTicks): Kept {
  const keep = camera.keep_days ?? null;
  if (camera.oldest_90k == null) return { share: null, words: "Nothing is kept", state: "none" };
  const age = between(wallTicks(camera.oldest_90k), now);
  if (keep === null) return { share: null, words: `${span(age)} old, no purpose in force`, state: "none" };
  if (keep === 0) return { share: null, words: `${span(age)} old, promised less than a day`, state: "fine" };
  const whole = keep * SECONDS_PER_DAY;
  if (age > whole + GRACE_SECONDS) return { share: 1, words: `${span(seconds(age - whole))} past the promised ${promised(keep)}`, state: "overdue" };
  return { share: Math.min(1, Math.max(0, age / whole)), words: `${span(age)} of ${promised(keep)}`, state: "fine" };
}

const steps: Record<string, string> = { intended: "Decided", key_destroyed: "Key destroyed", unlinked: "File removed", certified: "Certified" };

/** Where a deletion stands. */
export const step = (certificate: Certificate): { words: string; tone: "good" | "warn" | "bad" } => {
  const words = steps[certificate.step] ?? certificate.step;
  if (certificate.failing != null) return { words, tone: "bad" };
  return { words, tone: certificate.step === "certified" ? "good" : "warn" };
};
