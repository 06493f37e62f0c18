import { expect, test } from "vitest";
import { summary } from "./MotionSearch";

test("what nobody looked at is told from what was still", () => {
  expect(summary({ looked_at_s: 0, unsure_s: 0, not_looked_at_s: 3600 })).toBe("nobody looked for motion in this time, so nothing can be said.");
  expect(summary({ looked_at_s: 120, unsure_s: 0, not_looked_at_s: 0 })).toBe("2 min were looked at.");
  expect(summary({ looked_at_s: 60, unsure_s: 3, not_looked_at_s: 7200 })).toBe("1 min were looked at, of 3 s nothing can be said, 2 h nobody looked at.");
});
