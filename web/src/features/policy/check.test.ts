import { expect, test } from "vitest";
import type { PolicyReading } from "../../shared/api/types";
import { found, type Found, foundWords, kept, numberOf, wrongLines } from "./check";

const mistake = (line: number) => ({ line, column: 2, rule: "site.name", words: `wrong in ${line}` });
const reading = (over: Partial<PolicyReading>): PolicyReading => ({ mistakes: [], can_come_into_force: false, findings: [], unnamed: [], unknown: [], cameras: [], prose: [], plan: null, ...over });

test("each wrong line is marked once", () => {
  expect(wrongLines([mistake(7), mistake(3), mistake(7)])).toEqual([3, 7]);
});

test.each([
  ["3", 1, 3],
  [null, 1, 1],
  [undefined, null, null],
  ["0", 1, 1],
  ["-3", null, null],
  ["3x", null, null],
])("the address %j, with version %j in force", (parameter, now, expected) => {
  expect(numberOf(parameter, now)).toBe(expected);
});

test("mistakes come first, then what cannot be done, then remarks, each by line", () => {
  const all = found(reading({
    mistakes: [mistake(9), mistake(4)],
    findings: [
      { refused: false, reason: { rule: "dpias.a", line: 2, words: "due soon" } }, { refused: true, reason: { rule: "cameras.b", words: "no line" } },
      { refused: true, reason: { rule: "cameras.a", line: 8, words: "sound" } },
    ],
  }));
  expect(all.map((each) => [each.weight, each.line])).toEqual([["mistake", 4], ["mistake", 9], ["refused", 8], ["refused", null], ["remark", 2]]);
});

test("words that followed a colon in the terminal stand as a sentence", () => {
  const words = ["nothing is written here; say it in words", "\"a while\" is no length", "Done already."];
  expect(found(reading({ mistakes: words.map((each) => ({ ...mistake(1), words: each })) })).map((each) => each.words)).toEqual(["Nothing is written here; say it in words.", "\"a while\" is no length.", "Done already."]);
});

const some = (weight: Found["weight"], count: number): Found[] => Array.from({ length: count }, () => ({ weight, rule: "", words: "", line: 1, column: 1 }));

test.each([
  [0, 0, 0, "No mistakes."],
  [1, 0, 0, "1 mistake."],
  [2, 0, 1, "2 mistakes, 1 remark."],
  [0, 2, 0, "No mistakes, 2 things this recorder cannot do."],
  [0, 1, 3, "No mistakes, 1 thing this recorder cannot do, 3 remarks."],
])("%d, %d and %d", (mistakes, refused, remarks, expected) => {
  expect(foundWords([...some("mistake", mistakes), ...some("refused", refused), ...some("remark", remarks)])).toBe(expected);
});

test.each([[30 * 86_400, "30 days"], [3600, "1 h"]])("footage kept %d seconds", (length, expected) => {
  expect(kept(length * 90_000)).toBe(expected);
});
