// The shell of playback: a <video>, a MediaSource and requests. It moves bytes; PlaybackCore decides.

import { cannotShow, codecOf, convertedWords, wayOf } from "./coding";
import { seconds, type Seconds, type WallTicks } from "../shared/time/units";
import { type BufferedRange, PlaybackCore, type PlanPiece, type PlaybackCommand } from "./playback";
import { ShownNotes } from "./shown-notes";

const LOOP_MS = 150;

export interface PlaybackSource {
  plan(from: WallTicks, to: WallTicks, signal: AbortSignal): Promise<PlanPiece[]>;
  /** `convert` asks for H.264 in place of what is stored. */
  media(piece: PlanPiece, from: WallTicks, to: WallTicks, convert: boolean, signal: AbortSignal): Promise<ArrayBuffer>;
}

export type PlaybackState =
  | { kind: "loading"; at: WallTicks }
  /** `note` is what people must know of these pictures: that they are converted. */
  | { kind: "showing"; at: WallTicks; note: string | null }
  /** There is no footage here; it goes on at `until`, if at all. */
  | { kind: "gap"; at: WallTicks; until: WallTicks | null }
  | { kind: "failed"; error: unknown };

export class RecordedPlayer {
  #core: PlaybackCore;
  #media = new MediaSource();
  #buffer: SourceBuffer | null = null;
  #mime = "";
  #busy: AbortController | null = null;
  #timer: number;
  #url: string;
  #closed = false;
  /** Which pieces are converted, in words. */
  #notes = new ShownNotes();

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly source: PlaybackSource,
    window_: { from: WallTicks; to: WallTicks; at: WallTicks },
    private readonly onState: (state: PlaybackState) => void,
  ) {
    this.#core = new PlaybackCore(window_.from, window_.to, window_.at);
    this.#url = URL.createObjectURL(this.#media);
    this.video.src = this.#url;
    this.#timer = window.setInterval(() => { this.#step(); }, LOOP_MS);
    this.video.addEventListener("timeupdate", this.#tell);
    this.video.addEventListener("seeked", this.#tell);
  }

  /** Shows the moment `at`; playing or paused stays as it is. */
  seek(at: WallTicks): void {
    this.#busy?.abort();
    this.#busy = null;
    this.#core.seek(at);
    this.onState({ kind: "loading", at });
    this.#step();
  }

  get at(): WallTicks {
    return this.#core.wallAt(seconds(this.video.currentTime));
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#busy?.abort();
    this.video.removeEventListener("timeupdate", this.#tell);
    this.video.removeEventListener("seeked", this.#tell);
    this.video.removeAttribute("src");
    this.video.load();
    URL.revokeObjectURL(this.#url);
  }

  #tell = (): void => {
    const at = this.at;
    const inside = this.#ranges().some((range) => range.start <= this.video.currentTime && this.video.currentTime <= range.end);
    const gap = inside ? null : this.#core.gapAt(at);
    if (gap !== null) this.onState({ kind: "gap", at, until: gap.until });
    else this.onState(inside && this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA ? { kind: "showing", at, note: this.#notes.at(at) } : { kind: "loading", at });
  };

  #ranges(): BufferedRange[] {
    const buffered = this.#buffer?.buffered;
    if (buffered === undefined) return [];
    return Array.from({ length: buffered.length }, (_, i) => ({ start: seconds(buffered.start(i)), end: seconds(buffered.end(i)) }));
  }

  #step(): void {
    if (this.#closed || this.#media.readyState !== "open" || this.#buffer?.updating === true) return;
    const command = this.#core.next(seconds(this.video.currentTime), this.#ranges(), this.#busy === null);
    this.#obey(command);
  }

  #obey(command: PlaybackCommand): void {
    switch (command.kind) {
      case "wait":
        if (this.video.currentTime > 0 && this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) this.#tell();
        return;
      case "jump":
        this.video.currentTime = command.to;
        return;
      case "trim":
        this.#buffer?.remove(0, command.before);
        return;
      case "plan":
        this.#run(async (signal) => {
          this.#core.planned(command.from, command.to, await this.source.plan(command.from, command.to, signal));
          this.#tellIfEmpty(command.from);
        });
        return;
      case "fetch":
        this.#run(async (signal) => {
          const { piece, from, to, offset } = command;
          const mime = playable(piece.mime);
          const convert = mime !== piece.mime;
          const media = await this.source.media(piece, from, to, convert, signal);
          this.#notes.fetched(piece, convert ? convertedWords(codecOf(piece.mime)) : null);
          await this.#append(mime, offset, media);
        });
    }
  }

  /** A place without any footage after it has a face too. */
  #tellIfEmpty(at: WallTicks): void {
    const gap = this.#core.gapAt(at);
    if (gap !== null && gap.until === null) this.onState({ kind: "gap", at, until: null });
  }

  #run(work: (signal: AbortSignal) => Promise<void>): void {
    const abort = new AbortController();
    this.#busy = abort;
    work(abort.signal).then(
      () => { if (this.#busy === abort) this.#busy = null; },
      (error: unknown) => {
        if (abort.signal.aborted || this.#closed) return;
        // The owner decides whether to try again; the loop stands still until then.
        clearInterval(this.#timer);
        this.onState({ kind: "failed", error });
      },
    );
  }

  async #append(mime: string, offset: Seconds, media: ArrayBuffer): Promise<void> {
    if (media.byteLength === 0 || this.#closed) return;
    const buffer = this.#bufferFor(mime);
    buffer.timestampOffset = offset;
    const done = new Promise<void>((resolve, reject) => {
      buffer.addEventListener("updateend", () => { resolve(); }, { once: true });
      buffer.addEventListener("error", () => { reject(new Error("The browser could not read this footage.")); }, { once: true });
    });
    buffer.appendBuffer(media);
    await done;
    this.#step();
  }

  #bufferFor(mime: string): SourceBuffer {
    if (this.#buffer === null) {
      this.#buffer = this.#media.addSourceBuffer(mime);
    } else if (mime !== this.#mime) {
      this.#buffer.changeType(mime);
    }
    this.#mime = mime;
    return this.#buffer;
  }
}

/** The type in which a piece is asked for: as it is stored, or converted where this browser cannot play that. */
function playable(mime: string): string {
  const way = wayOf(mime, (asked) => MediaSource.isTypeSupported(asked));
  if (way === null) throw new Error(cannotShow(codecOf(mime)));
  return way;
}
