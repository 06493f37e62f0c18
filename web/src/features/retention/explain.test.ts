import { expect, test } from "vitest";
import { fromDate } from "../../shared/time/units";
import { checkWhy, questionOf, toQuestion, whyAddress, whyForm } from "./explain";

const noon = fromDate(new Date("2026-11-23T12:00:00Z"));
const late = fromDate(new Date("2026-11-23T12:00:27Z"));

test.each([
  ["?why=c1&at=160000000000000", { camera: "c1", at: 160_000_000_000_000 }],
  ["?why=c1", null],
  ["?why=c1&at=soon", null],
  ["?why=../holds&at=1", null],
  ["?why=c1&at=9999999999999999", null],
  ["", null],
])("the address %j", (address, expected) => {
  expect(questionOf(new URLSearchParams(address))).toEqual(expected);
});

test("an address leads back to its question", () => {
  expect(questionOf(new URLSearchParams(whyAddress("c1", noon).replace("#why", "")))).toEqual({ camera: "c1", at: noon });
});

test.each([
  [{ camera: "c1", at: "2026-11-23T11:59" }, []],
  [{ camera: "", at: "" }, ["camera", "at_90k"]],
  [{ camera: "c1", at: "2026-11-23T12:01" }, ["at_90k"]],
])("the form %j", (form, fields) => {
  expect(checkWhy(form, noon).map((error) => error.field)).toEqual(fields);
});

test("a moment within the minute is kept while the minute stays the same", () => {
  const question = { camera: "c1", at: late };
  expect(whyForm(question)).toEqual({ camera: "c1", at: "2026-11-23T12:00" });
  expect(toQuestion({ camera: "c2", at: "2026-11-23T12:00" }, question)).toEqual({ camera: "c2", at: late });
  expect(toQuestion({ camera: "c1", at: "2026-11-23T12:00" }, null)).toEqual({ camera: "c1", at: noon });
  expect(toQuestion({ camera: "c1", at: "" }, question)).toBeNull();
});
