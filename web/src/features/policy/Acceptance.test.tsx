import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { type Answers, problem, show } from "../../shared/testing/recorder";
import { Acceptance } from "./Acceptance";
import { inFull, section, version } from "./made";

const live = <Acceptance><p>The wall</p></Acceptance>;
const policies = (over: object) => ({ body: { versions: [version({ number: 4 })], in_force: 4, to_accept: null, to_accept_soon: null, old_purposes: [], ...over } });
const of = (over: object, more: Answers = {}): Answers => ({
  "GET /policy": policies(over),
  "GET /policy/4": { body: inFull(version({ number: 4 }), "format = 1\n", { prose: [section("cameras.\"Front door\"", "Front door", "Footage lives 30 days.")] }) },
  ...more,
});

test("the rules come first, then the page that was wanted", async () => {
  let accepted = false;
  const { person, asked } = show(live, of({}, {
    "GET /policy": () => policies({ to_accept: accepted ? null : 4 }),
    "POST /policy/4/accept": () => { accepted = true; return { status: 204 }; },
  }));
  expect(await screen.findByText("Footage lives 30 days.")).toBeDefined();
  expect(screen.getByText(/Decided by Otto Owens/)).toBeDefined();
  expect(screen.queryByText("The wall")).toBeNull();
  const accept = screen.getByRole("button", { name: "I have read this and accept" });
  expect(accept.hasAttribute("disabled")).toBe(true);
  await person.click(screen.getByRole("checkbox"));
  await person.click(accept);
  expect(await screen.findByText("The wall")).toBeDefined();
  expect(asked.filter((request) => request.method === "POST").map((request) => request.path)).toEqual(["/policy/4/accept"]);
});

test("whoever has accepted, or has nothing to accept, sees no rules", async () => {
  show(live, of({}));
  expect(await screen.findByText("The wall")).toBeDefined();
});

test("a recorder out of reach shows no picture", async () => {
  show(live, {});
  expect(await screen.findByText("The recorder does not answer.")).toBeDefined();
  expect(screen.queryByText("The wall")).toBeNull();
});

test("an acceptance that was not written down is said", async () => {
  const { person } = show(live, of({ to_accept: 4 }, { "POST /policy/4/accept": problem(503, "log-not-writable", "The log cannot be written.", "Nothing was accepted.") }));
  await person.click(await screen.findByRole("checkbox"));
  await person.click(screen.getByRole("button", { name: "I have read this and accept" }));
  expect(await screen.findByText(/Nothing was accepted/)).toBeDefined();
  expect(screen.queryByText("The wall")).toBeNull();
});

test("what comes soon can be accepted beforehand; the page stays, and comes back", async () => {
  const { person } = show(live, of({ to_accept_soon: 4 }));
  expect(await screen.findByText("The wall")).toBeDefined();
  expect(screen.getByText(/Version 4 of the policy takes force/)).toBeDefined();
  await person.click(screen.getByRole("button", { name: "Read and accept" }));
  expect(await screen.findByText("Footage lives 30 days.")).toBeDefined();
  await person.click(screen.getByRole("button", { name: "Back" }));
  expect(await screen.findByText("The wall")).toBeDefined();
});
