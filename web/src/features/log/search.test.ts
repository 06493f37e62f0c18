import { expect, test } from "vitest";
import { asksWhoSaw, type Filters, fromAddress, isEmpty, mistakes, nothing, toAddress, toQuery } from "./search";

const asked: Filters = { ...nothing, camera: "0b", from: "2026-11-23T13:00", to: "2026-11-23T14:00", kind: "seen", case: " 2026/117 " };

test("a question survives the address", () => {
  expect(fromAddress(toAddress(asked))).toEqual({ ...asked, case: "2026/117" });
  expect(fromAddress(new URLSearchParams("entry=5"))).toBeNull();
  expect(fromAddress(new URLSearchParams("from=yesterday&to=-5"))).toBeNull();
});

test("the recorder is asked in ticks", () => {
  expect(toQuery(asked)).toEqual({
    person: undefined, camera: "0b", purpose: undefined, case: "2026/117", kind: "seen",
    from_90k: 1_795_438_800 * 90_000, to_90k: 1_795_442_400 * 90_000, since_90k: undefined, until_90k: undefined,
  });
});

test.each<[string, Partial<Filters>, string[]]>([
  ["nothing", {}, ["camera"]],
  ["a camera alone", { camera: "0b" }, []],
  ["no end", { from: "2026-11-23T13:00" }, ["to_90k"]],
  ["no beginning", { to: "2026-11-23T13:00" }, ["from_90k"]],
  ["the end first", { from: "2026-11-23T13:00", to: "2026-11-23T13:00" }, ["to_90k"]],
])("%s", (_, over, fields) => {
  expect(mistakes({ ...nothing, ...over }).map((error) => error.field)).toEqual(fields);
});

test("who saw a camera needs a camera and an interval", () => {
  expect([asksWhoSaw(asked), asksWhoSaw({ ...asked, to: "" }), isEmpty(nothing)]).toEqual([true, false, true]);
});
