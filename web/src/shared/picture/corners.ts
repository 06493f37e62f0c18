// Outlines in a picture, in shares of it: 0 to 1 from the left and from the top, as the policy writes them. Pure but for the pointer's place.

export type Corner = readonly [number, number];

const inside = (share: number, steps: number): number => Math.round(Math.min(1, Math.max(0, share)) * steps) / steps;

/** A corner inside the picture, on a grid of so many steps each way. */
export const corner = (x: number, y: number, steps: number): Corner => [inside(x, steps), inside(y, steps)];

/** The corners of a rectangle that stands upright, in order around it. */
export const upright = (left: number, top: number, right: number, bottom: number): Corner[] => [[left, top], [right, top], [right, bottom], [left, bottom]];

/** The rectangle between two points, on a grid of so many steps each way; null where nothing lies between them. */
export function rectangle(one: Corner, other: Corner, steps: number): Corner[] | null {
  const [left, top] = corner(Math.min(one[0], other[0]), Math.min(one[1], other[1]), steps);
  const [right, bottom] = corner(Math.max(one[0], other[0]), Math.max(one[1], other[1]), steps);
  return left < right && top < bottom ? upright(left, top, right, bottom) : null;
}

/** Where a pointer is in what it draws on. */
export function pointedAt(event: React.PointerEvent): Corner {
  const box = event.currentTarget.getBoundingClientRect();
  return [(event.clientX - box.left) / Math.max(1, box.width), (event.clientY - box.top) / Math.max(1, box.height)];
}
