// Segment files as anybody can read them without a key: the clear header (docs/design/segment.md).

import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Every segment file below the data directory, with its header; files whose header is not written yet are left out. */
export function segmentFiles(data) {
  return segmentPaths(data).map((path) => ({ path, id: path.slice(-36, -4), ...readHeader(path) })).filter((file) => file.camera !== undefined);
}

/** Paths of all segment files, sorted. */
export function segmentPaths(data) {
  const found = readdirSync(join(data, 'footage'), { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile() && /^[0-9a-f]{32}\.seg$/.test(entry.name));
  return files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort();
}

/** Where the sixteen bytes of the purpose stand in a segment file. */
export const PURPOSE_AT = 96;
const HEADER_BYTES = 212;

function readHeader(path) {
  const bytes = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, 'r');
  const got = readSync(file, bytes, 0, HEADER_BYTES, 0);
  closeSync(file);
  if (got < HEADER_BYTES) return {};
  if (bytes.toString('latin1', 0, 8) !== 'CANDOSEG') throw new Error(`${path} does not begin like a segment`);
  const id = (at) => bytes.toString('hex', at, at + 16);
  const ticks = (at) => Number(bytes.readBigInt64LE(at));
  return {
    bytes: statSync(path).size,
    recorder: id(16), camera: id(32), stream: id(48), run: id(64), segment: id(80), purpose: id(PURPOSE_AT),
    start: ticks(144), keepUntil: ticks(160), gapStart: ticks(168),
    kind: bytes[192] === 0 ? 'main' : 'sub', codec: bytes[193], cause: bytes[194],
    width: bytes.readUInt16LE(200), height: bytes.readUInt16LE(202),
  };
}
