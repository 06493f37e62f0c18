// The form of an approval. Pure; the rules are the recorder's, said beforehand.

import type { ApprovePolicy } from "../../shared/api/types";
import { faults, type FormError, textFault } from "../../shared/forms/errors";
import { moment } from "../../shared/time/format";
import { between, fromLocal, SECONDS_PER_DAY, type WallTicks } from "../../shared/time/units";

export interface ApproveForm {
  reason: string;
  /** Whether the advice is followed; only asked where there is some. */
  follows: "yes" | "no" | "";
  departure: string;
  /** `2026-11-23T14:03`, in the site's own time; empty for the usual time. */
  from: string;
  early: string;
}

export const emptyApprove: ApproveForm = { reason: "", follows: "", departure: "", from: "", early: "" };

/** Fields by the recorder's names. */
export const approveFields: readonly string[] = ["reason", "follows_advice", "departure", "from_90k", "early"];

export interface Approvable {
  /** When it takes force if nothing else is said. */
  usual: WallTicks;
  now: WallTicks;
  advised: boolean;
}

/** The time that was chosen; `null` where none was, or what was typed is no time. */
const chosen = (form: ApproveForm): WallTicks | null => (form.from === "" ? null : fromLocal(form.from));

/** Whether a reason is needed: it is to take force before its usual time. */
export const isEarly = (form: ApproveForm, of: Approvable): boolean => {
  const from = chosen(form);
  return from !== null && from < of.usual && of.usual > of.now;
};

const LEAST = 10;
const MOST = 1000;
const FURTHEST_DAYS = 366;

export function checkApprove(form: ApproveForm, of: Approvable): FormError[] {
  const from = chosen(form);
  const tooFar = from !== null && between(of.now, from) > FURTHEST_DAYS * SECONDS_PER_DAY;
  return faults([
    ["reason", textFault(form.reason, 5, 300, "Say why you approve it.")],
    ["follows_advice", of.advised && form.follows === "" ? "Say whether the advice is followed." : null],
    ["departure", of.advised && form.follows === "no" ? textFault(form.departure, LEAST, MOST, "Say why the advice is not followed.") : null],
    ["from_90k", form.from !== "" && from === null ? "Give a day and a time, or leave both out." : tooFar ? "A version takes force within a year of its approval." : null],
    ["early", isEarly(form, of) ? textFault(form.early, LEAST, MOST, `Say why it cannot wait until ${moment(of.usual)}.`) : null],
  ]);
}

/** What is sent: only what was asked for. */
export const toApproval = (form: ApproveForm, of: Approvable): ApprovePolicy => {
  const from = chosen(form);
  return {
    reason: form.reason.trim(),
    ...(of.advised ? { follows_advice: form.follows === "yes" } : {}),
    ...(of.advised && form.follows === "no" ? { departure: form.departure.trim() } : {}),
    ...(from === null ? {} : { from_90k: from }),
    ...(isEarly(form, of) ? { early: form.early.trim() } : {}),
  };
};
