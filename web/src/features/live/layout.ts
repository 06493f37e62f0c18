// How many columns a wall has, and where the arrow keys lead. Pure, so that it can be tested without a screen.

/** The squarest grid, never wider than six: 1, 2 x 1, 2 x 2, 3 x 2, 3 x 3, ... */
export function columnsFor(tiles: number): number {
  return Math.min(6, Math.max(1, Math.ceil(Math.sqrt(tiles))));
}

/** The tile an arrow key leads to; `null` for other keys. Edges hold. */
export function step(key: string, from: number, tiles: number, columns: number): number | null {
  const by: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  if (key === "Home") return 0;
  if (key === "End") return tiles - 1;
  const move = by[key];
  if (move === undefined) return null;
  const to = from + move;
  return to < 0 || to >= tiles ? from : to;
}
