import { expect, test } from "vitest";
import { foundWords, startOf, wrongLines } from "./check";

const mistake = (line: number | null) => ({ line, column: 1, rule: "", words: "" });

test("each wrong line is marked once", () => {
  expect(wrongLines([mistake(7), mistake(3), mistake(7), mistake(null)])).toEqual([3, 7]);
});

test.each([
  ["3", 1, 3],
  [null, 1, 1],
  ["0", 1, 1],
  ["-3", null, null],
  ["3x", null, null],
])("the address %j, with version %j in force", (parameter, now, expected) => {
  expect(startOf(parameter, now)).toBe(expected);
});

test.each([
  [0, 0, "No mistakes."],
  [1, 0, "1 mistake."],
  [2, 1, "2 mistakes, 1 remark."],
  [0, 3, "No mistakes, 3 remarks."],
])("%d and %d", (mistakes, remarks, expected) => {
  expect(foundWords(mistakes, remarks)).toBe(expected);
});
