// Permission to look at recorded footage: asked for with a reason, durable in the log before it is given.

import { actOrThrow, ask, askFile, type Answer, query } from "./client";
import type { Look, MotionSearch, Plan, Timeline } from "./types";
import { type WallTicks, wallTicks } from "../time/units";

export type StreamName = "main" | "sub";

export const askLook = (cameras: string[], from: WallTicks, to: WallTicks, reason: string): Promise<Answer<Look>> =>
  ask("POST", "/looks", { cameras, from_90k: from, to_90k: to, reason });

export const renewLook = (id: string): Promise<Answer<Look>> => ask("POST", `/looks/${id}/renew`);

export const endLook = (id: string): Promise<Answer<unknown>> => ask("DELETE", `/looks/${id}`);

export const getPlan = (look: string, camera: string, stream: StreamName, from: WallTicks, to: WallTicks, signal: AbortSignal): Promise<Answer<Plan>> =>
  ask("GET", `/looks/${look}/plan${query({ camera, stream, from_90k: from, to_90k: to })}`, undefined, signal);

/** `convert` asks for H.264 in place of what is stored. */
export const mediaUrl = (look: string, camera: string, stream: StreamName, segment: string, from: WallTicks, to: WallTicks, convert: boolean): string =>
  `/api/v1/looks/${look}/media${query({ camera, stream, segment, from_90k: from, to_90k: to, convert: convert ? "true" : undefined })}`;

/** A picture and the moment that it shows. */
export interface StillPicture {
  file: Blob;
  taken: WallTicks;
}

/** The key frame at or before a moment inside the look, made when it is asked for. */
export async function getStill(look: string, camera: string, stream: StreamName, at: WallTicks, width: number, signal: AbortSignal): Promise<Answer<StillPicture>> {
  const answer = await askFile(`/looks/${look}/still${query({ camera, stream, at_90k: at, width })}`, signal);
  if (!answer.ok) return answer;
  return { ok: true, value: { file: answer.value.file, taken: wallTicks(Number(answer.value.headers.get("picture-at-90k") ?? at)) } };
}

export const downloadUrl = (look: string, camera: string, stream: StreamName, from: WallTicks, to: WallTicks): string =>
  `/api/v1/looks/${look}/download${query({ camera, stream, from_90k: from, to_90k: to })}`;

export const timelinePath = (camera: string, stream: StreamName, from: WallTicks, to: WallTicks): string =>
  `/cameras/${camera}/timeline${query({ stream, from_90k: from, to_90k: to })}`;

/** When something moved in a part of a camera's picture (left, top, right, bottom from 0 to 1); written in the log. */
export const searchMotion = (camera: string, from: WallTicks, to: WallTicks, area: readonly [number, number, number, number], reason: string): Promise<MotionSearch> =>
  actOrThrow("POST", `/cameras/${camera}/motion-search`, { from_90k: from, to_90k: to, area, reason });

export type { Timeline };
