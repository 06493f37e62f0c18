import { expect, test } from "vitest";
import { micros, pageMillis, wallTicks } from "../shared/time/units";
import { ServerClock } from "./server-clock";
import { TileCore } from "./tile";
import { type AccessUnit, HEADER_BYTES, parseAccessUnit } from "./wire";

const at = pageMillis;
const unit = (pts: number, more: Partial<AccessUnit> = {}): AccessUnit => ({
  sub: 1, seq: 1, key: false, cached: false, lastCached: false, breaks: false, loss: false,
  dts: micros(pts), pts: micros(pts), duration: micros(40_000), received: micros(1_000_000 + pts), sent: micros(0),
  data: new Uint8Array(4), ...more,
});
const started = (): TileCore => {
  const tile = new TileCore();
  tile.configured({ width: 640, height: 360, stream: "sub", note: null });
  return tile;
};

test("nothing is decoded before the first key", () => {
  const tile = started();
  expect(tile.accessUnit(unit(0), at(0), 0)).toBe("skip");
  expect(tile.accessUnit(unit(1, { key: true }), at(0), 0)).toBe("decode");
});

test("of the cached group only the newest picture is shown", () => {
  const tile = started();
  tile.accessUnit(unit(0, { key: true, cached: true, breaks: true }), at(0), 0);
  tile.accessUnit(unit(40_000, { cached: true }), at(0), 1);
  tile.accessUnit(unit(80_000, { cached: true, lastCached: true }), at(0), 2);
  expect([tile.mayShow(0), tile.mayShow(40_000), tile.mayShow(80_000), tile.mayShow(120_000)]).toEqual([false, false, true, true]);
});

test("a picture grows old by time alone and is then not live", () => {
  const tile = started();
  tile.accessUnit(unit(0, { key: true }), at(0), 0);
  tile.painted(0, at(10));
  expect(tile.view(micros(1_020_000))).toMatchObject({ phase: "live", ageMs: 20, shown: 1 });
  tile.tick(at(1100), micros(2_100_000));
  expect(tile.view(micros(2_100_000))).toMatchObject({ phase: "late", ageMs: 1100 });
});

test("a stuck decoder is restarted once, then given time", () => {
  const tile = started();
  tile.accessUnit(unit(0, { key: true }), at(0), 0);
  expect(tile.tick(at(1600), null)).toBe("refresh");
  tile.accessUnit(unit(1, { key: true }), at(1601), 0);
  expect(tile.tick(at(3200), null)).toBeNull();
});

test("a hopeless backlog asks for the newest group instead", () => {
  const tile = started();
  tile.accessUnit(unit(0, { key: true }), at(0), 0);
  expect(tile.accessUnit(unit(1), at(1), 41)).toBe("refresh");
});

test("lost and refused keep their reasons; refused stays", () => {
  const tile = started();
  tile.state(false, "Car park has not been reachable.", wallTicks(9));
  expect(tile.view(null)).toMatchObject({ phase: "lost", why: "Car park has not been reachable.", since: 9 });
  tile.state(true, null, null);
  expect(tile.view(null).phase).toBe("starting");
  tile.refused("Administrators do not see footage.");
  tile.state(true, null, null);
  tile.disconnected("gone");
  expect(tile.view(null)).toMatchObject({ phase: "refused", why: "Administrators do not see footage." });
});

test("times that start anew do not hide pictures", () => {
  const tile = started();
  tile.accessUnit(unit(900_000, { key: true, cached: true }), at(0), 0);
  tile.accessUnit(unit(0, { key: true, breaks: true }), at(1), 0);
  expect(tile.mayShow(0)).toBe(true);
});

test("the least delayed heartbeat sets the clock", () => {
  const clock = new ServerClock();
  clock.beat(5_000_000, at(130));
  clock.beat(6_000_000, at(1100));
  expect(clock.now(at(1200))).toBe(6_100_000);
  expect(clock.silence(at(1200))).toBe(100);
});

test("a message is read byte for byte, and strange ones are dropped", () => {
  const buffer = new ArrayBuffer(HEADER_BYTES + 3);
  const view = new DataView(buffer);
  view.setUint8(0, 2);
  view.setUint8(1, 1 | 8);
  view.setUint16(2, 7);
  view.setUint32(4, 99);
  view.setBigUint64(8, 1_000_000n);
  view.setInt32(16, -40);
  view.setUint32(20, 40_000);
  view.setBigUint64(24, 1_795_461_180_000_000n);
  expect(parseAccessUnit(buffer)).toMatchObject({ sub: 7, seq: 99, key: true, breaks: true, cached: false, pts: 999_960, received: 1_795_461_180_000_000 });
  expect(parseAccessUnit(new ArrayBuffer(3))).toBeNull();
  view.setUint8(0, 9);
  expect(parseAccessUnit(buffer)).toBeNull();
});
