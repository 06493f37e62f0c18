// Whether a browser that says it decodes a coding shows anything of it. It is judged only while it could: pictures come, the page is seen.

import type { PageMillis } from "../shared/time/units";

/** Of what a browser decodes for so long something must have been shown. */
export const NO_PICTURE_MS = 2000;

export class FirstPicture {
  #codec: string | null = null;
  /** The coding of which a picture was shown. */
  #proven: string | null = null;
  #since: PageMillis | null = null;

  configured(codec: string): void {
    this.#codec = codec;
    this.#since = null;
  }

  /** The stream is lost, or the page hidden: nothing can be shown, and that says nothing of the browser. */
  interrupted(): void {
    this.#since = null;
  }

  /** A unit went into the decoder, while the page is seen. */
  decoded(now: PageMillis): void {
    this.#since ??= now;
  }

  painted(): void {
    this.#proven = this.#codec;
  }

  /** It decodes for so long, and nothing comes of it. */
  overdue(now: PageMillis): boolean {
    return this.#since !== null && this.#proven !== this.#codec && now - this.#since >= NO_PICTURE_MS;
  }
}
