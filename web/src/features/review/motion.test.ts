import { expect, test } from "vitest";
import type { MotionSpan } from "../../shared/api/types";
import { wallTicks } from "../../shared/time/units";
import { claimWords, motionAt, motionWords, neighbouringMotion } from "./motion";

const span = (kind: MotionSpan["kind"], from: number, to: number): MotionSpan => ({
  kind, start_90k: from * 90_000, end_90k: to * 90_000, score: 0, extent: kind === "moved" ? 0.034 : 0, area: null, words: kind === "unsure" ? "It is dark." : null,
});
const at = (second: number) => wallTicks(second * 90_000);
const day = [span("still", 0, 10), span("moved", 10, 12), span("still", 12, 13), span("moved", 13, 20), span("unsure", 20, 30), span("moved", 40, 50)];

test("the next movement is the next that somebody would call one", () => {
  const from = (second: number, direction: 1 | -1) => { const found = neighbouringMotion(day, at(second), direction); return found === null ? null : found / 90_000; };
  expect([0, 9, 10, 14, 39, 40].map((second) => from(second, 1))).toEqual([10, 10, 40, 40, 40, null]);
  // A picture before the start that one was sent to.
  expect(from(9.9, 1)).toBe(40);
  expect([60, 41, 39, 10.5, 5].map((second) => from(second, -1))).toEqual([40, 10, 10, null, null]);
  expect(neighbouringMotion([], at(0), 1)).toBeNull();
});

test("what moved lies over what was still", () => {
  expect(motionAt([span("still", 0, 60), span("moved", 10, 12)], at(11))?.kind).toBe("moved");
  expect(motionAt(day, at(35))).toBeNull();
});

test("each stretch has words", () => {
  const words = [span("moved", 0, 5), span("still", 0, 5), span("unsure", 0, 5)].map(motionWords);
  expect(words[0]).toMatch(/^Something moved, .*up to 3 % of the picture$/);
  expect(words[1]).toMatch(/^Nothing was seen to move, /);
  expect(words[2]).toMatch(/^Whether something moved cannot be said, .*It is dark\.$/);
});

test("what the camera says of a moment is told as its word", () => {
  const claims = [
    { kind: "motion" as const, start_90k: 0, end_90k: 900_000, words: "The camera says: motion" },
    { kind: "tamper" as const, start_90k: 450_000, end_90k: 500_000, words: "The camera says: it is covered, turned or blinded" },
  ];
  expect(claimWords(claims, at(1))).toEqual(["The camera says: motion"]);
  expect(claimWords(claims, at(5))).toHaveLength(2);
  expect(claimWords(claims, at(10))).toEqual([]);
});
