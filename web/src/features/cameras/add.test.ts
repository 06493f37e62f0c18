import { expect, test } from "vitest";
import { type AddForm, askingWords, checkAdd, emptyAdd, toAdd } from "./add";

const good: AddForm = { ...emptyAdd, name: " North entrance ", address: "10.0.20.31", user: "recorder", password: " x " };

test("what is typed is what is asked; a password keeps its spaces", () => {
  expect(checkAdd(good)).toEqual([]);
  expect(toAdd(good)).toEqual({ name: "North entrance", address: "10.0.20.31", onvif_port: 80, user: "recorder", password: " x " });
  expect(toAdd({ ...good, port: "" })).toEqual({ name: "North entrance", address: "10.0.20.31", user: "recorder", password: " x " });
});

test.each<[string, AddForm, string[]]>([
  ["nothing", emptyAdd, ["name", "address"]],
  ["a port that is none", { ...good, port: "70000" }, ["onvif_port"]],
])("%s", (_, form, fields) => {
  expect(checkAdd(form).map((error) => error.field)).toEqual(fields);
});

test("waiting says no more than is known", () => {
  expect([0, 8, 40].map((seconds) => askingWords("10.0.20.31", seconds).split(" ")[0])).toEqual(["Asking", "Still", "10.0.20.31"]);
});
