import { expect, test } from "vitest";
import { type AddForm, askingWords, checkAdd, emptyAdd, toAdd } from "./add";
import { checkPurpose, isChanged, purposeForm } from "./purpose";

const good: AddForm = { ...emptyAdd, name: " North entrance ", address: "10.0.20.31", user: "recorder", password: " x ", purpose: { sentence: "To detect break-ins at night.", owner: "Facilities", days: "14" } };

test("what is typed is what is asked; a password keeps its spaces", () => {
  expect(checkAdd(good)).toEqual([]);
  expect(toAdd(good)).toEqual({
    name: "North entrance", address: "10.0.20.31", onvif_port: 80, user: "recorder", password: " x ",
    purpose: { sentence: "To detect break-ins at night.", owner: "Facilities", keep_days: 14 },
  });
  expect(toAdd({ ...good, withPurpose: false, port: "" })).toEqual({ name: "North entrance", address: "10.0.20.31", user: "recorder", password: " x " });
});

test.each<[string, AddForm, string[]]>([
  ["nothing", emptyAdd, ["name", "address", "sentence", "owner"]],
  ["no purpose wanted", { ...emptyAdd, name: "a", address: "b", withPurpose: false }, []],
  ["a port that is none", { ...good, port: "70000" }, ["onvif_port"]],
  ["half a day", { ...good, purpose: { ...good.purpose, days: "0.5" } }, ["keep_days"]],
  ["too many days", { ...good, purpose: { ...good.purpose, days: "32" } }, ["keep_days"]],
])("%s", (_, form, fields) => {
  expect(checkAdd(form).map((error) => error.field)).toEqual(fields);
});

test("a purpose that did not change is not a new version", () => {
  const purpose = { id: "p", sentence: "To detect break-ins at night.", owner: "Facilities", keep_days: 14, written_90k: 0, written_by: "Ada" };
  expect(isChanged({ ...purposeForm(purpose), sentence: " To detect break-ins at night. " }, purpose)).toBe(false);
  expect(isChanged({ ...purposeForm(purpose), days: "7" }, purpose)).toBe(true);
  expect(checkPurpose({ sentence: "Security", owner: "F", days: "" }).map((error) => error.field)).toEqual(["sentence", "owner", "keep_days"]);
});

test("waiting says no more than is known", () => {
  expect([0, 8, 40].map((seconds) => askingWords("10.0.20.31", seconds).split(" ")[0])).toEqual(["Asking", "Still", "10.0.20.31"]);
});
