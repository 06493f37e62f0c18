import { expect, test } from "vitest";

import { wallTicks } from "../shared/time/units";
import { ShownNotes } from "./shown-notes";

const piece = (segment: string, start: number) => ({ segment, start: wallTicks(start) });

test("a note follows the picture that is shown, not what was fetched last", () => {
  const notes = new ShownNotes();
  expect(notes.at(wallTicks(5))).toBeNull();
  notes.fetched(piece("b", 200), "converted");
  notes.fetched(piece("c", 300), null);
  notes.fetched(piece("a", 100), null);
  expect([50, 100, 199, 200, 299, 300, 999].map((at) => notes.at(wallTicks(at)))).toEqual([null, null, null, "converted", "converted", null, null]);
});

test("before the first piece its words stand, and a piece that is fetched again keeps its beginning", () => {
  const notes = new ShownNotes();
  notes.fetched(piece("a", 100), "converted");
  notes.fetched(piece("a", 150), "converted");
  notes.fetched(piece("b", 170), null);
  expect([90, 120, 169, 170].map((at) => notes.at(wallTicks(at)))).toEqual(["converted", "converted", "converted", null]);
});
