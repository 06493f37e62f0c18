import { expect, test } from "vitest";
import type { CheckReport, CheckRunning, Storage } from "../../shared/api/types";
import { fromDate } from "../../shared/time/units";
import { durable, howFar, listAge, standing, used, verdict } from "./words";

const storage = (over: Partial<Storage>): Storage => ({ directory: "/srv", total_bytes: 1000, free_bytes: 250, reserve_bytes: 20, streams: 2, state: "works", written_last_minute_bytes: 1, full_at_90k: null, lasts_until_90k: null, durable_bound_ms: 0, failing: null, ...over });

test("how a directory does", () => {
  expect((["works", "full", "fails", "stalled", "unavailable"] as const).map((state) => standing(storage({ state })).words)).toEqual(["Works", "Full", "Fails", "Does not answer", "Not available"]);
});

test("a disk that reports nothing is not full", () => {
  expect([used(storage({})), used(storage({ total_bytes: 0 }))]).toEqual([0.75, 0]);
});

test("what a power cut would cost", () => {
  expect([durable(0), durable(840), durable(61_000)]).toEqual(["Everything received is on the disk", "A power cut now would cost at most the last 0.8 s", "A power cut now would cost at most the last 1 min 1 s"]);
});

test.each([
  ["2026-11-23", { words: "today", stale: false }],
  ["2026-11-09", { words: "14 days old", stale: false }],
  ["2026-11-08", { words: "15 days old", stale: true }],
  ["soon", null],
])("a list of %s", (date, expected) => {
  expect(listAge(date, fromDate(new Date("2026-11-23T12:00:00Z")))).toEqual(expected);
});

test("what a check found, in a word", () => {
  const report = (total: number, weight: string): CheckReport => ({ depth: "quick", began_90k: 0, seconds: 1, files: 1, bytes: 1, log_entries: 1, findings_total: total, findings: total === 0 ? [] : [{ kind: "damaged", weight, found: "", expected: "", advice: "" }] });
  expect([verdict(report(0, "")), verdict(report(1, "pending")), verdict(report(3, "loss"))]).toEqual([
    { words: "Everything fits", tone: "good" }, { words: "1 finding", tone: "warn" }, { words: "3 findings", tone: "bad" },
  ]);
});

test("how far a check has come", () => {
  const running: CheckRunning = { depth: "deep", bytes_total: 200, bytes_done: 50, files_total: 4, files_done: 1, findings: 0 };
  expect([howFar(running), howFar({ ...running, depth: "quick", bytes_total: 0, files_done: 2 })]).toEqual([
    "Checking: 25 %, 1 of 4 files, 0 findings so far", "Checking: 50 %, 2 of 4 files, 0 findings so far",
  ]);
});
