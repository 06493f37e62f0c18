import { screen, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { CameraDetail, Commissioning, Role } from "../../shared/api/types";
import { type Answers, problem, show } from "../../shared/testing/recorder";
import { SetUpPanel } from "./SetUpPanel";

const camera: CameraDetail = {
  id: "Yard", name: "Yard", outcome: "accepted", address: "10.0.20.31", reasons: [], state: "no_purpose", state_words: "Yard records nothing.", state_since_90k: 0, manufacturer: "Axis", model: "P1", firmware: "1",
  clock_offset_90k: 0, judged_90k: 0, purpose: null, streams: [], added_90k: 0, all_reasons: [], missing: [], lists: [], papers: [], exceptions: [], evidence: [],
  access: { tls_key: null, password: "typed", password_set_90k: null, may_set_password: false },
};
const nothing: Commissioning = { in_force: false, next: "begins", refused: null, left_today: 2, minutes: 30, open: null, asked: null, signed: null, still: null, masks: [], named: false };
const still = { taken_90k: 0, taken_by: "Ada Archer", ends_90k: 0, width: 1280, height: 720 };
const as = (role: Role, state: Partial<Commissioning>, more: Answers = {}): Answers => ({
  "GET /session": { body: { person: { id: "p", sign_in_name: "a", full_name: "Ada Archer", roles: [role], created_90k: 0, disabled_90k: null }, pages: ["cameras"], expires_90k: 0 } },
  "GET /cameras/Yard/commissioning": { body: { ...nothing, ...state } },
  ...more,
});

beforeEach(() => {
  // The simulated page has neither.
  vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:picture", revokeObjectURL: () => undefined }));
});

test("a look is asked for with a reason, which is needed", async () => {
  const opened = { ...nothing, left_today: 1, open: { look: "l1", left_ms: 1_800_000, entry: 7 } };
  const { person, asked } = show(<SetUpPanel camera={camera} />, as("administrator", {}, { "POST /cameras/Yard/commissioning": { status: 201, body: opened }, "GET /commissioning/l1/picture": { body: "a picture" } }));
  await person.click(await screen.findByRole("button", { name: "Look at it" }));
  await person.click(screen.getByRole("button", { name: "Look" }));
  expect(await screen.findAllByText("Say why, in a few words.")).not.toHaveLength(0);
  expect(asked.some((request) => request.method === "POST")).toBe(false);
  await person.type(screen.getByLabelText(/^Why/), "aiming it");
  await person.click(screen.getByRole("button", { name: "Look" }));
  expect(await screen.findByText(/as entry 7 of the log/)).toBeDefined();
  expect(await screen.findByRole("img", { name: "What Yard sees" })).toBeDefined();
  expect(asked.find((request) => request.method === "POST")?.body).toEqual({ reason: "aiming it" });
});

test("a look that is open: one still is kept, and what is wrong with the view is said in words", async () => {
  const open = { open: { look: "l1", left_ms: 600_000, entry: 7 } };
  const { person, asked } = show(<SetUpPanel camera={camera} />, as("administrator", open, {
    "GET /commissioning/l1/picture": { body: "a picture" },
    "POST /commissioning/l1/still": { status: 201, body: { ...nothing, ...open, still } },
    "POST /commissioning/l1/sign": { body: { ...nothing, ...open, signed: { by: "Ada Archer", at_90k: 0, right: false, remark: "a window is in it" } } },
  }));
  await screen.findByRole("img", { name: "What Yard sees" });
  await person.click(screen.getByRole("button", { name: "Keep one still for masks" }));
  expect(await screen.findByText(/The still is kept, sealed/)).toBeDefined();
  await person.click(screen.getByRole("button", { name: "It is not right" }));
  expect(await screen.findAllByText("Say what is wrong with the view.")).not.toHaveLength(0);
  await person.type(screen.getByLabelText(/^Remark/), "a window is in it");
  await person.click(screen.getByRole("button", { name: "It is not right" }));
  expect(await screen.findByText(/a window is in it/)).toBeDefined();
  expect(asked.find((request) => request.path.endsWith("/sign"))?.body).toEqual({ right: false, remark: "a window is in it" });
});

test("the camera does not answer: the page says so and asks again", async () => {
  const open = { open: { look: "l1", left_ms: 600_000, entry: 7 } };
  show(<SetUpPanel camera={camera} />, as("administrator", open, { "GET /commissioning/l1/picture": problem(503, "unavailable", "A part of the recorder is not available.", "No picture came from the camera yet.") }));
  expect((await screen.findByRole("alert")).textContent).toContain("No picture came from the camera yet.");
  expect(screen.queryByRole("button", { name: "The view is right" })).toBeNull();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Keep one still for masks" }).disabled).toBe(true);
});

test("one in force is asked for; twice a day is enough; who may not look sees how it stands", async () => {
  const first = show(<SetUpPanel camera={camera} />, as("administrator", { in_force: true, next: "asks" }));
  expect(await screen.findByRole("button", { name: "Ask to look at it" })).toBeDefined();
  expect(screen.getByText(/a second person agrees first/)).toBeDefined();
  expect(first.asked.some((request) => request.method !== "GET")).toBe(false);
});

test("a refusal is said, with who can help, and nothing is offered", async () => {
  show(<SetUpPanel camera={camera} />, as("administrator", { next: "refused", left_today: 0, refused: "This camera was looked at twice in the last 24 hours to set it up. Wait." }));
  expect(await screen.findByText(/twice in the last 24 hours/)).toBeDefined();
  expect(screen.queryByRole("button", { name: "Look at it" })).toBeNull();
});

test("a data protection officer sees who signed and no way to a picture", async () => {
  show(<SetUpPanel camera={camera} />, as("dpo", { still, signed: { by: "Ada Archer", at_90k: 0, right: true, remark: "" } }));
  expect(await screen.findByText("Right")).toBeDefined();
  expect(screen.queryAllByRole("button")).toEqual([]);
});

test("offline: what is missing is said, and can be asked for again", async () => {
  show(<SetUpPanel camera={camera} />, { "GET /session": as("administrator", {})["GET /session"] ?? {} });
  expect(await screen.findByText(/The recorder does not answer/)).toBeDefined();
  expect(screen.getByRole("button", { name: "Try again" })).toBeDefined();
});

test("masks are drawn by keys alone, and become the policy's text once they are complete", async () => {
  const { person, asked } = show(<SetUpPanel camera={camera} />, as("administrator", { still, named: true, masks: [{ name: "shop", reason: "not ours", corners: [[0, 0], [1000, 0], [1000, 1000]] }] }, { "GET /cameras/Yard/mask-still": { body: "a picture" } }));
  await person.click(await screen.findByRole("button", { name: "Draw masks on the still" }));
  expect(await screen.findByRole("img", { name: "What Yard sees" })).toBeDefined();
  expect(asked.filter((request) => request.path === "/cameras/Yard/mask-still")).toHaveLength(1);
  const text = () => screen.getByLabelText("Masks as the policy file has them").textContent;
  expect(text()).toContain('[[cameras."Yard".masks]]\nname = "shop"');
  await person.click(screen.getByRole("button", { name: "Add a mask" }));
  expect(screen.queryByLabelText("Masks as the policy file has them")).toBeNull();
  await person.type(screen.getByLabelText("What lies there"), "window");
  await person.type(screen.getByLabelText("Why the camera may not see it"), "a home");
  await person.type(screen.getByLabelText("Corners"), "0.5 0.5, 0.8 0.5, 0.8 0.9, 0.5 0.9");
  expect(text()).toContain("corners = [[0.500, 0.500], [0.800, 0.500], [0.800, 0.900], [0.500, 0.900]]");
  const corner = within(screen.getByRole("group", { name: /^Corners/ })).getByRole("button", { name: /^Corner 1/ });
  corner.focus();
  await person.keyboard("{ArrowLeft}{Shift>}{ArrowUp}{/Shift}");
  expect(text()).toContain("corners = [[0.495, 0.450],");
  await person.keyboard("{Delete}");
  expect(text()).toContain("corners = [[0.800, 0.500], [0.800, 0.900], [0.500, 0.900]]");
  await person.click(screen.getByRole("button", { name: "Take this mask away" }));
  expect(text()).not.toContain("window");
  expect(asked.some((request) => request.method !== "GET")).toBe(false);
});

test("what is said of recording is true of a camera in force too", async () => {
  show(<SetUpPanel camera={camera} />, as("administrator", { in_force: true, next: "asks" }));
  expect(await screen.findByText(/what the policy has the camera record goes on/)).toBeDefined();
  expect(screen.queryByText(/Nothing of it is recorded/)).toBeNull();
});
