// C2SP tlog-tiles: addresses, and the tree's nodes out of tiles.

import type { Bytes } from "./bytes";
import { type Nodes, nodeHash } from "./tree";

const WIDTH = 256;
const HEIGHT = 8;
const HASH = 32;

/** Gets what lies at an address below `/log/v1/`; throws when it is not there. */
export type Fetch = (address: string) => Promise<Bytes>;

/** `x001/x234/067`, and for a part its width. */
function address(kind: string, index: number, width: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/.{3}/g) ?? [];
  const path = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join("/");
  return `tile/${kind}/${path}${width === WIDTH ? "" : `.p/${width}`}`;
}

const widthOf = (index: number, count: number): number => Math.min(WIDTH, count - index * WIDTH);

/** The nodes of the tree of `size` entries. Each tile is fetched once; what it says is checked by whoever checks a proof. */
export function tiledNodes(fetchTile: Fetch, size: number): Nodes {
  const kept = new Map<string, Promise<Bytes>>();
  const get = (path: string): Promise<Bytes> => {
    const found = kept.get(path) ?? fetchTile(path);
    kept.set(path, found);
    return found;
  };
  const tileHash = async (tileLevel: number, index: number): Promise<Bytes> => {
    const tile = Math.floor(index / WIDTH);
    const width = widthOf(tile, Math.floor(size / WIDTH ** tileLevel));
    const bytes = await get(address(String(tileLevel), tile, width));
    const at = (index % WIDTH) * HASH;
    if (bytes.length !== width * HASH) throw new Error(`A tile of ${bytes.length} bytes came where ${width * HASH} were due.`);
    return bytes.slice(at, at + HASH);
  };
  const node = async (level: number, index: number): Promise<Bytes> =>
    level % HEIGHT === 0 ? tileHash(level / HEIGHT, index) : nodeHash(await node(level - 1, 2 * index), await node(level - 1, 2 * index + 1));
  return node;
}

/** The public leaf of an entry, from the bundle it lies in. */
export async function fetchLeaf(fetchTile: Fetch, index: number, size: number): Promise<Bytes> {
  const bundle = Math.floor(index / WIDTH);
  const bytes = await fetchTile(address("entries", bundle, widthOf(bundle, size)));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  for (let skip = index % WIDTH; skip > 0; skip -= 1) at += 2 + lengthAt(view, at);
  const length = lengthAt(view, at);
  if (at + 2 + length > bytes.length) throw new Error("A bundle of leaves ends too early.");
  return bytes.slice(at + 2, at + 2 + length);
}

function lengthAt(view: DataView, at: number): number {
  if (at + 2 > view.byteLength) throw new Error("A bundle of leaves ends too early.");
  return view.getUint16(at);
}
