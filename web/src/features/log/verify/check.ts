// The whole check, as a list of what was found: the key, the signature, the way from what this browser remembers, one entry.

import type { LogEntry } from "../../../shared/api/types";
import { count } from "../../../shared/time/format";
import { fromBase64, fromHex, same, toBase64 } from "./bytes";
import { contradiction, parseLeaf } from "./leaf";
import { type Checkpoint, openCheckpoint, parseKey } from "./note";
import { type Fetch, fetchLeaf, tiledNodes } from "./tiles";
import { consistencyPath, continues, includes, inclusionPath, leafHash } from "./tree";

/** What a browser keeps of a log that verified. */
export interface Remembered {
  key: string;
  size: number;
  /** Base64. */
  root: string;
}

export interface Line {
  good: boolean;
  words: string;
}

export interface Outcome {
  lines: Line[];
  /** What to remember from now on; `null` unless all is good. */
  remember: Remembered | null;
}

const good = (words: string): Line => ({ good: true, words });
const bad = (words: string): Line => ({ good: false, words });

interface Asked {
  /** Gets bytes from below `/log/v1/`. */
  fetchBytes: Fetch;
  /** The key that the page shows. */
  shownKey: string;
  remembered: Remembered | null;
  /** An entry shown on the page, to be found in the log. */
  entry: LogEntry | null;
}

/** Checks the log as it is served. Nothing of it is believed but what its key signed, and the key only if it is the remembered one. */
export async function check({ fetchBytes, shownKey, remembered, entry }: Asked): Promise<Outcome> {
  if (remembered !== null && remembered.key !== shownKey) {
    return { lines: [bad(`The log's key has changed. This browser remembers ${remembered.key}, and now it is ${shownKey}. A log with a new key is another log: ask who made it anew, and why.`)], remember: null };
  }
  const key = await parseKey(shownKey);
  if (typeof key === "string") return { lines: [bad(key)], remember: null };
  const note = new TextDecoder().decode(await fetchBytes("checkpoint"));
  const now = await openCheckpoint(note, key);
  if (typeof now === "string") return { lines: [bad(now)], remember: null };
  const lines = [good(`${key.name} signed ${count(now.size)} entries.`), await since(remembered, now, fetchBytes)];
  if (entry !== null) lines.push(await found(entry, now, fetchBytes));
  const all = lines.every((line) => line.good);
  return { lines, remember: all ? { key: shownKey, size: now.size, root: toBase64(now.root) } : null };
}

/** Whether the log still begins with what this browser remembers. */
async function since(remembered: Remembered | null, now: Checkpoint, fetchBytes: Fetch): Promise<Line> {
  if (remembered === null) return good("This browser saw the log for the first time. It remembers its key and its state from now on.");
  const old = fromBase64(remembered.root);
  if (old === null) return bad("What this browser remembers cannot be read.");
  const many = count(remembered.size);
  if (now.size < remembered.size) return bad(`The log was rolled back: this browser saw ${many} entries signed, and now there are ${count(now.size)}.`);
  const path = await consistencyPath(tiledNodes(fetchBytes, now.size), remembered.size, now.size);
  return (await continues(remembered.size, old, now.size, now.root, path))
    ? good(`It begins with the ${many} entries that this browser saw before; none was changed or taken away.`)
    : bad(`The log was forked: its first ${many} entries are not those that this browser saw signed.`);
}

/** Whether an entry on the page is in the log, as it is shown. */
async function found(entry: LogEntry, now: Checkpoint, fetchBytes: Fetch): Promise<Line> {
  const name = `Entry ${count(entry.index)}`;
  if (entry.index >= now.size) return bad(`${name} is not signed.`);
  const bytes = await fetchLeaf(fetchBytes, entry.index, now.size);
  const [leaf, hash, shown] = [parseLeaf(bytes), await leafHash(bytes), fromHex(entry.leaf)];
  if (leaf === null || shown === null || !same(hash, shown)) return bad(`${name} as shown is not the one in the log.`);
  const path = await inclusionPath(tiledNodes(fetchBytes, now.size), entry.index, now.size);
  if (!(await includes(hash, entry.index, now.size, path, now.root))) return bad(`${name} is not in the log that was signed.`);
  const contradicted = await contradiction(entry, leaf);
  return contradicted === null ? good(`${name} is in it, as shown here.`) : bad(`${name}: ${contradicted}`);
}
