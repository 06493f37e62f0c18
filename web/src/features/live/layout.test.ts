import { expect, test } from "vitest";
import { columnsFor, step } from "./layout";

test.each([[0, 1], [1, 1], [2, 2], [4, 2], [5, 3], [9, 3], [16, 4], [36, 6], [60, 6]])("%d tiles stand in %d columns", (tiles, columns) => {
  expect(columnsFor(tiles)).toBe(columns);
});

test.each([
  ["ArrowRight", 0, 1], ["ArrowRight", 3, 3], ["ArrowLeft", 0, 0], ["ArrowDown", 1, 3], ["ArrowDown", 2, 2], ["ArrowUp", 3, 1], ["End", 0, 3],
])("%s from %d leads to %d", (key, from, to) => {
  expect(step(key, from, 4, 2)).toBe(to);
});

test("other keys are not ours", () => {
  expect(step("x", 0, 4, 2)).toBeNull();
});
