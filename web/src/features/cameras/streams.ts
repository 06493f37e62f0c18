// What a camera's streams really send, and what to set in the camera. Pure.

import type { Stream } from "../../shared/api/types";

const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(ms % 1000 === 0 ? 0 : 1)} s`;
const perSecond = (milli: number): string => String(Math.round(milli / 100) / 10);

/** Kilobits a second as people read them. */
export const bitRate = (kbit: number): string => (kbit < 1000 ? `${kbit} kbit/s` : `${(kbit / 1000).toFixed(1)} Mbit/s`);

/** Gigabytes that a stream fills in a day. */
export const gigabytesADay = (kbit: number): string => {
  const gigabytes = (kbit * 86_400) / 8 / 1_000_000;
  return gigabytes < 10 ? gigabytes.toFixed(1) : String(Math.round(gigabytes));
};

/** What is measured of a stream, in a line; null while nothing is. */
export function measuredWords({ measured }: Stream): string | null {
  if (measured == null) return null;
  return `${perSecond(measured.rate_milli)} pictures and ${bitRate(measured.bit_rate_kbit)}, ${gigabytesADay(measured.bit_rate_kbit)} GB a day; a key frame every ${inSeconds(measured.key_frame_ms)}`;
}

/** Longer than this, people wait for live pictures and for the moment they ask for. */
const LONG_GOP_MS = 2100;
/** Up to this, motion may shorten retention. */
const MOTION_GOP_MS = 1100;
/** A wall of cameras shows none of them larger. */
const WIDE_SUB = 1024;
/** More than this below what the camera promises is worth a look. */
const SLOW = 0.8;

/** What to set in the camera, one sentence each; empty when all is well. */
export function advice(streams: readonly Stream[]): string[] {
  const found: string[] = [];
  const main = streams.find((stream) => stream.kind === "main");
  const sub = streams.find((stream) => stream.kind === "sub");
  for (const stream of streams) {
    const { measured } = stream;
    if (measured == null) continue;
    const name = stream.kind === "main" ? "main stream" : "sub-stream";
    if (measured.key_frame_ms > LONG_GOP_MS) found.push(`The ${name} has a key frame only every ${inSeconds(measured.key_frame_ms)}: live pictures and playback begin that much late. Set the key frame interval (GOP, I-frame interval) of the camera to 1 s.`);
    else if (measured.key_frame_ms > MOTION_GOP_MS) found.push(`The ${name} has a key frame every ${inSeconds(measured.key_frame_ms)}: set it to 1 s in the camera if motion is to shorten how long its footage is kept.`);
    if (stream.rate > 0 && measured.rate_milli < stream.rate * 1000 * SLOW) found.push(`The ${name} sends ${perSecond(measured.rate_milli)} of the ${stream.rate} pictures a second that the camera promises: look at its exposure time, its load and the network.`);
  }
  if (main !== undefined && sub === undefined) found.push("The camera offers no sub-stream: every small picture of it on a wall is the full one. Switch a second stream on in the camera, 640 pixels wide.");
  if (sub !== undefined && sub.width > WIDE_SUB) found.push(`The sub-stream is ${sub.width} pixels wide: 640 are enough for a wall, and cost a fraction.`);
  return found;
}
