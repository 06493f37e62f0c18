import { expect, test } from "vitest";
import type { Storage } from "../api/types";
import { fromDate } from "../time/units";
import { outlook } from "./outlook";

const storage = (over: Partial<Storage>): Storage => ({ directory: "/srv", total_bytes: 1000, free_bytes: 250, reserve_bytes: 20, streams: 2, state: "works", written_last_minute_bytes: 1, full_at_90k: null, lasts_until_90k: null, durable_bound_ms: 0, failing: null, ...over });
const NOW = fromDate(new Date("2026-11-23T12:00:00Z"));
const inDays = (days: number): number => NOW + days * 86_400 * 90_000;

test.each<[Partial<Storage>, string, string]>([
  [{}, "Not measured yet", "good"],
  [{ lasts_until_90k: inDays(14) }, "Lasts 14 days and more", "good"],
  [{ full_at_90k: inDays(9.5) }, "Full on Thursday, 9 days", "good"],
  [{ full_at_90k: inDays(3.4) }, "Full on Thursday, 3 days", "warn"],
  [{ full_at_90k: inDays(0.5) }, "Full within a day", "bad"],
  [{ state: "full" }, "Full", "bad"],
  [{ state: "unavailable", total_bytes: 0 }, "Not known", "bad"],
])("the forecast of %j", (over, words, tone) => {
  expect(outlook(storage(over), NOW)).toEqual({ words, tone });
});
