import { expect, test } from "vitest";
import { areaBetween, pictureIn, valid } from "./area";

const picture = { width: 1920, height: 1080 };

test("a picture lies between bars where the shapes differ", () => {
  expect(pictureIn({ width: 960, height: 640 }, picture)).toEqual({ left: 0, top: 50, width: 960, height: 540 });
  expect(pictureIn({ width: 1160, height: 540 }, picture)).toEqual({ left: 100, top: 0, width: 960, height: 540 });
});

test("what is drawn is a part of the picture, whichever corner came first", () => {
  const screen = { width: 960, height: 640 };
  expect(areaBetween({ x: 0, y: 50 }, { x: 480, y: 320 }, screen, picture)).toEqual([0, 0, 0.5, 0.5]);
  expect(areaBetween({ x: 480, y: 320 }, { x: -40, y: 0 }, screen, picture)).toEqual([0, 0, 0.5, 0.5]);
  expect(areaBetween({ x: 10, y: 60 }, { x: 11, y: 300 }, screen, picture)).toBeNull();
});

test("numbers that are no rectangle are none", () => {
  expect(valid([0.1, 0.2, 0.3, 0.4])).toEqual([0.1, 0.2, 0.3, 0.4]);
  for (const wrong of [[0.3, 0, 0.3, 1], [0, 0.5, 1, 0.4], [-0.1, 0, 1, 1], [0, 0, 1.2, 1], [Number.NaN, 0, 1, 1]] as const) expect(valid(wrong)).toBeNull();
});
