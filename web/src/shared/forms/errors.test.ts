import { expect, test } from "vitest";
import type { Problem } from "../api/client";
import { errorAt, faults, fromProblem, textFault } from "./errors";

const problem = (over: Partial<Problem>): Problem => ({ kind: "/problems/invalid", title: "Something in the request is wrong.", detail: "It has 0 characters.", status: 422, field: null, ...over });

test("a problem stands at its field", () => {
  const errors = fromProblem(problem({ field: "name" }), ["name", "address"]);
  expect(errorAt(errors, "name")).toBe("It has 0 characters.");
  expect(errorAt(errors, "address")).toBeNull();
});

test.each([[null], ["limit"]])("a problem of %j, which this form does not have, stands at the top in full", (field) => {
  expect(fromProblem(problem({ field }), ["name"])).toEqual([{ field: null, words: "Something in the request is wrong. It has 0 characters." }]);
});

test.each([
  ["", "Name it."],
  ["   ", "Name it."],
  ["a", "It has 1 character; at least 2 are needed."],
  ["ab", null],
  ["abcdef", "It has 6 characters; at most 5 are possible."],
])("the text %j", (typed, expected) => {
  expect(textFault(typed, 2, 5, "Name it.")).toBe(expected);
});

test("only what is wrong is listed", () => {
  expect(faults([["a", null], ["b", "Missing."]])).toEqual([{ field: "b", words: "Missing." }]);
});
