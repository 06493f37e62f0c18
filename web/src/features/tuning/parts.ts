// Parts of the picture in which motion counts or does not, as they are drawn and typed. Pure.

import { textFault } from "../../shared/forms/errors";
import type { TrialZone, TrialZones } from "../../shared/api/types";
import { type Corner, rectangle, upright } from "../../shared/picture/corners";

/** Left, top, right and bottom, from 0 to 1. */
export type Sides = readonly [number, number, number, number];

export interface Part {
  key: number;
  counts: boolean;
  name: string;
  reason: string;
  corners: readonly Corner[];
}

export const ofSides = (sides: Sides): Corner[] => upright(...sides);

/** The sides of a rectangle that stands upright; null for any other shape. */
export function sidesOf(corners: readonly Corner[]): Sides | null {
  const [across, down] = [0, 1].map((side) => [...new Set(corners.map((corner) => corner[side] ?? 0))].sort((a, b) => a - b));
  if (corners.length !== 4 || across?.length !== 2 || down?.length !== 2) return null;
  const [left = 0, right = 1] = across;
  const [top = 0, bottom = 1] = down;
  const sides: Sides = [left, top, right, bottom];
  const all = new Set(corners.map((corner) => corner.join()));
  return ofSides(sides).every((corner) => all.has(corner.join())) ? sides : null;
}

/** The rectangle between two points of a picture, in hundredths of it; null where hardly anything lies between them. */
export const between = (one: Corner, other: Corner): Corner[] | null => rectangle(one, other, 100);

/** What is wrong with one, if something is. */
export function partFault(part: Part): string | null {
  const name = textFault(part.name, 1, 100, "Give every part a name.");
  if (name !== null) return name;
  const reason = textFault(part.reason, 1, 500, `Say why motion ${part.counts ? "counts" : "does not count"} in ${part.name.trim()}.`);
  if (reason !== null) return reason;
  const sides = sidesOf(part.corners);
  if (sides === null) return null;
  const [left, top, right, bottom] = sides;
  return left < right && top < bottom ? null : `${part.name.trim()}: left must lie before right, and top above bottom.`;
}

const zone = ({ name, reason, corners }: Part): TrialZone => ({ name: name.trim(), reason: reason.trim(), corners: corners.map(([x, y]) => [x, y]) });

export const zonesOf = (parts: readonly Part[]): TrialZones => ({
  watch: parts.filter((part) => part.counts).map(zone),
  ignore: parts.filter((part) => !part.counts).map(zone),
});

/** The parts that the recorder named, to be changed. */
export function partsOf(zones: TrialZones): Part[] {
  const corner = ([x = 0, y = 0]: number[]): Corner => [x, y];
  const part = (counts: boolean) => ({ name, reason, corners }: TrialZone) => ({ counts, name, reason, corners: corners.map(corner) });
  return [...zones.watch.map(part(true)), ...zones.ignore.map(part(false))].map((one, key) => ({ ...one, key }));
}

/** Another one, in the middle of the picture. */
export function another(parts: readonly Part[]): Part[] {
  const key = Math.max(-1, ...parts.map((part) => part.key)) + 1;
  return [...parts, { key, counts: false, name: `Part ${key + 1}`, reason: "", corners: ofSides([0.35, 0.35, 0.65, 0.65]) }];
}
