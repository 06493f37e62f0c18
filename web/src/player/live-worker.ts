// The live worker: one socket, a decoder and a canvas for each tile. It moves bytes and time; TileCore decides.

import { pageMillis, type PageMillis } from "../shared/time/units";
import { cannotShow } from "./coding";
import { FirstPicture } from "./first-picture";
import { parseServerMessage, type PageMessage, type StreamName } from "./messages";
import { ServerClock } from "./server-clock";
import { SILENT_AFTER_MS, TileCore } from "./tile";
import { type AccessUnit, parseAccessUnit } from "./wire";
import type { FromWorker, Link, Pixels, ToWorker } from "./worker-protocol";

const TICK_MS = 100;
const ACK_MS = 500;
/** Hidden pages stop painting at once and stop looking (the log entry ends too) after this long. */
const HIDDEN_MS = 5000;
const RETRY_MS = [500, 1000, 2000, 5000];

/** What this browser decodes, asked once. Whoever lacks H.265 gets the camera's other stream, or a sentence. */
const acceptedCodings: Promise<string[]> = (async () => {
  const h265 = await VideoDecoder.isConfigSupported({ codec: "hvc1.1.6.L123.00", codedWidth: 1920, codedHeight: 1080 }).catch(() => null);
  return h265?.supported === true ? ["avc1", "hvc1", "hev1"] : ["avc1"];
})();

const post = (message: FromWorker): void => {
  self.postMessage(message);
};
const now = (): PageMillis => pageMillis(performance.now());

interface Configuration {
  codec: string;
  description: Uint8Array;
  width: number;
  height: number;
}

/** One tile: its core, its decoder, its canvas. */
class Tile {
  readonly core = new TileCore();
  #decoder: VideoDecoder | null = null;
  #configuration: Configuration | null = null;
  /** A browser may say that it decodes a coding and show nothing of it: then the next rung of the ladder is asked for. */
  #first = new FirstPicture();
  /** What the browser said that it decodes, and does not: only H.264 is asked for from then on. */
  #h264Only = false;
  #latest: VideoFrame | null = null;
  #painting = false;
  #context: OffscreenCanvasRenderingContext2D | null;

  constructor(
    readonly sub: number,
    readonly camera: string,
    readonly stream: StreamName,
    readonly canvas: OffscreenCanvas,
    private readonly ask: (message: PageMessage) => void,
    private readonly visible: () => boolean,
    private readonly subscribeAgain: (tile: Tile) => void,
  ) {
    this.#context = canvas.getContext("2d", { alpha: false, desynchronized: true });
  }

  resize({ width, height }: Pixels): void {
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
  }

  /** What is asked for, of what the browser says that it decodes. */
  accept(codings: string[]): string[] {
    return this.#h264Only ? ["avc1"] : codings;
  }

