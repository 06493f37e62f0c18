import { expect, test } from "vitest";
import type { Person, Role } from "../../shared/api/types";
import { checkChange, checkNew, emptyPerson, inOrder, type PersonForm, toChange, withRole } from "./person";

const good: PersonForm = { fullName: "Ada Lovelace", signInName: "ada", roles: ["dpo"], password: "correct horse battery" };
const person = (over: Partial<Person>): Person => ({ id: "1", sign_in_name: "ada", full_name: "Ada Lovelace", roles: ["operator"], created_90k: 0, disabled_90k: null, ...over });

test.each<[string, PersonForm, string[]]>([
  ["all well", good, []],
  ["nothing", emptyPerson, ["full_name", "sign_in_name", "roles", "password"]],
  ["a space in the name", { ...good, signInName: "ada l" }, ["sign_in_name"]],
  ["the name in the password", { ...good, password: "my name is ada!" }, ["password"]],
  ["an administrator who watches", { ...good, roles: ["administrator", "operator"] }, ["roles"]],
  ["an administrator who looks back", { ...good, roles: ["administrator", "investigator"] }, ["roles"]],
  ["an administrator who guards data", { ...good, roles: ["administrator", "dpo"] }, []],
])("%s", (_, form, fields) => {
  expect(checkNew(form).map((error) => error.field)).toEqual(fields);
});

test.each<[string, string, Role[], ReturnType<typeof toChange>]>([
  ["nothing", " Ada Lovelace ", ["operator"], null],
  ["the name", "Ada King", ["operator"], { full_name: "Ada King" }],
  ["a role more", "Ada Lovelace", ["operator", "investigator"], { roles: ["operator", "investigator"] }],
  ["another role", "Ada Lovelace", ["dpo"], { roles: ["dpo"] }],
])("changing %s", (_, name, roles, expected) => {
  expect(toChange(person({}), name, roles)).toEqual(expected);
  expect(checkChange(name, roles)).toEqual([]);
});

test("roles keep their order", () => {
  expect(withRole(["dpo"], "operator", true)).toEqual(["operator", "dpo"]);
  expect(withRole(["operator", "dpo"], "operator", false)).toEqual(["dpo"]);
});

test("disabled accounts come last", () => {
  const names = inOrder([person({ full_name: "Ada", disabled_90k: 5 }), person({ full_name: "Cy" }), person({ full_name: "Bea" })]).map((each) => each.full_name);
  expect(names).toEqual(["Bea", "Cy", "Ada"]);
});
