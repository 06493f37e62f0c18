import { expect, test } from "vitest";
import type { Camera, Evidence, Outcome } from "../../shared/api/types";
import { byLayer, clockError, filtered, layerName } from "./verdict";

const camera = (name: string, outcome: Outcome): Camera => ({
  id: name, name, outcome, address: "", reasons: [], state: "recording", state_words: "", state_since_90k: 0, manufacturer: "", model: "", firmware: "",
  clock_offset_90k: 0, judged_90k: 0, purpose: null, streams: [], added_90k: 0,
});

test.each([
  [0, null],
  [2, null],
  [-2, null],
  [2.6, "3 s ahead"],
  [-200, "3 min 20 s behind"],
  [6 * 86_400, "6 days ahead"],
])("a clock %d seconds off", (offset, expected) => {
  expect(clockError(offset * 90_000)).toBe(expected);
});

test("the filter keeps the counts, and the worst come first", () => {
  const cameras = [camera("Gate 10", "accepted"), camera("Gate 9", "accepted"), camera("Yard", "refused"), camera("Hall", "quarantined")];
  const all = filtered(cameras, null);
  expect(all.shown.map((each) => each.name)).toEqual(["Yard", "Hall", "Gate 9", "Gate 10"]);
  const refused = filtered(cameras, "refused");
  expect(refused.shown.map((each) => each.name)).toEqual(["Yard"]);
  expect(refused.counts).toEqual({ accepted: 2, conditional: 0, quarantined: 1, refused: 1 });
  expect(filtered(cameras, "nonsense").shown).toHaveLength(4);
});

test("evidence stands in its layer, and nothing is left out", () => {
  const item = (layer: string): Evidence => ({ layer, kind: "ONVIF model", value: "", raw: "", taken_90k: 0 });
  const found = byLayer([item("L3"), item("L9"), item("L1"), item("L10")]);
  expect(found.filter((layer) => layer.items.length > 0).map((layer) => layer.name)).toEqual(["Network address", "ONVIF answers", "Pictures and decoders", "Other"]);
  expect(layerName("")).toBe("The gate itself");
});
