import { expect, test } from "vitest";
import { fromDate, wallTicks } from "../../shared/time/units";
import { type AskForm, checkAsk, commonPurposes, emptyAsk, toAsk, toGlass } from "./ask";

const now = fromDate(new Date("2026-11-26T12:00:00Z"));
const begin = { camera: "a", from: fromDate(new Date("2026-11-26T10:00:30Z")), to: fromDate(new Date("2026-11-26T10:05:30Z")), incident: null, words: "" };
const good: AskForm = { ...emptyAsk(begin, now), caseReference: "2026-114", words: "A bicycle was stolen there.", purpose: "theft" };

test("a filled request has no fault and covers all of the footage it began with", () => {
  expect(checkAsk(good, now)).toEqual([]);
  const asked = toAsk(good);
  expect(asked.from_90k).toBeLessThanOrEqual(begin.from);
  expect(asked.to_90k).toBeGreaterThanOrEqual(begin.to);
  expect(asked).not.toHaveProperty("authorisation");
});

test.each<[string, Partial<AskForm>, string[]]>([
  ["nothing said", { caseReference: "", words: "", purpose: "", cameras: [] }, ["case", "words", "cameras", "purpose"]],
  ["few words", { words: "because" }, ["words"]],
  ["an end before the start", { to: "2026-11-26T09:00" }, ["to_90k"]],
  ["footage of tomorrow", { from: "2026-11-27T09:00", to: "2026-11-27T10:00" }, ["from_90k"]],
  ["a grant that is over", { until: "2026-11-26T11:00" }, ["until_90k"]],
  ["a grant for ever", { until: "2027-11-26T11:00" }, ["until_90k"]],
  ["directed without an officer", { purpose: "directed", number: "DS/12" }, ["authorisation"]],
])("%s", (_, over, fields) => {
  expect(checkAsk({ ...good, ...over }, now).map((error) => error.field)).toEqual(fields);
});

test("a directed request brings its authorisation", () => {
  const directed = { ...good, purpose: "directed", number: " DS/12 ", officer: "Supt Hall" };
  expect(toAsk(directed).authorisation).toMatchObject({ number: "DS/12", officer: "Supt Hall" });
});

test("purposes are those that every chosen camera permits", () => {
  const permits = [{ camera: "a", camera_name: "A", purposes: ["theft", "fire"] }, { camera: "b", camera_name: "B", purposes: ["theft"] }];
  expect(commonPurposes(permits, [])).toEqual(["fire", "theft"]);
  expect(commonPurposes(permits, ["a", "b"])).toEqual(["theft"]);
});

test("broken glass reaches no further than a day", () => {
  const asked = toGlass(["a"], 24, " Somebody is missing ", now);
  expect(now - asked.from_90k).toBeLessThan(24 * 3600 * 90_000);
  expect([asked.words, wallTicks(asked.to_90k) > now]).toEqual(["Somebody is missing", true]);
});
