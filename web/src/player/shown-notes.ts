// What people must know of the pictures that are shown now, whatever has been fetched after them.

import { type WallTicks, wallTicks } from "../shared/time/units";

/** Pieces that were fetched, each with its words. */
export class ShownNotes {
  #pieces = new Map<string, { start: WallTicks; note: string | null }>();

  fetched(piece: { segment: string; start: WallTicks }, note: string | null): void {
    const start = wallTicks(Math.min(piece.start, this.#pieces.get(piece.segment)?.start ?? piece.start));
    this.#pieces.set(piece.segment, { start, note });
  }

  /** The words of the piece that is shown at that moment: the last that began by then. Pictures may begin a little before their piece. */
  at(moment: WallTicks): string | null {
    const pieces = [...this.#pieces.values()].sort((a, b) => a.start - b.start);
    const shown = pieces.filter((piece) => piece.start <= moment).at(-1) ?? pieces[0];
    return shown?.note ?? null;
  }
}
