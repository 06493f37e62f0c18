// The public leaf of an entry, and whether what is shown of it is what was written down (docs/design/ledger.md, "Formats").

import type { LogEntry, LogGroups } from "../../../shared/api/types";
import { type Bytes, fromBase64, same, sha256, utf8 } from "./bytes";

const GROUPS = ["who", "what", "why", "sent"] as const;
type Group = (typeof GROUPS)[number];

export interface Leaf {
  at90k: bigint;
  kind: string;
  commitments: Bytes[];
}

/** Version (1), time (8), length of kind (1), kind, four commitments (32 each); `null` for anything else. */
export function parseLeaf(bytes: Bytes): Leaf | null {
  const length = bytes[9] ?? 0;
  if (bytes[0] !== 1 || bytes.length !== 10 + length + 4 * 32) return null;
  const at90k = new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(1);
  const commitments = GROUPS.map((_, at) => bytes.slice(10 + length + 32 * at, 10 + length + 32 * (at + 1)));
  return { at90k, kind: new TextDecoder().decode(bytes.slice(10, 10 + length)), commitments };
}

export const commitment = (group: Group, salt: Uint8Array, text: string): Promise<Bytes> =>
  sha256(utf8("candour ledger commitment v1\n"), Uint8Array.of(group.length), utf8(group), salt, utf8(text));

const textOf = (groups: LogGroups, group: Group): string | null => groups[group] ?? null;

/** A sentence when what the page shows is not what the leaf commits to; `null` when it is. What was erased shows nothing. */
export async function contradiction(entry: LogEntry, leaf: Leaf): Promise<string | null> {
  if (BigInt(entry.at_90k) !== leaf.at90k) return "The time shown is not the one that was written down.";
  if (entry.kind !== leaf.kind) return "The kind shown is not the one that was written down.";
  for (const [at, group] of GROUPS.entries()) {
    const text = textOf(entry.groups, group);
    if (text === null) continue;
    const salt = fromBase64(textOf(entry.salts, group) ?? "");
    const expected = leaf.commitments[at];
    if (salt?.length !== 32 || expected === undefined || !same(await commitment(group, salt, text), expected)) {
      return `What is shown as “${group}” is not what was written down.`;
    }
  }
  return null;
}
