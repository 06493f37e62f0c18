import { fireEvent, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Role } from "../../shared/api/types";
import { type Answers, show } from "../../shared/testing/recorder";
import { CameraPage } from "./CameraPage";
import { Route, Routes } from "react-router";

const camera = {
  id: "c1", name: "Yard", outcome: "accepted", state: "recording", state_words: "It records.", missing: [], exceptions: [], papers: [], lists: [], evidence: [], streams: [], judged_90k: 0, added_90k: 0, clock_offset_90k: 0,
  access: { tls_key: null, password: "typed", password_set_90k: null, may_set_password: false }, state_since_90k: 0, manufacturer: "Acme", model: "C1", firmware: "1.0", address: "10.0.0.7", purpose: null, reasons: [],
  all_reasons: [{ rule: "decoder.deaths", layer: "L9", confidence: "", words: "Its pictures ended the programs that decode them. Decide by 2026-12-04." }],
};
const page = (role: Role, more: Answers = {}, found: object = camera): Answers => ({
  "GET /session": { body: { person: { id: "p", sign_in_name: "p", full_name: "P", roles: [role], created_90k: 0 }, pages: ["cameras"], expires_90k: 0 } },
  "GET /cameras/c1": { body: found },
  ...more,
});
const shown = (answers: Answers) => show(<Routes><Route path="/cameras/:id" element={<CameraPage />} /></Routes>, answers, "/cameras/c1");

test("an administrator keeps it undecoded, quarantines it, or has it decoded again, with a reason", async () => {
  const { asked, person } = shown(page("administrator", { "POST /cameras/c1/decoder-decision": { body: camera }, "POST /cameras/c1/decode": { body: { ...camera, all_reasons: [] } } }));
  await person.click(await screen.findByRole("button", { name: "Decide" }));
  expect((await screen.findAllByText("Say what was found, and what was done.")).length).toBeGreaterThan(0);
  expect(asked.some((request) => request.method === "POST")).toBe(false);
  fireEvent.change(screen.getByLabelText(/Reason/), { target: { value: "The maker looks into it" } });
  await person.selectOptions(screen.getByLabelText("Decision"), "keep_undecoded");
  await person.click(screen.getByRole("button", { name: "Decide" }));
  expect(asked.at(-1)).toMatchObject({ method: "POST", path: "/cameras/c1/decoder-decision", body: { decision: "keep_undecoded", reason: "The maker looks into it" } });
  await person.selectOptions(screen.getByLabelText("Decision"), "decode_again");
  await person.click(screen.getByRole("button", { name: "Decide" }));
  expect(asked.find((request) => request.path === "/cameras/c1/decode")?.body).toEqual({ reason: "The maker looks into it" });
});

test("one that is not accepted can only be decoded again; others only read", async () => {
  shown(page("administrator", {}, { ...camera, outcome: "quarantined", state: "not_accepted" }));
  expect((await screen.findByLabelText("Decision")).querySelectorAll("option")).toHaveLength(1);
  document.body.replaceChildren();
  shown(page("dpo"));
  expect(await screen.findByText("An administrator decides.")).toBeDefined();
  expect(screen.queryByRole("button", { name: "Decide" })).toBeNull();
});

test("a camera that ended none shows nothing of it", async () => {
  shown(page("administrator", {}, { ...camera, all_reasons: [] }));
  expect(await screen.findByText("It records.")).toBeDefined();
  expect(screen.queryByText("Its pictures ended decoders")).toBeNull();
});
