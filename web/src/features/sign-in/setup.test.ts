import { expect, test } from "vitest";
import type { Problem } from "../../shared/api/client";
import { check, emptyForm, placed, type SetUpForm, toRequest } from "./setup";

const good: SetUpForm = {
  ...emptyForm("cctv.example.gov.uk"),
  token: " k7q2m-x ",
  siteName: "Town Hall",
  people: emptyForm("").people.map((person) => (person.role === "administrator" ? { ...person, fullName: "Ada Lovelace", signInName: "ada", password: "correct horse battery" } : person)),
};
const change = (role: string, over: object): SetUpForm => ({ ...good, people: good.people.map((person) => (person.role === role ? { ...person, ...over } : person)) });
const problem = (field: string | null): Problem => ({ kind: "/problems/invalid", title: "Something in the request is wrong.", detail: "The password is known everywhere.", status: 422, field });

test("a filled form has no fault and asks for wanted people only", () => {
  expect(check(good)).toEqual([]);
  expect(toRequest({ ...good, hostNames: "a.example, 10.0.0.7\n\nb.example" })).toEqual({
    token: "k7q2m-x",
    site_name: "Town Hall",
    host_names: ["a.example", "10.0.0.7", "b.example"],
    people: [{ sign_in_name: "ada", full_name: "Ada Lovelace", roles: ["administrator"], password: "correct horse battery" }],
  });
});

test.each<[string, SetUpForm, string[]]>([
  ["nothing typed", emptyForm(""), ["token", "site_name", "host_names", "administrator.full_name", "administrator.sign_in_name", "administrator.password"]],
  ["a strange host", { ...good, hostNames: "https://cctv" }, ["host_names"]],
  ["a short password", change("administrator", { password: "short" }), ["administrator.password"]],
  ["a space in the sign-in name", change("administrator", { signInName: "ada l" }), ["administrator.sign_in_name"]],
  ["a second person by the same name", change("dpo", { wanted: true, fullName: "Bea", signInName: "ADA", password: "something else entirely" }), ["dpo.sign_in_name"]],
  ["a person not wanted", change("dpo", { fullName: "", password: "x" }), []],
])("%s", (_, form, fields) => {
  expect(check(form).map((error) => error.field)).toEqual(fields);
});

test("a person's fault finds the person when there is one", () => {
  expect(placed(problem("password"), good)).toEqual([{ field: "administrator.password", words: "The password is known everywhere." }]);
  expect(placed(problem("token"), good)[0]?.field).toBe("token");
  const two = change("dpo", { wanted: true });
  expect(placed(problem("password"), two)).toEqual([{ field: null, words: "One of the people: Something in the request is wrong. The password is known everywhere." }]);
});
