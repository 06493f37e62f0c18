// What the machine's numbers mean. Pure.

import type { CheckReport, CheckRunning, Storage } from "../../shared/api/types";
import { span } from "../../shared/time/format";
import type { Tone } from "../../shared/storage/outlook";
import { between, seconds, SECONDS_PER_DAY, type WallTicks, fromDate } from "../../shared/time/units";

/** Share of the file system in use, 0 to 1. */
export const used = (storage: Storage): number => (storage.total_bytes === 0 ? 0 : Math.min(1, Math.max(0, 1 - storage.free_bytes / storage.total_bytes)));

/** How it does, in a word. */
export function standing(storage: Storage): { words: string; tone: Tone } {
  switch (storage.state) {
    case "works": return { words: "Works", tone: "good" };
    case "full": return { words: "Full", tone: "bad" };
    case "fails": return { words: "Fails", tone: "bad" };
    case "stalled": return { words: "Does not answer", tone: "bad" };
    case "unavailable": return { words: "Not available", tone: "bad" };
  }
}

/** What a power cut would cost now. */
export const durable = (ms: number): string => (ms === 0 ? "Everything received is on the disk" : `A power cut now would cost at most the last ${ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : span(seconds(ms / 1000))}`);

const STALE_DAYS = 14;

/** How old a list is; old lists do not know new brands. `null` when its date cannot be read. */
export function listAge(date: string, now: WallTicks): { words: string; stale: boolean } | null {
  const made = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(made.getTime())) return null;
  const days = Math.max(0, Math.floor(between(fromDate(made), now) / SECONDS_PER_DAY));
  return { words: days === 0 ? "today" : `${days} day${days === 1 ? "" : "s"} old`, stale: days > STALE_DAYS };
}

/** What a check found, in a word. */
export function verdict(report: CheckReport): { words: string; tone: Tone } {
  if (report.findings_total === 0) return { words: "Everything fits", tone: "good" };
  const words = `${report.findings_total} finding${report.findings_total === 1 ? "" : "s"}`;
  return { words, tone: report.findings.some((found) => found.weight === "loss") ? "bad" : "warn" };
}

/** How far a check has come. */
export function howFar(running: CheckRunning): string {
  const share = running.bytes_total > 0 ? running.bytes_done / running.bytes_total : running.files_total > 0 ? running.files_done / running.files_total : 0;
  return `Checking: ${Math.min(100, Math.floor(share * 100))} %, ${running.files_done} of ${running.files_total} files, ${running.findings} findings so far`;
}
