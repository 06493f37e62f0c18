import { expect, test } from "vitest";
import { lineCount, placeAt, stretchAt } from "./text";

const file = "format = 1\n\n[site]\nname = \"🏛 Hall\"\n";

test("lines are counted as an editor shows them", () => {
  expect(lineCount("")).toBe(1);
  expect(lineCount(file)).toBe(5);
});

test.each([
  [{ line: 1, column: 1 }, "format = 1"],
  [{ line: 1, column: 10 }, "1"],
  [{ line: 2, column: 1 }, ""],
  // A character beyond the basic plane is one column.
  [{ line: 4, column: 9 }, "🏛 Hall\""],
  [{ line: 4, column: 10 }, " Hall\""],
  [{ line: 3, column: 99 }, ""],
  [{ line: 99, column: 1 }, ""],
])("%j leads to %j", (place, expected) => {
  const { from, to } = stretchAt(file, place);
  expect(file.slice(from, to)).toBe(expected);
});

test("an offset has a place, and the place leads back", () => {
  for (let offset = 0; offset <= file.length; offset += 1) {
    // The middle of a character of two units is no place.
    if (offset === file.indexOf("🏛") + 1) continue;
    expect(stretchAt(file, placeAt(file, offset)).from).toBe(offset);
  }
});
