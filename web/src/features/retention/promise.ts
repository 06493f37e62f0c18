// A camera's promise against the age of its oldest footage, and the steps of a deletion in words. Pure.

import type { CameraRetention, Certificate } from "../../shared/api/types";
import { date, promised, span } from "../../shared/time/format";
import { between, seconds, SECONDS_PER_DAY, type WallTicks, wallTicks } from "../../shared/time/units";

export interface Kept {
  /** Share of its promised life that the oldest footage has lived; `null` when there is no promise or no footage. */
  share: number | null;
  words: string;
  state: "fine" | "overdue" | "held" | "none";
}

/** A sweep runs every few seconds and segments last a minute: past the promise by less than this is not late. */
const GRACE_SECONDS = 120;

/** The oldest footage against the end of its own life: what was promised for it, by whatever version, and not what is promised now. */
export function kept(camera: CameraRetention, now: WallTicks): Kept {
  const oldest = camera.oldest ?? null;
  if (camera.oldest_90k == null) return { share: null, words: "Nothing is kept", state: "none" };
  if (oldest === null) return open(camera, between(wallTicks(camera.oldest_90k), now));
  const age = between(wallTicks(oldest.start_90k), now);
  const life = between(wallTicks(oldest.start_90k), wallTicks(oldest.keep_until_90k));
  const past = between(wallTicks(oldest.keep_until_90k), now);
  if (oldest.held_until_90k != null && past > 0) return { share: 1, words: `Past its end, on hold until ${date(wallTicks(oldest.held_until_90k))}`, state: "held" };
  if (oldest.overdue && past > GRACE_SECONDS) return { share: 1, words: `${span(past)} past the promised ${span(life)}`, state: "overdue" };
  return { share: life > 0 ? Math.min(1, Math.max(0, age / life)) : 1, words: `${span(age)} of ${span(life)}`, state: "fine" };
}

/** Nothing is closed yet: only the age is known, and what is promised for footage of now. */
function open(camera: CameraRetention, age: number): Kept {
  const keep = camera.keep_days ?? null;
  const old = span(seconds(age));
  if (keep === null) return { share: null, words: `${old} old, no purpose in force`, state: "none" };
  if (keep === 0) return { share: null, words: `${old} old, promised less than a day`, state: "fine" };
  return { share: Math.min(1, Math.max(0, age / (keep * SECONDS_PER_DAY))), words: `${old} of ${promised(keep)}`, state: "fine" };
}

const onDisk: Record<string, { words: string; tone: "good" | "warn" | "bad" }> = {
  fits: { words: "On the disk", tone: "good" },
  missing: { words: "Not on the disk", tone: "bad" },
  differs: { words: "The disk says something else", tone: "bad" },
  unavailable: { words: "Disk out of reach", tone: "warn" },
};

/** What the disk says of the oldest footage. */
export const disk = (word: string): { words: string; tone: "good" | "warn" | "bad" } => onDisk[word] ?? { words: word, tone: "warn" };

const steps: Record<string, string> = { intended: "Decided", key_destroyed: "Key destroyed", unlinked: "File removed", certified: "Certified" };

/** Where a deletion stands. */
export const step = (certificate: Certificate): { words: string; tone: "good" | "warn" | "bad" } => {
  const words = steps[certificate.step] ?? certificate.step;
  if (certificate.failing != null) return { words, tone: "bad" };
  return { words, tone: certificate.step === "certified" ? "good" : "warn" };
};
