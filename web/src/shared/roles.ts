// What a person may be, in words, and which roles go together. The recorder decides; the page says it beforehand.

import type { Role } from "./api/types";

export const allRoles: readonly Role[] = ["administrator", "operator", "investigator", "dpo", "owner"];

export const roleName: Record<Role, string> = {
  administrator: "Administrator",
  operator: "Operator",
  investigator: "Investigator",
  dpo: "Data protection officer",
  owner: "System owner",
};

export const roleMeaning: Record<Role, string> = {
  administrator: "Adds cameras and people, holds footage. Sees none.",
  operator: "Watches live pictures.",
  investigator: "Looks at recorded footage, each time with a reason, and holds it.",
  dpo: "Reads the log, sees what is kept and deleted. Sees no footage by this role.",
  owner: "Answers for the system: sees what is kept and deleted, and holds footage. Sees none by this role.",
};

/** Why these roles cannot be held together; `null` when they can. */
export function roleConflict(roles: readonly Role[]): string | null {
  if (roles.length === 0) return "Choose at least one role.";
  if (roles.includes("administrator") && (roles.includes("operator") || roles.includes("investigator"))) {
    return "An administrator sees no footage, because whoever could both give access and look could look unseen. Make two accounts for two people.";
  }
  if (roles.includes("dpo") && roles.includes("owner")) return "A data protection officer advises and decides nothing. Make the system owner another person.";
  return null;
}
