// Which alarms stand, in the order they want somebody, and where each is mended. Pure.

import type { Alarm } from "../../shared/api/types";

export interface Ordered {
  standing: Alarm[];
  settled: Alarm[];
}

const urgency = (alarm: Alarm): number => (alarm.severity === "red" ? 0 : 2) + (alarm.acknowledged_by == null ? 0 : 1);

/** Standing: red first, those nobody took before others, newest first. Settled: the last to end first. */
export function ordered(alarms: readonly Alarm[]): Ordered {
  return {
    standing: alarms.filter((alarm) => alarm.cleared_90k == null).sort((a, b) => urgency(a) - urgency(b) || b.raised_90k - a.raised_90k),
    settled: alarms.filter((alarm) => alarm.cleared_90k != null).sort((a, b) => (b.cleared_90k ?? 0) - (a.cleared_90k ?? 0)),
  };
}

const labels: Record<string, string> = { cameras: "Open Cameras", review: "Open Review", retention: "Open Retention", log: "Open Log", system: "Open System", live: "Open Live", people: "Open People" };

/** The page that mends it; `null` when this person may not open that. */
export function mendedAt(alarm: Alarm, pages: readonly string[], opensCameras: boolean): { to: string; label: string } | null {
  const label = labels[alarm.page];
  if (label === undefined || !pages.includes(alarm.page)) return null;
  if (alarm.page === "cameras" && alarm.camera != null && opensCameras) return { to: `/cameras/${alarm.camera}`, label: `Open ${alarm.camera_name ?? "the camera"}` };
  return { to: `/${alarm.page}`, label };
}
