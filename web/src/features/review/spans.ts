// What the spans of a timeline mean for a person moving through them. Pure.

import type { Span } from "../../shared/api/types";
import { clockTime, span as spanWords } from "../../shared/time/format";
import { between, type WallTicks, wallTicks } from "../../shared/time/units";

export const spanAt = (spans: readonly Span[], at: WallTicks): Span | null => spans.find((span) => span.start_90k <= at && at < span.end_90k) ?? null;

/** Nothing is missing there: the policy says not to record at that time, or only around what moves. */
export const isAsPolicySays = (span: Span): boolean => span.kind === "gap" && (span.cause === "outside_hours" || span.cause === "nothing_moved");

/** The start of the next or previous gap, seen from `at`. Times in which nothing was to be recorded are no gap. */
export function neighbouringGap(spans: readonly Span[], at: WallTicks, direction: 1 | -1): WallTicks | null {
  const starts = spans.filter((span) => span.kind === "gap" && !isAsPolicySays(span)).map((span) => span.start_90k);
  const found = direction === 1 ? starts.find((start) => start > at) : starts.findLast((start) => start < at - 90_000);
  return found === undefined ? null : wallTicks(found);
}

/** The newest recorded moment. */
export const newest = (spans: readonly Span[]): WallTicks | null => {
  const last = spans.findLast((span) => span.kind === "recorded");
  return last === undefined ? null : wallTicks(last.end_90k);
};

/** A stretch in words: what, from when to when, why. */
export function words(span: Span): string {
  const from = wallTicks(span.start_90k);
  const to = wallTicks(span.end_90k);
  const when = `${clockTime(from)} to ${clockTime(to)} (${spanWords(between(from, to))})`;
  switch (span.kind) {
    case "recorded": return `Recorded, ${when}`;
    case "gap": return gap(span, when);
    case "deleted": return `Deleted, ${when}. ${span.words ?? span.cause ?? ""}`;
    case "unavailable": return `Recorded, but out of reach, ${when}. ${span.words ?? ""}`;
    case "unknown": return `Nothing is known, ${when}`;
  }
}

function gap(span: Span, when: string): string {
  if (span.cause === "nothing_moved") return `${span.words ?? "Not recorded: nothing moved."} ${when}`;
  if (span.cause === "outside_hours") return `Outside its hours, ${when}. ${span.words ?? "The policy says not to record at this time."}`;
  return `No footage, ${when}. ${span.words ?? span.cause ?? "The cause is not known."}`;
}
