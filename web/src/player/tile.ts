// One live tile as a plain state machine: messages, decoded pictures and time go in; what the shell must do comes out.
// It never shows an old picture as live: a picture's age is judged by time, not by the frame callback.

import type { AccessUnit } from "./wire";
import { type Micros, type PageMillis, type WallTicks } from "../shared/time/units";

export type Phase = "asking" | "starting" | "live" | "late" | "lost" | "refused";

export interface TileView {
  phase: Phase;
  /** Why it is refused or lost, as a sentence of the server. */
  why: string | null;
  since: WallTicks | null;
  /** Age of the picture on the screen in milliseconds; `null` before the first. */
  ageMs: number | null;
  shown: number;
  width: number;
  height: number;
  stream: string;
  /** What people must know of these pictures: that they are converted, or from another stream than was asked for. */
  note: string | null;
}

export type Command = "configure" | "decode" | "skip" | "refresh";

/** A picture older than this is not live any more. */
export const LATE_AFTER_MS = 1000;
/** No heartbeat for this long: the connection is gone. */
export const SILENT_AFTER_MS = 4000;
/** Pictures come in but none was shown for this long: the decoder is stuck. */
export const STUCK_AFTER_MS = 1500;
const CROWDED_QUEUE = 4;
const SHOW_AT_LEAST_EVERY_MS = 400;
/** Longest backlog worth decoding, in pictures; beyond it the newest group is asked for again. */
const HOPELESS_QUEUE = 40;

export class TileCore {
  #phase: Phase = "asking";
  #why: string | null = null;
  #since: WallTicks | null = null;
  #width = 0;
  #height = 0;
  #stream = "";
  #note: string | null = null;
  #keySeen = false;
  #showFrom = Number.NEGATIVE_INFINITY;
  #received = new Map<number, Micros>();
  #shownReceived: Micros | null = null;
  #shownAt: PageMillis | null = null;
  #shown = 0;
  #firstPending: PageMillis | null = null;
  #refreshedAt: PageMillis | null = null;
  #lastSeq = 0;

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The decoder's parameters, first or anew. */
  configured(config: { width: number; height: number; stream: string; note: string | null }): Command {
    this.#width = config.width;
    this.#height = config.height;
    this.#stream = config.stream;
    this.#note = config.note;
    this.#keySeen = false;
    if (this.#phase === "asking" || this.#phase === "lost" || this.#phase === "refused") this.#phase = "starting";
    this.#why = null;
    return "configure";
  }

  /** One access unit; `queued` is how many the decoder still holds. */
  accessUnit(unit: AccessUnit, now: PageMillis, queued: number): Command {
    this.#lastSeq = unit.seq;
    if (unit.breaks) {
      this.#showFrom = Number.NEGATIVE_INFINITY;
      this.#keySeen = false;
      this.#received.clear();
    }
    if (!this.#keySeen && !unit.key) return "skip";
    this.#keySeen = true;
    if (queued > HOPELESS_QUEUE && this.#mayRefresh(now)) {
      this.#refreshedAt = now;
      return "refresh";
    }
    const crowded = queued > CROWDED_QUEUE && this.#sinceShown(now) < SHOW_AT_LEAST_EVERY_MS;
    // Of the cached group only the newest picture may be seen; in a crowd only the newest that came.
    if (unit.cached || crowded) this.#showFrom = Math.max(this.#showFrom, unit.pts);
    this.#received.set(unit.pts, unit.received);
    this.#forget();
    this.#firstPending ??= now;
    return "decode";
  }

  /** Whether a decoded picture may be put on the screen. */
  mayShow(pts: number): boolean {
    return pts >= this.#showFrom && this.#phase !== "refused";
  }

  /** A picture is on the screen. */
  painted(pts: number, now: PageMillis): void {
    this.#shownReceived = this.#received.get(pts) ?? this.#shownReceived;
    this.#shownAt = now;
    this.#firstPending = null;
    this.#shown += 1;
    if (this.#phase === "starting" || this.#phase === "late" || this.#phase === "asking") this.#phase = "live";
  }

  /** The decoder failed: whether to ask for the newest group again now. */
  decoderFailed(now: PageMillis): boolean {
    this.#keySeen = false;
    if (!this.#mayRefresh(now)) return false;
    this.#refreshedAt = now;
    return true;
  }

  refused(why: string): void {
    this.#phase = "refused";
    this.#why = why;
  }

  state(live: boolean, cause: string | null, since: WallTicks | null): void {
    if (this.#phase === "refused") return;
    if (live) {
      if (this.#phase === "lost") this.#phase = "starting";
      this.#why = null;
      this.#since = null;
    } else {
      this.#phase = "lost";
      this.#why = cause;
      this.#since = since;
      this.#keySeen = false;
    }
  }

  /** The connection to the server is gone. */
  disconnected(why: string): void {
    if (this.#phase === "refused") return;
    this.#phase = "lost";
    this.#why = why;
    this.#since = null;
    this.#keySeen = false;
  }

  /** Lets time pass: pictures grow old. `serverNow` is the recorder's clock, if a heartbeat told it. */
  tick(now: PageMillis, serverNow: Micros | null): Command | null {
    const age = this.#age(serverNow);
    if (this.#phase === "live" && age !== null && age > LATE_AFTER_MS) this.#phase = "late";
    else if (this.#phase === "late" && age !== null && age <= LATE_AFTER_MS) this.#phase = "live";
    const stuck = this.#firstPending !== null && now - this.#firstPending > STUCK_AFTER_MS;
    if (stuck && this.#mayRefresh(now)) {
      this.#refreshedAt = now;
      this.#firstPending = null;
      return "refresh";
    }
    return null;
  }

  view(serverNow: Micros | null): TileView {
    return {
      phase: this.#phase,
      why: this.#why,
      since: this.#since,
      ageMs: this.#age(serverNow),
      shown: this.#shown,
      width: this.#width,
      height: this.#height,
      stream: this.#stream,
      note: this.#note,
    };
  }

  #age(serverNow: Micros | null): number | null {
    if (this.#shownReceived === null || serverNow === null) return null;
    return Math.max(0, (serverNow - this.#shownReceived) / 1000);
  }

  #sinceShown(now: PageMillis): number {
    return this.#shownAt === null ? 0 : now - this.#shownAt;
  }

  #mayRefresh(now: PageMillis): boolean {
    return this.#refreshedAt === null || now - this.#refreshedAt > 2000;
  }

  /** Bounded memory of when pictures came, whatever the stream's times do. */
  #forget(): void {
    while (this.#received.size > 256) {
      const oldest = this.#received.keys().next();
      if (oldest.done === true) return;
      this.#received.delete(oldest.value);
    }
  }
}
