// What a check found, for the editor. Pure.

import type { PolicyMistake, PolicyReading } from "../../shared/api/types";
import { span } from "../../shared/time/format";
import { seconds, TICKS_PER_SECOND } from "../../shared/time/units";

/** Lines with a mistake, each once, in order. */
export const wrongLines = (mistakes: readonly PolicyMistake[]): number[] => [...new Set(mistakes.map((mistake) => mistake.line))].sort((a, b) => a - b);

/** The version that an address names (`?from=3`, `/policy/3`); otherwise `fallback`. */
export function numberOf(parameter: string | null | undefined, fallback: number | null): number | null {
  return parameter != null && /^[1-9]\d{0,8}$/.test(parameter) ? Number(parameter) : fallback;
}

export interface Found {
  weight: "mistake" | "refused" | "remark";
  rule: string;
  words: string;
  line: number | null;
  column: number;
}

/** What the terminal says after a colon, as a sentence by itself. */
function sentence(words: string): string {
  const whole = words.charAt(0).toLocaleUpperCase("en-GB") + words.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/** Everything that was found, what stops a version first, each kind by line. */
export function found(reading: PolicyReading): Found[] {
  const findings = reading.findings.map(({ refused, reason }): Found => ({ weight: refused ? "refused" : "remark", rule: reason.rule, words: sentence(reason.words), line: reason.line ?? null, column: 1 }));
  const mistakes = reading.mistakes.map((mistake): Found => ({ weight: "mistake", ...mistake, words: sentence(mistake.words) }));
  const byLine = (all: Found[]) => all.sort((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity));
  return [...byLine(mistakes), ...byLine(findings.filter((finding) => finding.weight === "refused")), ...byLine(findings.filter((finding) => finding.weight === "remark"))];
}

const counted = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;

/** `3 mistakes.`, `No mistakes, 2 remarks.` */
export function foundWords(all: readonly Found[]): string {
  const of = (weight: Found["weight"]) => all.filter((each) => each.weight === weight).length;
  const parts = [of("mistake") === 0 ? "No mistakes" : counted(of("mistake"), "mistake", "mistakes")];
  if (of("refused") > 0) parts.push(`${counted(of("refused"), "thing", "things")} this recorder cannot do`);
  if (of("remark") > 0) parts.push(counted(of("remark"), "remark", "remarks"));
  return `${parts.join(", ")}.`;
}

/** How long footage lives, as the file would say it: `30 days`, `1 h`. */
export const kept = (ticks: number): string => span(seconds(ticks / TICKS_PER_SECOND));
