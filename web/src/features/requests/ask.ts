// The forms of a request and of broken glass. Pure.

import type { AskGrant, BreakGlass, CameraPermits } from "../../shared/api/types";
import { faults, type FormError, textFault } from "../../shared/forms/errors";
import { between, fromLocal, plus, seconds, SECONDS_PER_DAY, toLocal, type WallTicks } from "../../shared/time/units";

/** The purpose that needs an authorisation from outside. */
export const DIRECTED = "directed";

export interface AskForm {
  caseReference: string;
  words: string;
  purpose: string;
  cameras: string[];
  /** As an input for date and time gives it: `2026-11-23T14:03`, in the site's own time. */
  from: string;
  to: string;
  until: string;
  export: boolean;
  number: string;
  officer: string;
  expires: string;
  incident: string | null;
}

export interface Beginning {
  camera: string | null;
  from: WallTicks;
  to: WallTicks;
  incident: string | null;
  words: string;
}

/** A new request: for a week, for the footage that it begins with. Minutes are whole, so it begins and ends around it. */
export const emptyAsk = (begin: Beginning, now: WallTicks): AskForm => ({
  caseReference: "",
  words: begin.words,
  purpose: "",
  cameras: begin.camera === null ? [] : [begin.camera],
  from: toLocal(begin.from),
  to: toLocal(plus(begin.to, seconds(60))),
  until: toLocal(plus(now, seconds(7 * SECONDS_PER_DAY))),
  export: false,
  number: "",
  officer: "",
  expires: toLocal(plus(now, seconds(7 * SECONDS_PER_DAY))),
  incident: begin.incident,
});

/** Purposes that every chosen camera permits; of all cameras while none is chosen. */
export function commonPurposes(permits: readonly CameraPermits[], chosen: readonly string[]): string[] {
  const of = permits.filter((one) => chosen.length === 0 || chosen.includes(one.camera));
  const all = [...new Set(of.flatMap((one) => one.purposes))].sort();
  return chosen.length === 0 ? all : all.filter((purpose) => of.every((one) => one.purposes.includes(purpose)));
}

/** Fields by the recorder's names. */
export const askFields: readonly string[] = ["case", "words", "purpose", "cameras", "from_90k", "to_90k", "until_90k", "authorisation"];

export function checkAsk(form: AskForm, now: WallTicks): FormError[] {
  const [from, to, until] = [fromLocal(form.from), fromLocal(form.to), fromLocal(form.until)];
  const directed = form.purpose === DIRECTED;
  return faults([
    ["case", textFault(form.caseReference, 1, 60, "Give the case reference.")],
    ["words", wordsFault(form.words, "Say why the case needs this footage.")],
    ["cameras", form.cameras.length === 0 ? "Choose at least one camera." : form.cameras.length > 36 ? "One request names at most 36 cameras." : null],
    ["purpose", form.purpose === "" ? "Choose what the footage is looked at for." : null],
    ["from_90k", from === null ? "Give the day and time from which you need footage." : from > now ? "The footage must have begun." : null],
    ["to_90k", to === null ? "Give the day and time up to which you need footage." : from !== null && to <= from ? "It must lie after the start." : from !== null && between(from, to) > 31 * SECONDS_PER_DAY ? "One request covers at most 31 days." : null],
    ["until_90k", until === null ? "Give the day and time at which the grant shall end." : until <= now ? "It must lie in the future." : between(now, until) > 31 * SECONDS_PER_DAY ? "A grant ends at most 31 days ahead." : null],
    ["authorisation", directed && (form.number.trim() === "" || form.officer.trim() === "" || fromLocal(form.expires) === null) ? "Directed surveillance needs the number of its authorisation, the officer who gave it, and when it expires." : null],
  ]);
}

export const wordsFault = (words: string, missing: string): string | null => textFault(words, 10, 500, missing);

const exact = (local: string): number => fromLocal(local) ?? 0;

export const toAsk = (form: AskForm): AskGrant => ({
  case: form.caseReference.trim(),
  words: form.words.trim(),
  purpose: form.purpose,
  cameras: form.cameras,
  from_90k: exact(form.from),
  to_90k: exact(form.to),
  until_90k: exact(form.until),
  export: form.export,
  ...(form.purpose === DIRECTED ? { authorisation: { number: form.number.trim(), officer: form.officer.trim(), expires_90k: exact(form.expires) } } : {}),
  ...(form.incident === null ? {} : { incident: form.incident }),
});

/** How far back broken glass reaches, and what it reaches to by default: choices in hours. */
export const glassHours = [1, 4, 12, 24] as const;

/** Broken glass for these cameras: from so many hours ago up to a quarter of an hour from now. */
export const toGlass = (cameras: string[], hours: number, words: string, now: WallTicks): BreakGlass => ({
  cameras,
  // A minute less than the furthest, so that the way to the recorder is no reason to refuse.
  from_90k: plus(now, seconds(60 - hours * 3600)),
  to_90k: plus(now, seconds(900)),
  words: words.trim(),
});
