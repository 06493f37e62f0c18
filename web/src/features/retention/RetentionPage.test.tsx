import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Hold, Role } from "../../shared/api/types";
import { type Answers, problem, show } from "../../shared/testing/recorder";
import { fromDate } from "../../shared/time/units";
import RetentionPage from "./RetentionPage";

const now = fromDate(new Date());
const day = 86_400 * 90_000;
const hold: Hold = {
  id: "h1", class: "legal", camera: "c1", camera_name: "Yard", from_90k: now - day, to_90k: now - day / 2, reason: "Claim 7", owner: "Legal office", placed_by: "Ines Iqbal",
  placed_90k: now - 1000, ends_90k: now + 20 * day, segments: 12, bytes: 34_000_000, acts: [{ act: "placed", by: "Ines Iqbal", at_90k: now - 1000, reason: "Claim 7", ends_90k: now + 20 * day, entry: 41 }],
};
const certificate = { segment: "5e", camera: "c1", camera_name: "Yard", start_90k: 0, end_90k: 90_000, bytes: 7, rule: "Kept for 1 day", due_90k: 1, unreadable_at_90k: 3, unlinked_at_90k: 4, entry: 9, step: "certified", failing: null };
const shortening = { stopped_90k: null as number | null, checked: 12, missed: 0, share: 0, between: [0, 0.24], waiting: 1, words: "0 of 12 second looks found motion that the first one missed." };
const page = (role: Role, more: Answers = {}): Answers => ({
  "GET /session": { body: { person: { id: "p", sign_in_name: "p", full_name: "P", roles: [role], created_90k: 0 }, pages: ["retention"], expires_90k: 0 } },
  "GET /retention": { body: { overdue: 0, unfinished: 0, waiting: null, last_sweep_90k: 1, shortening, cameras: [], certificates: [certificate] } },
  "GET /cameras": { body: [{ id: "c1", name: "Yard" }] },
  "GET /holds": { body: { standing: [hold], ended: [] } },
  ...more,
});

test("a hold says what, why, whose and how long; the data protection officer changes none", async () => {
  show(<RetentionPage />, page("dpo"));
  const row = within((await screen.findByText("Legal office")).closest("tr") ?? document.body);
  for (const words of [/12 segments, 34.0 MB/, /Claim 7/, /20 days left/]) expect(row.getAllByText(words).length).toBeGreaterThan(0);
  expect(row.queryByRole("button")).toBeNull();
  expect(screen.queryByRole("button", { name: "Place a hold" })).toBeNull();
});

for (const role of ["investigator", "administrator", "owner"] as const) {
  test(`the ${role} may place a hold, and the page offers it`, async () => {
    show(<RetentionPage />, page(role));
    expect(await screen.findByRole("button", { name: "Place a hold" })).toBeDefined();
  });
}

test("nothing on hold, and holds out of reach, are said", async () => {
  show(<RetentionPage />, page("dpo", { "GET /holds": { body: { standing: [], ended: [{ ...hold, outcome: "lapsed", ended_90k: now }] } } }));
  expect(await screen.findByText("Nothing is on hold.")).toBeDefined();
  expect(screen.getByText("1 ended")).toBeDefined();
});

test("no permission reads as that", async () => {
  show(<RetentionPage />, page("dpo", { "GET /holds": problem(403, "forbidden", "Your roles do not allow this.", "Seeing retention needs the role investigator.") }));
  expect(await screen.findByText(/Seeing retention needs the role/)).toBeDefined();
});

