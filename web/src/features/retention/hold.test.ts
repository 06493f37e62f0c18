import { expect, test } from "vitest";
import type { Hold } from "../../shared/api/types";
import { fromDate, fromLocal, toLocal } from "../../shared/time/units";
import { checkHold, emptyHold, endFault, type HoldForm, left, toHold } from "./hold";

const now = fromDate(new Date("2026-11-23T12:00:00Z"));
const form = (over: Partial<HoldForm>): HoldForm => ({ ...emptyHold("c", now), reason: "A bicycle was stolen", owner: "Estates", ...over });

test("a time of the site is the moment it names, in winter and in summer", () => {
  expect(fromLocal("2026-11-23T12:00")).toBe(now);
  expect(fromLocal("2026-07-01T12:00")).toBe(fromDate(new Date("2026-07-01T11:00:00Z")));
  expect(toLocal(fromDate(new Date("2026-07-01T11:00:00Z")))).toBe("2026-07-01T12:00");
  expect(fromLocal("")).toBeNull();
  expect(fromLocal("yesterday")).toBeNull();
});

test.each<[string, Partial<HoldForm>, string[]]>([
  ["as it starts", {}, []],
  ["no camera", { camera: "" }, ["camera"]],
  ["the future", { from: "2026-11-24T00:00", to: "2026-11-25T00:00" }, ["from_90k"]],
  ["turned around", { to: "2026-11-23T10:00" }, ["to_90k"]],
  ["too much at once", { from: "2026-10-01T00:00" }, ["to_90k"]],
  ["over already", { ends: "2026-11-22" }, ["ends_90k"]],
  ["for ever", { ends: "2028-01-01" }, ["ends_90k"]],
  ["no reason, no owner", { reason: " ", owner: "" }, ["reason", "owner"]],
])("%s", (_, over, fields) => {
  expect(checkHold(form(over), now).map((error) => error.field)).toEqual(fields);
});

test("what is sent is what was typed", () => {
  const sent = toHold(form({ from: "2026-11-23T10:00", to: "2026-11-23T11:00", ends: "2026-12-23", reason: " A bicycle was stolen " }));
  expect(sent).toEqual({ class: "incident", camera: "c", from_90k: now - 7200 * 90_000, to_90k: now - 3600 * 90_000, ends_90k: fromLocal("2026-12-23T23:59"), reason: "A bicycle was stolen", owner: "Estates" });
});

test("an extension extends", () => {
  expect(endFault("2026-12-01", now, fromLocal("2026-12-01T23:59"))).toMatch(/after the present one/);
  expect(endFault("2026-12-02", now, fromLocal("2026-12-01T23:59"))).toBeNull();
});

test("what is left is said, and nearly nothing stands out", () => {
  const ends = (days: number): Hold => ({ id: "h", class: "legal", camera: "c", camera_name: "Yard", from_90k: 0, to_90k: 1, reason: "", owner: "", placed_by: "", placed_90k: 0, ends_90k: now + days * 86_400 * 90_000, acts: [] });
  expect(left(ends(20), now)).toEqual({ words: "20 days left", tone: "plain" });
  expect(left(ends(3), now)).toEqual({ words: "3 days left", tone: "warn" });
  expect(left(ends(-1), now)).toEqual({ words: "Ends with the next sweep", tone: "warn" });
});
