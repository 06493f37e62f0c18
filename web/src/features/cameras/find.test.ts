import { expect, test } from "vitest";
import type { CameraSearch, FoundDevice } from "../../shared/api/types";
import { addable, checkFind, nameFaults, nameFor, searchWords, toFind } from "./find";

const device = (over: Partial<FoundDevice>): FoundDevice => ({ address: "10.0.20.31", onvif_port: 80, says: [], refused: false, reasons: [], camera: null, camera_name: null, ...over });
const search = (over: Partial<CameraSearch>): CameraSearch => ({ range: "10.0.20.1-10.0.20.254", addresses: 254, looked_at: 31, by: "Ada Archer", began_90k: 0, ended_90k: null, stopped: false, found: [], ...over });

test("how a search stands is said with its numbers", () => {
  expect(searchWords(search({}))).toBe("Calling 10.0.20.1-10.0.20.254: 31 of 254 addresses, nothing answered so far.");
  expect(searchWords(search({ ended_90k: 1, looked_at: 254, found: [device({})] }))).toBe("All 254 addresses of 10.0.20.1-10.0.20.254 were called: 1 device answered.");
  expect(searchWords(search({ ended_90k: 1, stopped: true, found: [device({}), device({})] }))).toBe("Stopped after 31 of 254 addresses of 10.0.20.1-10.0.20.254: 2 devices answered.");
});

test("a refused device and a camera that is here already cannot be added", () => {
  expect([device({}), device({ refused: true }), device({ camera: "c" })].map(addable)).toEqual([true, false, false]);
});

test("a name begins with the device's own words, holds its address, and fits", () => {
  expect(nameFor(device({ says: ["AXIS P3245", "more"] }))).toBe("AXIS P3245 10.0.20.31");
  expect(nameFor(device({}))).toBe("Camera 10.0.20.31");
  const long = nameFor(device({ says: ["x".repeat(200)] }));
  expect(long).toHaveLength(60);
  expect(long.endsWith(" 10.0.20.31")).toBe(true);
});

test("names of those chosen are there, short enough and each given once", () => {
  expect(nameFaults(new Map([["a", "Gate"], ["b", "Yard"]]))).toEqual([]);
  expect(nameFaults(new Map([["a", "Gate"], ["b", " Gate "], ["c", ""]])).map(({ field }) => field)).toEqual(["b", "c"]);
});

test("a form without a network is not sent", () => {
  expect(checkFind({ range: " ", port: "80" }).map(({ field }) => field)).toEqual(["range"]);
  expect(checkFind({ range: "10.0.20.0/24", port: "0" }).map(({ field }) => field)).toEqual(["onvif_port"]);
  expect(toFind({ range: " 10.0.20.0/24 ", port: "" })).toEqual({ range: "10.0.20.0/24" });
});