test("placing asks for everything before it is sent, and tells what came too late", async () => {
  const placed = { hold, not_held: [{ stream: "sub", from_90k: now - day, to_90k: now - day / 2, words: "Its deletion had begun." }] };
  const { person, asked } = show(<RetentionPage />, page("investigator", { "POST /holds": { status: 201, body: placed } }));
  await person.click(await screen.findByRole("button", { name: "Place a hold" }));
  await person.click(screen.getByRole("button", { name: "Place the hold" }));
  expect(screen.getAllByText("Choose the camera.").length).toBeGreaterThan(0);
  expect(screen.getAllByText("Say why this footage must be kept.").length).toBeGreaterThan(0);
  expect(asked.some((request) => request.method === "POST")).toBe(false);
  await person.selectOptions(screen.getByLabelText("Camera"), "c1");
  await person.click(screen.getByLabelText("Reason"));
  await person.paste("A bicycle was stolen");
  await person.click(screen.getByLabelText("Owner"));
  await person.paste("Facilities");
  await person.click(screen.getByRole("button", { name: "Place the hold" }));
  expect(await screen.findByText(/could not be held/)).toBeDefined();
  expect(screen.getByText(/small picture: Its deletion had begun/)).toBeDefined();
  expect(asked.find((request) => request.method === "POST")?.body).toMatchObject({ class: "incident", camera: "c1", reason: "A bicycle was stolen", owner: "Facilities" });
});

test("lifting warns and needs a reason; a refusal stands at its field", async () => {
  const { person, asked } = show(<RetentionPage />, page("administrator", { "POST /holds/h1/lift": problem(422, "invalid", "Something in the request is wrong.", "It has 5 characters too few.", "reason") }));
  await person.click(await screen.findByRole("button", { name: /Lift the hold: Yard/ }));
  expect(screen.getByText(/cannot be undone/)).toBeDefined();
  await person.click(screen.getByRole("button", { name: "Lift the hold" }));
  expect(asked.some((request) => request.method === "POST")).toBe(false);
  await person.click(screen.getByLabelText("Reason"));
  await person.paste("It was found");
  await person.click(screen.getByRole("button", { name: "Lift the hold" }));
  await waitFor(() => { expect(screen.getByLabelText("Reason").getAttribute("aria-invalid")).toBe("true"); });
});

test("a certificate is shown in full, with its file and with what it does not prove", async () => {
  const full = { certificate, stream: "main", rule_id: "purpose_end", purpose: null, policy: "d1", sealed_digest: "abc", intended_at_90k: 2, text: "{}", does_not_prove: ["that nobody had copied it"] };
  const { person } = show(<RetentionPage />, page("dpo", { "GET /certificates/5e": { body: full }, "GET /policy": { body: { versions: [{ number: 3, hash: "d0" }, { number: 2, hash: "d1" }], old_purposes: [] } } }));
  await person.click(await screen.findByRole("button", { name: /Show the certificate in full/ }));
  const link = await screen.findByRole("link", { name: "Download as a file" });
  expect(link.getAttribute("href")).toBe("/api/v1/certificates/5e/file");
  expect(screen.getByText("that nobody had copied it")).toBeDefined();
  expect((await screen.findByRole("link", { name: "Version 2" })).getAttribute("href")).toBe("/policy/2");
  expect(screen.getByText("No backup of the keyring holds its key")).toBeDefined();
});

const camera = {
  camera: "c1", name: "Yard", keep_days: 6, purpose: "See who comes.", owner: "Facilities", rule: "purposes.yard.keep", oldest_90k: now - day, newest_90k: now, bytes: 7, segments: 1,
  oldest: { segment: "5e", start_90k: now - day, keep_until_90k: now + 5 * day, promised_90k: now + 6 * day, overdue: false, held_until_90k: null, on_disk: "missing", words: "Its file is not on the disk." },
};
const retention = { body: { overdue: 0, unfinished: 0, waiting: null, last_sweep_90k: 1, shortening, cameras: [camera], certificates: [] } };
const promise = { version: 1, rule: "purposes.yard.keep", keep_90k: 7 * day, since_90k: now - day, until_90k: now, decided: false, words: "When it was captured, version 1 promised 7 days." };
const explained = {
  camera: "c1", camera_name: "Yard", at_90k: now - day, deleted: [], folded: [],
  kept: [{ segment: "5e", stream: "main", start_90k: now - day, end_90k: now - day + 90_000, bytes: 7, keep_until_90k: now + 5 * day, purpose: "See who comes.", holds: [], promises: [promise, { ...promise, version: 2, until_90k: null, decided: true, words: "Later, version 2 promised 6 days." }] }],
};

