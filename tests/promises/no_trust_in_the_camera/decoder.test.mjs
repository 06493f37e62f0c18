// Promise 6, the decoder: C code that reads a camera's bytes can reach nothing, and what it is given cannot hurt more than itself.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { program, run, temporaryDirectory, top } from '../../lib/processes.mjs';

const footage = (name) => join(top, 'tests/footage', name);
const motion = (...words) => run(program('candour'), ['motion', ...words, '--json'], { seconds: 120 });

describe('the decoder is not trusted', () => {
  it('tries to open a file, a socket and a process, and may do none of it', async () => {
    const { code, out } = await run(program('candour-decoder'), ['--check'], { seconds: 30 });
    for (const what of ['read a file', 'write a file', 'connect over TCP', 'open a UDP socket', 'start a process', 'start a thread']) {
      assert.match(out, new RegExp(`^${what}: refused`, 'm'));
    }
    assert.doesNotMatch(out, /NOT REFUSED/);
    assert.equal(code, 0);
  });

  it('finds the cars that a person found, and nothing between them, inside the cage', async () => {
    const labels = JSON.parse(readFileSync(footage('cars.labels.json'), 'utf8'));
    const { code, out } = await motion(footage('cars-sub.mp4'));
    assert.equal(code, 0);
    const events = JSON.parse(out);
    for (const [start, end] of labels.moving.filter(([start]) => start < 12)) {
      assert.ok(events.some((event) => event.start_s < end && event.end_s > start), `${start} to ${end}: ${out}`);
    }
    for (const [start, end] of labels.empty.filter(([, end]) => end < 12)) {
      assert.ok(!events.some((event) => event.start_s < end && event.end_s > start), `${start} to ${end}: ${out}`);
    }
  });

  it('is given a clip with holes: an answer or an error in words, in bounded time', async () => {
    const { path } = temporaryDirectory('holes');
    const clip = readFileSync(footage('cars-sub.mp4'));
    for (let at = 30_000; at < clip.length; at += 211) clip[at] ^= 0x5a;
    writeFileSync(join(path, 'holes.mp4'), clip);
    const { code, out, err } = await motion(join(path, 'holes.mp4'));
    if (code === 0) assert.ok(Array.isArray(JSON.parse(out)));
    else assert.match(err, /^candour: /m);
  });

  it('is given no clip at all', async () => {
    const { code, err } = await motion(footage('README.md'));
    assert.equal(code, 1);
    assert.match(err, /cannot be read as an MP4/);
  });
});
