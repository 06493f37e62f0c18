// The policy in words, in the parts a reader looks for. Pure.

import type { PolicySection } from "../../shared/api/types";

export interface ProsePart {
  name: string;
  sections: PolicySection[];
}

const parts: readonly (readonly [name: string, tables: readonly string[]])[] = [
  ["The site", ["controller", "charter", "site"]],
  ["What recording is for", ["purposes"]],
  ["How cameras are treated, by class", ["classes"]],
  ["Camera by camera", ["cameras"]],
];

const table = (section: PolicySection): string => /^\w*/.exec(section.rule)?.[0] ?? "";

/** Sections by what they tell of; what belongs nowhere comes last, and an empty part is left out. */
export function proseParts(sections: readonly PolicySection[]): ProsePart[] {
  const known = parts.map(([name, tables]) => ({ name, sections: sections.filter((section) => tables.includes(table(section))) }));
  const others = sections.filter((section) => !parts.some(([, tables]) => tables.includes(table(section))));
  return [...known, { name: "Besides", sections: others }].filter((part) => part.sections.length > 0);
}
