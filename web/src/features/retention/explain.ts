// The question why footage ends when it does: which camera, which moment. In the address, so that an answer can be sent on. Pure.

import { faults, type FormError } from "../../shared/forms/errors";
import { fromLocal, toLocal, type WallTicks, wallTicks } from "../../shared/time/units";

export interface Question {
  camera: string;
  at: WallTicks;
}

/** `?why=CAMERA&at=TICKS`, when it is one. */
export function questionOf(parameters: URLSearchParams): Question | null {
  const [camera, at] = [parameters.get("why"), parameters.get("at")];
  if (camera === null || !/^[\w-]{1,64}$/.test(camera) || at === null || !/^\d{1,16}$/.test(at)) return null;
  const ticks = Number(at);
  return Number.isSafeInteger(ticks) ? { camera, at: wallTicks(ticks) } : null;
}

export const whyAddress = (camera: string, at: number): string => `?why=${camera}&at=${Math.round(at)}#why`;

export interface WhyForm {
  camera: string;
  /** `2026-11-23T14:03`, in the site's own time. */
  at: string;
}

/** As the address says, or empty. */
export const whyForm = (question: Question | null): WhyForm => (question === null ? { camera: "", at: "" } : { camera: question.camera, at: toLocal(question.at) });

export function checkWhy(form: WhyForm, now: WallTicks): FormError[] {
  const at = fromLocal(form.at);
  return faults([
    ["camera", form.camera === "" ? "Choose the camera." : null],
    ["at_90k", at === null ? "Give the day and time of the footage." : at > now ? "The footage must have begun." : null],
  ]);
}

/** What the form asks; the moment of the address where the form still says the same minute, to the tick. */
export function toQuestion(form: WhyForm, before: Question | null): Question | null {
  const at = fromLocal(form.at);
  if (at === null || form.camera === "") return null;
  return before !== null && toLocal(before.at) === form.at ? { camera: form.camera, at: before.at } : { camera: form.camera, at };
}
