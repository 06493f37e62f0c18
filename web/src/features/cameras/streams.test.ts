import { expect, test } from "vitest";
import type { Stream } from "../../shared/api/types";
import { advice, gigabytesADay, measuredWords } from "./streams";

const stream = (over: Partial<Stream>): Stream => ({
  kind: "main", encoding: "H264", width: 1920, height: 1080, rate: 25, state: "receiving", trouble: null, measured: { key_frame_ms: 1000, bit_rate_kbit: 4000, rate_milli: 25_000 }, ...over,
});
const sub = stream({ kind: "sub", width: 640, height: 360, rate: 10, measured: { key_frame_ms: 1000, bit_rate_kbit: 300, rate_milli: 10_000 } });
const measured = (key_frame_ms: number, rate_milli = 25_000) => ({ key_frame_ms, bit_rate_kbit: 4000, rate_milli });

test("figures as people read them", () => {
  expect(measuredWords(stream({}))).toBe("25 pictures and 4.0 Mbit/s, 43 GB a day; a key frame every 1 s");
  expect(measuredWords(sub)).toBe("10 pictures and 300 kbit/s, 3.2 GB a day; a key frame every 1 s");
  expect(measuredWords(stream({ measured: null }))).toBeNull();
  expect(gigabytesADay(0)).toBe("0.0");
});

test("a camera that is set well needs no advice", () => {
  expect(advice([stream({}), sub])).toEqual([]);
  expect(advice([])).toEqual([]);
  expect(advice([stream({ measured: null }), sub])).toEqual([]);
});

test("key frames far apart are said with what they cost", () => {
  expect(advice([stream({ measured: measured(4000) }), sub]).join()).toMatch(/only every 4 s: live pictures/);
  expect(advice([stream({ measured: measured(2000) }), sub]).join()).toMatch(/every 2 s: set it to 1 s .* if motion/);
});

test("what is missing, too large or too slow", () => {
  expect(advice([stream({})]).join()).toMatch(/no sub-stream/);
  expect(advice([stream({}), stream({ kind: "sub" })]).join()).toMatch(/1920 pixels wide: 640/);
  expect(advice([stream({ measured: measured(1000, 12_500) }), sub]).join()).toMatch(/12\.5 of the 25 pictures/);
});
