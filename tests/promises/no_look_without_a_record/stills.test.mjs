// Promise 4, stills: a picture of recorded footage is footage. It comes under the look that was asked for, is counted in its last entry, and
// stops with it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { granted } from '../../lib/grants.mjs';
import { look, planPath, mediaPath, samplesOf, sizeOfJpeg, stillPath } from '../../lib/media.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { newestRecorded, recordedLength, timeline } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

const CAMERA = 'Car park';

describe('no still without a look', () => {
  let site;
  let investigator;
  let camera;
  let from;
  let to;
  before(async () => {
    from = now90k();
    site = await start({ label: 'stills', only: ['Main entrance', CAMERA] });
    camera = await site.camera(CAMERA);
    investigator = await site.as('investigator');
    to = await until('footage', async () => {
      const spans = await timeline(await site.as('dpo'), camera.id, from, now90k());
      return recordedLength(spans) > seconds(6) && newestRecorded(spans);
    });
  });
  after(() => site?.stop());

  const ask = async (client) => (await client.post('/api/v1/looks', { cameras: [camera.id], from_90k: from, to_90k: to, reason: 'Who took the bicycle' })).expect(201).json;
  const lastEntry = async (given) => {
    const ended = (await site.log()).filter((entry) => entry.kind === 'look_ended').map((entry) => JSON.parse(entry.groups.sent));
    return ended.find((sent) => sent.entry === given.entry);
  };

  it('is the key frame at or before the moment, says which, and is counted exactly', async () => {
    const given = await look(investigator, camera.id, from, to);
    const { pieces: [piece] } = await investigator.read(planPath(given.id, camera.id, from, to));
    const media = (await investigator.get(mediaPath(given.id, camera.id, piece.segment, from, to))).expect(200);
    const samples = samplesOf(media.bytes);
    const keys = samples.filter((sample) => sample.sync).map((sample) => piece.origin_90k + sample.dts + sample.composition);
    assert.ok(keys.length >= 2, `${keys.length} key frames`);
    let bytes = samples.reduce((sum, sample) => sum + sample.bytes, 0);
    for (const [at, width, expected] of [
      [keys[1], 320, { width: 320, height: 180 }], [keys[1] + 900, 64, { width: 64, height: 36 }], [keys[1] - 900, undefined, { width: 320, height: 180 }],
    ]) {
      const answer = (await investigator.get(stillPath(given.id, camera.id, at, { width }))).expect(200);
      assert.deepEqual([answer.headers['content-type'], answer.headers['cache-control']], ['image/jpeg', 'no-store']);
      assert.deepEqual(sizeOfJpeg(answer.bytes), expected);
      const taken = Number(answer.headers['picture-at-90k']);
      const key = keys.findLast((moment) => moment <= at + 90);
      // Our clock bends by at most 500 ppm within a segment; the plan says times by the camera's.
      assert.ok(Math.abs(taken - key) < seconds(0.1), `${taken} is ${key}, for ${at}`);
      bytes += answer.bytes.length;
    }
    (await investigator.delete(`/api/v1/looks/${given.id}`)).expect(204);
    const { sent: [sent] } = await lastEntry(given);
    assert.deepEqual([sent.bytes, sent.stills, sent.samples], [bytes, 3, samples.length]);
  });

  it('nothing without a look, under another person\'s, of another camera, beside its interval, or after its end', async () => {
    const given = await look(investigator, camera.id, from, to);
    const middle = (from + to) / 2;
    const asked = (lookId, { of = camera.id, at = to - seconds(2), client = investigator } = {}) => client.get(stillPath(lookId, of, at));
    (await asked(given.id)).expect(200);
    for (const guess of ['0'.repeat(32), given.id.replace(/^./, (digit) => (digit === '0' ? '1' : '0')), 'x']) (await asked(guess)).expect(404);
    (await asked(given.id, { client: await site.another('investigator') })).expect(404);
    (await asked(given.id, { client: site.stranger() })).expect(401);
    for (const role of ['administrator', 'dpo', 'owner', 'approver']) (await asked(given.id, { client: await site.as(role) })).expect(403);
    (await asked(given.id, { of: (await site.camera('Main entrance')).id })).expect(403);
    for (const at of [given.from_90k - seconds(1), given.to_90k, given.to_90k + seconds(60)]) (await asked(given.id, { at })).expect(403);
    (await investigator.delete(`/api/v1/looks/${given.id}`)).expect(204);
    (await asked(given.id, { at: middle })).expect(404);
  });

  it('where nothing was recorded it says so', async () => {
    const early = from - seconds(600);
    const given = await look(investigator, camera.id, early, to);
    assert.equal((await investigator.get(stillPath(given.id, camera.id, early + seconds(1)))).expect(404).json.type, '/problems/no-footage');
    (await investigator.delete(`/api/v1/looks/${given.id}`)).expect(204);
  });

  it('a withdrawn grant gives no more stills', async () => {
    const client = await site.another('investigator');
    const grant = await granted(client, camera.id, from, to);
    const given = await ask(client);
    const asked = stillPath(given.id, camera.id, to - seconds(2));
    const first = (await client.get(asked)).expect(200);
    (await (await site.as('approver')).post(`/api/v1/grants/${grant.id}/withdraw`, { words: 'The case was closed.' })).expect(200);
    // The answer comes when the looks have ended, so nothing has to be waited for.
    (await client.get(asked)).expect(404);
    const { why, sent: [sent] } = await lastEntry(given);
    assert.deepEqual([why, sent.bytes, sent.stills, sent.samples], ['the grant was withdrawn', first.bytes.length, 1, 0]);
  });
});
