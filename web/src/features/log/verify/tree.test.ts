import { describe, expect, test } from "vitest";
import { type Bytes, fromHex, same, toHex } from "./bytes";
import { consistencyPath, continues, includes, inclusionPath, leafHash, nodeHash, type Nodes, rootOf } from "./tree";

const bytes = (hex: string): Bytes => fromHex(hex) ?? new Uint8Array();

/** Leaves and roots that Certificate Transparency's own implementations test against. */
const leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const roots = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const nodesOver = (of: readonly string[]): Nodes => {
  const node: Nodes = async (level, index) => (level === 0 ? leafHash(bytes(of[index] ?? "")) : nodeHash(await node(level - 1, 2 * index), await node(level - 1, 2 * index + 1)));
  return node;
};
const nodes = nodesOver(leaves);

test("roots are those of RFC 6962", async () => {
  for (const [size, root] of roots.entries()) expect(toHex(await rootOf(nodes, size))).toBe(root);
});

describe("every proof of every size", () => {
  test("inclusion", async () => {
    for (let size = 1; size <= leaves.length; size += 1) {
      const root = bytes(roots[size] ?? "");
      for (let index = 0; index < size; index += 1) {
        const [path, hash] = [await inclusionPath(nodes, index, size), await nodes(0, index)];
        expect(await includes(hash, index, size, path, root)).toBe(true);
        expect(await includes(hash, (index + 1) % size, size, path, root)).toBe(size === 1);
        expect(await includes(hash, index, size, [...path, hash], root)).toBe(false);
        for (const [at, step] of path.entries()) {
          const forged = path.with(at, Uint8Array.from(step, (byte, place) => (place === 0 ? byte ^ 1 : byte)));
          expect(await includes(hash, index, size, forged, root)).toBe(false);
        }
      }
    }
  });

  test("consistency", async () => {
    for (let size = 0; size <= leaves.length; size += 1) {
      for (let old = 0; old <= size; old += 1) {
        const [path, before, now] = [await consistencyPath(nodes, old, size), bytes(roots[old] ?? ""), bytes(roots[size] ?? "")];
        expect(await continues(old, before, size, now, path)).toBe(true);
        const other = Uint8Array.from(before, (byte, place) => (place === 5 ? byte ^ 1 : byte));
        expect(await continues(old, other, size, now, path)).toBe(false);
        if (old < size) expect(await continues(size, now, old, before, path)).toBe(false);
      }
    }
  });
});

test("a log that changed one entry continues nothing", async () => {
  const forged = nodesOver(leaves.with(2, "11"));
  const [path, root] = [await consistencyPath(forged, 5, 8), await rootOf(forged, 8)];
  expect(await continues(5, bytes(roots[5] ?? ""), 8, root, path)).toBe(false);
  expect(same(root, bytes(roots[8] ?? ""))).toBe(false);
});
