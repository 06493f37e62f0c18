import { expect, test } from "vitest";
import { fromDate } from "../../shared/time/units";
import { amountWords, shortensWords } from "./plan";

const noon = fromDate(new Date("2026-11-23T12:00:00Z"));

test.each([
  [{ segments: 0, bytes: 0 }, "Nothing"],
  [{ segments: 1, bytes: 812, from_90k: null, to_90k: null }, "1 segment, 812 B"],
  [{ segments: 1200, bytes: 34_000_000, from_90k: noon, to_90k: noon + 600 * 90_000 }, "1\u2009200 segments, 34.0 MB: Mon 23 Nov 2026, 12:00:00 to 12:10:00 GMT (10 min)"],
])("%j", (amount, expected) => {
  expect(amountWords(amount)).toBe(expected);
});

test.each([["never", null], ["always", "Ends footage sooner"], ["when_full", "Sooner where a disk is full"]])("a change that shortens %s", (shortens, expected) => {
  expect(shortensWords(shortens)).toBe(expected);
});
