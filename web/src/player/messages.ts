// The live socket's text messages, narrowed at the door: what does not fit is dropped, never cast.

import { wallTicks, type WallTicks } from "../shared/time/units";

export type StreamName = "main" | "sub";

export type ServerMessage =
  | { type: "refused"; sub: number; why: string }
  | { type: "config"; sub: number; codec: string; description: Uint8Array; width: number; height: number; stream: string; note: string | null }
  | { type: "state"; sub: number; live: boolean; cause: string | null; since: WallTicks | null }
  | { type: "beat"; nowUs: number };

export type PageMessage =
  | { type: "subscribe"; sub: number; camera: string; stream: StreamName; accept: string[] }
  | { type: "unsubscribe"; sub: number }
  | { type: "refresh"; sub: number }
  | { type: "ack"; sub: number; seq: number };

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function decodeBase64(text: string): Uint8Array {
  const binary = atob(text);
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** Reads one text message; `null` for anything we do not know. */
export function parseServerMessage(text: string): ServerMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  const { type, sub } = value;
  if (type === "beat") return typeof value["now_us"] === "number" ? { type, nowUs: value["now_us"] } : null;
  if (typeof sub !== "number") return null;
  if (type === "refused" && typeof value["why"] === "string") return { type, sub, why: value["why"] };
  if (type === "state") {
    const { state, cause, since_90k: since } = value;
    return {
      type,
      sub,
      live: state === "live",
      cause: typeof cause === "string" ? cause : null,
      since: typeof since === "number" ? wallTicks(since) : null,
    };
  }
  if (type === "config") {
    const { codec, description, width, height, stream, note } = value;
    if (typeof codec !== "string" || typeof description !== "string" || typeof width !== "number" || typeof height !== "number") return null;
    return {
      type,
      sub,
      codec,
      description: decodeBase64(description),
      width,
      height,
      stream: typeof stream === "string" ? stream : "",
      note: typeof note === "string" ? note : null,
    };
  }
  return null;
}
