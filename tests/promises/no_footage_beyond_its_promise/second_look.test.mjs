// Promise 3, where analysis shortens: a first look that is tuned until it sees no cars finds the car park still; the second look, which goes by the
// method's own values, finds the cars; shortening stops by itself, with an alarm and an entry, and goes on only when a system owner says so.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { catalogue } from '../../lib/catalogue.mjs';
import { start } from '../../lib/site.mjs';
import { until } from '../../lib/waiting.mjs';

const ROAD = 'Car park';
const configuration = '[motion]\nsecond_look_hours = [0, 24]\n[motion.tuning]\ncontrast_levels = 255\nstep_levels = 255\nleast_pixels = 60000\n';
/** As the catalogue numbers what findings say of a segment. */
const STILL = 2;
const CHOSEN = 3;
const MISSED = 5;
const NOT_SHORTENED = 7;

describe('a first look that misses is found out', () => {
  let site;
  const shortening = async (role = 'dpo') => (await (await site.as(role)).read('/api/v1/retention')).shortening;
  const rows = async (stillness) => (await catalogue(site.data, 'select hex(id), still_until_90k is not null from segments where state = 1 and stillness = ? order by start_90k', [stillness])).rows;
  before(async () => {
    const purpose = () => ({ sentence: 'Protect people and vehicles in the car park.', owner: 'Facilities', keep_days: 7, keep_if_still: '1 day' });
    site = await start({ label: 'second-look', only: [ROAD], purpose, configuration });
  });
  after(() => site?.stop());

  it('the tuned first look takes a road with cars for still, and its end comes nearer', async () => {
    // A segment is a minute long, and weighed half a minute later.
    await until('a still segment', async () => (await rows(STILL)).some(([, nearer]) => nearer === 1), { seconds: 300, every: 1000 });
    const now = await shortening();
    assert.deepEqual([now.stopped_90k ?? null, now.missed], [null, 0]);
  });

  it('the second look finds the cars, and nothing is shortened any more', async () => {
    await site.stopRecorder();
    // Which piece of a hundred is drawn is chance; here it is this one.
    const [[drawn]] = await rows(STILL);
    await catalogue(site.data, `update segments set stillness = ${CHOSEN}, still_until_90k = null where id = ?`, [{ hex: drawn }]);
    await site.restart();
    const stopped = await until('shortening to stop', async () => {
      const now = await shortening();
      return now.stopped_90k != null && now;
    }, { seconds: 180, every: 1000 });
    assert.deepEqual([stopped.checked, stopped.missed, stopped.share], [1, 1, 1]);
    assert.ok(stopped.between[0] > 0.1 && stopped.between[1] === 1, JSON.stringify(stopped));
    assert.match(stopped.words, /1 of 1 second looks found motion/);
    assert.deepEqual((await rows(MISSED)).map(([id]) => id), [drawn]);
    assert.deepEqual(await rows(STILL), [], 'what waited for its nearer end keeps the full one');
    assert.ok((await rows(NOT_SHORTENED)).every(([, nearer]) => nearer === 0));
    const entries = await site.log();
    const looked = entries.findIndex((entry) => entry.kind === 'second_look');
    const told = entries.findIndex((entry) => entry.kind === 'shortening_stopped');
    assert.ok(looked >= 0 && told > looked, 'the look is in the log before anything follows from it');
    assert.match(entries[told].words, /1 of 1 second looks found motion/);
    await until('an alarm', async () => {
      const { alarms } = await (await site.as('dpo')).read('/api/v1/status');
      return alarms.some((alarm) => alarm.kind === 'shortening_stopped' && alarm.severity === 'red');
    }, { seconds: 60 });
  });

  it('only a system owner lets it go on, with a reason, and it is written down', async () => {
    const resume = async (role, json) => (await site.as(role)).request('POST', '/api/v1/retention/shortening', { json });
    for (const role of ['dpo', 'investigator', 'administrator']) (await resume(role, { reason: 'The tuning was mended' })).expect(403);
    (await resume('owner', { reason: '' })).expect(422);
    const now = (await resume('owner', { reason: 'The tuning was mended' })).expect(200).json;
    assert.deepEqual([now.stopped_90k ?? null, now.checked, now.missed], [null, 0, 0]);
    (await resume('owner', { reason: 'The tuning was mended' })).expect(409);
    const resumed = (await site.log()).filter((entry) => entry.kind === 'shortening_resumed');
    assert.equal(resumed.length, 1);
    assert.equal(resumed[0].reason, 'The tuning was mended');
  });
});
