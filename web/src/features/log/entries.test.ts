import { expect, test } from "vitest";
import type { LogEntry } from "../../shared/api/types";
import { fromDate } from "../../shared/time/units";
import { entryOf, footage, groups, kindName, search, words } from "./entries";

const at = (utc: string): number => fromDate(new Date(utc));
const entry = (index: number, over: Partial<LogEntry>): LogEntry => ({
  index, at_90k: at("2026-11-23T14:03:27Z"), kind: "look_playback", who: "Ada Lovelace (10.0.0.7)", words: "Ada Lovelace opened footage of Yard.", cameras: ["Yard"],
  from_90k: at("2026-11-23T13:00:00Z"), to_90k: at("2026-11-23T13:10:00Z"), reason: "Case 2026/117", groups: {}, salts: {}, leaf: "00", ...over,
});
const entries = [entry(7, {}), entry(6, { words: "Bea Webb signed in.", who: "Bea Webb (10.0.0.8)", kind: "signed_in", cameras: [], from_90k: null, to_90k: null, reason: null })];

test.each([
  ["", [7, 6]],
  ["ada yard", [7]],
  ["YARD opened", [7]],
  ["2026/117", [7]],
  ["10.0.0.8 signed", [6]],
  ["playback", [7]],
  ["23 nov", [7, 6]],
  ["ada bea", []],
])("searching for %j", (typed, found) => {
  expect(search(entries, typed).map((each) => each.index)).toEqual(found);
});

test("an entry says which footage it concerns", () => {
  expect(entries.map(footage)).toEqual(["Mon 23 Nov 2026, 13:00:00 to 13:10:00 GMT (10 min)", null]);
});

test("groups: erased, set out, and left as they are when they are no JSON", () => {
  expect(groups({ who: '{"name":"Ada"}', what: "not json", why: null })).toEqual([
    { name: "Who", text: '{\n  "name": "Ada"\n}' },
    { name: "What", text: "not json" },
    { name: "Why", text: null },
    { name: "Sent", text: null },
  ]);
});

test("times in a sentence are said, and found, as the page says times", () => {
  const approved = entry(5, { kind: "policy_approved", words: "Otto Owens approved version 3 of the policy, in force from 2026-11-24T12:00:00.000Z." });
  expect(words(approved)).toBe("Otto Owens approved version 3 of the policy, in force from Tue 24 Nov 2026, 12:00:00 GMT.");
  expect(search([approved], "approved tue 24")).toEqual([approved]);
});

test("a kind nobody knows still has a name", () => {
  expect([kindName("look_live"), kindName("witness_signed")]).toEqual(["Live look", "witness signed"]);
});

test.each([[null, null], ["12", 12], ["0", 0], ["-1", null], ["twelve", null], ["9".repeat(30), null]])("?entry=%s", (parameter, expected) => {
  expect(entryOf(parameter)).toBe(expected);
});
