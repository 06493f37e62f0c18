import { screen, waitFor, within } from "@testing-library/react";
import { Route, Routes } from "react-router";
import { expect, test, vi } from "vitest";
import type { Policies, PolicyCamera, PolicyPlan, Role } from "../../shared/api/types";
import { type Answers, problem, show } from "../../shared/testing/recorder";
import { draft, inFull, noon, reading, section, version } from "./made";
import PolicyPage from "./PolicyPage";

const day = 86_400 * 90_000;
const older = "format = 1\n[site]\nname = \"Hall\"\n";
const newer = "format = 1\n[site]\nname = \"Town Hall\"\n";
const camera: PolicyCamera = {
  camera: "c1", name: "Front door", purpose: "safety", aim: "See who comes.", owner: "Facilities", keep_90k: 30 * day, records: false, until_90k: noon,
  because: [{ rule: "schedules.office.otherwise", line: 61, words: "By the schedule office it records nothing at other times." }], warnings: [], sign: ["Pictures are recorded here", "Questions: the CCTV team"],
};
const nothing = { segments: 0, bytes: 0, from_90k: null, to_90k: null };
const plan: PolicyPlan = {
  at_90k: noon, earliest_90k: noon + day, earliest_because: "It destroys what would otherwise stay.", summary: ["12 segments, from 2026-11-23T12:00:00.000Z, are destroyed."],
  footage: { destroyed: { ...nothing, segments: 12, bytes: 34_000_000 }, held: nothing, shortened: nothing },
  cameras: [{ camera: "Front door", purpose: "safety", footage: { destroyed: { ...nothing, segments: 12, bytes: 34_000_000 }, held: nothing, shortened: nothing } }],
  changes: [{ rule: "purposes.safety.keep", words: "safety: how long footage is kept: 6 days (was: 30 days)", shortens: "always" }],
};
const says = { prose: [section("cameras.\"Front door\"", "Front door", "It records all the time.", "Footage lives 30 days.")], cameras: [camera] };
const policies = (over: Partial<Policies>): Policies => ({ versions: [draft({}), version({})], in_force: 1, approved: null, to_accept: null, to_accept_soon: null, trouble: null, old_purposes: [], ...over });
const none = policies({ versions: [], in_force: null });
const as = (role: Role, more: Answers = {}): Answers => ({
  "GET /session": { body: { person: { id: "p", sign_in_name: "p", full_name: "P", roles: [role], created_90k: 0 }, pages: ["policy", "log"], expires_90k: 0 } },
  "GET /policy": { body: policies({}) },
  "GET /policy/1": { body: inFull(version({}), older, says) },
  "GET /policy/2": { body: inFull(draft({}), newer, { ...says, plan }) },
  ...more,
});
const page = <Routes><Route path="/policy/*" element={<PolicyPage />} /></Routes>;

test("the version in force is read in words, with who decided it and when, and beside it the file", async () => {
  show(page, as("operator"), "/policy");
  expect(await screen.findByText("It records all the time. Footage lives 30 days.")).toBeDefined();
  expect(screen.getByText(/Decided by Otto Owens on Mon 23 Nov 2026/)).toBeDefined();
  expect(within(screen.getByRole("region", { name: "The file of version 1" })).getByText(/name = "Hall"/)).toBeDefined();
  expect(within(screen.getByRole("article", { name: "Sign of Front door" })).getByText("Questions: the CCTV team")).toBeDefined();
  expect(screen.getByText(/By the schedule office it records nothing/)).toBeDefined();
  expect(screen.queryByRole("link", { name: "Propose a version" })).toBeNull();
  expect(screen.getAllByText(/Administrators and system owners propose/).length).toBeGreaterThan(0);
});

test.each<[string, Policies, RegExp]>([
  ["no policy at all", none, /Without one no camera records\. Propose the first version/],
  ["purposes of before", { ...none, old_purposes: ["Yard", "Gate"] }, /Yard, Gate\. They go on until a version is in force/],
  ["trouble", { ...none, trouble: "Version 3 waits for a proved clock." }, /Version 3 waits for a proved clock\./],
  ["something to accept", { ...none, to_accept_soon: 5 }, /You have not accepted version 5 yet/],
])("%s is said, with what it means", async (_, body, words) => {
  show(page, as("administrator", { "GET /policy": { body } }), "/policy");
  await screen.findByRole("heading", { name: "No policy is in force" });
  expect(document.body.textContent).toMatch(words);
});

