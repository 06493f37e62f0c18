// The form of an approval. Pure; the rules are the recorder's, said beforehand.

import type { ApprovePolicy } from "./model";
import { faults, type FormError, textFault } from "../../shared/forms/errors";
import { moment } from "../../shared/time/format";
import { between, fromLocal, SECONDS_PER_DAY, type WallTicks } from "../../shared/time/units";

export interface ApproveForm {
  /** Whether the advice is followed; only asked where there is some. */
  follows: "yes" | "no" | "";
  departure: string;
  /** `2026-11-23T14:03`, in the site's own time; empty for the usual time. */
  from: string;
  early: string;
}

export const emptyApprove: ApproveForm = { follows: "", departure: "", from: "", early: "" };

/** Fields by the recorder's names. */
export const approveFields: readonly string[] = ["follows_advice", "departure", "from_90k", "early_reason"];

export interface Approvable {
  /** When it takes force if nothing else is said. */
  usual: WallTicks;
  now: WallTicks;
  advised: boolean;
}

/** The time that was chosen; `null` where none was, or what was typed is no time. */
export const chosen = (form: ApproveForm): WallTicks | null => (form.from === "" ? null : fromLocal(form.from));

/** Whether a reason is needed: it is to take force before its usual time. */
export const isEarly = (form: ApproveForm, of: Approvable): boolean => {
  const from = chosen(form);
  return from !== null && from < of.usual && of.usual > of.now;
};

const LEAST = 10;
const MOST = 2000;

export function checkApprove(form: ApproveForm, of: Approvable): FormError[] {
  const from = chosen(form);
  return faults([
    ["follows_advice", of.advised && form.follows === "" ? "Say whether the advice is followed." : null],
    ["departure", of.advised && form.follows === "no" ? textFault(form.departure, LEAST, MOST, "Say why the advice is not followed.") : null],
    ["from_90k", form.from !== "" && from === null ? "Give a day and a time, or leave both out." : from !== null && between(of.now, from) > 366 * SECONDS_PER_DAY ? "A version takes force within a year of its approval." : null],
    ["early_reason", isEarly(form, of) ? textFault(form.early, LEAST, MOST, `Say why it cannot wait until ${moment(of.usual)}.`) : null],
  ]);
}

/** What is sent: only what was asked for. */
export const toApproval = (form: ApproveForm, of: Approvable): ApprovePolicy => {
  const from = chosen(form);
  return {
    ...(of.advised ? { follows_advice: form.follows === "yes" } : {}),
    ...(of.advised && form.follows === "no" ? { departure: form.departure.trim() } : {}),
    ...(from === null ? {} : { from_90k: from }),
    ...(isEarly(form, of) ? { early_reason: form.early.trim() } : {}),
  };
};
