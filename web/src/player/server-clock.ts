// The recorder's clock as the page knows it: each heartbeat says the time; the least delayed one is the best.

import { micros, type Micros, type PageMillis } from "../shared/time/units";

/** Heartbeats kept, so that a page open for days follows slow drift of either clock. */
const KEPT = 120;

export class ServerClock {
  /** Page time minus server time of recent heartbeats, in microseconds; network delay only adds. */
  #offsets: number[] = [];
  #lastBeat: PageMillis | null = null;

  beat(serverUs: number, now: PageMillis): void {
    this.#offsets.push(now * 1000 - serverUs);
    if (this.#offsets.length > KEPT) this.#offsets.shift();
    this.#lastBeat = now;
  }

  now(page: PageMillis): Micros | null {
    if (this.#offsets.length === 0) return null;
    return micros(page * 1000 - Math.min(...this.#offsets));
  }

  /** Milliseconds since the last heartbeat; `null` before the first. */
  silence(page: PageMillis): number | null {
    return this.#lastBeat === null ? null : page - this.#lastBeat;
  }

  reset(): void {
    this.#offsets = [];
    this.#lastBeat = null;
  }
}
