import { expect, test } from "vitest";
import type { CameraRetention, Certificate } from "../../shared/api/types";
import { fromDate } from "../../shared/time/units";
import { kept, step } from "./promise";

const now = fromDate(new Date("2026-11-23T12:00:00Z"));
const hours = (ago: number): number => now - ago * 3600 * 90_000;
const camera = (over: Partial<CameraRetention>): CameraRetention => ({ camera: "c", name: "Yard", keep_days: 7, purpose: "", owner: "", oldest_90k: hours(84), newest_90k: now, bytes: 1, segments: 1, ...over });

test.each<[string, Partial<CameraRetention>, ReturnType<typeof kept>]>([
  ["half way", {}, { share: 0.5, words: "4 days of 7 days", state: "fine" }],
  ["just at its end, the sweep is about to come", { oldest_90k: hours(168) - 60 * 90_000 }, { share: 1, words: "7 days of 7 days", state: "fine" }],
  ["past its end", { oldest_90k: hours(192) }, { share: 1, words: "24 h past the promised 7 days", state: "overdue" }],
  ["empty", { oldest_90k: null }, { share: null, words: "Nothing is kept", state: "none" }],
  ["without a purpose", { keep_days: null }, { share: null, words: "4 days old, no purpose in force", state: "none" }],
  ["promised minutes", { keep_days: 0, oldest_90k: hours(0.1) }, { share: null, words: "6 min old, promised less than a day", state: "fine" }],
])("%s", (_, over, expected) => {
  expect(kept(camera(over), now)).toEqual(expected);
});

test.each([
  ["certified", null, { words: "Certified", tone: "good" }],
  ["unlinked", null, { words: "File removed", tone: "warn" }],
  ["key_destroyed", "The disk is read-only.", { words: "Key destroyed", tone: "bad" }],
])("%s, failing %j", (at, failing, expected) => {
  const certificate: Certificate = { segment: "s", camera: "c", camera_name: "Yard", start_90k: 0, end_90k: 0, bytes: 0, rule: "", due_90k: 0, unreadable_at_90k: null, unlinked_at_90k: null, entry: null, step: at, failing };
  expect(step(certificate)).toEqual(expected);
});
