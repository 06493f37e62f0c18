import { expect, test } from "vitest";
import type { Alarm } from "../../shared/api/types";
import { mendedAt, ordered } from "./order";

const alarm = (id: string, over: Partial<Alarm>): Alarm => ({
  id, kind: "camera_lost", severity: "amber", words: "", camera: null, camera_name: null, page: "cameras", raised_90k: 0, acknowledged_by: null, acknowledged_90k: null, cleared_90k: null, ...over,
});

test("who wants somebody most comes first", () => {
  const { standing, settled } = ordered([
    alarm("amber", { raised_90k: 9 }),
    alarm("red taken", { severity: "red", acknowledged_by: "Ada", raised_90k: 8 }),
    alarm("red old", { severity: "red", raised_90k: 1 }),
    alarm("ended first", { cleared_90k: 5 }),
    alarm("red new", { severity: "red", raised_90k: 2 }),
    alarm("ended last", { cleared_90k: 7, severity: "red" }),
  ]);
  expect(standing.map((each) => each.id)).toEqual(["red new", "red old", "red taken", "amber"]);
  expect(settled.map((each) => each.id)).toEqual(["ended last", "ended first"]);
});

test("a link only to what the person may open", () => {
  const lost = alarm("a", { camera: "c1", camera_name: "Yard" });
  expect(mendedAt(lost, ["cameras"], true)).toEqual({ to: "/cameras/c1", label: "Open Yard" });
  expect(mendedAt(lost, ["cameras"], false)).toEqual({ to: "/cameras", label: "Open Cameras" });
  expect(mendedAt(lost, ["live"], true)).toBeNull();
  expect(mendedAt(alarm("b", { page: "nowhere" }), ["nowhere"], true)).toBeNull();
});
