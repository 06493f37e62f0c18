// Permission to look at recorded footage: asked for with a reason, durable in the log before it is given.

import { ask, type Answer, query } from "./client";
import type { Look, Plan, Timeline } from "./types";
import type { WallTicks } from "../time/units";

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

export const downloadUrl = (look: string, camera: string, stream: StreamName, from: WallTicks, to: WallTicks): string =>
  `/api/v1/looks/${look}/download${query({ camera, stream, from_90k: from, to_90k: to })}`;

export const timelinePath = (camera: string, stream: StreamName, from: WallTicks, to: WallTicks): string =>
  `/cameras/${camera}/timeline${query({ stream, from_90k: from, to_90k: to })}`;

export type { Timeline };
