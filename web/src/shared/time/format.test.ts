import { expect, test } from "vitest";
import { bytes, count, interval, moment, promised, span, timesInWords } from "./format";
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

test.each([
  ["2026-11-23T14:03:27Z", "2026-11-23T14:10:00Z", "Mon 23 Nov 2026, 14:03:27 to 14:10:00 GMT (6 min 33 s)"],
  ["2026-11-23T23:59:30Z", "2026-11-24T00:00:30Z", "Mon 23 Nov 2026, 23:59:30 GMT to Tue 24 Nov 2026, 00:00:30 GMT (1 min)"],
  ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "Sun 25 Oct 2026, 01:30:00 BST to Sun 25 Oct 2026, 01:30:00 GMT (1 h)"],
])("from %s to %s", (from, to, expected) => {
  expect(interval(fromDate(new Date(from)), fromDate(new Date(to)))).toBe(expected);
});

test("a promise shorter than a day is not none", () => {
  expect([promised(0), promised(1), promised(31)]).toEqual(["less than a day", "1 day", "31 days"]);
});

test("amounts", () => {
  expect([bytes(812), bytes(1_400_000_000), bytes(812_000_000), count(12_345)]).toEqual(["812 B", "1.4 GB", "812 MB", "12\u2009345"]);
});

test.each([
  ["It goes from 2026-11-23T14:03:27.000Z to 2026-11-24T14:03:27Z.", "It goes from Mon 23 Nov 2026, 14:03:27 GMT to Tue 24 Nov 2026, 14:03:27 GMT."],
  ["Reviewed 2026-11-23.", "Reviewed 2026-11-23."],
  ["At 2026-13-45T99:00:00Z.", "At 2026-13-45T99:00:00Z."],
])("stamps in %j are said as times", (sentence, expected) => {
  expect(timesInWords(sentence)).toBe(expected);
});
