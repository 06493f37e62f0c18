import { expect, test } from "vitest";
import type { Phase } from "../../player/tile";
import type { Camera, CameraState } from "../../shared/api/types";
import { rest } from "./rest";

const words = "Yard records nothing now. By the schedule office it records nothing at other times. This holds until Monday at 08:30.";
const camera = (state: CameraState): Camera => ({
  id: "c", name: "Yard", outcome: "accepted", address: "", reasons: [], state, state_words: words, state_since_90k: 0, manufacturer: "", model: "", firmware: "",
  clock_offset_90k: 0, judged_90k: 0, purpose: null, streams: [], added_90k: 0,
});

test.each<[CameraState, Phase, string | null]>([
  ["outside_hours", "lost", "Outside its hours"],
  ["outside_hours", "asking", "Outside its hours"],
  ["stopped_by_policy", "lost", "Not recording, by the policy"],
  // What is still shown is shown with its age; a refusal is about the person, not about the camera.
  ["outside_hours", "live", null],
  ["outside_hours", "late", null],
  ["outside_hours", "refused", null],
  ["lost", "lost", null],
  ["recording", "lost", null],
])("%s while the picture is %s", (state, phase, title) => {
  expect(rest(camera(state), phase)?.title ?? null).toBe(title);
});

test("it says until when, in the recorder's words", () => {
  expect(rest(camera("outside_hours"), "lost")?.words).toBe(words);
});
