// Promise 7 on a disk that fails: one call, a sync, for half a minute, altogether, and without power. Real cameras, the real
// program, and under it a disk that does as it is told (docs/design/durability.md).

import assert from 'node:assert/strict';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FaultyDisk } from '../../lib/faulty-disk.mjs';
import { assertPlays, fetchFootage } from '../../lib/media.mjs';
import { start } from '../../lib/site.mjs';
import { inSeconds, now90k, ofMicroseconds, seconds } from '../../lib/ticks.mjs';
import { newestRecorded, ofKind, timeline, told } from '../../lib/timeline.mjs';
import { pause, until } from '../../lib/waiting.mjs';
import { verify } from '../../lib/verifier.mjs';

const CAMERA = 'Car park';

describe('no hidden gap on a failing disk', () => {
  let site;
  let disk;
  let investigator;
  let begun;
  let camera;

  before(async () => {
    begun = now90k() - seconds(1);
    const wrap = (path, words) => {
      disk ??= new FaultyDisk(words[words.indexOf('--data') + 1].replace(/\/recorder$/, ''), 'recorder');
      return disk.wrap(path, words);
    };
    site = await start({ label: 'disk', only: [CAMERA], wrap });
    investigator = await site.as('investigator');
    camera = (await site.camera(CAMERA)).id;
    await recordedUntil(now90k() + seconds(2));
  });
  after(() => site?.stop());

  const spansSince = (from) => timeline(investigator, camera, from, now90k());
  const recordedUntil = (moment, wait = 40) => until('footage up to then', async () => (
    newestRecorded(await spansSince(begun)) >= moment
  ), { seconds: wait });
  const storage = async () => (await (await site.as('administrator')).read('/api/v1/system')).storage[0];

  /** Every access unit sent between two moments is in the footage, or a gap of one of these causes tells of it. */
  const accounted = async (from, to, causes) => {
    const { pieces } = await fetchFootage(investigator, camera, from, to);
    const stored = new Set(pieces.flatMap((piece) => piece.samples.map((sample) => sample.sha256)));
    const gaps = ofKind(await timeline(investigator, camera, from, to), 'gap').filter((gap) => causes.includes(gap.cause));
    for (const unit of site.cameras.sent(CAMERA)) {
      const at = ofMicroseconds(unit.sent_us);
      if (at < from + seconds(0.5) || at > to - seconds(0.5) || stored.has(unit.sha256)) continue;
      const covered = gaps.some((gap) => at > gap.start_90k - seconds(0.3) && at < gap.end_90k + seconds(0.3));
      assert.ok(covered, `access unit ${unit.sequence} is not stored, and no gap tells of it: ${told(await spansSince(from))}`);
    }
    await assertPlays(pieces, CAMERA);
  };

  it('one failed write and one failed sync cost nothing', async () => {
    for (const rule of ['write *.seg 1 1 fail EIO', 'write *.seg 1 1 part 100 EIO', 'syncfs * 1 1 fail EIO', 'syncfs * 1 1 after EIO']) {
      const from = now90k();
      disk.rules(rule);
      await until(`a call to fail: ${rule}`, () => disk.hits.length > 0);
      disk.heal();
      await recordedUntil(now90k() + seconds(3));
      const spans = await spansSince(from);
      assert.deepEqual(ofKind(spans, 'gap'), [], `${rule}: ${told(spans)}`);
      await accounted(from, now90k() - seconds(1.5), []);
    }
  });

  it('a disk that stands still for half a minute: the bound in force says so, the recorder goes on, nothing is claimed meanwhile', async () => {
    const from = now90k();
    disk.rules('syncfs * 1 1 stall 30');
    await until('the sync that stands still', () => disk.hits.length > 0);
    const stood = now90k();
    await until('the bound to show it', async () => (await storage()).durable_bound_ms > 15_000, { seconds: 30 });
    assert.ok(newestRecorded(await spansSince(begun)) < stood + seconds(0.5), 'nothing is told as recorded that is not durable');
    await recordedUntil(stood + seconds(32), 60);
    disk.heal();
    await accounted(from, now90k() - seconds(1.5), ['storage_slow', 'storage_failed']);
    assert.ok((await storage()).durable_bound_ms > 25_000, 'the worst of the last minute is still shown');
  });

  it('a disk that turns read-only is a gap with its cause, and ends by itself', async () => {
    const from = now90k();
    disk.rules('write,create,truncate,mkdir,syncfs footage* 1 * fail EROFS');
    const gapBegan = await until('the gap', async () => {
      const last = (await spansSince(from)).at(-1);
      return last.kind === 'gap' && last.cause === 'storage_failed' && last.start_90k;
    }, { seconds: 30 });
    assert.ok(gapBegan >= from - seconds(1.5), 'only what was not durable belongs to it');
    await pause(3000);
    disk.heal();
    // Long enough that footage behind the gap is among what is asked for.
    await recordedUntil(now90k() + seconds(5), 60);
    await accounted(from, now90k() - seconds(1.5), ['storage_failed']);
  });

  it('a power cut: what was told as recorded is there afterwards, and the gap begins at most a second before', async () => {
    await site.stopRecorder();
    // The journal must tell of the disk from its first file on: a recorder that begins anew.
    renameSync(site.data, `${site.data}-before`);
    site.clients.clear();
    await site.startRecorder({ wrap: (path, words) => disk.wrap(path, words, { journal: true }) });
    await site.setUp();
    await site.waitForRecording();
    investigator = await site.as('investigator');
    camera = (await site.camera(CAMERA)).id;
    begun = now90k();
    await recordedUntil(begun + seconds(6));
    const claimed = newestRecorded(await spansSince(begun));
    const killed = await site.kill9();
    const newest = ofMicroseconds(site.cameras.sent(CAMERA).findLast((unit) => ofMicroseconds(unit.sent_us) <= killed).sent_us);
    for (const seed of [1, 2]) {
      renameSync(site.data, `${site.data}-${seed}`);
      mkdirSync(site.data, { mode: 0o700 });
      const how = await disk.powerCut(seed, site.data);
      site.clients.clear();
      await site.startRecorder({ wrap: (path, words) => [path, words] });
      await site.waitForRecording();
      investigator = await site.as('investigator');
      const spans = await timeline(investigator, camera, begun, now90k());
      const gap = ofKind(spans, 'gap', 'recorder_died').at(-1);
      assert.ok(gap, `${how}: ${told(spans)}`);
      assert.ok(gap.start_90k >= claimed - 1, `${how}: ${inSeconds(claimed - gap.start_90k)} s of what was told as recorded are missing`);
      assert.ok(newest - gap.start_90k <= seconds(1.2), `${how}: ${inSeconds(newest - gap.start_90k)} s are lost`);
      await accounted(begun, killed, ['recorder_died']);
      await site.stopRecorder();
      const { code, words } = await verify('all', site.data);
      assert.equal(code, 0, `${how}: ${words}`);
    }
  });
});
