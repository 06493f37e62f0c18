import { expect, test } from "vitest";
import type { CameraRetention, Certificate } from "../../shared/api/types";
import { fromDate } from "../../shared/time/units";
import { disk, kept, step } from "./promise";

const now = fromDate(new Date("2026-11-23T12:00:00Z"));
const hours = (ago: number): number => now - ago * 3600 * 90_000;
const camera = (over: Partial<CameraRetention>): CameraRetention => ({ camera: "c", name: "Yard", keep_days: 7, purpose: "", owner: "", rule: "purposes.a.keep", oldest_90k: hours(84), oldest: null, newest_90k: now, bytes: 1, segments: 1, ...over });
/** The oldest footage began so many hours ago and ends so many hours ago (below zero: ahead). */
const oldest = (began: number, ends: number, over: Partial<NonNullable<CameraRetention["oldest"]>> = {}): Partial<CameraRetention> => ({
  oldest_90k: hours(began),
  oldest: { segment: "5e", start_90k: hours(began), keep_until_90k: hours(ends), promised_90k: hours(ends), overdue: ends >= 0, held_until_90k: null, on_disk: "fits", words: "", ...over },
});

test.each<[string, Partial<CameraRetention>, ReturnType<typeof kept>]>([
  ["half way", oldest(84, -84), { share: 0.5, words: "4 days of 7 days", state: "fine" }],
  ["promised more then than now", { ...oldest(84, -84), keep_days: 2 }, { share: 0.5, words: "4 days of 7 days", state: "fine" }],
  ["just at its end, the sweep is about to come", oldest(168 + 1 / 60, 1 / 60), { share: 1, words: "7 days of 7 days", state: "fine" }],
  ["past its end", oldest(192, 24), { share: 1, words: "24 h past the promised 7 days", state: "overdue" }],
  ["past its end, on hold", oldest(192, 24, { overdue: false, held_until_90k: hours(-240) }), { share: 1, words: "Past its end, on hold until Thu 3 Dec 2026", state: "held" }],
  ["on hold before its end", oldest(84, -84, { held_until_90k: hours(-240) }), { share: 0.5, words: "4 days of 7 days", state: "fine" }],
  ["empty", { oldest_90k: null }, { share: null, words: "Nothing is kept", state: "none" }],
  ["nothing closed yet", {}, { share: 0.5, words: "4 days of 7 days", state: "fine" }],
  ["nothing closed yet, without a purpose", { keep_days: null }, { share: null, words: "4 days old, no purpose in force", state: "none" }],
  ["nothing closed yet, promised minutes", { keep_days: 0, oldest_90k: hours(0.1) }, { share: null, words: "6 min old, promised less than a day", state: "fine" }],
])("%s", (_, over, expected) => {
  expect(kept(camera(over), now)).toEqual(expected);
});

test.each([["fits", "good"], ["missing", "bad"], ["differs", "bad"], ["unavailable", "warn"], ["something new", "warn"]])("a disk that says %s", (word, tone) => {
  expect(disk(word).tone).toBe(tone);
});

test.each([
  ["certified", null, { words: "Certified", tone: "good" }],
  ["unlinked", null, { words: "File removed", tone: "warn" }],
  ["key_destroyed", "The disk is read-only.", { words: "Key destroyed", tone: "bad" }],
])("%s, failing %j", (at, failing, expected) => {
  const certificate: Certificate = { segment: "s", camera: "c", camera_name: "Yard", start_90k: 0, end_90k: 0, bytes: 0, rule: "", due_90k: 0, unreadable_at_90k: null, unlinked_at_90k: null, entry: null, step: at, failing };
  expect(step(certificate)).toEqual(expected);
});
