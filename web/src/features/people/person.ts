// The forms of an account. Pure.

import type { ChangePerson, NewPerson, Person, Role } from "../../shared/api/types";
import { faults, type FormError, textFault } from "../../shared/forms/errors";
import { passwordFault } from "../../shared/passwords";
import { fromDate } from "../../shared/time/units";
import { allRoles, roleConflict } from "../../shared/roles";

export interface PersonForm {
  fullName: string;
  signInName: string;
  roles: Role[];
  password: string;
}

export const emptyPerson: PersonForm = { fullName: "", signInName: "", roles: [], password: "" };

/** Fields by the recorder's names. */
export const personFields: readonly string[] = ["full_name", "sign_in_name", "roles", "password"];

const signInNames = /^[\p{L}\p{N}._@-]+$/u;

export function checkNew(form: PersonForm): FormError[] {
  const name = form.signInName.trim();
  return faults([
    ["full_name", textFault(form.fullName, 1, 100, "Type the person's full name. It stands in the log.")],
    ["sign_in_name", textFault(name, 2, 64, "Type the name this person will sign in with.") ?? (signInNames.test(name) ? null : "Use letters, digits and . - _ @ only.")],
    ["roles", roleConflict(form.roles)],
    ["password", passwordFault(form.password, name)],
  ]);
}

export const toNew = (form: PersonForm): NewPerson => ({ full_name: form.fullName.trim(), sign_in_name: form.signInName.trim(), roles: form.roles, password: form.password });

export const checkChange = (fullName: string, roles: readonly Role[]): FormError[] =>
  faults([
    ["full_name", textFault(fullName, 1, 100, "Type the person's full name. It stands in the log.")],
    ["roles", roleConflict(roles)],
  ]);

/** What is different; `null` when nothing is. */
export function toChange(person: Person, fullName: string, roles: readonly Role[]): ChangePerson | null {
  const same = roles.length === person.roles.length && roles.every((role) => person.roles.includes(role));
  const change: ChangePerson = { ...(fullName.trim() === person.full_name ? {} : { full_name: fullName.trim() }), ...(same ? {} : { roles: [...roles] }) };
  return Object.keys(change).length === 0 ? null : change;
}

/** Roles with one given or taken, in the order people read them. */
export const withRole = (roles: readonly Role[], role: Role, held: boolean): Role[] => allRoles.filter((each) => (each === role ? held : roles.includes(each)));

/** Whether an account came to its end, by this machine's clock; the recorder goes by its own. */
export const hasEnded = (person: Person): boolean => person.ends_90k != null && person.ends_90k <= fromDate(new Date());

/** Those who may sign in first, then by name. */
export const inOrder = (people: readonly Person[]): Person[] =>
  [...people].sort((a, b) => Number(a.disabled_90k != null) - Number(b.disabled_90k != null) || a.full_name.localeCompare(b.full_name, "en-GB"));
