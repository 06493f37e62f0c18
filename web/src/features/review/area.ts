// A rectangle of the picture, as shares of its width and height, and where it lies on the screen. Pure.

/** Left, top, right and bottom, from 0 to 1. */
export type Area = readonly [number, number, number, number];

export const WHOLE: Area = [0, 0, 1, 1];

export interface Size {
  width: number;
  height: number;
}

interface Box extends Size {
  left: number;
  top: number;
}

interface Point {
  x: number;
  y: number;
}

/** Where a picture lies in a screen that shows all of it, with bars where the shapes differ. */
export function pictureIn(screen: Size, picture: Size): Box {
  const scale = Math.min(screen.width / Math.max(1, picture.width), screen.height / Math.max(1, picture.height));
  const [width, height] = [picture.width * scale, picture.height * scale];
  return { left: (screen.width - width) / 2, top: (screen.height - height) / 2, width, height };
}

/** The rectangle between two points of the screen; null where hardly anything lies between them. */
export function areaBetween(one: Point, other: Point, screen: Size, picture: Size): Area | null {
  const box = pictureIn(screen, picture);
  const share = (at: number, start: number, length: number) => Math.min(1, Math.max(0, (at - start) / Math.max(1, length)));
  const across = [one.x, other.x].map((x) => share(x, box.left, box.width)).sort((a, b) => a - b);
  const down = [one.y, other.y].map((y) => share(y, box.top, box.height)).sort((a, b) => a - b);
  return valid([across[0] ?? 0, down[0] ?? 0, across[1] ?? 0, down[1] ?? 0]);
}

/** The same in whole hundredths, or null for one that is none. */
export function valid(area: Area): Area | null {
  const [left, top, right, bottom] = area.map((side) => Math.round(side * 100) / 100);
  if (left === undefined || top === undefined || right === undefined || bottom === undefined) return null;
  if (![left, top, right, bottom].every((side) => side >= 0 && side <= 1)) return null;
  return left < right && top < bottom ? [left, top, right, bottom] : null;
}
