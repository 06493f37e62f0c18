import { expect, test } from "vitest";
import type { Span } from "../../shared/api/types";
import { wallTicks } from "../../shared/time/units";
import { neighbouringGap, newest, spanAt, words } from "./spans";

const s = (kind: Span["kind"], from: number, to: number, text: string | null = null): Span => ({
  kind, start_90k: from * 90_000, end_90k: to * 90_000, cause: null, words: text, entry: null,
});
const spans = [s("unknown", 0, 10), s("recorded", 10, 100), s("gap", 100, 130, "The camera could not be reached."), s("recorded", 130, 200), s("unknown", 200, 300)];
const at = (seconds: number) => wallTicks(seconds * 90_000);

test("each moment has one span", () => {
  expect(spanAt(spans, at(100))?.kind).toBe("gap");
  expect(spanAt(spans, at(99.9))?.kind).toBe("recorded");
  expect(spanAt(spans, at(301))).toBeNull();
});

test("next and previous gap", () => {
  expect(neighbouringGap(spans, at(20), 1)).toBe(at(100));
  expect(neighbouringGap(spans, at(150), -1)).toBe(at(100));
  expect(neighbouringGap(spans, at(150), 1)).toBeNull();
  expect(newest(spans)).toBe(at(200));
});

test("a gap says why", () => {
  const gap = spans[2];
  expect(gap === undefined ? "" : words(gap)).toBe("No footage, 01:01:40 to 01:02:10 (30 s). The camera could not be reached.");
});

test("hours in which nothing was to be recorded are said as such, and are no gap to go to", () => {
  const night: Span = { ...s("gap", 200, 260, "The policy says not to record at this time. Nothing is missing."), cause: "outside_hours" };
  expect(words(night)).toBe("Outside its hours, 01:03:20 to 01:04:20 (1 min). The policy says not to record at this time. Nothing is missing.");
  expect(neighbouringGap([...spans, night], at(150), 1)).toBeNull();
});
