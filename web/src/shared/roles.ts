// What a person may be, in words, and which roles go together. The recorder decides; the page says it beforehand.

import type { Role } from "./api/types";

export const allRoles: readonly Role[] = ["administrator", "operator", "investigator", "approver", "dpo", "owner"];
/** Those whose work is to look at footage, live or recorded. */
export const looks: readonly Role[] = ["operator", "investigator"];

export const roleName: Record<Role, string> = {
  administrator: "Administrator",
  operator: "Operator",
  investigator: "Investigator",
  approver: "Approver",
  dpo: "Data protection officer",
  owner: "System owner",
};

export const roleMeaning: Record<Role, string> = {
  administrator: "Adds cameras and people, holds footage. Sees none.",
  operator: "Watches live pictures, looks back a few minutes at what was watched, and marks incidents.",
  investigator: "Asks for recorded footage and looks at what another person granted; holds footage.",
  approver: "Decides on requests for footage and reviews broken glass. Sees no footage by this role.",
  dpo: "Reads the log, sees what is kept and deleted. Sees no footage by this role.",
  owner: "Answers for the system: sees what is kept and deleted, and holds footage. Sees none by this role.",
};

/** Why these roles cannot be held together; `null` when they can. */
export function roleConflict(roles: readonly Role[]): string | null {
  if (roles.length === 0) return "Choose at least one role.";
  if (roles.includes("administrator") && (roles.includes("operator") || roles.includes("investigator"))) {
    return "An administrator sees no footage, because whoever could both give access and look could look unseen. Make two accounts for two people.";
  }
  if (roles.includes("approver") && roles.includes("administrator")) {
    return "An administrator gives nobody footage, because whoever makes accounts could make the one that asks. Make two accounts for two people.";
  }
  if (roles.includes("approver") && roles.includes("dpo")) return "A data protection officer advises and decides nothing. Make the approver another person.";
  if (roles.includes("dpo") && roles.includes("owner")) return "A data protection officer advises and decides nothing. Make the system owner another person.";
  return null;
}
