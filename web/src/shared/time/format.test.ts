import { expect, test } from "vitest";
import { bytes, count, moment, span } from "./format";
import { fromDate, seconds } from "./units";

test.each([
  [3, "3 s"],
  [250, "4 min 10 s"],
  [7500, "2 h 5 min"],
  [6 * 86_400, "6 days"],
  [-1, "0 s"],
])("%d seconds are %s", (length, expected) => {
  expect(span(seconds(length))).toBe(expected);
});

test.each([
  ["2026-07-01T13:03:27Z", "Wed 1 Jul 2026, 14:03:27 BST"],
  ["2026-11-23T14:03:27Z", "Mon 23 Nov 2026, 14:03:27 GMT"],
])("%s is %s", (utc, expected) => {
  expect(moment(fromDate(new Date(utc)))).toBe(expected);
});

test("amounts", () => {
  expect([bytes(812), bytes(1_400_000_000), bytes(812_000_000), count(12_345)]).toEqual(["812 B", "1.4 GB", "812 MB", "12\u2009345"]);
});
