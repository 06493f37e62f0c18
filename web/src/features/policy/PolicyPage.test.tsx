import { screen, waitFor, within } from "@testing-library/react";
import { Route, Routes } from "react-router";
import { expect, test, vi } from "vitest";
import type { Role } from "../../shared/api/types";
import { type Answers, problem, show } from "../../shared/testing/recorder";
import { fromDate } from "../../shared/time/units";
import type { PolicyVersion, PolicyVersionDetail } from "./model";
import PolicyPage from "./PolicyPage";

const now = fromDate(new Date("2026-11-23T12:00:00Z"));
const day = 86_400 * 90_000;
const version = (over: Partial<PolicyVersion>): PolicyVersion => ({ number: 1, hash: "ab", state: "in_force", origin: "viewer", drafted_by: "Ada Archer", drafted_90k: now, approved_by: "Otto Owens", approved_90k: now, force_90k: now, forced_90k: now, ...over });
const draft = version({ number: 2, state: "draft", approved_by: null, approved_90k: null, force_90k: null, forced_90k: null });
const whole = (of: PolicyVersion, text: string): PolicyVersionDetail => ({
  ...of, text, prose: [{ heading: "Front door", sentences: ["It records all the time.", "Footage lives 30 days."] }], signs: [{ camera: "Front door", text: ["CCTV in operation", "Ask the CCTV team."] }],
  acts: [{ act: "drafted", by: of.drafted_by, at_90k: now, reason: "", entry: 12 }],
});
const older = "format = 1\n[site]\nname = \"Hall\"\n";
const newer = "format = 1\n[site]\nname = \"Town Hall\"\n";
const plan = { usual_force_90k: fromDate(new Date()) + day, deletes: true, segments: 12, bytes: 34_000_000, changes: [], cameras: [] };
const as = (role: Role, more: Answers = {}): Answers => ({
  "GET /session": { body: { person: { id: "p", sign_in_name: "p", full_name: "P", roles: [role], created_90k: 0 }, pages: ["policy", "log"], expires_90k: 0 } },
  "GET /policy": { body: { versions: [draft, version({})] } },
  "GET /policy/versions/1": { body: whole(version({}), older) },
  "GET /policy/versions/2": { body: whole(draft, newer) },
  "GET /policy/versions/2/plan": { body: plan },
  ...more,
});
const page = <Routes><Route path="/policy/*" element={<PolicyPage />} /></Routes>;

test("the version in force is read in words, with who decided it and when, and beside it the file", async () => {
  show(page, as("operator"), "/policy");
  expect(await screen.findByText("Footage lives 30 days.")).toBeDefined();
  expect(screen.getByText(/Decided by Otto Owens, Mon 23 Nov 2026/)).toBeDefined();
  expect(within(screen.getByRole("region", { name: "The file of version 1" })).getByText(/name = "Hall"/)).toBeDefined();
  expect(within(screen.getByRole("article", { name: "Sign of Front door" })).getByText("Ask the CCTV team.")).toBeDefined();
  expect(screen.queryByRole("link", { name: "Propose a version" })).toBeNull();
  expect(screen.getAllByText(/Administrators and system owners propose/).length).toBeGreaterThan(0);
});

test("no policy at all says what that means, and to whom", async () => {
  show(page, as("administrator", { "GET /policy": { body: { versions: [] } } }), "/policy");
  expect(await screen.findByText(/Without one no camera records\. Propose the first version/)).toBeDefined();
});

test.each<[string, Answers, string]>([
  ["not allowed", { "GET /policy": problem(403, "forbidden", "Your roles do not allow this.", "Reading the policy needs a role.") }, "Reading the policy needs a role."],
  ["failed", { "GET /policy": problem(500, "internal", "The recorder failed.", "It is in its log.") }, "It is in its log."],
])("%s", async (_, answers, words) => {
  show(page, as("operator", answers), "/policy");
  expect(await screen.findByText(words)).toBeDefined();
});

