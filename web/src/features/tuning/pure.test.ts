import { describe, expect, test } from "vitest";
import type { MotionTrial, TrialPoint } from "../../shared/api/types";
import { fromLocal, wallTicks } from "../../shared/time/units";
import { runs, shownAt, summary, sums } from "./found";
import { another, between, ofSides, partFault, partsOf, sidesOf, zonesOf } from "./parts";
import { checkTerms, firstTerms, keepSeconds, type Terms, toAsk } from "./terms";

const now = fromLocal("2026-11-23T14:37") ?? wallTicks(0);
const good: Terms = { ...firstTerms(new URLSearchParams("camera=c1"), now, false), reason: "Draft of the policy" };

describe("the form", () => {
  test("begins with the newest quarter of an hour that is over, or with the moment of the address", () => {
    expect(firstTerms(new URLSearchParams(), now, true)).toMatchObject({ camera: "", from: "2026-11-23T14:15", minutes: 15 });
    const at = fromLocal("2026-11-23T09:08") ?? 0;
    expect(firstTerms(new URLSearchParams(`camera=c1&at=${at}`), now, false)).toMatchObject({ camera: "c1", from: "2026-11-23T09:08" });
    expect(firstTerms(new URLSearchParams(`camera=c1&at=${at}`), now, true).from).toBe("2026-11-23T09:00");
    expect(firstTerms(new URLSearchParams("camera=../x&at=1e9"), now, false).camera).toBe("");
  });

  test("says what is wrong before anything is sent", () => {
    expect(checkTerms(good, now, false)).toEqual([]);
    const wrong = (more: Partial<Terms>, sums = false) => checkTerms({ ...good, ...more }, now, sums).map((error) => error.field);
    expect(wrong({ camera: "", reason: "" })).toEqual(["camera", "reason"]);
    expect(wrong({ from: "2026-11-23T14:38" })).toEqual(["from_90k"]);
    expect(wrong({ from: "2026-11-23T14:07" }, true)).toEqual(["from_90k"]);
    expect(wrong({ from: "2026-11-23T14:30" }, true)).toEqual(["from_90k"]);
    expect(wrong({ from: "2026-11-23T14:15" }, true)).toEqual([]);
    expect(wrong({ keep: "three" })).toEqual(["keep_if_still_s"]);
    expect(wrong({ onMotion: true, pre: "61" })).toEqual(["rolls"]);
    expect(wrong({ pre: "61" })).toEqual([]);
    expect(wrong({ parts: another([]) })).toEqual(["zones"]);
  });

  test("asks what it says, and goes on from where an answer ended", () => {
    expect([keepSeconds({ keep: " 3 ", unit: "days" }), keepSeconds({ keep: "36", unit: "hours" }), keepSeconds({ keep: "", unit: "days" })]).toEqual([259_200, 129_600, null]);
    const asked = toAsk({ ...good, keep: "3", onMotion: true });
    expect(asked).toMatchObject({ keep_if_still_s: 259_200, rolls: { pre_s: 5, post_s: 30 }, zones: null });
    expect((asked?.to_90k ?? 0) - (asked?.from_90k ?? 0)).toBe(300 * 90_000);
    const later = wallTicks((asked?.from_90k ?? 0) + 90_000);
    expect(toAsk(good, later)).toMatchObject({ from_90k: later, to_90k: asked?.to_90k });
    expect(toAsk({ ...good, parts: [] })?.zones).toEqual({ watch: [], ignore: [] });
  });
});

describe("parts of the picture", () => {
  test("are rectangles where they stand upright, drawn in whatever direction", () => {
    const drawn = between([0.8, 0.9], [0.204, 0.1]);
    expect(drawn).toEqual(ofSides([0.2, 0.1, 0.8, 0.9]));
    expect(sidesOf(drawn ?? [])).toEqual([0.2, 0.1, 0.8, 0.9]);
    expect(between([0.5, 0.5], [0.501, 0.9])).toBeNull();
    expect(between([-1, -1], [2, 2])).toEqual(ofSides([0, 0, 1, 1]));
    expect(sidesOf([[0, 0], [1, 0], [0.5, 1]])).toBeNull();
    expect(sidesOf([[0, 0], [1, 1], [1, 0], [0.5, 1]])).toBeNull();
  });

  test("go to the recorder and come back", () => {
    const zones = { watch: [{ name: "The door", reason: "People come in.", corners: [[0, 0], [1, 0], [0.5, 1]] }], ignore: [{ name: "A tree", reason: "It sways.", corners: [[0, 0], [0.1, 0], [0, 0.1]] }] };
    expect(zonesOf(partsOf(zones))).toEqual(zones);
    expect(another(partsOf(zones)).map((part) => part.key)).toEqual([0, 1, 2]);
  });

  test("need a name and a reason, and sides in order", () => {
    const part = { key: 0, counts: false, name: "A tree", reason: "It sways.", corners: ofSides([0, 0, 1, 1]) };
    expect(partFault(part)).toBeNull();
    expect(partFault({ ...part, name: " " })).toMatch(/name/);
    expect(partFault({ ...part, reason: "" })).toMatch(/Say why motion does not count in A tree/);
    // Left and right the same: no rectangle any more, which the recorder would refuse as an outline.
    expect(sidesOf(ofSides([0.5, 0, 0.5, 1]))).toBeNull();
  });
});

const point = (more: Partial<TrialPoint>): TrialPoint => ({ at_90k: 0, pictures: 5, score: 0, extent: 0, unsure: false, ...more });

describe("what was found", () => {
  test("a second is what its pictures show", () => {
    const trace = [point({ pictures: 0 }), point({ unsure: true }), point({}), point({ score: 9 }), point({ score: 8, unsure: true }), point({})];
    expect(trace.map(shownAt)).toEqual(["nothing", "unsure", "still", "moved", "moved", "still"]);
    expect(runs(trace, "moved")).toEqual([{ from: 3, to: 5 }]);
    expect(runs(trace, "still")).toEqual([{ from: 2, to: 3 }, { from: 5, to: 6 }]);
  });

  test("is said in a sentence and set side by side", () => {
    const of = { pieces: 3, bytes: 3_000_000, shortened_pieces: 0, shortened_bytes: 0, left_out_bytes: null, looked_bytes: 4_000_000 };
    const trial: MotionTrial = {
      camera: "c1", stream: "main", from_90k: 0, to_90k: 1, looked_to_90k: 1, entry: 7, method: { contrast_levels: 7, step_levels: 5, least_pixels: 10 }, zones: { watch: [], ignore: [] },
      moved_s: 5, still_s: 240, unsure_s: 5, no_footage_s: 0, in_force: of, tried: { ...of, shortened_pieces: 2, shortened_bytes: 2_000_000, left_out_bytes: 3_000_000 }, words: [], draft: [],
    };
    expect(summary(trial)).toBe("Something moved in 5 s, nothing moved in 4 min, nothing can be said of 5 s.");
    expect(sums(trial).map((row) => row.tried)).toEqual(["3 (3.0 MB)", "2 (2.0 MB)", "1 (1.0 MB)", "3.0 MB of 4.0 MB (75 %)"]);
    expect(sums({ ...trial, tried: of })).toHaveLength(3);
  });
});
