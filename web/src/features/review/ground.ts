// What a look at a moment would stand under: the person's own grant, or the replay of the own watch. Pure; the recorder decides.

import { grantName } from "../../shared/api/grants";
import type { Grant } from "../../shared/api/types";
import { plus, seconds, type WallTicks, wallTicks } from "../../shared/time/units";
import type { Within } from "./useLook";

export interface Ground {
  words: string;
  within: Within;
}

/** The furthest an instant replay may reach under any policy. */
const FURTHEST = seconds(-3600);

/** `null` when there is nothing it could stand under. */
export function groundFor(grant: Grant | null, watches: boolean, at: WallTicks, now: WallTicks): Ground | null {
  if (grant !== null) {
    const words = grant.origin === "break_glass" ? "You look under broken glass" : `You look under your grant for ${grantName(grant)}`;
    return { words, within: { from: wallTicks(grant.from_90k), to: wallTicks(grant.to_90k) } };
  }
  // A replay begins where the person points and ends now; whether the watch reaches back so far only the recorder knows.
  if (watches && at <= now && at >= plus(now, FURTHEST)) return { words: "You look back at your own watch", within: { from: at, to: now } };
  return null;
}
