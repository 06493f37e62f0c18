// The set-up form: what is typed, what is wrong with it, and what is sent. Pure.

import type { NewPerson, Role, SetUp } from "../../shared/api/types";
import type { Problem } from "../../shared/api/client";
import { faults, type FormError, fromProblem, inOneBreath, textFault } from "../../shared/forms/errors";
import { passwordFault } from "../../shared/passwords";
import { roleName } from "../../shared/roles";

export interface PersonForm {
  role: Role;
  /** Whether this person is made now; the administrator always is. */
  wanted: boolean;
  fullName: string;
  signInName: string;
  password: string;
}

export interface SetUpForm {
  token: string;
  siteName: string;
  /** One name a line. */
  hostNames: string;
  people: PersonForm[];
}

const person = (role: Role): PersonForm => ({ role, wanted: role === "administrator", fullName: "", signInName: "", password: "" });

export const emptyForm = (host: string): SetUpForm => ({
  token: "",
  siteName: "",
  hostNames: host,
  people: [person("administrator"), person("owner"), person("operator"), person("investigator"), person("approver"), person("dpo")],
});

export const hostNames = (typed: string): string[] => typed.split(/[\s,]+/).filter((name) => name !== "");

export const wanted = (form: SetUpForm): PersonForm[] => form.people.filter((each) => each.wanted);

/** Letters, digits and a few signs; the recorder asks the same. */
const signInNames = /^[\p{L}\p{N}._@-]*$/u;
/** A host name, or an address of version 4 or 6. */
const hosts = /^[a-z0-9.:-]+$/i;

/** Everything that can be seen to be wrong without asking the recorder, in the order of the form. */
export function check(form: SetUpForm): FormError[] {
  const names = hostNames(form.hostNames);
  const strange = names.find((name) => !hosts.test(name));
  return faults([
    ["token", form.token.trim() === "" ? "Type the set-up token that stands in the terminal." : null],
    ["site_name", textFault(form.siteName, 1, 100, "Give the site a name.")],
    ["host_names", names.length === 0 ? "Type at least one name or address people will use." : strange === undefined ? null : `${strange} is no host name. Type names like cctv.example.gov.uk.`],
    ...wanted(form).flatMap((each) => personFaults(each, form)),
  ]);
}

function personFaults(each: PersonForm, form: SetUpForm): [string, string | null][] {
  const name = each.signInName.trim();
  const taken = wanted(form).find((other) => other.signInName.trim().toLowerCase() === name.toLowerCase()) !== each;
  const nameFault = textFault(name, 2, 64, `${roleName[each.role]}: type the name to sign in with.`);
  return [
    [`${each.role}.full_name`, textFault(each.fullName, 1, 100, `${roleName[each.role]}: type the full name. It stands in the log.`)],
    [`${each.role}.sign_in_name`, nameFault ?? (signInNames.test(name) ? (taken ? "Somebody above has this sign-in name already." : null) : "Use letters, digits and . - _ @ only.")],
    [`${each.role}.password`, inFrontOf(each, passwordFault(each.password, name))],
  ];
}

/** In the summary at the top it must be clear whose it is. */
const inFrontOf = (each: PersonForm, fault: string | null): string | null => (fault === null ? null : `${roleName[each.role]}: ${fault.charAt(0).toLowerCase()}${fault.slice(1)}`);

export const toRequest = (form: SetUpForm): SetUp => ({
  token: form.token.trim(),
  site_name: form.siteName.trim(),
  host_names: hostNames(form.hostNames),
  people: wanted(form).map((each): NewPerson => ({ sign_in_name: each.signInName.trim(), full_name: each.fullName.trim(), roles: [each.role], password: each.password })),
});

/** The recorder names a person's field without saying whose; with one person that is no question. */
export function placed(problem: Problem, form: SetUpForm): FormError[] {
  const errors = fromProblem(problem, ["token", "site_name", "host_names"]);
  const [only, another] = wanted(form);
  if (problem.field === null || errors[0]?.field !== null || only === undefined) return errors;
  if (!["sign_in_name", "full_name", "password"].includes(problem.field)) return errors;
  return another === undefined ? [{ field: `${only.role}.${problem.field}`, words: problem.detail }] : [{ field: null, words: `One of the people: ${inOneBreath(problem)}` }];
}
