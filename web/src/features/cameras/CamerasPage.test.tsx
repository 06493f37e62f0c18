import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Camera, CameraDetail, Role } from "../../shared/api/types";
import { type Answers, problem, show } from "../../shared/testing/recorder";
import CamerasPage from "./CamerasPage";

const camera = (id: string, over: Partial<Camera>): Camera => ({
  id, name: id, outcome: "accepted", address: "10.0.20.31", reasons: [], state: "recording", state_words: `${id} is being recorded.`, state_since_90k: 0, manufacturer: "Axis", model: "P1", firmware: "1",
  clock_offset_90k: 0, judged_90k: 0, purpose: null, streams: [], added_90k: 0, ...over,
});
const reason = { rule: "name.hikvision.1", layer: "L3", confidence: "certain", words: "The ONVIF manufacturer says HIKVISION." };
const cameras = [camera("Yard", {}), camera("Mast", { outcome: "refused", state: "not_accepted", reasons: [reason] })];
const detail: CameraDetail = { ...camera("Mast", { outcome: "refused", state: "not_accepted" }), all_reasons: [reason], missing: ["A signed declaration."], lists: ["makers 2026.11"], papers: [], exceptions: [], access: { tls_key: null, password: "typed", password_set_90k: null, may_set_password: false }, evidence: [{ layer: "L3", kind: "ONVIF manufacturer", value: "HIKVISION", raw: "<Manufacturer>HIKVISION</Manufacturer>", taken_90k: 0 }] };
const as = (...roles: Role[]): Answers => ({
  "GET /session": { body: { person: { id: "p", sign_in_name: "a", full_name: "A", roles, created_90k: 0, disabled_90k: null }, pages: ["cameras"], expires_90k: 0 } },
  "GET /cameras": { body: cameras },
  "GET /cameras/Mast": { body: detail },
});

test("the list filters by verdict and says why", async () => {
  const { person } = show(<CamerasPage />, as("administrator"));
  await screen.findByRole("article", { name: "Yard" });
  await person.click(screen.getByRole("link", { name: /Refused/ }));
  expect(screen.queryByRole("article", { name: "Yard" })).toBeNull();
  expect(within(screen.getByRole("article", { name: "Mast" })).getByText(/The ONVIF manufacturer says HIKVISION/)).toBeDefined();
});

test("a wrong camera password is said at its field, and nothing typed is lost", async () => {
  const { person, asked } = show(<CamerasPage />, { ...as("administrator"), "POST /cameras": problem(422, "camera-wrong-password", "The camera refuses the user or the password.", "10.0.20.40 refuses the user root or its password.", "password") });
  await person.click(await screen.findByRole("button", { name: "Add a camera" }));
  await person.type(screen.getByLabelText("Name"), "Gate");
  await person.type(screen.getByLabelText("IP address"), "10.0.20.40");
  await person.type(screen.getByLabelText("Password of the camera"), "secret");
  await person.click(screen.getByRole("button", { name: "Ask and add" }));
  await screen.findByRole("link", { name: "10.0.20.40 refuses the user root or its password." });
  expect(screen.getByLabelText("Password of the camera").getAttribute("aria-invalid")).toBe("true");
  expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("Gate");
  expect(asked.find((request) => request.method === "POST")?.body).toEqual({ name: "Gate", address: "10.0.20.40", onvif_port: 80, user: "", password: "secret" });
});

test("nobody can accept a refused camera; an administrator is told what to do", async () => {
  show(<CamerasPage />, as("administrator"), "/Mast");
  expect(await screen.findByText(/It cannot be accepted by a click/)).toBeDefined();
  expect(screen.getAllByRole("button").map((button) => button.textContent)).toEqual(["Judge again", "Name and password", "Remove"]);
  expect(screen.getByText("<Manufacturer>HIKVISION</Manufacturer>")).toBeDefined();
});

test("a data protection officer sees all of it and changes nothing", async () => {
  show(<CamerasPage />, as("dpo"), "/Mast");
  expect(await screen.findByText("A signed declaration.")).toBeDefined();
  expect(screen.queryAllByRole("button")).toEqual([]);
});

test("an operator sees names and states, and no way into the evidence", async () => {
  show(<CamerasPage />, as("operator"));
  const mast = await screen.findByRole("article", { name: "Mast" });
  expect(within(mast).queryByRole("link")).toBeNull();
  expect(screen.queryByRole("button", { name: "Add a camera" })).toBeNull();
});