test("what the disk contradicts is said; why footage ends when it does is told promise by promise", async () => {
  const { person, asked } = show(<RetentionPage />, page("dpo", { "GET /retention": retention, "GET /retention/explanation": { body: explained } }));
  expect(await screen.findByText("Its file is not on the disk.")).toBeDefined();
  expect(screen.getByText("purposes.yard.keep")).toBeDefined();
  await person.click(screen.getByRole("link", { name: "Why it ends when it does: the oldest footage of Yard" }));
  expect((await screen.findByText(/^Later, version 2 promised 6 days/)).tagName).toBe("STRONG");
  expect(screen.getByText(/^When it was captured/).tagName).toBe("LI");
  expect(asked.some((request) => request.path === `/retention/explanation?camera=c1&at_90k=${Math.round(now - day)}`)).toBe(true);
});

test("a moment without footage is said, and a question without a camera is not sent", async () => {
  const { person, asked } = show(<RetentionPage />, page("dpo", { "GET /retention": retention, "GET /retention/explanation": { body: { ...explained, kept: [] } } }));
  await person.click(await screen.findByRole("button", { name: "Explain" }));
  expect(screen.getByText("Choose the camera.")).toBeDefined();
  expect(asked.some((request) => request.path.startsWith("/retention/explanation"))).toBe(false);
  await person.selectOptions(screen.getByLabelText("Which camera"), "c1");
  await person.type(screen.getByLabelText("Which moment"), "2026-01-02T03:04");
  await person.click(screen.getByRole("button", { name: "Explain" }));
  expect(await screen.findByText(/There is no footage of Yard at/)).toBeDefined();
});

test.each([
  ["system", true],
  ["cameras", false],
])("whoever may open the page %s sees the forecast of room: %s", async (allowed, sees) => {
  const storage = { directory: "/srv/footage", free_bytes: 1, total_bytes: 2, state: "works", full_at_90k: now + 3.5 * day };
  show(<RetentionPage />, page("dpo", {
    "GET /session": { body: { person: { id: "p", sign_in_name: "p", full_name: "P", roles: ["dpo"], created_90k: 0 }, pages: ["retention", allowed], expires_90k: 0 } },
    "GET /system": { body: { storage: [storage] } },
  }));
  await screen.findByText("Legal office");
  if (sees) expect(await screen.findByText(/Full on \w+day, 3 days/)).toBeDefined();
  else expect(screen.queryByText(/Room for what is promised/)).toBeNull();
});

test("how sure it is that nothing moved is said, and only a system owner lets it go on after it stopped", async () => {
  show(<RetentionPage />, page("dpo"));
  expect(await screen.findByText(/0 of 12 second looks/)).toBeDefined();
  expect(screen.getByText(/1 piece waits/)).toBeDefined();
  expect(screen.queryByRole("button", { name: "Shorten again" })).toBeNull();
});

test("after it stopped a reason is asked for before it goes on", async () => {
  const stopped = { overdue: 0, unfinished: 0, waiting: null, last_sweep_90k: 1, shortening: { ...shortening, stopped_90k: now, missed: 1, words: "Nothing is shortened any more." }, cameras: [], certificates: [] };
  const { person, asked } = show(<RetentionPage />, page("owner", { "GET /retention": { body: stopped }, "POST /retention/shortening": { body: shortening } }));
  await person.click(await screen.findByRole("button", { name: "Shorten again" }));
  expect(screen.getAllByText("Say what was wrong and what was done.").length).toBeGreaterThan(0);
  expect(asked.some((request) => request.method === "POST")).toBe(false);
  await person.click(screen.getByLabelText("Reason"));
  await person.paste("The camera was cleaned");
  await person.click(screen.getByRole("button", { name: "Shorten again" }));
  await waitFor(() => { expect(asked.find((request) => request.method === "POST")?.body).toEqual({ reason: "The camera was cleaned" }); });
});
