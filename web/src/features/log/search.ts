// What somebody looks for in the log: as the address of the page says it, and as the recorder is asked. Pure.

import type { FormError } from "../../shared/forms/errors";
import { fromLocal, toLocal, wallTicks, type WallTicks } from "../../shared/time/units";

/** As typed; empty where nothing is asked. Times as an input for date and time takes them, in the site's own time. */
export interface Filters {
  person: string;
  camera: string;
  from: string;
  to: string;
  since: string;
  until: string;
  purpose: string;
  case: string;
  kind: string;
}

const TEXTS = ["person", "camera", "purpose", "case", "kind"] as const;
const TIMES = ["from", "to", "since", "until"] as const;

export const nothing: Filters = { person: "", camera: "", from: "", to: "", since: "", until: "", purpose: "", case: "", kind: "" };

/** Ticks in an address; what is none is left out. */
const time = (text: string | null): WallTicks | null => (text !== null && /^\d{1,16}$/.test(text) ? wallTicks(Number(text)) : null);

/** What the address of the page asks; `null` when it asks nothing. */
export function fromAddress(parameters: URLSearchParams): Filters | null {
  const filters = { ...nothing };
  for (const name of TEXTS) filters[name] = parameters.get(name) ?? "";
  for (const name of TIMES) {
    const at = time(parameters.get(name));
    filters[name] = at === null ? "" : toLocal(at);
  }
  return isEmpty(filters) ? null : filters;
}

export const isEmpty = (filters: Filters): boolean => Object.values(filters).every((value: string) => value.trim() === "");

/** The address that asks the same. */
export function toAddress(filters: Filters): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const name of TEXTS) {
    if (filters[name].trim() !== "") parameters.set(name, filters[name].trim());
  }
  for (const name of TIMES) {
    const at = fromLocal(filters[name]);
    if (at !== null) parameters.set(name, String(at));
  }
  return parameters;
}

/** What keeps the question from being asked. */
export function mistakes(filters: Filters): FormError[] {
  const errors: FormError[] = [];
  const [from, to] = [fromLocal(filters.from), fromLocal(filters.to)];
  if (isEmpty(filters)) errors.push({ field: "camera", words: "Say what to look for: one field is enough." });
  if (from !== null && to === null) errors.push({ field: "to_90k", words: "Say where the footage ends." });
  if (to !== null && from === null) errors.push({ field: "from_90k", words: "Say where the footage begins." });
  if (from !== null && to !== null && to <= from) errors.push({ field: "to_90k", words: "The footage must end after it begins." });
  return errors;
}

/** The parameters of a search or an export. */
export function toQuery(filters: Filters): Record<string, string | number | undefined> {
  const said = (text: string): string | undefined => (text.trim() === "" ? undefined : text.trim());
  const at = (text: string): number | undefined => fromLocal(text) ?? undefined;
  return {
    person: said(filters.person), camera: said(filters.camera), purpose: said(filters.purpose), case: said(filters.case), kind: said(filters.kind),
    from_90k: at(filters.from), to_90k: at(filters.to), since_90k: at(filters.since), until_90k: at(filters.until),
  };
}

/** Whether it asks who saw a camera. */
export const asksWhoSaw = (filters: Filters): boolean => filters.camera !== "" && filters.from !== "" && filters.to !== "";
