// Promise 4, and rule 3 of the door: the log lies on two devices where there are two. What is durable on one is enough, so people can look while
// the other fails; when both fail nobody can, and afterwards each holds everything.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { look } from '../../lib/media.mjs';
import { start } from '../../lib/site.mjs';
import { smallDisk } from '../../lib/small-disk.mjs';
import { now90k } from '../../lib/ticks.mjs';
import { until } from '../../lib/waiting.mjs';

describe('a log on two devices', () => {
  let site;
  let camera;
  let from;
  const disks = {};
  const path = (name) => join(disks[name].path, 'log');

  before(async () => {
    from = now90k();
    const configuration = (being) => {
      for (const name of ['first', 'second']) disks[name] ??= being.borrow(smallDisk(join(being.directory.path, name)));
      return `[log]\ndirectory = ${JSON.stringify(path('first'))}\nsecond = ${JSON.stringify(path('second'))}\n`;
    };
    const wrap = (program, words) => disks.first.wrap(...disks.second.wrap(program, words));
    site = await start({ label: 'two', only: ['Car park'], configuration, wrap });
    camera = await site.camera('Car park');
  });
  after(() => site?.stop());

  const bytes = (name) => readFileSync(disks[name].inside(site.recorder, 'log', 'journal'), 'latin1');
  const alarms = async (kind) => (await (await site.as('dpo')).read('/api/v1/status')).alarms.filter((one) => one.kind === kind);
  const asked = (reason) => ({ cameras: [camera.id], from_90k: Math.round(from), to_90k: Math.round(now90k()), reason });
  /** Asks to look, and ends what was given: only so many may be open. */
  async function looks(reason) {
    const investigator = await site.as('investigator');
    const answer = await investigator.post('/api/v1/looks', asked(reason));
    if (answer.status < 300) await investigator.delete(`/api/v1/looks/${answer.json.id}`);
    return answer;
  }
  const same = () => until('both to hold the same', () => bytes('first') === bytes('second'), { seconds: 60 });
  let number = 0;
  /** Fills a device until the recorder says that it fails: its last block may take an entry or two. */
  async function fails(name) {
    const filled = disks[name].fill(site.recorder);
    await until(`the ${name} device to fail`, async () => {
      (await looks(`While the ${name} device fills, ${number += 1}`)).expect(200, 201);
      const [alarm] = await alarms('log_copy_failing');
      return alarm !== undefined && { alarm };
    }, { seconds: 60 });
    return filled;
  }

  it('both hold every entry', async () => {
    await look(await site.as('investigator'), camera.id, from, now90k(), 'Both are well');
    await same();
    assert.ok(bytes('second').includes('Both are well'));
    assert.ok(!existsSync(disks.second.inside(site.recorder, 'log', 'signing.key')), 'the key is not copied');
  });

  for (const [name, other] of [['second', 'first'], ['first', 'second']]) {
    it(`the ${name} device fails: people look on, it is said, and it is brought up to date when it is well`, async () => {
      const filled = await fails(name);
      const [alarm] = await alarms('log_copy_failing');
      assert.equal(alarm.severity, 'amber');
      const reason = `The ${name} device is full`;
      (await looks(reason)).expect(200, 201);
      assert.ok(bytes(other).includes(reason), 'durable on the other');
      assert.ok((await site.log()).some((entry) => entry.reason === reason), 'and read from there');
      assert.deepEqual(await alarms('log_not_writable'), []);
      filled.free();
      // It is tried again some seconds later, when something is written.
      await until('the alarm to end', async () => {
        (await looks(`Is it well, ${number += 1}`)).expect(200, 201);
        return (await alarms('log_copy_failing')).length === 0;
      }, { seconds: 60, every: 1000 });
      await same();
      assert.ok(bytes(name).includes(reason), 'what was written meanwhile is there too');
    });
  }

  it('both fail: nobody looks, and nothing that was acknowledged is lost', async () => {
    const first = await fails('first');
    const second = disks.second.fill(site.recorder);
    const refused = await until('a refused look', async () => {
      const answer = await looks(`While both fill, ${number += 1}`);
      return answer.status >= 400 && answer;
    }, { seconds: 60 });
    assert.equal(refused.status, 503, refused.text);
    assert.equal(refused.json.type, '/problems/log-not-writable');
    first.free();
    second.free();
    await until('a look after there is room again', async () => (await looks(`Room again, ${number += 1}`)).status < 300, { seconds: 30 });
    await until('the alarm to end', async () => {
      (await looks(`Is all well, ${number += 1}`)).expect(200, 201);
      return (await alarms('log_copy_failing')).length === 0;
    }, { seconds: 60, every: 1000 });
    await same();
  });

  it('a device that was lost is made anew at the next start', async (test) => {
    if (!disks.first.isOurs) return test.skip('the devices end with the recorder where root did not mount them');
    await site.stopRecorder();
    const before = readFileSync(join(path('second'), 'journal'), 'latin1');
    for (const name of ['journal', 'checkpoints']) rmSync(join(path('first'), name));
    await site.startRecorder();
    await same();
    assert.ok(bytes('first').startsWith(before), 'every entry that was on the other device');
  });
});
