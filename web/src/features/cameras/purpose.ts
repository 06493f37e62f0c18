// The written purpose of a camera as a form. Pure.

import type { Purpose, WritePurpose } from "../../shared/api/types";
import { faults, type FormError, textFault } from "../../shared/forms/errors";

export interface PurposeForm {
  sentence: string;
  owner: string;
  days: string;
}

export const LONGEST_DAYS = 31;

export const purposeForm = (purpose: Purpose | null | undefined): PurposeForm =>
  purpose == null ? { sentence: "", owner: "", days: "7" } : { sentence: purpose.sentence, owner: purpose.owner, days: String(Math.max(1, purpose.keep_days)) };

const daysFault = (typed: string): string | null => {
  if (typed.trim() === "") return "Say how many days footage is kept.";
  const days = Number(typed);
  return Number.isInteger(days) && days >= 1 && days <= LONGEST_DAYS ? null : `Footage is kept 1 to ${LONGEST_DAYS} days, in whole days.`;
};

/** Fields by the recorder's names. */
export const checkPurpose = (form: PurposeForm): FormError[] =>
  faults([
    ["sentence", textFault(form.sentence, 10, 300, "Write in one sentence what this camera is for.")],
    ["owner", textFault(form.owner, 2, 100, "Say who answers for this camera.")],
    ["keep_days", daysFault(form.days)],
  ]);

export const toPurpose = (form: PurposeForm): WritePurpose => ({ sentence: form.sentence.trim(), owner: form.owner.trim(), keep_days: Number(form.days) });

export const purposeFields: readonly string[] = ["sentence", "owner", "keep_days"];

/** Whether sending it would change anything. */
export const isChanged = (form: PurposeForm, purpose: Purpose | null | undefined): boolean => {
  const asked = toPurpose(form);
  return purpose == null || asked.sentence !== purpose.sentence || asked.owner !== purpose.owner || asked.keep_days !== purpose.keep_days;
};
