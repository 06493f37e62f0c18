// Promise 5: one changed byte anywhere in the log or the footage is found and located by a program that needs no key.
//
// Broken by hand to see it fail: candour-verify does not read the segments (segments, exchanged); or keeps what it finds
// in the log to itself (journal, checkpoints, the log without its end).

import assert from 'node:assert/strict';
import { readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { chance, seed } from '../../lib/chance.mjs';
import { fetchFootage } from '../../lib/media.mjs';
import { program, run } from '../../lib/processes.mjs';
import { segmentPaths } from '../../lib/segments.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { recordedLength, timeline } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';
import { verify } from '../../lib/verifier.mjs';

const TRIES = 40;

describe(`no quiet change (seed ${seed})`, () => {
  let site;
  let copy;
  let key;
  const random = chance();
  const log = (name) => join(copy.path, 'log', name);

  before(async () => {
    const from = now90k();
    site = await start({ label: 'change', only: ['Main entrance', 'Car park'] });
    const investigator = await site.as('investigator');
    const { id } = await site.camera('Car park');
    await until('footage', async () => recordedLength(await timeline(investigator, id, from, now90k())) > seconds(3));
    await fetchFootage(investigator, id, from, now90k());
    key = (await (await site.as('dpo')).read('/api/v1/log')).verifier_key;
    await site.stopRecorder();
    copy = site.copyData();
  });
  after(async () => {
    await site?.stop();
    copy?.remove();
  });

  /** Flips one bit of one byte while `act` runs. */
  async function flipped(path, at, act) {
    const bytes = readFileSync(path);
    const bit = 1 << random(8);
    bytes[at] ^= bit;
    writeFileSync(path, bytes);
    try {
      return await act(`${basename(path)}, byte ${at}, bit ${bit}, seed ${seed}`);
    } finally {
      bytes[at] ^= bit;
      writeFileSync(path, bytes);
    }
  }

  async function assertVerifies() {
    const { code, words } = await verify('all', copy.path, '--key', key);
    assert.equal(code, 0, words);
    return words;
  }

  it('a copy of the stopped recorder verifies, footage and log, against the key the page showed', async () => {
    const words = await assertVerifies();
    const [, entries] = words.match(/([\d ]+) entries and [\d ]+ checkpoints verify/) ?? assert.fail(words);
    assert.ok(Number(entries.replaceAll(' ', '')) > 10, words);
    const segments = segmentPaths(copy.path).length;
    assert.ok(segments >= 4);
    assert.match(words, new RegExp(`${segments} segments with .* as they were closed, 0 are deleted`), 'each file is in the log');
    assert.doesNotMatch(words, /not in the log|unfinished|not signed/, 'a recorder that stopped in order leaves nothing open');
  });

  it('a flipped bit in the journal', async () => {
    const size = statSync(log('journal')).size;
    for (const at of [0, size - 1, ...Array.from({ length: TRIES }, () => random(size))]) {
      await flipped(log('journal'), at, async (what) => {
        const { code, words } = await verify('all', copy.path);
        assert.equal(code, 1, `${what}: ${words}`);
        assert.match(words, /entr(y|ies) \d+/, `${what} is located`);
      });
    }
    await assertVerifies();
  });

  it('a flipped bit in the checkpoints', async () => {
    const size = statSync(log('checkpoints')).size;
    for (const at of [0, size - 1, ...Array.from({ length: TRIES }, () => random(size))]) {
      await flipped(log('checkpoints'), at, async (what) => {
        const { code, words } = await verify('all', copy.path);
        assert.equal(code, 1, `${what}: ${words}`);
        assert.match(words, /checkpoint/, `${what} is located`);
      });
    }
    await assertVerifies();
  });

  it('a flipped bit in any closed segment', async () => {
    for (const path of segmentPaths(copy.path)) {
      const size = statSync(path).size;
      const id = basename(path, '.seg');
      for (const at of [0, size - 1, ...Array.from({ length: TRIES / 2 }, () => random(size))]) {
        await flipped(path, at, async (what) => {
          const { code, words } = await verify('all', copy.path);
          assert.equal(code, 1, `${what}: ${words}`);
          assert.ok(words.includes(`segment ${id}`), `${what}: the segment is named: ${words}`);
          const place = words.match(/damaged at byte (\d+)/);
          assert.ok(place && Number(place[1]) <= at, `${what}: and where: ${words}`);
        });
      }
    }
    await assertVerifies();
  });

  it('a segment that is gone without a certificate, cut off, or exchanged for another', async () => {
    const [first, second] = segmentPaths(copy.path);
    const [bytes, others] = [readFileSync(first), readFileSync(second)];
    const tries = {
      'missing footage': () => unlinkSync(first),
      'cut off': () => truncateSync(first, bytes.length - 1),
      'that of segment': () => writeFileSync(first, others),
    };
    for (const [expected, change] of Object.entries(tries)) {
      change();
      const { code, words } = await verify('all', copy.path);
      writeFileSync(first, bytes);
      assert.equal(code, 1, `${expected}: ${words}`);
      assert.ok(words.includes(basename(first, '.seg')) && words.includes(expected), words);
    }
    await assertVerifies();
  });

  it('a log whose end was taken away behind a checkpoint that was kept', async () => {
    const bytes = readFileSync(log('journal'));
    for (const length of [bytes.length - 1, bytes.length - random(bytes.length), 0]) {
      truncateSync(log('journal'), length);
      const { code, words } = await verify('all', copy.path);
      writeFileSync(log('journal'), bytes);
      assert.equal(code, 1, `${length} of ${bytes.length} bytes: ${words}`);
      assert.match(words, /entr(y|ies)/, words);
    }
    await assertVerifies();
  });

  it('a log that was made anew as a whole, for whoever knows the key', async () => {
    const other = await start({ label: 'anew', cameras: site.cameras, onboard: [] });
    try {
      await other.stopRecorder();
      const made = await verify('log', join(other.data, 'log'));
      assert.equal(made.code, 0, made.words);
      const { code, words } = await verify('log', join(other.data, 'log'), '--key', key);
      assert.equal(code, 1, words);
      assert.match(words, /another key than the one given/);
    } finally {
      await other.stop();
    }
  });

  it('the recorder itself does not start on a changed log, and says where', async () => {
    const journal = join(site.data, 'log', 'journal');
    const size = statSync(journal).size;
    await flipped(journal, Math.floor(size / 2), async (what) => {
      const words = ['serve', '--lab', '--data', site.data, '--listen', '127.0.0.1:0', '--host', 'localhost'];
      const { code, out, err } = await run(program('candour'), words, { seconds: 30 });
      assert.equal(code, 1, `${what}: ${out}${err}`);
      assert.match(err, /entry \d+/, what);
    });
  });
});
