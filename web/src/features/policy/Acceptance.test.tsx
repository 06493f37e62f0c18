import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { problem, show } from "../../shared/testing/recorder";
import { Acceptance } from "./Acceptance";

const rules = { accepted: false, number: 4, prose: [{ heading: "Front door", sentences: ["Footage lives 30 days."] }] };
const live = <Acceptance><p>The wall</p></Acceptance>;

test("the rules come first, then the page that was wanted", async () => {
  let accepted = false;
  const { person, asked } = show(live, {
    "GET /policy/acceptance": () => ({ body: { ...rules, accepted } }),
    "POST /policy/acceptance": () => { accepted = true; return { status: 204 }; },
  });
  expect(await screen.findByText("Footage lives 30 days.")).toBeDefined();
  expect(screen.queryByText("The wall")).toBeNull();
  const accept = screen.getByRole("button", { name: "I have read this and accept" });
  expect(accept.hasAttribute("disabled")).toBe(true);
  await person.click(screen.getByRole("checkbox"));
  await person.click(accept);
  expect(await screen.findByText("The wall")).toBeDefined();
  expect(asked.find((request) => request.method === "POST")?.body).toEqual({ number: 4 });
});

test("whoever has accepted sees no rules", async () => {
  show(live, { "GET /policy/acceptance": { body: { ...rules, accepted: true } } });
  expect(await screen.findByText("The wall")).toBeDefined();
});

test("a recorder out of reach shows no picture", async () => {
  show(live, {});
  expect(await screen.findByText("The recorder does not answer.")).toBeDefined();
  expect(screen.queryByText("The wall")).toBeNull();
});

test("an acceptance that was not written down is said", async () => {
  const { person } = show(live, { "GET /policy/acceptance": { body: rules }, "POST /policy/acceptance": problem(503, "log", "The log cannot be written.", "Nothing was accepted.") });
  await person.click(await screen.findByRole("checkbox"));
  await person.click(screen.getByRole("button", { name: "I have read this and accept" }));
  expect(await screen.findByText(/Nothing was accepted/)).toBeDefined();
});
