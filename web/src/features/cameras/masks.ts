// Masks that are being drawn, and the paragraph of the policy that they become. Shares of the picture, 0 to 1, as the policy writes them. Pure.

import { type Corner, corner as onGrid, rectangle as between } from "../../shared/picture/corners";

export type { Corner };

export interface Mask {
  name: string;
  reason: string;
  corners: readonly Corner[];
}

/** As the policy limits it. */
export const MOST_CORNERS = 32;
export const MOST_MASKS = 32;

/** Masks are drawn to a thousandth of the picture. */
const STEPS = 1000;

export const corner = (x: number, y: number): Corner => onGrid(x, y, STEPS);

/** The rectangle between two points; as yet nothing where they are one or lie on a line. */
export const rectangle = (one: Corner, other: Corner): Corner[] => between(one, other, STEPS) ?? [];

const cross = (a: Corner, b: Corner, c: Corner) => Math.round(((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])) * 1e6);
const within = (p: Corner, q: Corner, r: Corner) => Math.min(p[0], q[0]) <= r[0] && r[0] <= Math.max(p[0], q[0]) && Math.min(p[1], q[1]) <= r[1] && r[1] <= Math.max(p[1], q[1]);

function meet(a: Corner, b: Corner, c: Corner, d: Corner): boolean {
  const [cSide, dSide, aSide, bSide] = [cross(a, b, c), cross(a, b, d), cross(c, d, a), cross(c, d, b)].map(Math.sign);
  if (cSide !== dSide && aSide !== bSide && ![cSide, dSide, aSide, bSide].includes(0)) return true;
  return (cSide === 0 && within(a, b, c)) || (dSide === 0 && within(a, b, d)) || (aSide === 0 && within(c, d, a)) || (bSide === 0 && within(c, d, b));
}

/** Why corners enclose no part of the picture, in words; null where they do. The recorder judges by the same rule. */
export function cornersFault(corners: readonly Corner[]): string | null {
  if (corners.length < 3) return "A mask has at least three corners.";
  if (corners.length > MOST_CORNERS) return `A mask has at most ${MOST_CORNERS} corners.`;
  const at = (index: number): Corner => corners[index % corners.length] ?? [0, 0];
  for (let index = 0; index < corners.length; index++) {
    if (at(index)[0] === at(index + 1)[0] && at(index)[1] === at(index + 1)[1]) return `Corner ${index + 1} is the same as the one after it.`;
  }
  for (let first = 0; first < corners.length; first++) {
    for (let second = first + 2; second < corners.length; second++) {
      if (first === 0 && second === corners.length - 1) continue;
      if (meet(at(first), at(first + 1), at(second), at(second + 1))) return `The sides after corner ${first + 1} and corner ${second + 1} meet. Name the corners in order around the area.`;
    }
  }
  const doubled = corners.reduce((sum, _, index) => sum + cross([0, 0], at(index), at(index + 1)), 0);
  return doubled === 0 ? "The corners lie on one line, so they cover nothing." : null;
}

/** What is wrong with a mask, first thing first; null where nothing is. */
export function maskFault(mask: Mask, others: readonly Mask[]): string | null {
  if (mask.name.trim() === "") return "Name what lies there.";
  if (others.some((other) => other.name.trim() === mask.name.trim())) return "Another mask of this camera has that name.";
  if (mask.reason.trim() === "") return "Say why the camera may not see it.";
  return cornersFault(mask.corners);
}

// Quotes of TOML's basic strings; control characters have escapes of their own.
const quoted = (text: string) => JSON.stringify(text).replace(/\u007f/g, "\\u007F");

/** The paragraph of the policy file that these masks are; under the camera's own paragraph. */
export function paragraph(camera: string, masks: readonly Mask[]): string {
  return masks
    .map(({ name, reason, corners }) =>
      [`[[cameras.${quoted(camera)}.masks]]`, `name = ${quoted(name.trim())}`, `reason = ${quoted(reason.trim())}`, `corners = [${corners.map(([x, y]) => `[${x.toFixed(3)}, ${y.toFixed(3)}]`).join(", ")}]`, ""].join("\n"),
    )
    .join("\n");
}

/** Corners as they are typed: `0.1 0.2, 0.5 0.2, …`; null for what is none. */
export function typedCorners(text: string): Corner[] | null {
  const pairs = text.split(/[,;\n]/).map((pair) => pair.trim()).filter((pair) => pair !== "");
  const corners = pairs.map((pair) => pair.split(/\s+/).map(Number));
  if (!corners.every((pair) => pair.length === 2 && pair.every((share) => share >= 0 && share <= 1))) return null;
  return corners.map(([x, y]) => corner(x ?? 0, y ?? 0));
}

export const written = (corners: readonly Corner[]) => corners.map(([x, y]) => `${x} ${y}`).join(", ");

/** Moves a corner by a step, inside the picture. */
export const moved = (corners: readonly Corner[], index: number, dx: number, dy: number): Corner[] =>
  corners.map((one, place) => (place === index ? corner(one[0] + dx, one[1] + dy) : one));
