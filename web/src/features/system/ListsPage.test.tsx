import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { ListsState, OfferedLists } from "../../shared/api/types";
import { type Answers, problem, show } from "../../shared/testing/recorder";
import { ListsPage } from "./ListsPage";

const bundle = { version: 1, date: "2026-11-23", source: "the keepers", signed_by: [], digest: "ab" };
const change = { camera: "c", name: "Gate", before: "accepted", after: "quarantined", stops: true, why: "It is Hikvision." };
const offered: OfferedLists = { bundle: { ...bundle, version: 2, signed_by: ["One", "Two"] }, offered_90k: 0, confirmed_by: [], changes: [change] };
const state = (over: Partial<ListsState>): ListsState => ({ in_force: bundle, age_days: 3, stale: null, threshold: 2, keys: [{ name: "One", key: "a2V5" }], offered: null, ...over });
const as = (lists: ListsState): Answers => ({
  "GET /session": { body: { person: { id: "p", sign_in_name: "a", full_name: "Ada Archer", roles: ["administrator"], created_90k: 0, disabled_90k: null }, pages: ["system"], expires_90k: 0 } },
  "GET /lists": { body: lists },
});

test("without keys nothing can be offered, and old lists say so", async () => {
  show(<ListsPage />, as(state({ threshold: null, keys: [], stale: "Bundle 1 is 20 days old.", age_days: 20 })));
  await screen.findByText(/trusts no keys yet/);
  expect(screen.getByText(/Bundle 1 is 20 days old/)).toBeDefined();
  expect(screen.queryByRole("button")).toBeNull();
});

test("a bundle that is not taken is refused by name", async () => {
  const { person } = show(<ListsPage />, { ...as(state({})), "POST /lists/offer": problem(422, "invalid", "Something in the request is wrong.", "It is signed by 1 of the 2 keys it needs (One).", "bundle") });
  await person.click(await screen.findByRole("button", { name: /Verify/ }));
  await screen.findByRole("link", { name: "Choose the bundle's file." });
  await person.upload(screen.getByLabelText(/The bundle's file/), new File(["{}"], "bundle.json"));
  await person.click(screen.getByRole("button", { name: /Verify/ }));
  await screen.findByRole("link", { name: /signed by 1 of the 2 keys/ });
});

test("the plan comes first, then each person's yes, and nobody says it twice", async () => {
  const after = state({ offered: { ...offered, confirmed_by: ["Ada Archer"] } });
  const { person, asked } = show(<ListsPage />, { ...as(state({ offered })), "POST /lists/confirm": { body: after } });
  await screen.findByText(/1 camera stops the moment/);
  expect(screen.getByText("It is Hikvision.")).toBeDefined();
  await person.click(await screen.findByRole("button", { name: "Yes: put bundle 2 in force" }));
  await screen.findByText(/A second person must sign in/);
  expect(screen.queryByRole("button", { name: /^Yes/ })).toBeNull();
  expect(asked.find(({ method }) => method === "POST")?.body).toEqual({ version: 2 });
});

test("an urgent bundle is told to be in force at once", async () => {
  const { person } = show(<ListsPage />, { ...as(state({})), "POST /lists/offer": { body: state({ in_force: { ...bundle, version: 3 } }) } });
  await person.upload(await screen.findByLabelText(/The bundle's file/), new File(["{}"], "bundle.json"));
  await person.click(screen.getByRole("button", { name: /Verify/ }));
  await screen.findByText("Bundle 3 is in force now.");
});
