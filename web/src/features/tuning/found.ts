// What a trial found, made ready to be drawn and read. Pure.

import type { MotionTrial, TrialDetail, TrialFootage, TrialPoint } from "../../shared/api/types";
import { bytes, count, span } from "../../shared/time/format";
import { seconds } from "../../shared/time/units";

/** What a second showed, as a word. */
export type Shown = "nothing" | "unsure" | "still" | "moved";

export const shownAt = (point: TrialPoint): Shown => (point.pictures === 0 ? "nothing" : point.score > 0 ? "moved" : point.unsure ? "unsure" : "still");

const shownWords: Record<Shown, string> = {
  nothing: "no picture: there is no footage, or none that can be decoded",
  unsure: "nothing can be said",
  still: "nothing moved",
  moved: "something moved",
};

export const pointWords = (point: TrialPoint): string =>
  shownAt(point) === "moved"
    ? `something moved: score ${point.score.toFixed(1)}, ${(point.extent * 100).toFixed(1)} % of the watched picture`
    : shownWords[shownAt(point)];

export interface Run {
  from: number;
  to: number;
}

/** Stretches of the trace that showed that, by their places; `to` is outside. */
export function runs(trace: readonly TrialPoint[], wanted: Shown): Run[] {
  const found: Run[] = [];
  trace.forEach((point, at) => {
    if (shownAt(point) !== wanted) return;
    const last = found.at(-1);
    if (last?.to === at) last.to = at + 1;
    else found.push({ from: at, to: at + 1 });
  });
  return found;
}

/** The top of the scale: a little above the highest score, and never below three times the threshold. */
export const scaleTop = (detail: TrialDetail, threshold: number): number => Math.max(threshold * 3, ...detail.trace.map((point) => point.score)) * 1.1;

/** What was looked through, in one sentence. */
export function summary({ moved_s, still_s, unsure_s, no_footage_s }: MotionTrial): string {
  const parts = [`something moved in ${span(seconds(moved_s))}`, `nothing moved in ${span(seconds(still_s))}`, `nothing can be said of ${span(seconds(unsure_s))}`];
  if (no_footage_s >= 0.5) parts.push(`there is no footage of ${span(seconds(no_footage_s))}`);
  const [first = "", ...rest] = parts;
  return `${first.charAt(0).toUpperCase()}${first.slice(1)}, ${rest.join(", ")}.`;
}

export interface SumRow {
  what: string;
  inForce: string;
  tried: string;
}

/** What is in force beside what was tried, of the same footage. */
export function sums({ in_force, tried }: MotionTrial): SumRow[] {
  const of = (part: number, partBytes: number) => `${count(part)} (${bytes(partBytes)})`;
  const rows = [
    { what: "Pieces of footage judged", inForce: of(in_force.pieces, in_force.bytes), tried: of(tried.pieces, tried.bytes) },
    { what: "Kept for less time, because nothing moved", inForce: of(in_force.shortened_pieces, in_force.shortened_bytes), tried: of(tried.shortened_pieces, tried.shortened_bytes) },
    { what: "Kept for the full time", inForce: of(in_force.pieces - in_force.shortened_pieces, in_force.bytes - in_force.shortened_bytes), tried: of(tried.pieces - tried.shortened_pieces, tried.bytes - tried.shortened_bytes) },
  ];
  const left = tried.left_out_bytes ?? null;
  if (left === null) return rows;
  const share = tried.looked_bytes === 0 ? 0 : Math.round((left / tried.looked_bytes) * 100);
  return [...rows, { what: "Not recorded at all, because nothing moved around it", inForce: "Recorded as it is", tried: `${bytes(left)} of ${bytes(tried.looked_bytes)} (${share} %)` }];
}

export const fateName: Record<TrialFootage["tried"], string> = { kept: "Kept", shortened: "Shortened", beyond: "Not judged" };
