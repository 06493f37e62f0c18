// The Merkle tree of RFC 6962 section 2.1. Proofs are made from nodes that nobody has to trust, and then checked against signed roots.

import { type Bytes, same, sha256 } from "./bytes";

export const leafHash = (leaf: Uint8Array): Promise<Bytes> => sha256(Uint8Array.of(0), leaf);
export const nodeHash = (left: Uint8Array, right: Uint8Array): Promise<Bytes> => sha256(Uint8Array.of(1), left, right);

/** The root of the full subtree over leaves `index · 2^level` to `(index + 1) · 2^level - 1`. */
export type Nodes = (level: number, index: number) => Promise<Bytes>;

/** Largest power of two below `size`, which is 2 or more. */
function split(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

/** Root over `size` leaves from leaf `first` on; `first` is a multiple of every full subtree in it. */
export async function rootOf(nodes: Nodes, size: number, first = 0): Promise<Bytes> {
  if (size === 0) return sha256();
  const level = Math.log2(size);
  if (Number.isInteger(level)) return nodes(level, first / size);
  const half = split(size);
  return nodeHash(await rootOf(nodes, half, first), await rootOf(nodes, size - half, first + half));
}

/** PATH(index, D[first..first+size]) of RFC 6962 2.1.1, from the leaf up. */
export async function inclusionPath(nodes: Nodes, index: number, size: number, first = 0): Promise<Bytes[]> {
  if (size <= 1) return [];
  const half = split(size);
  return index < half
    ? [...(await inclusionPath(nodes, index, half, first)), await rootOf(nodes, size - half, first + half)]
    : [...(await inclusionPath(nodes, index - half, size - half, first + half)), await rootOf(nodes, half, first)];
}

/** PROOF(old, D[size]) of RFC 6962 2.1.2. */
export const consistencyPath = (nodes: Nodes, old: number, size: number): Promise<Bytes[]> =>
  old === 0 || old === size ? Promise.resolve([]) : subproof(nodes, old, size, 0, true);

async function subproof(nodes: Nodes, old: number, size: number, first: number, whole: boolean): Promise<Bytes[]> {
  if (old === size) return whole ? [] : [await rootOf(nodes, size, first)];
  const half = split(size);
  return old <= half
    ? [...(await subproof(nodes, old, half, first, whole)), await rootOf(nodes, size - half, first + half)]
    : [...(await subproof(nodes, old - half, size - half, first + half, false)), await rootOf(nodes, half, first)];
}

/** Whether the leaf is entry `index` of the tree of `size` entries with that root (RFC 9162 2.1.3.2). */
export async function includes(leaf: Bytes, index: number, size: number, path: readonly Bytes[], root: Uint8Array): Promise<boolean> {
  if (index < 0 || index >= size) return false;
  let [at, last, hash] = [index, size - 1, leaf];
  for (const step of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = await nodeHash(step, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else {
      hash = await nodeHash(hash, step);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && same(hash, root);
}

/** Whether the tree of `size` entries begins with that of `old` entries (RFC 9162 2.1.4.2). */
export async function continues(old: number, oldRoot: Uint8Array, size: number, root: Uint8Array, path: readonly Bytes[]): Promise<boolean> {
  if (old > size) return false;
  if (old === 0) return path.length === 0 && same(oldRoot, await sha256());
  if (old === size) return path.length === 0 && same(oldRoot, root);
  const isPower = Number.isInteger(Math.log2(old));
  const steps = isPower ? [Uint8Array.from(oldRoot), ...path] : [...path];
  let [at, last] = [old - 1, size - 1];
  while (at % 2 === 1) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  const [start, ...rest] = steps;
  if (start === undefined) return false;
  let [before, now] = [start, start];
  for (const step of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      [before, now] = [await nodeHash(step, before), await nodeHash(step, now)];
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else {
      now = await nodeHash(now, step);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && same(before, oldRoot) && same(now, root);
}
