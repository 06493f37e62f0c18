import { expect, test } from "vitest";
import type { Grant } from "../../shared/api/types";
import { plus, seconds, wallTicks } from "../../shared/time/units";
import { groundFor } from "./ground";
import { around } from "./useLook";

const now = wallTicks(1_795_000_000 * 90_000);
const ago = (count: number) => plus(now, seconds(-count));
const grant: Grant = {
  id: "1", origin: "request", standing: "stands", case: "114", purpose: "theft", cameras: [{ camera: "a", camera_name: "A" }], from_90k: ago(7200), to_90k: ago(3600),
  until_90k: plus(now, seconds(600)), export: false, asked: { by: "Ines", at_90k: ago(60), words: "w", entry: 1 }, review_overdue: false, mine: true, acts: [],
};

test("a grant comes first, then the own watch, then nothing", () => {
  expect(groundFor(grant, true, ago(5400), now)?.words).toContain("case 114");
  expect(groundFor({ ...grant, origin: "break_glass" }, false, ago(5400), now)?.words).toContain("broken glass");
  expect(groundFor(null, true, ago(60), now)).toEqual({ words: "You look back at your own watch", within: { from: ago(60), to: now } });
  expect(groundFor(null, true, ago(3700), now)).toBeNull();
  expect(groundFor(null, false, ago(60), now)).toBeNull();
});

test("a look is half an hour to each side, and no more than it stands under", () => {
  const within = { from: ago(7200), to: ago(3600) };
  expect(around(ago(7100), within)).toEqual({ from: ago(7200), to: ago(7100 - 1799) });
  expect(around(ago(3700), within)).toEqual({ from: ago(3700 + 1799), to: ago(3600) });
});
