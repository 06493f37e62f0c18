import { expect, test } from "vitest";
import { plus, seconds, type WallTicks, wallTicks } from "../shared/time/units";
import { type BufferedRange, CHUNK, PlaybackCore, type PlanPiece } from "./playback";

const base = wallTicks(90_000 * 1_000_000);
const at = (s: number): WallTicks => plus(base, seconds(s));
const piece = (segment: string, start: number, end: number): PlanPiece => ({
  segment, start: at(start), end: at(end), origin: at(start), mime: 'video/mp4; codecs="avc1.640028"', width: 1920, height: 1080,
});
const range = (start: number, end: number): BufferedRange => ({ start: seconds(start), end: seconds(end) });

test("asks for a plan first, then for media at the place wanted", () => {
  const core = new PlaybackCore(at(0), at(3600), at(65));
  expect(core.next(seconds(0), [], true)).toEqual({ kind: "plan", from: at(65), to: at(185) });
  core.planned(at(65), at(185), [piece("a", 60, 120), piece("b", 120, 180)]);
  expect(core.next(seconds(0), [], true)).toMatchObject({ kind: "fetch", from: at(65), to: at(65 + CHUNK), offset: 60 });
  expect(core.next(seconds(0), [], false)).toEqual({ kind: "wait" });
});

test("jumps to the place once its media is there, and once only", () => {
  const core = new PlaybackCore(at(0), at(3600), at(65));
  core.planned(at(65), at(185), [piece("a", 60, 120)]);
  expect(core.next(seconds(0), [range(64, 75)], true)).toEqual({ kind: "jump", to: 65 });
  expect(core.next(seconds(65), [range(64, 75)], false)).toEqual({ kind: "wait" });
});

test("fetches on within a piece and over into the next, up to enough ahead", () => {
  const core = new PlaybackCore(at(0), at(3600), at(105));
  core.planned(at(105), at(225), [piece("a", 60, 120), piece("b", 120, 180)]);
  const fetched = [];
  for (let i = 0; i < 6; i += 1) {
    const command = core.next(seconds(105), [range(105, 106)], true);
    if (command.kind === "fetch") fetched.push([command.piece.segment, command.from, command.to]);
  }
  expect(fetched).toEqual([["a", at(105), at(115)], ["a", at(115), at(120)], ["b", at(120), at(130)]]);
});

test("crosses a gap to where footage goes on", () => {
  const core = new PlaybackCore(at(0), at(3600), at(110));
  core.planned(at(110), at(230), [piece("a", 60, 120), piece("c", 150, 210)]);
  expect(core.gapAt(at(130))).toEqual({ until: at(150) });
  expect(core.gapAt(at(100))).toBeNull();
  expect(core.next(seconds(0), [], true)).toMatchObject({ kind: "fetch", piece: { segment: "a" } });
  expect(core.next(seconds(0), [range(110, 120)], true)).toEqual({ kind: "jump", to: 110 });
  // Ten seconds of footage lie ahead, then nothing for thirty: what comes after the gap is fetched already.
  expect(core.next(seconds(111), [range(110, 120)], true)).toMatchObject({ kind: "fetch", piece: { segment: "c" }, from: at(150) });
  // The player stands still a few hundredths before the end.
  expect(core.next(seconds(119.95), [range(110, 120), range(150, 160)], true)).toEqual({ kind: "jump", to: 150 });
});

test("a place without footage leads to the next footage", () => {
  const core = new PlaybackCore(at(0), at(3600), at(130));
  core.planned(at(130), at(250), [piece("c", 150, 210)]);
  expect(core.next(seconds(0), [], true)).toMatchObject({ kind: "fetch", from: at(150) });
  expect(core.next(seconds(0), [range(150, 160)], true)).toEqual({ kind: "jump", to: 150 });
});

test("a seek stays inside what was allowed", () => {
  const core = new PlaybackCore(at(0), at(3600), at(0));
  core.seek(at(9999));
  expect(core.next(seconds(0), [], true)).toMatchObject({ kind: "plan", from: at(3600) });
});

test("what is long past is forgotten", () => {
  const core = new PlaybackCore(at(0), at(3600), at(65));
  core.planned(at(65), at(185), [piece("a", 60, 180)]);
  core.next(seconds(0), [range(64, 75)], true);
  expect(core.next(seconds(120), [range(64, 125)], true)).toEqual({ kind: "trim", before: 90 });
});

test("begins at the next key frame where the permission starts between two", () => {
  const core = new PlaybackCore(at(65), at(3600), at(65));
  core.planned(at(65), at(185), [piece("a", 60, 120)]);
  expect(core.next(seconds(0), [], true)).toMatchObject({ kind: "fetch", from: at(65) });
  // While it comes nothing is known yet.
  expect(core.next(seconds(0), [range(1.4, 10)], false)).toEqual({ kind: "wait" });
  expect(core.next(seconds(0), [range(1.4, 10)], true)).toEqual({ kind: "jump", to: 1.4 });
  expect(core.next(seconds(1.4), [range(1.4, 10)], false)).toEqual({ kind: "wait" });
});

/** The player with what has come for everything it asked: where the picture is in the end. */
function arrives(core: PlaybackCore, position: number, pieces: PlanPiece[]): number {
  const buffered: BufferedRange[] = [];
  core.planned(at(0), at(3600), pieces);
  for (let i = 0; i < 8; i += 1) {
    const command = core.next(seconds(position), buffered, true);
    if (command.kind === "jump") position = command.to;
    if (command.kind === "fetch") buffered.push(range((command.from - base) / 90_000, (command.to - base) / 90_000));
  }
  return position;
}

test("wherever it begins before footage, and however short a gap is, it comes to the pictures behind it", () => {
  for (let hundredths = 1; hundredths <= 150; hundredths += 1) {
    const short = hundredths / 100;
    expect(arrives(new PlaybackCore(at(0), at(3600), at(60 - short)), 0, [piece("a", 60, 120)]), `${short} s before footage`).toBeGreaterThanOrEqual(60 - 0.25);
    const core = new PlaybackCore(at(0), at(3600), at(119));
    core.planned(at(0), at(3600), [piece("a", 60, 120), piece("b", 120 + short, 180)]);
    core.next(seconds(0), [range(110, 120)], true);
    const there = arrives(core, 119.95, [piece("a", 60, 120), piece("b", 120 + short, 180)]);
    // Media that nearly touch are one range to a browser, which goes on by itself.
    if (short > 0.25) expect(there, `a gap of ${short} s`).toBeGreaterThanOrEqual(120 + short - 0.01);
  }
});
