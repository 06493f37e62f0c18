// The policy in words, in the parts a reader looks for. Pure.

import type { PolicySection } from "../../shared/api/types";

export interface ProsePart {
  name: string;
  /** Whether each section is read in one go: cameras are many, and say little each. */
  flows: boolean;
  sections: PolicySection[];
}

const parts: readonly { name: string; flows: boolean; tables: readonly string[] }[] = [
  { name: "The site", flows: false, tables: ["controller", "charter", "site"] },
  { name: "What recording is for", flows: false, tables: ["purposes"] },
  { name: "How cameras are treated, by class", flows: true, tables: ["classes"] },
  { name: "Camera by camera", flows: true, tables: ["cameras"] },
];

const table = (section: PolicySection): string => /^\w*/.exec(section.rule)?.[0] ?? "";

/** Sections by what they tell of; what belongs nowhere comes last, and an empty part is left out. */
export function proseParts(sections: readonly PolicySection[]): ProsePart[] {
  const known = parts.map(({ name, flows, tables }) => ({ name, flows, sections: sections.filter((section) => tables.includes(table(section))) }));
  const others = sections.filter((section) => !parts.some(({ tables }) => tables.includes(table(section))));
  return [...known, { name: "Besides", flows: false, sections: others }].filter((part) => part.sections.length > 0);
}
