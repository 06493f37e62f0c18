// What changed between two files, line by line (E. Myers, "An O(ND) difference algorithm", 1986). Pure.

export interface Line {
  kind: "same" | "gone" | "new";
  text: string;
  /** Its number in the older file, from 1. */
  before: number | null;
  /** Its number in the newer file, from 1. */
  after: number | null;
}

/** More changes than this are shown as all gone and all new: nobody reads so many one by one, and the search would take long. */
const MOST_CHANGES = 2000;

const linesOf = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** Every line of both files, in order. */
export function compare(older: string, newer: string): Line[] {
  const before = linesOf(older);
  const after = linesOf(newer);
  const script = shortest(before, after);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  const take = (kind: Line["kind"]) => {
    const text = (kind === "new" ? after[j] : before[i]) ?? "";
    lines.push({ kind, text, before: kind === "new" ? null : i + 1, after: kind === "gone" ? null : j + 1 });
    if (kind !== "new") i += 1;
    if (kind !== "gone") j += 1;
  };
  for (const kind of script) take(kind);
  return lines;
}

function shortest(before: readonly string[], after: readonly string[]): Line["kind"][] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const middle = myers(before.slice(start, before.length - end), after.slice(start, after.length - end));
  const same = (count: number): Line["kind"][] => Array.from({ length: count }, () => "same");
  return [...same(start), ...middle, ...same(end)];
}

function myers(before: readonly string[], after: readonly string[]): Line["kind"][] {
  const [n, m] = [before.length, after.length];
  const reached = new Map<number, number>([[1, 0]]);
  const trail: Map<number, number>[] = [];
  const at = (map: ReadonlyMap<number, number>, k: number): number => map.get(k) ?? -1;
  for (let d = 0; d <= Math.min(n + m, MOST_CHANGES); d += 1) {
    trail.push(new Map(reached));
    for (let k = -d; k <= d; k += 2) {
      let x = k === -d || (k !== d && at(reached, k - 1) < at(reached, k + 1)) ? at(reached, k + 1) : at(reached, k - 1) + 1;
      while (x < n && x - k < m && before[x] === after[x - k]) x += 1;
      reached.set(k, x);
      if (x >= n && x - k >= m) return walkBack(trail, n, m);
    }
  }
  return [...before.map(() => "gone" as const), ...after.map(() => "new" as const)];
}

function walkBack(trail: readonly Map<number, number>[], n: number, m: number): Line["kind"][] {
  const script: Line["kind"][] = [];
  let [x, y] = [n, m];
  for (let d = trail.length - 1; d >= 0; d -= 1) {
    const reached = trail[d] ?? new Map<number, number>();
    const at = (k: number): number => reached.get(k) ?? -1;
    const k = x - y;
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const from = down ? at(k + 1) : at(k - 1);
    const [fromX, fromY] = [from, from - (down ? k + 1 : k - 1)];
    while (x > Math.max(0, fromX) && y > Math.max(0, fromY)) {
      script.push("same");
      x -= 1;
      y -= 1;
    }
    if (d > 0) {
      script.push(down ? "new" : "gone");
      [x, y] = [fromX, fromY];
    }
  }
  return script.reverse();
}

/** Changes with a few lines around them, and how many lines are left out between. */
export type Part = { kind: "lines"; lines: Line[] } | { kind: "left_out"; count: number };

export function folded(lines: readonly Line[], around = 3): Part[] {
  const near = lines.map(() => false);
  lines.forEach((line, index) => {
    if (line.kind !== "same") near.fill(true, Math.max(0, index - around), index + around + 1);
  });
  const parts: Part[] = [];
  lines.forEach((line, index) => {
    const last = parts.at(-1);
    if (near[index] === true) {
      if (last?.kind === "lines") last.lines.push(line);
      else parts.push({ kind: "lines", lines: [line] });
    } else if (last?.kind === "left_out") last.count += 1;
    else parts.push({ kind: "left_out", count: 1 });
  });
  return parts;
}
