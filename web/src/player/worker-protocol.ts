// What the page and the live worker say to each other.

import type { StreamName } from "./messages";
import type { TileView } from "./tile";

export type ToWorker =
  | { type: "open"; url: string }
  | { type: "subscribe"; sub: number; camera: string; stream: StreamName; canvas: OffscreenCanvas; pixels: Pixels }
  | { type: "resize"; sub: number; pixels: Pixels }
  | { type: "unsubscribe"; sub: number }
  | { type: "visible"; visible: boolean }
  | { type: "close" };

export interface Pixels {
  width: number;
  height: number;
}

/** The connection as the whole wall sees it. */
export type Link = "connecting" | "open" | "retrying" | "ended";

export type FromWorker =
  | { type: "tiles"; views: [sub: number, view: TileView][] }
  | { type: "link"; link: Link; why: string | null };
