// Footage as a player fetches it, and what strangers' programs say about it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { query } from './client.mjs';
import { coveredBy } from './grants.mjs';
import { run, temporaryDirectory } from './processes.mjs';

/** Asks to look, as the investigator does: under a grant, which is asked for and approved where there is none yet. */
export async function look(client, cameras, from, to, reason = 'Case 2026-114, theft of a bicycle') {
  await coveredBy(client, cameras, from, to);
  const asked = { cameras: [cameras].flat(), from_90k: from, to_90k: to, reason };
  return (await client.post('/api/v1/looks', asked)).expect(200, 201).json;
}

export const planPath = (lookId, camera, from, to, stream = 'main') =>
  `/api/v1/looks/${lookId}/plan?${query({ camera, stream, from_90k: from, to_90k: to })}`;

export const mediaPath = (lookId, camera, segment, from, to, stream = 'main') =>
  `/api/v1/looks/${lookId}/media?${query({ camera, stream, segment, from_90k: from, to_90k: to })}`;

/** Everything recorded of an interval: its pieces with their media, under a look of its own that is ended again. */
export async function fetchFootage(client, camera, from, to, stream = 'main') {
  const given = await look(client, camera, from, to);
  const { pieces } = await client.read(planPath(given.id, camera, from, to, stream));
  for (const piece of pieces) {
    const answer = await client.get(mediaPath(given.id, camera, piece.segment, from, to, stream));
    answer.expect(200);
    assert.equal(answer.headers['content-type'], 'video/mp4');
    assert.equal(answer.headers['cache-control'], 'no-store', 'footage is never kept by a browser');
    assert.ok(answer.whole, `the media of segment ${piece.segment} came whole`);
    piece.media = answer.bytes;
    piece.samples = samplesOf(answer.bytes);
  }
  (await client.delete(`/api/v1/looks/${given.id}`)).expect(204);
  return { look: given, pieces };
}

/** Boxes of an ISO media file, one level: `[{ type, body }]`. */
function boxes(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length;) {
    assert.ok(at + 8 <= bytes.length, 'a box has a header');
    const size = bytes.readUInt32BE(at);
    assert.ok(size >= 8 && at + size <= bytes.length, `the box at ${at} lies inside its file`);
    found.push({ type: bytes.toString('latin1', at + 4, at + 8), body: bytes.subarray(at + 8, at + size) });
    at += size;
  }
  return found;
}

const inside = (body, type) => boxes(body).find((box) => box.type === type)?.body ?? assert.fail(`there is no ${type} box`);

/** The samples of an init segment and fragments: `{ dts, duration, composition, sync, bytes, sha256 }`, in order. */
export function samplesOf(bytes) {
  const all = boxes(bytes);
  assert.deepEqual(all.slice(0, 2).map((box) => box.type), ['ftyp', 'moov'], 'media begins with one init segment');
  const samples = [];
  for (let at = 2; at < all.length; at += 2) {
    assert.deepEqual([all[at].type, all[at + 1]?.type], ['moof', 'mdat'], 'then come fragments');
    samples.push(...fragmentSamples(all[at].body, all[at + 1].body));
  }
  return samples;
}

function fragmentSamples(moof, mdat) {
  const traf = inside(moof, 'traf');
  const tfdt = inside(traf, 'tfdt');
  let dts = tfdt[0] === 1 ? Number(tfdt.readBigUInt64BE(4)) : tfdt.readUInt32BE(4);
  const trun = inside(traf, 'trun');
  const flags = trun.readUIntBE(1, 3);
  assert.equal(flags & 0xb00, 0xb00, 'each sample has its own duration, size and composition offset');
  let at = 8 + (flags & 0x1 ? 4 : 0);
  // One sample, or all like the first: its flags may stand once, before the table.
  const first = flags & 0x4 ? trun.readUInt32BE((at += 4) - 4) : undefined;
  const take = () => trun.readUInt32BE((at += 4) - 4);
  let data = 0;
  const samples = [];
  for (let count = trun.readUInt32BE(4); count > 0; count -= 1) {
    const [duration, size] = [take(), take()];
    const kind = flags & 0x400 ? take() : samples.length === 0 ? first : undefined;
    assert.notEqual(kind, undefined, 'each sample says whether it depends on others');
    const composition = trun[0] === 0 ? take() : take() | 0;
    const sha256 = createHash('sha256').update(mdat.subarray(data, data + size)).digest('hex');
    samples.push({ dts, duration, composition, sync: (kind & 0x0001_0000) === 0, bytes: size, sha256 });
    dts += duration;
    data += size;
  }
  assert.equal(data, mdat.length, 'the samples of a fragment are exactly its data');
  return samples;
}

/** What ffprobe says of a file it decodes whole: warnings (none is right), codec, size, pictures. */
export async function ffprobe(media) {
  const directory = temporaryDirectory('media');
  try {
    const file = join(directory.path, 'clip.mp4');
    writeFileSync(file, media);
    const show = ['-show_entries', 'stream=codec_name,width,height,nb_read_frames,has_b_frames', '-of', 'json'];
    const { code, out, err } = await run('ffprobe', ['-v', 'warning', '-threads', '2', '-count_frames', '-select_streams', 'v', ...show, file], { seconds: 120 });
    const stream = JSON.parse(out || '{}').streams?.[0] ?? {};
    return { code, warnings: err.trim(), frames: Number(stream.nb_read_frames), ...stream };
  } finally {
    directory.remove();
  }
}

/** Every piece decodes without one warning, whole, and shows as many pictures as it has samples. */
export async function assertPlays(pieces, what) {
  assert.ok(pieces.length > 0, `${what}: there is footage`);
  for (const piece of pieces) {
    const judged = await ffprobe(piece.media);
    assert.equal(judged.code, 0, `${what}: ffprobe reads it: ${judged.warnings}`);
    assert.equal(judged.warnings, '', `${what}: ffprobe has nothing to say about segment ${piece.segment}`);
    assert.equal(judged.frames, piece.samples.length, `${what}: every sample of segment ${piece.segment} is a picture`);
    assert.deepEqual([judged.width, judged.height], [piece.width, piece.height], `${what}: the plan names the size`);
  }
}

/** Where a still of a look is: the key frame at or before a moment. */
export const stillPath = (lookId, camera, at, { stream = 'main', width } = {}) =>
  `/api/v1/looks/${lookId}/still?${query({ camera, stream, at_90k: Math.round(at), ...(width === undefined ? {} : { width }) })}`;

/** Width and height that a JPEG's frame header says (ITU-T T.81 B.2.2); throws for what is none. */
export function sizeOfJpeg(bytes) {
  assert.ok(bytes.readUInt16BE(0) === 0xffd8 && bytes.readUInt16BE(bytes.length - 2) === 0xffd9, 'it begins and ends as a JPEG');
  for (let at = 2; at + 9 <= bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes.readUInt16BE(at);
    if (marker >= 0xffc0 && marker <= 0xffc2) return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
  }
  assert.fail('a JPEG has a frame header');
}
