import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Alarm } from "../../shared/api/types";
import { show } from "../../shared/testing/recorder";
import AlarmsPage from "./AlarmsPage";

const lost: Alarm = { id: "a1", kind: "camera_lost", severity: "red", words: "Yard cannot be reached.", camera: "c1", camera_name: "Yard", page: "cameras", raised_90k: 0, acknowledged_by: null, acknowledged_90k: null, cleared_90k: null };
const session = { body: { person: { id: "p", sign_in_name: "a", full_name: "Ada", roles: ["operator"], created_90k: 0, disabled_90k: null }, pages: ["alarms", "cameras"], expires_90k: 0 } };

test("taking an alarm puts a name on it", async () => {
  let alarm = lost;
  const { person } = show(<AlarmsPage />, {
    "GET /session": session,
    "GET /alarms": () => ({ body: [alarm] }),
    "POST /alarms/a1/acknowledge": () => {
      alarm = { ...lost, acknowledged_by: "Ada", acknowledged_90k: 0 };
      return { body: alarm };
    },
  });
  const standing = within(await screen.findByRole("list", { name: "Standing alarms" }));
  expect(standing.getByText("Urgent")).toBeDefined();
  await person.click(standing.getByRole("button", { name: "Take it" }));
  expect(await standing.findByText(/Taken by Ada/)).toBeDefined();
  expect(standing.queryByRole("button", { name: "Take it" })).toBeNull();
  expect(standing.getByRole("link", { name: "Open Cameras" }).getAttribute("href")).toBe("/cameras");
});

test("nothing wrong has a face of its own", async () => {
  show(<AlarmsPage />, { "GET /session": session, "GET /alarms": { body: [] } });
  expect(await screen.findByRole("heading", { name: "Nothing is wrong." })).toBeDefined();
});
