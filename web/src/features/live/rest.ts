// A camera that is dark because the policy says so: nothing is wrong, and the tile says until when. Pure.

import type { Phase } from "../../player/tile";
import type { Camera } from "../../shared/api/types";

export interface Rest {
  title: string;
  words: string;
  /** For the bar of the tile. */
  short: string;
}

const titles: Partial<Record<Camera["state"], Pick<Rest, "title" | "short">>> = {
  outside_hours: { title: "Outside its hours", short: "Outside its hours" },
  stopped_by_policy: { title: "Not recording, by the policy", short: "By the policy" },
};

/** Why a tile is rightly without a picture; `null` where a missing picture would be a fault, or one is still shown. */
export function rest(camera: Camera, phase: Phase): Rest | null {
  const found = titles[camera.state];
  if (found === undefined || phase === "live" || phase === "late" || phase === "refused") return null;
  return { ...found, words: camera.state_words };
}
