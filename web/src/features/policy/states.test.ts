import { expect, test } from "vitest";
import type { Role } from "../../shared/api/types";
import { fromDate } from "../../shared/time/units";
import type { PolicyVersion } from "./model";
import { actsFor, inForce, stateWords, waitsFor } from "./states";

const noon = fromDate(new Date("2026-11-23T12:00:00Z"));
const version = (over: Partial<PolicyVersion>): PolicyVersion => ({ number: 3, hash: "00", state: "draft", origin: "viewer", drafted_by: "Ada Archer", drafted_90k: noon, ...over });
const advice = { words: "Shorten it.", by: "Dina Dahl", at_90k: noon };
const approved = { approved_by: "Otto Owens", approved_90k: noon, force_90k: noon + 86_400 * 90_000 };

test.each<[string, Partial<PolicyVersion>, RegExp]>([
  ["a draft", {}, /^Proposed by Ada Archer\. It waits for the data protection officer's advice/],
  ["a draft with advice", { advice }, /waits for a system owner's approval/],
  ["approved", { state: "approved", ...approved }, /^Decided by Otto Owens, Mon 23 Nov 2026, 12:00:00 GMT\. It takes force Tue 24 Nov 2026, 12:00:00 GMT\./],
  ["in force", { state: "in_force", ...approved, forced_90k: noon }, /^Decided by Otto Owens, .*In force since Mon 23 Nov 2026/],
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
  ["nothing is done to what is in force", { state: "in_force" }, ["owner", "administrator"], []],
  ["nor to what is past", { state: "withdrawn" }, ["owner", "dpo"], []],
])("%s", (_, over, roles, acts) => {
  expect(actsFor(version(over), roles)).toEqual(acts);
});

test("who comes next", () => {
  expect(waitsFor(version({}))).toMatch(/officer advises/);
  expect(waitsFor(version({ advice }))).toMatch(/owner approves/);
  expect(waitsFor(version({ state: "approved" }))).toBeNull();
});

test("the one in force is found, or none", () => {
  expect(inForce([version({}), version({ number: 2, state: "in_force" })])).toBe(2);
  expect(inForce([version({})])).toBeNull();
});
