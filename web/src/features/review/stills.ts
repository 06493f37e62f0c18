// Which still is asked for while somebody moves along the timeline: one at a time, the newest moment wins, and nothing is asked for what
// is passed over quickly. No DOM here.

import type { Answer, Problem } from "../../shared/api/client";
import type { StillPicture } from "../../shared/api/looks";
import type { WallTicks } from "../../shared/time/units";

/** A moment is asked for when nobody moved on for so long. */
export const SETTLE_MS = 90;
/** A picture that is on its way is waited for this long while somebody moves on; then it is given up. */
export const GIVE_UP_MS = 400;
/** Whoever was told to wait waits this long. */
export const AGAIN_MS = 1000;

export type StillState =
  | { kind: "none" }
  | { kind: "loading"; at: WallTicks }
  | { kind: "shown"; at: WallTicks; picture: StillPicture }
  | { kind: "refused"; at: WallTicks; problem: Problem };

type Ask = (at: WallTicks, signal: AbortSignal) => Promise<Answer<StillPicture>>;

export class StillAsker {
  #wanted: WallTicks | null = null;
  #asked: WallTicks | null = null;
  #flight: { abort: AbortController; begun: number } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ask: Ask, private readonly onState: (state: StillState) => void, private readonly now: () => number = () => performance.now()) {}

  /** Somebody looks at that moment; null when at none. */
  want(at: WallTicks | null): void {
    if (at === this.#wanted) return;
    this.#wanted = at;
    if (at === null) {
      this.close();
      this.onState({ kind: "none" });
      return;
    }
    this.#wait(SETTLE_MS);
  }

  /** Nothing more is wanted; what is on its way is not waited for. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flight?.abort.abort();
    this.#flight = null;
    this.#asked = null;
  }

  /** A timer that runs is left to run, so that a steady hand sees pictures too. */
  #wait(ms: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#begin();
    }, ms);
  }

  async #begin(): Promise<void> {
    const at = this.#wanted;
    if (at === null || at === this.#asked) return;
    if (this.#flight !== null && this.now() - this.#flight.begun < GIVE_UP_MS) return;
    this.#flight?.abort.abort();
    const flight = { abort: new AbortController(), begun: this.now() };
    this.#flight = flight;
    this.#asked = at;
    this.onState({ kind: "loading", at });
    const answer = await this.ask(at, flight.abort.signal).catch(() => null);
    if (this.#flight !== flight) return;
    this.#flight = null;
    if (answer === null) {
      // The network failed: it is asked for again, or what is wanted by now.
      this.#asked = null;
      this.#wait(AGAIN_MS);
      return;
    }
    if (answer.ok) this.onState({ kind: "shown", at, picture: answer.value });
    else this.onState({ kind: "refused", at, problem: answer.problem });
    if (!answer.ok && answer.problem.status === 429) {
      this.#asked = null;
      this.#wait(AGAIN_MS);
    } else if (this.#wanted !== at) this.#wait(SETTLE_MS);
  }
}
