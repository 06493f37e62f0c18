// The forms of a hold, and its end in words. Pure.

import type { ExtendHold, Hold, PlaceHold } from "../../shared/api/types";
import { faults, type FormError, textFault } from "../../shared/forms/errors";
import { span } from "../../shared/time/format";
import { between, fromLocal, plus, seconds, SECONDS_PER_DAY, toLocal, type WallTicks, wallTicks } from "../../shared/time/units";

export interface HoldForm {
  kind: string;
  camera: string;
  /** As an input for date and time gives it: `2026-11-23T14:03`, in the site's own time. */
  from: string;
  to: string;
  /** A day: `2026-12-23`. The hold ends at its last moment. */
  ends: string;
  reason: string;
  owner: string;
}

export const holdClasses = [
  { value: "incident", words: "Incident: something happened and is being looked into" },
  { value: "legal", words: "Legal: a claim, a court or the police ask for it" },
] as const;

/** A new hold starts as the last hour, for a month. */
export const emptyHold = (camera: string, now: WallTicks): HoldForm => ({
  kind: "incident",
  camera,
  from: toLocal(plus(now, seconds(-3600))),
  to: toLocal(now),
  ends: toLocal(plus(now, seconds(30 * SECONDS_PER_DAY))).slice(0, 10),
  reason: "",
  owner: "",
});

/** Fields by the recorder's names. */
export const holdFields: readonly string[] = ["class", "camera", "from_90k", "to_90k", "ends_90k", "reason", "owner"];

const lastMoment = (day: string): WallTicks | null => fromLocal(`${day}T23:59`);

export function checkHold(form: HoldForm, now: WallTicks): FormError[] {
  const [from, to] = [fromLocal(form.from), fromLocal(form.to)];
  return faults([
    ["camera", form.camera === "" ? "Choose the camera." : null],
    ["from_90k", from === null ? "Give the day and time from which footage is held." : from > now ? "The footage must have begun." : null],
    ["to_90k", to === null ? "Give the day and time up to which footage is held." : from !== null && to <= from ? "It must lie after the start." : from !== null && between(from, to) > 31 * SECONDS_PER_DAY ? "One hold covers at most 31 days." : null],
    ["ends_90k", endFault(form.ends, now)],
    ["reason", reasonFault(form.reason, "Say why this footage must be kept.")],
    ["owner", textFault(form.owner, 2, 100, "Name the person or office that answers for the hold.")],
  ]);
}

export const reasonFault = (reason: string, missing: string): string | null => textFault(reason, 5, 300, missing);

/** Why a hold cannot end on that day. */
export function endFault(day: string, now: WallTicks, before: WallTicks | null = null): string | null {
  const ends = lastMoment(day);
  if (ends === null) return "Give the day on which the hold ends.";
  if (ends <= now) return "The end must lie in the future.";
  if (before !== null && ends <= before) return "The new end must lie after the present one. To end it sooner, lift it.";
  if (between(now, ends) > 366 * SECONDS_PER_DAY) return "A hold ends at most a year ahead. Extend it then, with a new reason.";
  return null;
}

const exact = (at: WallTicks | null): number => at ?? 0;

export const toHold = (form: HoldForm): PlaceHold => ({
  class: form.kind,
  camera: form.camera,
  from_90k: exact(fromLocal(form.from)),
  to_90k: exact(fromLocal(form.to)),
  ends_90k: exact(lastMoment(form.ends)),
  reason: form.reason.trim(),
  owner: form.owner.trim(),
});

export const toExtension = (day: string, reason: string): ExtendHold => ({ ends_90k: exact(lastMoment(day)), reason: reason.trim() });

/** How long a hold still lasts. */
export function left(hold: Hold, now: WallTicks): { words: string; tone: "plain" | "warn" } {
  const rest = between(now, wallTicks(hold.ends_90k));
  if (rest <= 0) return { words: "Ends with the next sweep", tone: "warn" };
  return { words: `${span(rest)} left`, tone: rest < 7 * SECONDS_PER_DAY ? "warn" : "plain" };
}

const acts: Record<string, string> = { placed: "Placed", extended: "Extended", lifted: "Lifted", lapsed: "Came to its end" };
export const actWords = (act: string): string => acts[act] ?? act;
export const classWords = (kind: string): string => (kind === "legal" ? "Legal" : kind === "incident" ? "Incident" : kind === "marked" ? "Marked on watch" : kind);
