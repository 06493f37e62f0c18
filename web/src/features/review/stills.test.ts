import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Answer } from "../../shared/api/client";
import type { StillPicture } from "../../shared/api/looks";
import { wallTicks } from "../../shared/time/units";
import { AGAIN_MS, GIVE_UP_MS, SETTLE_MS, StillAsker, type StillState } from "./stills";

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

/** An asker whose questions wait until the test answers them. */
function rig() {
  const asked: { at: number; signal: AbortSignal; answer: (with_: Answer<StillPicture>) => void; fail: (error: Error) => void }[] = [];
  const states: StillState[] = [];
  const asker = new StillAsker(
    (at, signal) => new Promise((answer, reject) => {
      asked.push({ at, signal, answer, fail: reject });
      signal.addEventListener("abort", () => { reject(new Error("aborted")); });
    }),
    (state) => { states.push(state); },
    () => Date.now(),
  );
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  return { asked, states, asker, pass, at: () => asked.map((one) => one.at) };
}

const picture = (taken: number): Answer<StillPicture> => ({ ok: true, value: { file: new Blob(), taken: wallTicks(taken) } });
const refused = (status: number): Answer<StillPicture> => ({ ok: false, problem: { kind: "/problems/x", title: "No.", detail: "", status, field: null } });

test("of what is passed over quickly only the last moment is asked for", async () => {
  const { asker, asked, states, pass, at } = rig();
  for (const moment of [1, 2, 3]) { asker.want(wallTicks(moment)); await pass(10); }
  expect(at()).toEqual([]);
  await pass(SETTLE_MS);
  expect(at()).toEqual([3]);
  asked[0]?.answer(picture(2));
  await pass(0);
  expect(states.at(-1)).toMatchObject({ kind: "shown", at: 3, picture: { taken: 2 } });
  asker.want(wallTicks(3));
  await pass(1000);
  expect(at()).toEqual([3]);
});

test("one at a time: the newest moment follows, and what takes too long is given up", async () => {
  const { asker, asked, states, pass, at } = rig();
  asker.want(wallTicks(1));
  await pass(SETTLE_MS);
  asker.want(wallTicks(2));
  await pass(SETTLE_MS);
  asker.want(wallTicks(3));
  await pass(SETTLE_MS);
  expect(at()).toEqual([1]);
  asked[0]?.answer(picture(1));
  await pass(SETTLE_MS);
  expect(at()).toEqual([1, 3]);
  await pass(GIVE_UP_MS);
  asker.want(wallTicks(4));
  await pass(SETTLE_MS);
  expect(at()).toEqual([1, 3, 4]);
  expect(asked[1]?.signal.aborted).toBe(true);
  asked[1]?.answer(picture(3));
  await pass(0);
  expect(states.at(-1)).toEqual({ kind: "loading", at: 4 });
});

test("whoever looks away gives up what is on its way", async () => {
  const { asker, asked, states, pass } = rig();
  asker.want(wallTicks(1));
  await pass(SETTLE_MS);
  asker.want(null);
  expect(asked[0]?.signal.aborted).toBe(true);
  await pass(1000);
  expect(states.at(-1)).toEqual({ kind: "none" });
});

test("told to wait it asks again; told no it does not", async () => {
  const { asker, asked, states, pass, at } = rig();
  asker.want(wallTicks(1));
  await pass(SETTLE_MS);
  asked[0]?.answer(refused(429));
  await pass(AGAIN_MS);
  expect(at()).toEqual([1, 1]);
  asked[1]?.answer(refused(422));
  await pass(10 * AGAIN_MS);
  expect(at()).toEqual([1, 1]);
  expect(states.at(-1)).toMatchObject({ kind: "refused", problem: { status: 422 } });
});

test("a network that fails is tried again, for what is wanted by then", async () => {
  const { asker, asked, states, pass, at } = rig();
  asker.want(wallTicks(1));
  await pass(SETTLE_MS);
  asked[0]?.fail(new Error("the network"));
  await pass(0);
  asker.want(wallTicks(2));
  await pass(AGAIN_MS);
  expect(at()).toEqual([1, 2]);
  asked[1]?.answer(picture(2));
  await pass(0);
  expect(states.at(-1)).toMatchObject({ kind: "shown", at: 2 });
});
