// What this browser remembers of the log, so that a recorder cannot show it another past.

import type { Remembered } from "./check";

const NAME = "candour.log";

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** `null` when nothing is remembered, or nothing that can be read. */
export function recall(): Remembered | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(NAME) ?? "null");
    if (!isRecord(kept)) return null;
    const { key, size, root } = kept;
    return typeof key === "string" && typeof size === "number" && typeof root === "string" ? { key, size, root } : null;
  } catch {
    return null;
  }
}

/** A browser that keeps nothing checks as one that sees the log for the first time. */
export function remember(what: Remembered): void {
  try {
    localStorage.setItem(NAME, JSON.stringify(what));
  } catch {
    // Storage is full or switched off.
  }
}

export function forget(): void {
  try {
    localStorage.removeItem(NAME);
  } catch {
    // As above.
  }
}