test("a mistake is named with its line, the keyboard goes to it, and nothing can be proposed until it is gone", async () => {
  const wrong = { mistakes: [{ line: 3, column: 8, rule: "site.name", words: "a name has at least one character" }], remarks: [] };
  const fine = { mistakes: [], remarks: [] };
  const { person, asked } = show(page, as("owner", {
    "POST /policy/check": ({ body }) => ({ body: JSON.stringify(body).includes("Town") ? fine : wrong }),
    "POST /policy/versions": { status: 201, body: draft },
  }), "/policy/write");
  const file = await screen.findByLabelText<HTMLTextAreaElement>(/Policy file/);
  expect(file.value).toBe(older);
  await person.clear(file);
  await person.click(file);
  await person.paste(older.replace("Hall", ""));
  await person.click(screen.getByRole("button", { name: "Check" }));
  await screen.findByText("a name has at least one character");
  await waitFor(() => { expect(document.activeElement).toBe(file); });
  expect(file.value.slice(file.selectionStart, file.selectionEnd)).toBe("\"\"");
  expect(file.getAttribute("aria-invalid")).toBe("true");
  expect(screen.getByRole("button", { name: "Propose this version" }).hasAttribute("disabled")).toBe(true);
  await person.clear(file);
  await person.click(file);
  await person.paste(newer);
  await screen.findByText("No mistakes.");
  await person.click(screen.getByRole("button", { name: "Propose this version" }));
  expect(await screen.findByText(/It waits for the data protection officer's advice/)).toBeDefined();
  expect(asked.find((request) => request.path === "/policy/versions")?.body).toEqual({ text: newer });
});

test("the officer's advice is written down; too few words are said at the field", async () => {
  const { person, asked } = show(page, as("dpo", { "POST /policy/versions/2/advise": { body: draft } }), "/policy/2");
  await person.click(await screen.findByRole("button", { name: "Advise" }));
  await person.click(screen.getByRole("button", { name: "Write the advice down" }));
  expect(screen.getAllByText("Write what you advise.").length).toBeGreaterThan(0);
  await person.click(screen.getByLabelText("Advice"));
  await person.paste("Thirty days are too long for a corridor.");
  await person.click(screen.getByRole("button", { name: "Write the advice down" }));
  await waitFor(() => { expect(screen.queryByRole("dialog")).toBeNull(); });
  expect(asked.find((request) => request.method === "POST")?.body).toEqual({ words: "Thirty days are too long for a corridor." });
  expect(screen.queryByRole("button", { name: "Approve" })).toBeNull();
});

test("whoever approves is told why it waits a day, and says why where it shall not", async () => {
  const advised = { ...draft, advice: { words: "Shorten it.", by: "Dina Dahl", at_90k: now } };
  const { person, asked } = show(page, as("owner", { "GET /policy/versions/2": { body: whole(advised, newer) }, "POST /policy/versions/2/approve": { body: draft } }), "/policy/2");
  await person.click(await screen.findByRole("button", { name: "Approve" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(await dialog.findByText(/takes force no sooner than/)).toBeDefined();
  await person.click(dialog.getByRole("button", { name: "Approve version 2" }));
  expect(dialog.getAllByText("Say whether the advice is followed.").length).toBeGreaterThan(0);
  expect(asked.some((request) => request.method === "POST")).toBe(false);
  await person.click(dialog.getByLabelText("No, and I say why"));
  await person.click(dialog.getByLabelText("Why it is not followed"));
  await person.paste("The insurer asks for thirty days.");
  await person.click(dialog.getByRole("button", { name: "Approve version 2" }));
  await waitFor(() => { expect(screen.queryByRole("dialog")).toBeNull(); });
  expect(asked.find((request) => request.method === "POST")?.body).toEqual({ follows_advice: false, departure: "The insurer asks for thirty days." });
});

test("what changed since the version before is shown line by line", async () => {
  show(page, as("operator"), "/policy/2");
  const changes = within(await screen.findByRole("region", { name: "Changes since version 1" }));
  expect(changes.getByText("name = \"Hall\"")).toBeDefined();
  expect(changes.getByText("name = \"Town Hall\"")).toBeDefined();
});

test("a sign is copied as it stands", async () => {
  const { person } = show(page, as("operator"), "/policy");
  const write = vi.spyOn(navigator.clipboard, "writeText");
  await person.click(await screen.findByRole("button", { name: "Copy the sign of Front door" }));
  expect(await screen.findByText("Copied")).toBeDefined();
  expect(write).toHaveBeenCalledWith("CCTV in operation\nAsk the CCTV team.");
});
