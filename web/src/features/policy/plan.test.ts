import { expect, test } from "vitest";
import { fromDate } from "../../shared/time/units";
import { amountWords, shortensWords, waits } from "./plan";

const noon = fromDate(new Date("2026-11-23T12:00:00Z"));

test.each([
  [{ segments: 0, bytes: 0 }, "Nothing"],
  [{ segments: 1, bytes: 812, from_90k: null, to_90k: null }, "1 segment, 812 B"],
  [{ segments: 1200, bytes: 34_000_000, from_90k: noon, to_90k: noon + 600 * 90_000 }, "1\u2009200 segments, 34.0 MB: Mon 23 Nov 2026, 12:00:00 to 12:10:00 GMT (10 min)"],
])("%j", (amount, expected) => {
  expect(amountWords(amount)).toBe(expected);
});

const none = { segments: 0, bytes: 0, from_90k: null, to_90k: null };
const some = { ...none, segments: 3 };

test.each([
  ["nothing ends sooner", none, none, none, false],
  ["something goes at once", some, none, none, true],
  ["something goes with its hold", none, some, none, true],
  ["something goes sooner", none, none, some, true],
])("%s", (_, destroyed, held, shortened, expected) => {
  // Both times are of one clock, read twice: the second is a little later even where nothing waits.
  const plan = { at_90k: noon, earliest_90k: noon + 7, earliest_because: "", summary: [], footage: { destroyed, held, shortened }, cameras: [], changes: [] };
  expect(waits(plan)).toBe(expected);
});

test.each([["never", null], ["always", "Ends footage sooner"], ["when_full", "Sooner where a disk is full"]])("a change that shortens %s", (shortens, expected) => {
  expect(shortensWords(shortens)).toBe(expected);
});