test.each<[string, Answers, string]>([
  ["not allowed", { "GET /policy": problem(403, "forbidden", "Your roles do not allow this.", "Reading the policy needs a role.") }, "Reading the policy needs a role."],
  ["failed", { "GET /policy": problem(500, "internal", "The recorder failed.", "It is in its log.") }, "It is in its log."],
])("%s", async (_, answers, words) => {
  show(page, as("operator", answers), "/policy");
  expect(await screen.findByText(words)).toBeDefined();
});

test("a mistake is named with its line, the keyboard goes to it, and nothing can be proposed until it is gone", async () => {
  const wrong = reading({ mistakes: [{ line: 3, column: 8, rule: "site.name", words: "a name has at least one character" }], can_come_into_force: false });
  const { person, asked } = show(page, as("owner", {
    "POST /policy/check": ({ body }) => ({ body: JSON.stringify(body).includes("Town") ? reading({ ...says, plan }) : wrong }),
    "POST /policy": { status: 201, body: inFull(draft({}), newer, {}) },
  }), "/policy/write");
  const file = await screen.findByLabelText<HTMLTextAreaElement>(/Policy file/);
  expect(file.value).toBe(older);
  await person.clear(file);
  await person.click(file);
  await person.paste(older.replace("Hall", ""));
  await person.click(screen.getByRole("button", { name: "Check" }));
  await screen.findByText("A name has at least one character.");
  await waitFor(() => { expect(document.activeElement).toBe(file); });
  expect(file.value.slice(file.selectionStart, file.selectionEnd)).toBe("\"\"");
  expect(file.getAttribute("aria-invalid")).toBe("true");
  expect(screen.getByRole("button", { name: "Propose this version" }).hasAttribute("disabled")).toBe(true);
  await person.clear(file);
  await person.click(file);
  await person.paste(newer);
  await screen.findByText("No mistakes.");
  expect(screen.getByText(/If it were approved now, that would be/)).toBeDefined();
  await person.click(screen.getByRole("button", { name: "Propose this version" }));
  expect(await screen.findByText(/It waits for the data protection officer's advice/)).toBeDefined();
  expect(asked.find((request) => request.method === "POST" && request.path === "/policy")?.body).toEqual({ text: newer });
});

test("what was typed is still there after a walk to another page, until somebody begins anew", async () => {
  const { person } = show(page, as("owner", { "POST /policy/check": { body: reading({}) } }), "/policy/write");
  const file = () => screen.findByLabelText<HTMLTextAreaElement>(/Policy file/);
  await person.click(await file());
  await person.paste("# not yet\n");
  await person.click(screen.getByRole("link", { name: "Policy" }));
  await person.click(await screen.findByRole("link", { name: "Propose a version" }));
  expect((await file()).value).toBe(`${older}# not yet\n`);
  await person.click(screen.getByRole("button", { name: "Begin anew" }));
  expect((await file()).value).toBe(older);
  expect(screen.queryByText("You left this unfinished.")).toBeNull();
});

test("a file that asks for what the recorder cannot do is not proposed", async () => {
  const refused = reading({ can_come_into_force: false, findings: [{ refused: true, reason: { rule: "cameras.\"Front door\".masks", line: 2, words: "this recorder cannot set masks yet" } }] });
  const { person } = show(page, as("owner", { "POST /policy/check": { body: refused } }), "/policy/write");
  const file = await screen.findByLabelText(/Policy file/);
  await person.click(file);
  await person.paste("#");
  expect(await screen.findByText("This recorder cannot set masks yet.")).toBeDefined();
  expect(screen.getByText("No mistakes, 1 thing this recorder cannot do.")).toBeDefined();
  expect(screen.getByRole("button", { name: "Propose this version" }).hasAttribute("disabled")).toBe(true);
});

test("the first version begins with a template that names the cameras there are", async () => {
  const { person } = show(page, as("owner", {
    "GET /policy": { body: none }, "GET /site": { body: { name: "Hall" } }, "POST /policy/check": { body: reading({}) },
    "GET /cameras": { body: [{ name: "Front door", outcome: "accepted" }, { name: "Mast", outcome: "refused" }] },
  }), "/policy/write");
  const begin = await screen.findByRole("button", { name: "Begin with a template" });
  await waitFor(() => { expect(begin.hasAttribute("disabled")).toBe(false); });
  await person.click(begin);
  const { value } = screen.getByLabelText<HTMLTextAreaElement>("Policy file");
  expect(value).toContain("[cameras.\"Front door\"]");
  expect(value).not.toContain("Mast");
});

test("the officer's advice is written down; too few words are said at the field", async () => {
  const { person, asked } = show(page, as("dpo", { "POST /policy/2/advise": { body: inFull(draft({}), newer, {}) } }), "/policy/2");
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

test("whoever approves is told why it waits a day, and says whether the advice is followed", async () => {
  const advised = draft({ advice: { words: "Shorten it.", by: "Dina Dahl", at_90k: noon } });
  const { person, asked } = show(page, as("owner", { "GET /policy/2": { body: inFull(advised, newer, { plan: { ...plan, earliest_90k: noon + 3650 * day } }) }, "POST /policy/2/approve": { body: inFull(advised, newer, {}) } }), "/policy/2");
  await person.click(await screen.findByRole("button", { name: "Approve" }));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.getByText(/takes force no sooner than/)).toBeDefined();
  await person.click(dialog.getByRole("button", { name: "Approve version 2" }));
  for (const words of ["Say whether the advice is followed.", "Say why you approve it."]) expect(dialog.getAllByText(words).length).toBeGreaterThan(0);
  expect(asked.some((request) => request.method === "POST")).toBe(false);
  await person.click(dialog.getByLabelText("No, and I say why"));
  await person.click(dialog.getByLabelText("Why it is not followed"));
  await person.paste("The insurer asks for thirty days.");
  await person.click(dialog.getByLabelText("Reason"));
  await person.paste("As decided in November.");
  await person.click(dialog.getByRole("button", { name: "Approve version 2" }));
  await waitFor(() => { expect(screen.queryByRole("dialog")).toBeNull(); });
  expect(asked.find((request) => request.method === "POST")?.body).toEqual({ reason: "As decided in November.", follows_advice: false, departure: "The insurer asks for thirty days." });
});

test("a refusal stands in the dialog, with its times as people say them", async () => {
  const detail = "This version takes force no sooner than 2026-11-24T12:00:00.000Z.";
  const { person } = show(page, as("owner", { "POST /policy/2/approve": problem(422, "invalid", "Something in the request is wrong.", detail, "from_90k") }), "/policy/2");
  await person.click(await screen.findByRole("button", { name: "Approve" }));
  await person.click(screen.getByLabelText("Reason"));
  await person.paste("As decided in November.");
  await person.click(screen.getByRole("button", { name: "Approve version 2" }));
  expect((await screen.findAllByText("This version takes force no sooner than Tue 24 Nov 2026, 12:00:00 GMT.")).length).toBeGreaterThan(0);
});

test("a draft shows what it would change, and what changed line by line, against any other version", async () => {
  const third = version({ number: 3, state: "withdrawn", forced_90k: null });
  const { person } = show(page, as("operator", { "GET /policy": { body: policies({ versions: [third, draft({}), version({})] }) }, "GET /policy/3": { body: inFull(third, "format = 1\n", {}) } }), "/policy/2");
  const changes = within(await screen.findByRole("region", { name: "From version 1 to version 2" }));
  expect(changes.getByText("name = \"Hall\"")).toBeDefined();
  expect(changes.getByText("name = \"Town Hall\"")).toBeDefined();
  expect(screen.getByText("12 segments, from Mon 23 Nov 2026, 12:00:00 GMT, are destroyed.")).toBeDefined();
  expect(screen.getByText("Ends footage sooner")).toBeDefined();
  await person.selectOptions(screen.getByLabelText("Compared with"), "3");
  expect(within(await screen.findByRole("region", { name: "From version 3 to version 2" })).getByText("[site]")).toBeDefined();
});

test("a sign is copied as it stands", async () => {
  const { person } = show(page, as("operator"), "/policy");
  const write = vi.spyOn(navigator.clipboard, "writeText");
  await person.click(await screen.findByRole("button", { name: "Copy the sign of Front door" }));
  expect(await screen.findByText("Copied")).toBeDefined();
  expect(write).toHaveBeenCalledWith("Pictures are recorded here\nQuestions: the CCTV team");
});
