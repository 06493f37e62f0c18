import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { LogEntry } from "../../shared/api/types";
import { type Answers, problem, show } from "../../shared/testing/recorder";
import LogPage from "./LogPage";

const names = ["Ada", "Bea", "Cyril", "Dora"];
const entry = (index: number): LogEntry => ({ index, at_90k: 0, kind: "signed_in", who: names[index] ?? "", words: `${names[index] ?? ""} signed in.`, cameras: [], from_90k: null, to_90k: null, reason: null, groups: { who: '{"name":"x"}' }, salts: {}, leaf: `leaf-${index}` });
const log: Answers = {
  "GET /log/choices": { body: { people: [{ id: "a1", name: "Ada" }], cameras: [{ id: "c1", name: "Yard" }], kinds: ["look_live", "signed_in"] } },
  "GET /log/anomalies": { body: { anomalies: [{ kind: "bulk", who: "Bea", person: "b2", first_90k: 0, last_90k: 90_000, entries: [2, 3], words: "Much of it." }], rule: "The rule.", from_90k: 0 } },
  "GET /log/search": { body: { entries: [entry(2)], before: null, seen_by: [{ name: "Cyril", person: "c3", live: 1, recorded: 0, first_90k: 0, last_90k: 0, newest: 2 }], indexed: 4, size: 4, erased: null } },
  "GET /log": ({ path }) => {
    const before = Number(new URLSearchParams(path.split("?")[1]).get("before") ?? 4);
    return { body: { entries: [entry(before - 1), entry(before - 2)].filter(({ index }) => index >= 0), size: 4, root: "r", checkpoint: "c", verifier_key: "k", erased: null } };
  },
};

test("older entries come when asked for, and the search looks through what is there", async () => {
  const { person } = show(<LogPage />, log);
  await screen.findByText("Dora signed in.");
  await person.click(screen.getByRole("button", { name: "Load older entries" }));
  await screen.findByText("This is the beginning of the log.");
  await person.type(screen.getByLabelText("Search the entries shown"), "BEA signed");
  expect(screen.queryByText("Dora signed in.")).toBeNull();
  expect(screen.getByText("1 of 4 loaded entries hold these words.")).toBeDefined();
});

test("a link to an entry opens it, with what it commits to and what was erased", async () => {
  const { asked } = show(<LogPage />, log, "/log?entry=1");
  expect(await screen.findByText("leaf-1")).toBeDefined();
  expect(asked.map((request) => request.path).filter((path) => path.startsWith("/log?"))).toEqual(["/log?before=2&limit=100"]);
  expect(screen.getByText("Bea signed in.").closest("details")?.open).toBe(true);
  expect(screen.getAllByText(/^Erased/).length).toBeGreaterThan(0);
});

test("a camera and an interval answer who saw it, by name, and the address asks it again", async () => {
  const { person, asked } = show(<LogPage />, log);
  await person.selectOptions(await screen.findByRole("combobox", { name: "Camera" }), await screen.findByRole("option", { name: "Yard" }));
  await person.type(screen.getByLabelText("Footage from"), "2026-11-23T13:00");
  await person.click(screen.getByRole("button", { name: "Search" }));
  expect(await screen.findAllByText("Say where the footage ends.")).toBeDefined();
  await person.type(screen.getByLabelText("Footage to"), "2026-11-23T14:00");
  await person.keyboard("{Enter}");
  expect(await screen.findByRole("heading", { name: "One person could see it" })).toBeDefined();
  expect(screen.getByRole("rowheader", { name: "Cyril" })).toBeDefined();
  expect(asked.map((request) => request.path)).toContain(`/log/search?camera=c1&from_90k=${1_795_438_800 * 90_000}&to_90k=${1_795_442_400 * 90_000}`);
  expect(screen.getByRole("link", { name: "With proofs (signed JSON)" }).getAttribute("href")).toContain("/api/v1/log/export?camera=c1&");
  await person.click(screen.getByRole("button", { name: "Clear" }));
  expect(await screen.findByText("Dora signed in.")).toBeDefined();
});

test("nothing fits, and an index in the making, have faces", async () => {
  const none = { body: { entries: [], before: null, seen_by: [], indexed: 3, size: 4, erased: null } };
  show(<LogPage />, { ...log, "GET /log/search": none }, "/log?camera=c1&from=0&to=90000");
  expect(await screen.findByText("Nobody saw it")).toBeDefined();
  expect(screen.getByText("No entry fits")).toBeDefined();
  expect(screen.getByText(/The index of the log is being made: 3 of 4 entries/)).toBeDefined();
});

test("what stands out leads to its entries", async () => {
  show(<LogPage />, log);
  expect((await screen.findByText("Much of it.", { exact: false })).textContent).toBe("Bea: Much of it.");
  expect(screen.getByRole("link", { name: "Show the entries" }).getAttribute("href")).toBe("/log?person=b2&since=0&until=180000");
});

test.each<[string, Answers, string]>([
  ["not allowed", { "GET /log": problem(403, "forbidden", "Your roles do not allow this.", "This needs the role data protection officer.") }, "This needs the role data protection officer."],
  ["out of reach", {}, "The recorder does not answer."],
  ["sign-in over", { "GET /log": problem(401, "not-signed-in", "Nobody is signed in.", "Sign in.") }, "Your sign-in has ended"],
])("%s", async (_, answers, words) => {
  show(<LogPage />, answers);
  expect(await screen.findByText(words)).toBeDefined();
});
