// The interval somebody marks for a download, and what would leave for it. Pure.

import type { Plan } from "../../shared/api/types";
import { wallTicks, type WallTicks } from "../../shared/time/units";

export interface Marks {
  from: WallTicks | null;
  to: WallTicks | null;
}

export interface Interval {
  from: WallTicks;
  to: WallTicks;
}

/** What is marked, once both ends are and in order. */
export const marked = ({ from, to }: Marks): Interval | null => (from !== null && to !== null && from < to ? { from: wallTicks(Math.floor(from)), to: wallTicks(Math.ceil(to)) } : null);

/** What would leave: whole groups of pictures around what was asked; nothing when nothing is there. */
export function disclosed(plan: Plan): Interval | null {
  const { disclosed_from_90k: from, disclosed_to_90k: to } = plan;
  return from == null || to == null ? null : { from: wallTicks(from), to: wallTicks(to) };
}