test("a declaration is filed by one and signed off by another", async () => {
  const paper = { declaration: "ab".repeat(32), file_name: "declaration.pdf", model: "P1", support_until: "2030-01-31", signed_off_by: "Ada Archer", second_person: null, filed_90k: 0 };
  const waiting: CameraDetail = { ...detail, outcome: "conditional", papers: [paper] };
  const answers = { ...as("administrator"), "GET /cameras/Mast": { body: { ...waiting, papers: [] } }, "POST /cameras/Mast/papers": { status: 201, body: waiting }, [`POST /cameras/Mast/papers/${paper.declaration}/sign`]: { body: { ...waiting, papers: [{ ...paper, second_person: "A" }] } } };
  const { person, asked } = show(<CamerasPage />, answers, "/Mast");
  await person.click(await screen.findByRole("button", { name: "File a declaration" }));
  await person.click(screen.getByRole("button", { name: "File it" }));
  expect(await screen.findAllByText("Choose the declaration's file.")).not.toHaveLength(0);
  await person.upload(screen.getByLabelText(/^The file/), new File(["we declare"], "declaration.pdf"));
  await person.click(screen.getByRole("button", { name: "File it" }));
  await person.click(await screen.findByRole("button", { name: /sign it off/ }));
  expect(await screen.findByText("A")).toBeDefined();
  expect(screen.queryByRole("button", { name: /sign it off/ })).toBeNull();
  expect(asked.find((request) => request.method === "POST")?.body).toEqual({ file_name: "declaration.pdf", file: btoa("we declare"), model: "P1", support_until: null });
});

test("an exception is filed for a flaw that is held against the camera, signed by another, and ended", async () => {
  const flaw = { ...reason, rule: "firmware.CVE-2025-0324" };
  const exception = { id: "e1", covers: "CVE-2025-0324", reason: "It is on a wire of its own.", owner: "Estates", until: "2030-01-31", signed_off_by: "Ada Archer", second_person: null, filed_90k: 0 };
  const flawed: CameraDetail = { ...detail, outcome: "quarantined", all_reasons: [flaw] };
  const answers = {
    ...as("administrator"), "GET /cameras/Mast": { body: flawed }, "POST /cameras/Mast/exceptions": { status: 201, body: { ...flawed, exceptions: [exception] } },
    "POST /cameras/Mast/exceptions/e1/sign": { body: { ...flawed, exceptions: [{ ...exception, second_person: "Dina Dahl" }] } }, "DELETE /cameras/Mast/exceptions/e1": { body: flawed },
  };
  const { person, asked } = show(<CamerasPage />, answers, "/Mast");
  await person.click(await screen.findByRole("button", { name: "File an exception" }));
  await person.click(screen.getByRole("button", { name: "File it" }));
  expect(await screen.findAllByText("Choose the last day.")).not.toHaveLength(0);
  await person.type(screen.getByLabelText(/^Why it may/), "It is on a wire of its own.");
  await person.type(screen.getByLabelText(/^Who answers/), "Estates");
  await person.type(screen.getByLabelText(/^Last day/), "2030-01-31");
  await person.click(screen.getByRole("button", { name: "File it" }));
  await person.click(await screen.findByRole("button", { name: /sign it/ }));
  expect(await screen.findByText("Dina Dahl")).toBeDefined();
  await person.click(screen.getByRole("button", { name: "End this exception" }));
  expect(await screen.findByText(/The remedy is an update/)).toBeDefined();
  expect(asked.find((request) => request.method === "POST")?.body).toEqual({ covers: "CVE-2025-0324", reason: "It is on a wire of its own.", owner: "Estates", until: "2030-01-31" });
});

test("who filed a declaration is not asked to sign it off", async () => {
  const paper = { declaration: "ab".repeat(32), file_name: "declaration.pdf", model: null, support_until: null, signed_off_by: "A", second_person: null, filed_90k: 0 };
  show(<CamerasPage />, { ...as("administrator"), "GET /cameras/Mast": { body: { ...detail, outcome: "conditional", papers: [paper] } } }, "/Mast");
  expect(await screen.findByText(/A second person must read it/)).toBeDefined();
  expect(screen.queryByRole("button", { name: /sign it off/ })).toBeNull();
});
