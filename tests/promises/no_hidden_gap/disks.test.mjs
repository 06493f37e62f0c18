// Promise 7 with two disks: one becomes full, then the other one goes away under the recorder. Footage goes on; what is
// missing is a gap with its cause; what lies on a disk that is away is out of reach, not lost; a disk that is back is used.
//
// Meant to fail when: streams stay where they are (both); rows of a missing directory count as recorded (the
// timeline); the marker is not looked at (a file lands in the stranger).

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { assertPlays, fetchFootage } from '../../lib/media.mjs';
import { start } from '../../lib/site.mjs';
import { smallDisk } from '../../lib/small-disk.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { newestRecorded, ofKind, timeline, told } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

const CAMERAS = ['Main entrance', 'Car park'];

describe('no hidden gap: two disks', () => {
  let site;
  let administrator;
  let investigator;
  let begun;
  const disks = [];
  const ids = {};
  before(async () => {
    begun = now90k();
    const configuration = (being) => {
      if (disks.length === 0) {
        // One inside the other's parent would be one mount too many for a mount namespace: each has its own.
        for (const name of ['disk-1', 'disk-2']) disks.push(being.borrow(smallDisk(join(being.directory.path, name), { size: '64m' })));
      }
      // The storage directories lie in the file systems, so that they can be moved away as an unmounted disk would be.
      return `[storage]\ndirectories = ${JSON.stringify(disks.map((disk) => join(disk.path, 'storage')))}\n`;
    };
    const wrap = (program, words) => disks.reduce(([path, rest], disk) => disk.wrap(path, rest), [program, words]);
    site = await start({ label: 'disks', only: CAMERAS, configuration, wrap });
    administrator = await site.as('administrator');
    investigator = await site.as('investigator');
    for (const name of CAMERAS) ids[name] = (await site.camera(name)).id;
    await recordedBeyond(now90k() + seconds(3));
  });
  after(() => site?.stop());

  const storage = async (number) => (await administrator.read('/api/v1/system')).storage.find(({ directory }) => directory === join(disks[number].path, 'storage'));
  const spansOf = (name, stream) => timeline(investigator, ids[name], begun, now90k(), stream);

  /** Waits until every stream is recorded beyond a moment. */
  async function recordedBeyond(moment) {
    for (const name of CAMERAS) {
      for (const stream of ['main', 'sub']) {
        await until(`${name} (${stream}) to be recorded up to then`, async () => newestRecorded(await spansOf(name, stream)) >= moment, { seconds: 60 });
      }
    }
  }

  /** After the first picture nothing is unknown, and every gap has one of these causes. */
  async function assertTold(...causes) {
    for (const name of CAMERAS) {
      for (const stream of ['main', 'sub']) {
        const spans = await spansOf(name, stream);
        const first = spans.findIndex((span) => span.kind === 'recorded' || span.kind === 'unavailable');
        const last = spans.findLastIndex((span) => span.kind === 'recorded');
        for (const span of spans.slice(first, last + 1)) {
          assert.notEqual(span.kind, 'unknown', `${name} (${stream}): ${told(spans)}`);
          if (span.kind === 'gap') assert.ok(causes.includes(span.cause), `${name} (${stream}): ${told(spans)}`);
        }
      }
    }
  }

  it('cameras are spread over the disks', async () => {
    assert.deepEqual([(await storage(0)).state, (await storage(1)).state], ['works', 'works']);
    assert.ok((await storage(0)).streams > 0 && (await storage(1)).streams > 0);
  });

  it('one of two disks full: its streams go to the other one, and come back when there is room', async () => {
    const filled = disks[0].fill(site.recorder);
    await until('the full disk to be left', async () => {
      const full = await storage(0);
      return full.state === 'full' && full.streams === 0;
    }, { seconds: 40 });
    await recordedBeyond(now90k() + seconds(2));
    const alarms = await administrator.read('/api/v1/alarms');
    assert.ok(JSON.stringify(alarms).includes('is full'), JSON.stringify(alarms));
    filled.free();
    await until('the disk to have room again', async () => (await storage(0)).state === 'works', { seconds: 40 });
    await assertTold('storage_full');
  });

  it('one of two disks away: its footage is out of reach, not lost, and recording goes on', async () => {
    const there = disks[1].inside(site.recorder, 'storage');
    const away = disks[1].inside(site.recorder, 'away');
    renameSync(there, away);
    mkdirSync(there);
    await until('the missing disk to be noticed', async () => (await storage(1)).state === 'unavailable', { seconds: 40 });
    await recordedBeyond(now90k() + seconds(2));
    const kinds = new Set((await spansOf(CAMERAS[0], 'main')).concat(await spansOf(CAMERAS[1], 'main')).map((span) => span.kind));
    assert.ok(kinds.has('unavailable'), [...kinds].join());
    assert.deepEqual(readdirSync(there), [], 'nothing is written into the directory in its place');
    rmdirSync(there);
    renameSync(away, there);
    await until('the disk to be used again', async () => (await storage(1)).state === 'works', { seconds: 40 });
    await assertTold('storage_full', 'storage_failed');
    for (const name of CAMERAS) {
      const spans = await spansOf(name, 'main');
      assert.equal(ofKind(spans, 'unavailable').length, 0, told(spans));
      assert.equal(ofKind(spans, 'gap', 'data_loss').length, 0, told(spans));
      const { pieces } = await fetchFootage(investigator, ids[name], begun, now90k());
      await assertPlays(pieces, name);
    }
  });
});
