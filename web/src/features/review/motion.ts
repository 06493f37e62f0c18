// What moved, for a person moving through it. Pure.

import type { ClaimSpan, MotionSpan } from "../../shared/api/types";
import { clockTime, span as spanWords } from "../../shared/time/format";
import { between, type WallTicks, wallTicks } from "../../shared/time/units";

/** Movements closer together than this, in ticks, are one to somebody who wants to see the next: nobody steps through rain by the second. */
const ONE = 3 * 90_000;
/** A player that was sent to a moment stands at the picture just before it: from there the next movement is another one. */
const AHEAD = 45_000;

export const motionAt = (motion: readonly MotionSpan[], at: WallTicks): MotionSpan | null => {
  const here = motion.filter((span) => span.start_90k <= at && at < span.end_90k);
  // What moved is drawn over what was still.
  return here.find((span) => span.kind === "moved") ?? here[0] ?? null;
};

/** The start of the next or previous movement, seen from `at`. */
export function neighbouringMotion(motion: readonly MotionSpan[], at: WallTicks, direction: 1 | -1): WallTicks | null {
  const starts: number[] = [];
  let end = -Infinity;
  for (const span of motion) {
    if (span.kind !== "moved") continue;
    if (span.start_90k > end + ONE) starts.push(span.start_90k);
    end = Math.max(end, span.end_90k);
  }
  const found = direction === 1 ? starts.find((start) => start > at + AHEAD) : starts.findLast((start) => start < at - 90_000);
  return found === undefined ? null : wallTicks(found);
}

/** A stretch in words: what was found, and from when to when. */
export function motionWords(span: MotionSpan): string {
  const from = wallTicks(span.start_90k);
  const to = wallTicks(span.end_90k);
  const when = `${clockTime(from)} to ${clockTime(to)} (${spanWords(between(from, to))})`;
  switch (span.kind) {
    case "moved": return `Something moved, ${when}: ${percent(span.extent)} of the picture`;
    case "still": return `Nothing was seen to move, ${when}`;
    case "unsure": return `Whether something moved cannot be said, ${when}. ${span.words ?? ""}`.trimEnd();
  }
}

/** What the camera itself says of a moment: its word, beside what was seen here. */
export const claimWords = (claims: readonly ClaimSpan[], at: WallTicks): string[] =>
  claims.filter((span) => span.start_90k <= at && at < span.end_90k).map((span) => span.words);

const percent = (share: number): string => (share < 0.01 ? "under 1 %" : `up to ${Math.round(share * 100)} %`);
