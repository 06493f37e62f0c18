import { expect, test } from "vitest";
import { wallTicks } from "../../shared/time/units";
import { disclosed, marked } from "./marks";

const at = wallTicks;

test.each([
  [null, null, null],
  [at(10), null, null],
  [at(10), at(10), null],
  [at(20), at(10), null],
  [at(10.4), at(19.2), { from: 10, to: 20 }],
])("from %s to %s", (from, to, expected) => {
  expect(marked({ from, to })).toEqual(expected);
});

test("what leaves is what the recorder says", () => {
  const plan = { pieces: [], from_90k: 10, to_90k: 20 };
  expect(disclosed({ ...plan, disclosed_from_90k: 5, disclosed_to_90k: 25 })).toEqual({ from: 5, to: 25 });
  expect(disclosed({ ...plan, disclosed_from_90k: null, disclosed_to_90k: null })).toBeNull();
});
