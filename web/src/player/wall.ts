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

/** One wall: one worker, one socket, made when the first tile or the page needs them. */
export class LiveWall {
  #worker: Worker | null = null;
  #next = 1;
  #listeners = new Map<number, (view: TileView) => void>();
  #onLink: (view: LinkView) => void = () => undefined;

  constructor(private readonly url: string) {}

  /** Connects; the function given back ends every look of the page and lets the worker go. */
  open(onLink: (view: LinkView) => void): () => void {
    this.#onLink = onLink;
    const worker = this.#ready();
    const onVisibility = (): void => { this.#send({ type: "visible", visible: document.visibilityState === "visible" }); };
    document.addEventListener("visibilitychange", onVisibility);
    this.#send({ type: "open", url: this.url });
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      this.#onLink = () => undefined;
      this.#send({ type: "close" });
      this.#worker = null;
      // The worker ends its looks first; then it may go.
      setTimeout(() => { worker.terminate(); }, 500);
    };
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

  #ready(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL("./live-worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = (event: MessageEvent<FromWorker>) => {
      const message = event.data;
      if (message.type === "link") this.#onLink({ link: message.link, why: message.why });
      else for (const [sub, view] of message.views) this.#listeners.get(sub)?.(view);
    };
    this.#worker = worker;
    return worker;
  }

  #send(message: ToWorker, transfer: Transferable[] = []): void {
    this.#ready().postMessage(message, transfer);
  }
}
