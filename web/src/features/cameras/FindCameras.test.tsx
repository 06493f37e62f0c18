import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { CameraSearch, FoundDevice } from "../../shared/api/types";
import { type Answers, problem, show } from "../../shared/testing/recorder";
import CamerasPage from "./CamerasPage";

const reason = { rule: "udp.hikvision.1", layer: "L2", confidence: "certain", words: "It answers the private discovery of Hikvision." };
const device = (address: string, over: Partial<FoundDevice> = {}): FoundDevice => ({ address, onvif_port: 80, says: [], refused: false, reasons: [], camera: null, camera_name: null, ...over });
const search = (over: Partial<CameraSearch>): CameraSearch => ({ range: "10.0.20.1-10.0.20.254", addresses: 254, looked_at: 254, by: "A", began_90k: 0, ended_90k: 1, stopped: false, found: [], ...over });
const as = (found: CameraSearch | null): Answers => ({
  "GET /session": { body: { person: { id: "p", sign_in_name: "a", full_name: "A", roles: ["administrator"], created_90k: 0, disabled_90k: null }, pages: ["cameras"], expires_90k: 0 } },
  "GET /cameras": { body: [] },
  "GET /camera-search": { body: { search: found } },
});

test("a range that is none is said at its field", async () => {
  const { person } = show(<CamerasPage />, { ...as(null), "POST /camera-search": problem(422, "invalid", "That does not fit.", "8.8.8.8 is in no private network.", "range") }, "/find");
  await person.type(await screen.findByLabelText(/Network or range/), "8.8.8.8");
  await person.click(screen.getByRole("button", { name: "Search" }));
  await screen.findByRole("link", { name: "8.8.8.8 is in no private network." });
  expect(screen.getByLabelText(/Network or range/).getAttribute("aria-invalid")).toBe("true");
});

test("while it goes on, it says how far it is, takes no second one, and can be stopped", async () => {
  const going = search({ ended_90k: null, looked_at: 31 });
  const { person, asked } = show(<CamerasPage />, { ...as(going), "DELETE /camera-search": { body: { search: { ...going, stopped: true, ended_90k: 2 } } } }, "/find");
  await screen.findByText(/31 of 254 addresses/);
  expect(screen.getByRole("button", { name: "Search" }).getAttribute("disabled")).not.toBeNull();
  await person.click(screen.getByRole("button", { name: "Stop" }));
  await screen.findByText(/^Stopped after 31 of 254/);
  expect(asked.some((request) => request.method === "DELETE")).toBe(true);
});

test("one that fails is said beside it and the next is asked all the same", async () => {
  const found = search({ found: [device("10.0.20.5", { refused: true, reasons: [reason] }), device("10.0.20.7"), device("10.0.20.9", { camera: "c9", camera_name: "Yard" })] });
  const { person, asked } = show(<CamerasPage />, { ...as(found), "POST /cameras": problem(422, "camera-wrong-password", "The camera refuses the user or the password.", "The camera at 10.0.20.7 does not accept this user and password.", "password") }, "/find");
  const refused = await screen.findByRole("article", { name: "10.0.20.5" });
  expect(within(refused).queryByRole("checkbox")).toBeNull();
  expect(within(refused).getByText(/private discovery of Hikvision/)).toBeDefined();
  expect(within(screen.getByRole("article", { name: "10.0.20.9" })).getByRole("link", { name: "Yard" })).toBeDefined();
  await person.click(screen.getByRole("button", { name: "Ask and add" }));
  await screen.findByText("Choose at least one device above.");
  await person.click(within(screen.getByRole("article", { name: "10.0.20.7" })).getByRole("checkbox"));
  await person.type(screen.getByLabelText(/^User of the cameras/), "candour");
  await person.click(screen.getByRole("button", { name: "Ask and add 1" }));
  await within(screen.getByRole("article", { name: "10.0.20.7" })).findByText(/does not accept this user and password/);
  expect(asked.find((request) => request.path === "/cameras" && request.method === "POST")?.body).toEqual({ name: "Camera 10.0.20.7", address: "10.0.20.7", onvif_port: 80, user: "candour", password: "" });
});
