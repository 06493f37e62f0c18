// Verdicts, states and layers in words: what each means and what to do. Pure.

import type { Camera, CameraState, Evidence, Outcome } from "../../shared/api/types";
import { span } from "../../shared/time/format";
import { seconds, TICKS_PER_SECOND } from "../../shared/time/units";

export const outcomes: readonly Outcome[] = ["accepted", "conditional", "quarantined", "refused"];

export const outcomeName: Record<Outcome, string> = { accepted: "Accepted", conditional: "Conditional", quarantined: "Quarantined", refused: "Refused" };

export const outcomeTone = { accepted: "good", conditional: "warn", quarantined: "warn", refused: "bad" } as const;

/** What the verdict means. */
export const outcomeMeaning: Record<Outcome, string> = {
  accepted: "No sign of a refused origin was found, and what was found speaks for a maker whose equipment may be used. It may stream.",
  conditional: "Nothing speaks against it, but a paper or a second layer of evidence is missing. It gets no stream until that is there.",
  quarantined: "What it says of itself is unknown or contradicts itself. It gets no stream until somebody has looked into it.",
  refused: "It comes from a maker, or carries the insides of a maker, whose equipment may not be used here. No connection for pictures is ever opened to it.",
};

/** What to do about it; nothing when all is well. */
export const outcomeAdvice: Record<Outcome, string | null> = {
  accepted: null,
  conditional: "Get what is missing from the supplier, then have it judged again.",
  quarantined: "Compare the evidence with the device and its papers. If the device is what it was sold as, update its firmware or settings and have it judged again. If not, unplug it.",
  refused: "Unplug it and replace it. It cannot be accepted by a click. If you believe a list is wrong, send the evidence below to whoever signs the lists; a corrected list judges it anew.",
};

export const stateName: Record<CameraState, string> = {
  recording: "Recording",
  live_only: "Live only",
  connecting: "Connecting",
  lost: "Lost",
  not_accepted: "No stream",
  no_purpose: "No purpose",
  outside_hours: "Outside its hours",
  stopped_by_policy: "Stopped by the policy",
};

export const stateTone = { recording: "good", live_only: "info", connecting: "plain", lost: "bad", not_accepted: "plain", no_purpose: "warn", outside_hours: "plain", stopped_by_policy: "warn" } as const;

export const layers: readonly (readonly [string, string])[] = [
  ["L1", "Network address"],
  ["L2", "Discovery"],
  ["L3", "ONVIF answers"],
  ["L4", "RTSP answers"],
  ["L5", "Web and TLS answers"],
  ["L6", "Vendor interface"],
  ["L7", "Traffic"],
  ["L8", "Papers"],
  ["L9", "Pictures and decoders"],
];

export const layerName = (layer: string): string => layers.find(([id]) => id === layer)?.[1] ?? "The gate itself";

/** Evidence by layer, in the order of the layers; what names no known layer comes last. */
export function byLayer(evidence: readonly Evidence[]): { layer: string; name: string; items: Evidence[] }[] {
  const known = layers.map(([layer, name]) => ({ layer, name, items: evidence.filter((item) => item.layer === layer) }));
  const others = evidence.filter((item) => !layers.some(([layer]) => layer === item.layer));
  return others.length === 0 ? known : [...known, { layer: "", name: "Other", items: others }];
}

/** `3 min 20 s ahead`; `null` when the camera's clock is good enough. */
export function clockError(offset90k: number): string | null {
  const off = offset90k / TICKS_PER_SECOND;
  if (Math.abs(off) <= 2) return null;
  return `${span(seconds(Math.abs(off)))} ${off > 0 ? "ahead" : "behind"}`;
}

export interface Filtered {
  shown: Camera[];
  counts: Record<Outcome, number>;
}

/** The cameras with that verdict, worst first, then by name; everything when the filter is no verdict. */
export function filtered(cameras: readonly Camera[], verdict: string | null): Filtered {
  const worst: Record<Outcome, number> = { refused: 0, quarantined: 1, conditional: 2, accepted: 3 };
  const counts: Record<Outcome, number> = { accepted: 0, conditional: 0, quarantined: 0, refused: 0 };
  for (const camera of cameras) counts[camera.outcome] += 1;
  const known = outcomes.find((outcome) => outcome === verdict);
  const shown = cameras.filter((camera) => known === undefined || camera.outcome === known);
  return { shown: shown.sort((a, b) => worst[a.outcome] - worst[b.outcome] || a.name.localeCompare(b.name, "en-GB", { numeric: true })), counts };
}
