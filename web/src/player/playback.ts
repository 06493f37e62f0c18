// Playback of one camera as a plain state machine: where the person wants to be, what the recorder has, what the buffer
// holds go in; the next thing to do comes out. The component owns the <video>, this owns the decisions.

import { between, plus, seconds, type Seconds, type WallTicks, wallTicks } from "../shared/time/units";

/** A stretch with one decoder configuration. */
export interface PlanPiece {
  segment: string;
  start: WallTicks;
  end: WallTicks;
  origin: WallTicks;
  mime: string;
  width: number;
  height: number;
}

/** A stretch of buffered media on the player's timeline. */
export interface BufferedRange {
  start: Seconds;
  end: Seconds;
}

export type PlaybackCommand =
  /** Ask for the pieces of an interval. */
  | { kind: "plan"; from: WallTicks; to: WallTicks }
  /** Fetch and append the media of a piece; its decode time 0 lies at `offset` on the player's timeline. */
  | { kind: "fetch"; piece: PlanPiece; from: WallTicks; to: WallTicks; offset: Seconds }
  /** Put the picture there: over a gap, or where the person asked. */
  | { kind: "jump"; to: Seconds }
  /** Forget media long past. */
  | { kind: "trim"; before: Seconds }
  | { kind: "wait" };

/** Media ahead of the picture that is enough. */
export const AHEAD: Seconds = seconds(20);
/** One request asks for at most this much, so that a seek never waits long for the one before. */
export const CHUNK: Seconds = seconds(10);
/** Plans are asked for this far ahead. */
const PLAN_AHEAD: Seconds = seconds(120);
const KEEP_BEHIND: Seconds = seconds(30);
/** Ranges closer than this are one; edges of GOPs never meet to the microsecond. */
const JOIN: Seconds = seconds(0.25);
/** A picture this near to the end of what is buffered will not go on by itself. */
const EDGE: Seconds = seconds(0.12);

export class PlaybackCore {
  #base: WallTicks;
  #limit: { from: WallTicks; to: WallTicks };
  #target: WallTicks;
  #mustJump = true;
  #planned: { from: WallTicks; to: WallTicks } | null = null;
  #pieces: PlanPiece[] = [];
  /** How far each piece has been asked for already, by segment. */
  #asked = new Map<string, WallTicks>();

  /** `from` and `to` are what the permission to look allows; the player's timeline starts at `from`. */
  constructor(from: WallTicks, to: WallTicks, at: WallTicks) {
    this.#base = from;
    this.#limit = { from, to };
    this.#target = at;
  }

