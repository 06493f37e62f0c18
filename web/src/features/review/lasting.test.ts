import { expect, test } from "vitest";
import { isForGood } from "./lasting";

test("what a person has to see to first is not tried again; what passes is", () => {
  expect(isForGood({ kind: "/problems/not-converted" })).toBe(true);
  for (const kind of ["/problems/too-many-requests", "/problems/unavailable", "offline"]) expect(isForGood({ kind })).toBe(false);
});
