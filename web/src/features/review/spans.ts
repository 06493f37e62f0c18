// What the spans of a timeline mean for a person moving through them. Pure.

import type { Span } from "../../shared/api/types";
import { clockTime, span as spanWords } from "../../shared/time/format";
import { between, type WallTicks, wallTicks } from "../../shared/time/units";

export const spanAt = (spans: readonly Span[], at: WallTicks): Span | null => spans.find((span) => span.start_90k <= at && at < span.end_90k) ?? null;

/** The start of the next or previous stretch of that kind, seen from `at`. */
export function neighbour(spans: readonly Span[], at: WallTicks, kind: Span["kind"], direction: 1 | -1): WallTicks | null {
  const starts = spans.filter((span) => span.kind === kind).map((span) => span.start_90k);
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
    case "gap": return `No footage, ${when}. ${span.words ?? span.cause ?? "The cause is not known."}`;
    case "deleted": return `Deleted, ${when}. ${span.words ?? span.cause ?? ""}`;
    case "unavailable": return `Recorded, but out of reach, ${when}. ${span.words ?? ""}`;
    case "unknown": return `Nothing is known, ${when}`;
  }
}
