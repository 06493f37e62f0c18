import { expect, test } from "vitest";
import type { PolicyVersion, Role } from "../../shared/api/types";
import { fromDate } from "../../shared/time/units";
import { actsFor, actWords, before, stateWords, waitsFor } from "./states";

const noon = fromDate(new Date("2026-11-23T12:00:00Z"));
const version = (over: Partial<PolicyVersion>): PolicyVersion => ({ number: 3, hash: "00", state: "draft", origin: "viewer", drafted_by: "Ada Archer", drafted_90k: noon, ...over });
const advice = { words: "Shorten it.", by: "Dina Dahl", at_90k: noon };
const approved = { approved_by: "Otto Owens", approved_90k: noon, force_90k: noon + 86_400 * 90_000 };

test.each<[string, Partial<PolicyVersion>, RegExp]>([
  ["a draft", {}, /^Proposed by Ada Archer\. It waits for the data protection officer's advice/],
  ["a draft with advice", { advice }, /waits for a system owner's approval/],
  ["approved", { state: "approved", ...approved }, /^Decided by Otto Owens on Mon 23 Nov 2026, 12:00:00 GMT\. It takes force on Tue 24 Nov 2026, 12:00:00 GMT\./],
  ["in force", { state: "in_force", ...approved, forced_90k: noon }, /^Decided by Otto Owens on .*In force since Mon 23 Nov 2026/],
  ["superseded", { state: "superseded", ...approved, forced_90k: noon, ended_90k: noon + 90_000 }, /in force from Mon 23 Nov 2026, 12:00:00 GMT until Mon 23 Nov 2026, 12:00:01 GMT/],
  ["withdrawn", { state: "withdrawn", ended_90k: noon }, /never came into force/],
])("%s", (_, over, words) => {
  expect(stateWords(version(over))).toMatch(words);
});

test.each<[string, Partial<PolicyVersion>, Role[], string[]]>([
  ["the officer advises", {}, ["dpo"], ["advise"]],
  ["an owner approves or gives up", {}, ["owner"], ["approve", "withdraw"]],
  ["an administrator gives up a draft", {}, ["administrator"], ["withdraw"]],
  ["an operator reads", {}, ["operator", "investigator"], []],
  ["what is approved, only an owner withdraws", { state: "approved" }, ["owner"], ["withdraw"]],
  ["and no administrator", { state: "approved" }, ["administrator"], []],
  ["advice on what waits is not too late", { state: "approved" }, ["dpo"], ["advise"]],
  ["nothing is done to what is in force", { state: "in_force" }, ["owner", "administrator", "dpo"], []],
  ["nor to what is past", { state: "withdrawn" }, ["owner", "dpo"], []],
])("%s", (_, over, roles, acts) => {
  expect(actsFor(version(over), roles)).toEqual(acts);
});

test("who comes next", () => {
  expect(waitsFor(version({}))).toMatch(/officer advises/);
  expect(waitsFor(version({ advice }))).toMatch(/owner approves/);
  expect(waitsFor(version({ state: "approved" }))).toBeNull();
});

const life = [
  version({ number: 5 }), version({ number: 4, state: "in_force", forced_90k: noon }), version({ number: 3, state: "withdrawn" }),
  version({ number: 2, state: "superseded", forced_90k: noon }), version({ number: 1, state: "superseded", forced_90k: noon }),
];

test.each<[string, PolicyVersion[], number, number | null]>([
  ["a proposal", life, 5, 4],
  ["the one in force", life, 4, 2],
  ["one that was given up", life, 3, 2],
  ["the first", life, 1, null],
  ["a first proposal after another that never was", [version({ number: 2 }), version({ number: 1, state: "withdrawn" })], 2, 1],
  ["one that is not there", life, 9, 4],
])("%s is compared with what it would replace or replaced", (_, versions, number, expected) => {
  expect(before(versions, number)).toBe(expected);
});

test("an act that nobody knows still has a name", () => {
  expect([actWords("in_force"), actWords("sealed_again")]).toEqual(["Came into force", "sealed again"]);
});
