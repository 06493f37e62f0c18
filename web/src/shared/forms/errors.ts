// Errors of a form: each at its field, all of them at the top. A field of `null` concerns the form as a whole.

import type { Problem } from "../api/client";

export interface FormError {
  field: string | null;
  words: string;
}

/** The error of one field. */
export const errorAt = (errors: readonly FormError[], field: string): string | null => errors.find((error) => error.field === field)?.words ?? null;

/** The input's id in the page: forms may stand beside each other. */
export const inputId = (form: string, field: string): string => `${form}-${field}`;

/** What the recorder said, at the field it named if this form has that field. */
export function fromProblem(problem: Problem, fields: readonly string[]): FormError[] {
  const known = problem.field !== null && fields.includes(problem.field);
  return [known ? { field: problem.field, words: problem.detail } : { field: null, words: inOneBreath(problem) }];
}

/** Title and detail, without saying the same twice. */
export const inOneBreath = (problem: Problem): string => (problem.detail.startsWith(problem.title) || problem.kind === "offline" ? problem.detail : `${problem.title} ${problem.detail}`);

/** A text people type: how long it may be, in characters as people count them. */
export function textFault(typed: string, least: number, most: number, missing: string): string | null {
  // Code points, as the recorder counts them.
  const { length } = Array.from(typed.trim());
  if (length === 0) return missing;
  if (length < least) return `It has ${length} ${length === 1 ? "character" : "characters"}; at least ${least} are needed.`;
  if (length > most) return `It has ${length} characters; at most ${most} are possible.`;
  return null;
}

/** The faults that are there, in the order of the form. */
export const faults = (all: readonly (readonly [field: string, words: string | null])[]): FormError[] =>
  all.flatMap(([field, words]) => (words === null ? [] : [{ field, words }]));