  /** The wall-clock time of a moment of the player. */
  wallAt(position: Seconds): WallTicks {
    return plus(this.#base, position);
  }

  positionOf(at: WallTicks): Seconds {
    return between(this.#base, at);
  }

  get pieces(): readonly PlanPiece[] {
    return this.#pieces;
  }

  /** The person wants to be there. Media already asked for elsewhere is kept if it is near. */
  seek(at: WallTicks): void {
    this.#target = wallTicks(Math.min(Math.max(at, this.#limit.from), this.#limit.to));
    this.#mustJump = true;
    this.#planned = null;
    this.#pieces = [];
    this.#asked.clear();
  }

  /** The recorder's answer to a plan. */
  planned(from: WallTicks, to: WallTicks, pieces: PlanPiece[]): void {
    this.#planned = { from: this.#planned?.from ?? from, to };
    for (const piece of pieces) {
      const known = this.#pieces.findIndex((other) => other.segment === piece.segment);
      if (known < 0) this.#pieces.push(piece);
      else this.#pieces[known] = { ...piece, start: wallTicks(Math.min(piece.start, this.#pieces[known]?.start ?? piece.start)) };
    }
    this.#pieces.sort((a, b) => a.start - b.start);
  }

  /** The next thing to do. `idle` says that no plan or fetch is under way. */
  next(position: Seconds, buffered: BufferedRange[], idle: boolean): PlaybackCommand {
    const here = this.#mustJump ? this.#target : this.wallAt(position);
    const jump = this.#jump(position, buffered, idle);
    if (jump !== null) return jump;
    if (!idle) return { kind: "wait" };
    const trim = seconds(position - KEEP_BEHIND);
    const first = buffered[0];
    if (!this.#mustJump && first !== undefined && first.start < trim - CHUNK) return { kind: "trim", before: trim };
    const planTo = wallTicks(Math.min(plus(here, PLAN_AHEAD), this.#limit.to));
    if (this.#planned === null) return { kind: "plan", from: here, to: planTo };
    const fetch = this.#fetch(here);
    if (fetch !== null) return fetch;
    if (this.#planned.to < this.#limit.to && between(here, this.#planned.to) < AHEAD * 2) return { kind: "plan", from: this.#planned.to, to: planTo };
    return { kind: "wait" };
  }

  /** The recorder can have more by now: the newest pieces grow while they are recorded. */
  grew(to: WallTicks): void {
    this.#limit.to = wallTicks(Math.max(this.#limit.to, to));
    const last = this.#pieces.at(-1);
    if (last !== undefined && this.#planned !== null) this.#planned.to = wallTicks(Math.min(this.#planned.to, last.end));
  }

  /** Whether the picture stands in a stretch without footage, and when footage goes on. */
  gapAt(at: WallTicks): { until: WallTicks | null } | null {
    if (this.#planned === null || at < this.#planned.from || at >= this.#planned.to) return null;
    if (this.#pieces.some((piece) => piece.start - JOIN * 90_000 <= at && at < piece.end)) return null;
    return { until: this.#pieces.find((piece) => piece.start > at)?.start ?? null };
  }

  #jump(position: Seconds, buffered: BufferedRange[], idle: boolean): PlaybackCommand | null {
    const wanted = this.#mustJump ? this.positionOf(this.#target) : position;
    // A player stands still a little before the end of what it has: there it is at the end already.
    const inside = buffered.find((range) => range.start - JOIN <= wanted && wanted < range.end - EDGE);
    if (inside !== undefined) {
      if (!this.#mustJump) return null;
      this.#mustJump = false;
      return { kind: "jump", to: seconds(Math.max(wanted, inside.start)) };
    }
    // Nothing here. If the recorder has nothing here either, go on where footage goes on.
    const gap = this.gapAt(this.wallAt(seconds(wanted + JOIN)));
    if (gap === null && idle) return this.#jumpToKeyFrame(wanted, buffered);
    if (gap === null || gap.until === null) return null;
    const resumes = this.positionOf(gap.until);
    const after = buffered.find((range) => range.end > resumes + JOIN && range.start < resumes + CHUNK);
    if (after === undefined) return null;
    this.#mustJump = false;
    return { kind: "jump", to: seconds(Math.max(resumes, after.start)) };
  }

  /**
   * What was asked for here has come and begins later: a permission that starts between two key frames gives pictures from the next one. Without
   * this the player would wait for pictures that never come.
   */
  #jumpToKeyFrame(wanted: Seconds, buffered: BufferedRange[]): PlaybackCommand | null {
    // The moment at which it was found to be no gap.
    const at = this.wallAt(seconds(wanted + JOIN));
    const piece = this.#pieces.find((one) => one.start - JOIN * 90_000 <= at && at < one.end);
    const asked = piece === undefined ? undefined : this.#asked.get(piece.segment);
    const later = buffered.find((range) => range.start > wanted && asked !== undefined && this.wallAt(range.start) < asked);
    if (later === undefined) return null;
    this.#mustJump = false;
    return { kind: "jump", to: later.start };
  }

  /** The next media to ask for, until enough footage (gaps do not count) lies ahead. */
  #fetch(here: WallTicks): PlaybackCommand | null {
    let missing: number = AHEAD;
    for (const piece of this.#pieces) {
      if (piece.end <= here) continue;
      const start = wallTicks(Math.max(piece.start, here));
      const from = this.#asked.get(piece.segment) ?? start;
      missing -= Math.max(0, between(start, from));
      if (missing <= 0) return null;
      if (from >= piece.end) continue;
      const to = wallTicks(Math.min(piece.end, plus(from, CHUNK)));
      this.#asked.set(piece.segment, to);
      return { kind: "fetch", piece, from, to, offset: this.positionOf(piece.origin) };
    }
    return null;
  }
}
