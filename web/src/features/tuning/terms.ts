// The form of a trial: what is typed, what is wrong with it, and what the recorder is asked. Pure.

import { faults, type FormError, textFault } from "../../shared/forms/errors";
import type { AskMotionTrial } from "../../shared/api/types";
import { fromLocal, plus, seconds, TICKS_PER_SECOND, toLocal, type WallTicks, wallTicks } from "../../shared/time/units";
import { type Part, partFault, zonesOf } from "./parts";

export interface Terms {
  camera: string;
  /** `2026-11-23T14:03`, in the site's own time. */
  from: string;
  minutes: number;
  reason: string;
  /** Empty: as the policy in force says. */
  keep: string;
  unit: "hours" | "days";
  onMotion: boolean;
  pre: string;
  post: string;
  /** `null`: as the policy in force says. */
  parts: Part[] | null;
}

const QUARTER = 15 * 60 * TICKS_PER_SECOND;
export const lengths = [5, 15, 30, 60] as const;

/** The newest quarter of an hour that is over. */
const lastQuarter = (now: WallTicks): WallTicks => wallTicks((Math.floor(now / QUARTER) - 1) * QUARTER);

/** What stands in the form at first; a moment of the address counts for who may look. */
export function firstTerms(parameters: URLSearchParams, now: WallTicks, sums: boolean): Terms {
  const [camera, at] = [parameters.get("camera"), parameters.get("at")];
  const asked = at !== null && /^\d{1,16}$/.test(at) && Number.isSafeInteger(Number(at)) ? wallTicks(Number(at)) : lastQuarter(now);
  const from = sums ? wallTicks(Math.min(Math.floor(asked / QUARTER) * QUARTER, lastQuarter(now))) : asked;
  return {
    camera: camera !== null && /^[\w-]{1,64}$/.test(camera) ? camera : "", from: toLocal(from), minutes: sums ? 15 : 5, reason: "", keep: "", unit: "days",
    onMotion: false, pre: "5", post: "30", parts: null,
  };
}

/** Seconds for which what is still is kept; null for as in force, NaN for what is no number. */
export function keepSeconds({ keep, unit }: Pick<Terms, "keep" | "unit">): number | null {
  const typed = keep.trim();
  if (typed === "") return null;
  return /^\d{1,4}$/.test(typed) ? Number(typed) * (unit === "days" ? 86_400 : 3_600) : Number.NaN;
}

const roll = (typed: string, most: number): number | null => (/^\d{1,4}$/.test(typed.trim()) && Number(typed) <= most ? Number(typed) : null);

export function checkTerms(terms: Terms, now: WallTicks, sums: boolean): FormError[] {
  const from = fromLocal(terms.from);
  const keep = keepSeconds(terms);
  const part = (terms.parts ?? []).map(partFault).find((fault) => fault !== null) ?? null;
  return faults([
    ["camera", terms.camera === "" ? "Choose the camera." : null],
    ["from_90k", fromFault(from, now, sums)],
    ["reason", textFault(terms.reason, 5, 200, "Say why footage is looked through.")],
    ["keep_if_still_s", keep !== null && (Number.isNaN(keep) || keep < 3_600) ? "Give a whole number, an hour at least, or leave it empty." : null],
    ["rolls", terms.onMotion && (roll(terms.pre, 60) === null || roll(terms.post, 900) === null) ? "Give whole seconds: up to 60 before, up to 900 after." : null],
    ["zones", part],
  ]);
}

function fromFault(from: WallTicks | null, now: WallTicks, sums: boolean): string | null {
  if (from === null) return "Give the day and time from which footage is looked through.";
  if (from >= now) return "The footage must have begun.";
  if (!sums) return null;
  if (from % QUARTER !== 0) return "Begin at a full quarter of an hour: sums are told of nothing shorter.";
  return from + QUARTER > now ? "This quarter of an hour is not over yet." : null;
}

/** What the form asks; `goOn` where an earlier trial ended before its end. */
export function toAsk(terms: Terms, goOn: WallTicks | null = null): AskMotionTrial | null {
  const from = fromLocal(terms.from);
  const [pre, post] = [roll(terms.pre, 60), roll(terms.post, 900)];
  if (from === null) return null;
  return {
    from_90k: goOn ?? from,
    to_90k: plus(from, seconds(terms.minutes * 60)),
    reason: terms.reason.trim(),
    zones: terms.parts === null ? null : zonesOf(terms.parts),
    keep_if_still_s: keepSeconds(terms),
    rolls: terms.onMotion && pre !== null && post !== null ? { pre_s: pre, post_s: post } : null,
  };
}
