import { describe, expect, test } from "vitest";
import { type Corner, corner, cornersFault, maskFault, moved, paragraph, rectangle, typedCorners, written } from "./masks";

const square: Corner[] = [[0, 0], [0.5, 0], [0.5, 0.5], [0, 0.5]];
const mask = { name: "window", reason: "a home", corners: square };

describe("corners", () => {
  // The cases of the recorder's own rule (crates/policy/src/mask.rs).
  test.each<[string, Corner[], string | null]>([
    ["a square", square, null],
    ["a triangle", [[0, 0], [0, 1], [1, 1]], null],
    ["not convex", [[0, 0], [0.4, 0], [0.4, 0.4], [0.2, 0.1], [0, 0.4]], null],
    ["two", [[0, 0], [0.5, 0]], "at least three"],
    ["twice the same", [[0, 0], [0.5, 0], [0.5, 0], [0, 0.5]], "Corner 2 is the same"],
    ["the last is the first", [[0, 0], [0.5, 0.5], [0.5, 0], [0, 0]], "Corner 4 is the same"],
    ["flat", [[0, 0], [0.5, 0], [0.9, 0]], "on one line"],
    ["a bow tie", [[0, 0], [0.5, 0.5], [0.5, 0], [0, 0.5]], "corner 1 and corner 3 meet"],
    ["a corner on a side", [[0, 0], [0.8, 0], [0.8, 0.8], [0.4, 0], [0, 0.8]], "corner 1 and corner 3 meet"],
    ["too many", Array.from({ length: 33 }, (_, index) => corner(index / 40, (index / 40) ** 2)), "at most 32"],
  ])("%s", (_, corners, fault) => {
    if (fault === null) expect(cornersFault(corners)).toBeNull();
    else expect(cornersFault(corners)).toContain(fault);
  });

  test("a rectangle is drawn from any corner to any other", () => {
    expect(rectangle([0.5, 0.6], [0.1, 0.2])).toEqual([[0.1, 0.2], [0.5, 0.2], [0.5, 0.6], [0.1, 0.6]]);
    expect(cornersFault(rectangle([0.5, 0.6], [0.5, 0.2]))).not.toBeNull();
  });

  test("what is typed reads back, and nonsense does not", () => {
    expect(typedCorners(written(square))).toEqual(square);
    for (const odd of ["0.1", "0.1 0.2 0.3", "a b", "1.2 0.1", "-0.1 0"]) expect(typedCorners(odd)).toBeNull();
    expect(typedCorners("")).toEqual([]);
  });

  test("keys move one corner and never out of the picture", () => {
    expect(moved(square, 2, 0.01, -0.01)[2]).toEqual([0.51, 0.49]);
    expect(moved(square, 0, -0.01, -0.01)).toEqual(square);
  });
});

test("a mask says what is wrong with it, first thing first", () => {
  expect(maskFault(mask, [])).toBeNull();
  expect(maskFault({ ...mask, name: " " }, [])).toContain("Name");
  expect(maskFault(mask, [{ ...mask, name: "window " }])).toContain("that name");
  expect(maskFault({ ...mask, reason: "" }, [])).toContain("why");
  expect(maskFault({ ...mask, corners: [] }, [])).toContain("three");
});

test("the paragraph is what the policy file takes", () => {
  expect(paragraph('Say "hi"', [mask])).toBe('[[cameras."Say \\"hi\\"".masks]]\nname = "window"\nreason = "a home"\ncorners = [[0.000, 0.000], [0.500, 0.000], [0.500, 0.500], [0.000, 0.500]]\n');
  expect(paragraph("A", [mask, { ...mask, name: "b" }]).match(/\[\[/g)).toHaveLength(4);
});