  /** Goes down the ladder where nothing comes of what the browser said. */
  judge(at: PageMillis): void {
    if (!this.visible()) this.#first.interrupted();
    else if (this.#first.overdue(at)) this.#stepDown();
  }

  #stepDown(): boolean {
    if (this.#h264Only || this.#configuration?.codec.startsWith("avc") !== false) return false;
    this.#h264Only = true;
    this.#configuration = null;
    this.#first.interrupted();
    this.#restart();
    this.subscribeAgain(this);
    return true;
  }

  configure(configuration: Configuration & { stream: string; note: string | null }): void {
    this.#configuration = configuration;
    this.#first.configured(configuration.codec);
    // A picture of before, which nobody has seen yet, says nothing of this coding.
    this.#latest?.close();
    this.#latest = null;
    this.core.configured(configuration);
    this.#restart();
    void this.#askWhetherShown(configuration);
  }

  /** A decoder says so only in an error that does not tell a coding it lacks from a picture it cannot read. */
  async #askWhetherShown(configuration: Configuration): Promise<void> {
    const support = await VideoDecoder.isConfigSupported(decoderConfig(configuration)).catch(() => ({ supported: false }));
    if (support.supported === true || this.#configuration !== configuration || this.#stepDown()) return;
    this.#configuration = null;
    this.#restart();
    this.core.refused(cannotShow(configuration.codec));
  }

  accessUnit(unit: AccessUnit): void {
    const command = this.core.accessUnit(unit, now(), this.#decoder?.decodeQueueSize ?? 0);
    if (command === "refresh") {
      this.refresh();
      return;
    }
    if (command !== "decode" || this.#decoder?.state !== "configured") return;
    try {
      this.#decoder.decode(new EncodedVideoChunk({ type: unit.key ? "key" : "delta", timestamp: unit.pts, data: unit.data }));
      if (this.visible()) this.#first.decoded(now());
    } catch {
      this.#failed();
    }
  }

  refresh(): void {
    this.#restart();
    this.ask({ type: "refresh", sub: this.sub });
  }

  /** Takes the picture off: what is lost must not look alive. */
  blank(): void {
    this.#first.interrupted();
    this.#latest?.close();
    this.#latest = null;
    this.#context?.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  close(): void {
    this.blank();
    if (this.#decoder !== null && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
  }

  #draw(frame: VideoFrame): void {
    const place = fit({ width: frame.displayWidth, height: frame.displayHeight }, this.canvas);
    if (place.x > 0 || place.y > 0) this.#context?.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#context?.drawImage(frame, place.x, place.y, place.width, place.height);
  }

  #restart(): void {
    if (this.#decoder !== null && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
    if (this.#configuration === null) return;
    this.#decoder = new VideoDecoder({ output: (frame) => { this.#decoded(frame); }, error: () => { this.#failed(); } });
    try {
      this.#decoder.configure(decoderConfig(this.#configuration));
    } catch {
      this.core.refused(cannotShow(this.#configuration.codec));
    }
  }

  #failed(): void {
    this.#restart();
    if (this.core.decoderFailed(now())) this.ask({ type: "refresh", sub: this.sub });
  }

  #decoded(frame: VideoFrame): void {
    if (!this.core.mayShow(frame.timestamp)) {
      frame.close();
      return;
    }
    this.#latest?.close();
    this.#latest = frame;
    if (this.#painting || !this.visible()) return;
    this.#painting = true;
    requestAnimationFrame(() => { this.#paint(); });
  }

  #paint(): void {
    this.#painting = false;
    const frame = this.#latest;
    this.#latest = null;
    if (frame === null) return;
    this.#draw(frame);
    this.core.painted(frame.timestamp, now());
    this.#first.painted();
    frame.close();
  }
}

function decoderConfig({ codec, description, width, height }: Configuration): VideoDecoderConfig {
  return { codec, description, codedWidth: width, codedHeight: height, optimizeForLatency: true };
}

/** Where a picture of one shape fits into a box of another without being stretched. */
function fit(picture: Pixels, box: Pixels): Pixels & { x: number; y: number } {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const width = Math.round(picture.width * scale);
  const height = Math.round(picture.height * scale);
  return { width, height, x: Math.round((box.width - width) / 2), y: Math.round((box.height - height) / 2) };
}

class Wall {
  #tiles = new Map<number, Tile>();
  #clock = new ServerClock();
  #socket: WebSocket | null = null;
  #url: string | null = null;
  #attempt = 0;
  #visible = true;
  #hiddenSince: PageMillis | null = null;
  #suspended = false;
  #lastAck = 0;

  receive(message: ToWorker): void {
    switch (message.type) {
      case "open":
        this.#url = message.url;
        this.#connect();
        return;
      case "subscribe": {
        const tile = new Tile(message.sub, message.camera, message.stream, message.canvas, (m) => { this.#send(m); }, () => this.#visible, (again) => { this.#subscribe(again); });
        tile.resize(message.pixels);
        this.#tiles.set(message.sub, tile);
        this.#subscribe(tile);
        return;
      }
      case "resize":
        this.#tiles.get(message.sub)?.resize(message.pixels);
        return;
      case "unsubscribe":
        this.#tiles.get(message.sub)?.close();
        this.#tiles.delete(message.sub);
        this.#send({ type: "unsubscribe", sub: message.sub });
        return;
      case "visible":
        this.#visible = message.visible;
        this.#hiddenSince = message.visible ? null : now();
        if (message.visible && this.#suspended) this.#resume();
        return;
      case "close":
        this.#url = null;
        for (const tile of this.#tiles.values()) tile.close();
        this.#tiles.clear();
        this.#socket?.close();
    }
  }

  tick(): void {
    const at = now();
    const silence = this.#clock.silence(at);
    if (silence !== null && silence > SILENT_AFTER_MS && this.#socket?.readyState === WebSocket.OPEN) this.#socket.close();
    const server = this.#clock.now(at);
    for (const tile of this.#tiles.values()) {
      tile.judge(at);
      if (tile.core.tick(at, server) === "refresh" && this.#visible) tile.refresh();
    }
    if (at - this.#lastAck > ACK_MS) {
      this.#lastAck = at;
      for (const tile of this.#tiles.values()) if (tile.core.lastSeq > 0) this.#send({ type: "ack", sub: tile.sub, seq: tile.core.lastSeq });
    }
    if (this.#hiddenSince !== null && !this.#suspended && at - this.#hiddenSince > HIDDEN_MS) this.#suspend();
    post({ type: "tiles", views: [...this.#tiles.values()].map((tile) => [tile.sub, tile.core.view(server)]) });
  }

  #connect(): void {
    if (this.#url === null || this.#suspended) return;
    this.#link(this.#attempt === 0 ? "connecting" : "retrying", null);
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempt = 0;
      this.#link("open", null);
      for (const tile of this.#tiles.values()) this.#subscribe(tile);
    };
    socket.onmessage = (event: MessageEvent<unknown>) => { this.#message(event.data); };
    socket.onclose = (event) => {
      if (this.#socket === socket) this.#closed(event);
    };
  }

  #closed(event: CloseEvent): void {
    this.#socket = null;
    this.#clock.reset();
    if (this.#url === null) return;
    for (const tile of this.#tiles.values()) {
      tile.core.disconnected("The connection to the recorder is interrupted. Recording goes on; this page keeps trying.");
      tile.blank();
    }
    // 4401: the sign-in is over; trying again would only fail again.
    if (event.code === 4401 || event.code === 4403) {
      this.#link("ended", event.reason || "Your sign-in has ended.");
      return;
    }
    const wait = RETRY_MS[Math.min(this.#attempt, RETRY_MS.length - 1)] ?? 5000;
    this.#attempt += 1;
    this.#link("retrying", null);
    setTimeout(() => { this.#connect(); }, wait * (0.8 + 0.4 * Math.random()));
  }

  #message(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      const unit = parseAccessUnit(data);
      if (unit !== null) this.#tiles.get(unit.sub)?.accessUnit(unit);
      return;
    }
    const message = typeof data === "string" ? parseServerMessage(data) : null;
    if (message === null) return;
    if (message.type === "beat") {
      this.#clock.beat(message.nowUs, now());
      return;
    }
    const tile = this.#tiles.get(message.sub);
    if (tile === undefined) return;
    if (message.type === "refused") {
      tile.core.refused(message.why);
      tile.blank();
    } else if (message.type === "config") {
      tile.configure(message);
    } else {
      tile.core.state(message.live, message.cause, message.since);
      if (!message.live) tile.blank();
    }
  }

  #subscribe(tile: Tile): void {
    const { sub, camera, stream } = tile;
    void acceptedCodings.then((accept) => {
      // It may have been closed meanwhile.
      if (this.#tiles.get(sub) === tile) this.#send({ type: "subscribe", sub, camera, stream, accept: tile.accept(accept) });
    });
  }

  #suspend(): void {
    this.#suspended = true;
    for (const tile of this.#tiles.values()) {
      tile.core.disconnected("Paused while this page is hidden.");
      tile.blank();
    }
    this.#socket?.close();
  }

  #resume(): void {
    this.#suspended = false;
    this.#attempt = 0;
    this.#connect();
  }

  #send(message: PageMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #link(link: Link, why: string | null): void {
    post({ type: "link", link, why });
  }
}

const wall = new Wall();
self.onmessage = (event: MessageEvent<ToWorker>) => { wall.receive(event.data); };
setInterval(() => { wall.tick(); }, TICK_MS);
