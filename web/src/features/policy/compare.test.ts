import { expect, test } from "vitest";
import { compare, folded } from "./compare";

const signs = { same: " ", gone: "-", new: "+" } as const;
const shown = (older: string, newer: string): string[] => compare(older, newer).map((line) => `${signs[line.kind]}${line.text}`);

test.each<[string, string, string, string[]]>([
  ["nothing", "a\nb\n", "a\nb\n", [" a", " b"]],
  ["a line more", "a\nc\n", "a\nb\nc\n", [" a", "+b", " c"]],
  ["a line less", "a\nb\nc\n", "a\nc\n", [" a", "-b", " c"]],
  ["another line", "a\nb\nc\n", "a\nx\nc\n", [" a", "-b", "+x", " c"]],
  ["from nothing", "", "a\n", ["+a"]],
  ["to nothing", "a\n", "", ["-a"]],
  ["two places", "a\nb\nc\nd\ne", "b\nc\nX\nd\ne\nf", ["-a", " b", " c", "+X", " d", " e", "+f"]],
])("%s", (_, older, newer, expected) => {
  expect(shown(older, newer)).toEqual(expected);
});

test("both files can be read back, whatever they are, and no pair of changes could have been one line kept", () => {
  // A small generator, always the same: two texts of few letters have many lines in common.
  let seed = 7;
  const next = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  const text = (): string => Array.from({ length: next(14) }, () => `${"abc"[next(3)] ?? ""}\n`).join("");
  for (let round = 0; round < 500; round += 1) {
    const [older, newer] = [text(), text()];
    const lines = compare(older, newer);
    const read = (without: string) => lines.filter((line) => line.kind !== without).map((line) => `${line.text}\n`).join("");
    expect(read("new")).toBe(older);
    expect(read("gone")).toBe(newer);
    expect(lines.filter((line) => line.kind === "same")).toHaveLength(longestCommon(older, newer));
  }
});

/** By the table of the textbook. */
function longestCommon(older: string, newer: string): number {
  const [a, b] = [older.split("\n").slice(0, -1), newer.split("\n").slice(0, -1)];
  let row = b.map(() => 0);
  for (const left of a) {
    const above = row;
    row = [];
    b.forEach((right, j) => row.push(left === right ? (above[j - 1] ?? 0) + 1 : Math.max(above[j] ?? 0, row[j - 1] ?? 0)));
  }
  return row.at(-1) ?? 0;
}

test("lines are numbered in both files", () => {
  expect(compare("a\nb\n", "x\nb\n").map(({ before, after }) => [before, after])).toEqual([[1, null], [null, 1], [2, 2]]);
});

test("far from a change lines are left out, and counted", () => {
  const older = Array.from({ length: 20 }, (_, at) => `line ${at}`).join("\n");
  const parts = folded(compare(older, older.replace("line 10", "other")), 2);
  expect(parts.map((part) => (part.kind === "lines" ? part.lines.length : -part.count))).toEqual([-8, 6, -7]);
});
