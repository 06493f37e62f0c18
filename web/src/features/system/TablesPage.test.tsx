import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { AddressTable, Role } from "../../shared/api/types";
import { type Answers, problem, show } from "../../shared/testing/recorder";
import { fromDate } from "../../shared/time/units";
import { TablesPage } from "./TablesPage";
import { effect, left } from "./tables";

const now = fromDate(new Date());
const camera = { camera: "c", name: "Gate", address: "10.20.0.7", says: "match" as const, words: "It shows B8:A4:4F:A0:4F:26.", outcome: "conditional", outcome_with: "accepted", why: "x" };
const table = (over: Partial<AddressTable>): AddressTable => ({
  id: "t", source: "Core switch", taken_90k: now, ends_90k: now + 20 * 86_400 * 90_000, file_name: "arp.txt", digest: "ab", state: "waiting", filed_by: "Ada Archer", filed_90k: now,
  signed_by: null, signed_90k: null, withdrawn_by: null, withdrawn_90k: null, trouble: null,
  content: { addresses: 2, left_out: 1, left_out_lines: [{ line: 1, text: "Protocol", words: "it holds neither" }], contradictions: [], cameras: [camera], absent: 1, absent_names: ["Yard"] }, ...over,
});
const as = (name: string, role: Role, ...tables: AddressTable[]): Answers => ({
  "GET /session": { body: { person: { id: "p", sign_in_name: "a", full_name: name, roles: [role], created_90k: 0, disabled_90k: null }, pages: ["system"], expires_90k: 0 } },
  "GET /address-tables": { body: { counts_days: 30, tables } },
});

test("whoever filed a table cannot sign it, and another person can", async () => {
  show(<TablesPage />, as("Ada Archer", "administrator", table({})));
  await screen.findByText("Will be accepted");
  expect(screen.queryByRole("button", { name: /sign it/ })).toBeNull();
  expect(screen.getByText(/Not in it: Yard/)).toBeDefined();
});

test("signing shows what came of it, and a refusal is said", async () => {
  const signed = { body: { counts_days: 30, tables: [table({ state: "in_force", signed_by: "Dina Dahl", signed_90k: now })] } };
  const { person, asked } = show(<TablesPage />, {
    ...as("Dina Dahl", "dpo", table({})), "POST /address-tables/t/sign": signed,
    "DELETE /address-tables/t": problem(409, "conflict", "That is not possible as things stand.", "It speaks against Gate, so it is not taken back."),
  });
  expect(screen.queryByRole("button", { name: "File a table" })).toBeNull();
  await person.click(await screen.findByRole("button", { name: /sign it/ }));
  await screen.findByText("In force");
  await person.click(screen.getByRole("button", { name: "Take it back" }));
  expect((await screen.findByRole("alert")).textContent).toContain("It speaks against Gate");
  expect(asked.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`)).toEqual(["POST /address-tables/t/sign", "DELETE /address-tables/t"]);
});

test("every state has a face", async () => {
  show(<TablesPage />, as("Ada Archer", "administrator", table({ id: "o", source: "Old", state: "too_old", ends_90k: now - 1 }), table({ id: "b", source: "Broken", state: "in_force", content: null, trouble: "Its file is gone." }), table({ id: "w", source: "Gone", state: "withdrawn", withdrawn_by: "Dina Dahl", withdrawn_90k: now, content: null })));
  const old = (await screen.findByRole("heading", { name: "Old" })).closest("section");
  expect(within(old ?? document.body).getByText(/more than 30 days ago/)).toBeDefined();
  expect(screen.getByText("Its file is gone.")).toBeDefined();
  expect(screen.getByText("Out of use (1)")).toBeDefined();
});

test("nothing is there yet", async () => {
  show(<TablesPage />, as("Dina Dahl", "dpo"));
  expect(await screen.findByText(/An administrator files it/)).toBeDefined();
});

test("what a table does to a camera, and how long it counts", () => {
  expect(effect(camera)?.words).toBe("Will be accepted");
  expect(effect({ ...camera, outcome: "accepted", outcome_with: "refused" })).toEqual({ words: "Will be refused and stop", tone: "bad" });
  expect(effect({ ...camera, outcome_with: null })).toBeNull();
  expect(left(table({ ends_90k: now + 5 * 86_400 * 90_000 + 90_000 }), now)).toEqual({ words: "5 more days: file a newer one", tone: "warn" });
  expect(left(table({ ends_90k: now - 1 }), now).tone).toBe("bad");
  expect(left(table({}), now).words).toBe("20 more days");
});
