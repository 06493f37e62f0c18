import { expect, test } from "vitest";
import { plus, seconds, wallTicks } from "../../shared/time/units";
import { NARROWEST, pan, requestFor, start, end, ticks, timeAt, type View, WIDEST, xOf, zoom } from "./view";

const noon = wallTicks(Date.UTC(2026, 10, 23, 12) * 90);
const hour: View = { centre: noon, width: seconds(3600) };

test("places and times are each other's inverse", () => {
  for (const x of [0, 250, 999]) expect(xOf(hour, timeAt(hour, x, 1000), 1000)).toBeCloseTo(x, 3);
  expect(xOf(hour, noon, 1000)).toBe(500);
});

test("the moment under the pointer stays under it", () => {
  const before = timeAt(hour, 200, 1000);
  const closer = zoom(hour, 0.5, 200, 1000);
  expect(closer.width).toBe(1800);
  expect(timeAt(closer, 200, 1000)).toBe(before);
});

test("zoom has two ends", () => {
  expect(zoom(hour, 1e-9, 0, 1000).width).toBe(NARROWEST);
  expect(zoom(hour, 1e9, 0, 1000).width).toBe(WIDEST);
});

test("panning a screen moves a screen", () => {
  expect(pan(hour, 1000, 1000).centre).toBe(plus(noon, seconds(3600)));
});

test("marks stand at round times and not too close", () => {
  const marks = ticks(hour, 1000);
  expect(marks[0]?.step).toBe(600);
  expect(marks.every((mark) => (mark.at / 90_000) % 600 === 0)).toBe(true);
  expect(marks).toHaveLength(7);
});

test("small moves ask for nothing new, and the request covers the screen", () => {
  const a = requestFor(hour);
  expect(requestFor(pan(hour, 20, 1000))).toEqual(a);
  expect(a.from <= start(hour) && end(hour) <= a.to).toBe(true);
});
