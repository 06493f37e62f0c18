// The telephones of a site's people: real codes of RFC 6238, computed here and not by the recorder, and the recovery codes they were told.

import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const STEP_MS = 30_000;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The step of 30 s that runs now. */
export const stepNow = () => Math.floor(Date.now() / STEP_MS);

/** The six digits of a secret (base 32, with or without spaces) in a step. */
export function codeAt(secret, step) {
  let bits = '';
  for (const letter of secret.replaceAll(/\s/g, '')) bits += ALPHABET.indexOf(letter).toString(2).padStart(5, '0');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigInt64BE(BigInt(step));
  const hash = createHmac('sha1', key).update(counter).digest();
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** What each person's authenticator holds, by sign-in name. */
export class Authenticators {
  #held = new Map();
  #turns = new Map();

  /** The secret and what was used of it; undefined before it was set up. */
  of(name) { return this.#held.get(name.toLowerCase()); }

  /** Scans a new secret; gives the code that confirms it. */
  scan(name, secret) {
    const held = { secret, last: stepNow(), recovery: [] };
    this.#held.set(name.toLowerCase(), held);
    return codeAt(secret, held.last);
  }

  /** Keeps the recovery codes that were told. */
  keep(name, codes) { this.of(name).recovery.push(...codes); }

  /**
   * A code that was not used yet. The recorder takes each once, and none from before one it took; so whoever signs in more often than
   * the steps go by uses the next step's, then recovery codes, and waits only when those are gone too.
   */
  async next(name) {
    const held = this.of(name);
    for (;;) {
      const step = Math.max(held.last + 1, stepNow());
      if (step <= stepNow() + 1) {
        held.last = step;
        return codeAt(held.secret, step);
      }
      if (held.recovery.length > 0) return held.recovery.shift();
      await sleep(500);
    }
  }

  /** One sign-in of a person at a time, so that codes arrive in the order they were taken in. */
  async alone(name, act) {
    const before = this.#turns.get(name.toLowerCase());
    const turn = (async () => {
      await before?.catch(() => {});
      return act();
    })();
    this.#turns.set(name.toLowerCase(), turn);
    return turn;
  }
}
