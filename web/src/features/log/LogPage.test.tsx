import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { LogEntry } from "../../shared/api/types";
import { type Answers, problem, show } from "../../shared/testing/recorder";
import LogPage from "./LogPage";

const names = ["Ada", "Bea", "Cyril", "Dora"];
const entry = (index: number): LogEntry => ({ index, at_90k: 0, kind: "signed_in", who: names[index] ?? "", words: `${names[index] ?? ""} signed in.`, cameras: [], from_90k: null, to_90k: null, reason: null, groups: { who: '{"name":"x"}' }, leaf: `leaf-${index}` });
const log: Answers = {
  "GET /log": ({ path }) => {
    const before = Number(new URLSearchParams(path.split("?")[1]).get("before") ?? 4);
    return { body: { entries: [entry(before - 1), entry(before - 2)].filter(({ index }) => index >= 0), size: 4, root: "r", checkpoint: "c", verifier_key: "k" } };
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
  expect(asked.map((request) => request.path)).toEqual(["/log?before=2&limit=100"]);
  expect(screen.getByText("Bea signed in.").closest("details")?.open).toBe(true);
  expect(screen.getAllByText(/^Erased/).length).toBeGreaterThan(0);
});

test.each<[string, Answers, string]>([
  ["not allowed", { "GET /log": problem(403, "forbidden", "Your roles do not allow this.", "This needs the role data protection officer.") }, "This needs the role data protection officer."],
  ["out of reach", {}, "The recorder does not answer."],
  ["sign-in over", { "GET /log": problem(401, "not-signed-in", "Nobody is signed in.", "Sign in.") }, "Your sign-in has ended"],
])("%s", async (_, answers, words) => {
  show(<LogPage />, answers);
  expect(await screen.findByText(words)).toBeDefined();
});
