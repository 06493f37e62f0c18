// What a check found, for the editor. Pure.

import type { PolicyFinding } from "./model";

/** Lines with a mistake, each once, in order. */
export const wrongLines = (mistakes: readonly PolicyFinding[]): number[] =>
  [...new Set(mistakes.flatMap((mistake) => (mistake.line == null ? [] : [mistake.line])))].sort((a, b) => a - b);

/** `?from=3`, when it names a version; otherwise the one in force, if there is one. */
export function startOf(parameter: string | null, inForce: number | null): number | null {
  return parameter !== null && /^[1-9]\d{0,8}$/.test(parameter) ? Number(parameter) : inForce;
}

/** `3 mistakes`, `No mistakes, 2 remarks`. */
export function foundWords(mistakes: number, remarks: number): string {
  const first = mistakes === 0 ? "No mistakes" : `${mistakes} ${mistakes === 1 ? "mistake" : "mistakes"}`;
  return remarks === 0 ? `${first}.` : `${first}, ${remarks} ${remarks === 1 ? "remark" : "remarks"}.`;
}
