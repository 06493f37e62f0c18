// The page's handle on the live worker: tiles come and go, views come back.

import type { StreamName } from "./messages";
import type { TileView } from "./tile";
import type { FromWorker, Link, Pixels, ToWorker } from "./worker-protocol";

export interface LinkView {
  link: Link;
  why: string | null;
}

export interface TileHandle {
  resize(pixels: Pixels): void;
  close(): void;
}

/** Whether this browser can show live pictures at all, and if not, why in words. */
export function liveSupport(): string | null {
  if (!window.isSecureContext) return "Live pictures need a secure connection (https). Open this page by its https address.";
  if (!("VideoDecoder" in window) || !("OffscreenCanvas" in window)) {
    return "This browser cannot decode live video (WebCodecs is missing). Use a current Chromium, Edge, Firefox or Safari on a computer.";
  }
  return null;
}

/** One wall: one worker, one socket. Close it when the page goes. */
export class LiveWall {
  #worker: Worker;
  #next = 1;
  #listeners = new Map<number, (view: TileView) => void>();
  #onVisibility = (): void => {
    this.#send({ type: "visible", visible: document.visibilityState === "visible" });
  };

  constructor(url: string, onLink: (view: LinkView) => void) {
    this.#worker = new Worker(new URL("./live-worker.ts", import.meta.url), { type: "module" });
    this.#worker.onmessage = (event: MessageEvent<FromWorker>) => {
      const message = event.data;
      if (message.type === "link") onLink({ link: message.link, why: message.why });
      else for (const [sub, view] of message.views) this.#listeners.get(sub)?.(view);
    };
    this.#send({ type: "open", url });
    document.addEventListener("visibilitychange", this.#onVisibility);
  }

  /** Shows one stream on a canvas; the canvas belongs to the worker from then on. */
  show(canvas: HTMLCanvasElement, camera: string, stream: StreamName, pixels: Pixels, onView: (view: TileView) => void): TileHandle {
    const sub = this.#next++;
    this.#listeners.set(sub, onView);
    const offscreen = canvas.transferControlToOffscreen();
    this.#send({ type: "subscribe", sub, camera, stream, canvas: offscreen, pixels }, [offscreen]);
    return {
      resize: (size) => { this.#send({ type: "resize", sub, pixels: size }); },
      close: () => {
        this.#listeners.delete(sub);
        this.#send({ type: "unsubscribe", sub });
      },
    };
  }

  close(): void {
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#send({ type: "close" });
    // The worker ends its looks first; then it may go.
    setTimeout(() => { this.#worker.terminate(); }, 500);
  }

  #send(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
