// Promise 2: nothing is recorded without a written purpose in force, and every segment says for which.
//
// Broken by hand to see it fail: a camera without a purpose borrows that of another one (five of six).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { PURPOSE_AT, segmentFiles } from '../../lib/segments.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { ofKind, timeline, told } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

const WITHOUT = 'Loading bay';
const first = { sentence: 'Record deliveries that are disputed.', owner: 'Head of logistics', keep_days: 3 };

describe('no recording without purpose', () => {
  let site;
  let administrator;
  before(async () => {
    const purpose = (name) => (name === WITHOUT ? null : { sentence: 'Protect people at the entrances.', owner: 'Facilities', keep_days: 7 });
    site = await start({ label: 'purpose', only: ['Main entrance', 'Car park', WITHOUT], purpose });
    administrator = await site.as('administrator');
  });
  after(() => site?.stop());

  const filesOf = (camera) => segmentFiles(site.data).filter((file) => file.camera === camera.id);

  it('a camera without purpose is accepted, and nothing is received or stored', async () => {
    const camera = await site.camera(WITHOUT);
    assert.deepEqual([camera.outcome, camera.state, camera.purpose ?? null], ['accepted', 'no_purpose', null]);
    assert.match(camera.state_words, /purpose/);
    // The others have come far meanwhile, so this one had every chance.
    await until('segment files of the others', () => new Set(segmentFiles(site.data).map((file) => file.camera)).size === 2);
    assert.equal((await site.cameras.state(WITHOUT)).rtsp_connections, 0);
    assert.deepEqual(filesOf(camera), []);
    const to = now90k();
    const spans = await timeline(await site.as('dpo'), camera.id, to - seconds(60), to);
    assert.deepEqual(ofKind(spans, 'recorded'), [], told(spans));
  });

  it('a purpose that says too little is refused by field', async () => {
    const { id } = await site.camera(WITHOUT);
    const wrong = {
      sentence: { ...first, sentence: 'Security' },
      owner: { ...first, owner: '' },
      keep_days: { ...first, keep_days: 0 },
    };
    for (const [field, purpose] of Object.entries(wrong)) {
      const answer = (await administrator.put(`/api/v1/cameras/${id}/purpose`, purpose)).expect(422);
      assert.ok(answer.json.field?.endsWith(field), answer.text);
    }
    (await administrator.put(`/api/v1/cameras/${id}/purpose`, { ...first, keep_days: 32 })).expect(422);
    assert.equal((await site.camera(WITHOUT)).state, 'no_purpose');
    assert.equal((await site.cameras.state(WITHOUT)).rtsp_connections, 0);
  });

  it('only administrators write purposes', async () => {
    const { id } = await site.camera(WITHOUT);
    for (const role of ['operator', 'investigator', 'dpo']) {
      (await (await site.as(role)).put(`/api/v1/cameras/${id}/purpose`, first)).expect(403);
    }
    (await site.stranger().put(`/api/v1/cameras/${id}/purpose`, first)).expect(401);
    assert.equal((await site.cameras.state(WITHOUT)).rtsp_connections, 0);
  });

  it('with a purpose it records, and the purpose stands in every segment', async () => {
    const { id } = await site.camera(WITHOUT);
    const from = now90k();
    const camera = (await administrator.put(`/api/v1/cameras/${id}/purpose`, first)).expect(200).json;
    assert.deepEqual([camera.purpose.sentence, camera.purpose.owner, camera.purpose.keep_days], [first.sentence, first.owner, 3]);
    const files = await until('segments of both streams', () => {
      const found = filesOf(camera);
      return new Set(found.map((file) => file.kind)).size === 2 && found;
    });
    for (const file of files) {
      assert.equal(readFileSync(file.path).toString('hex', PURPOSE_AT, PURPOSE_AT + 16), camera.purpose.id, file.path);
      assert.equal(file.keepUntil - file.start, seconds(3 * 86_400), 'and how long it lives');
      assert.ok(file.start >= from, 'nothing is older than the purpose');
    }
    assert.ok((await site.cameras.state(WITHOUT)).rtsp_connections > 0);
    const added = (await site.log()).filter((entry) => entry.kind === 'camera_changed' && entry.words.includes(first.sentence));
    assert.equal(added.length, 1, 'and the log says who wrote it');
    assert.match(added[0].who, /Ada Archer/);
  });

  it('a new version of the purpose begins new segments', async () => {
    const { id, purpose: old } = await site.camera(WITHOUT);
    const asked = { ...first, sentence: 'Record deliveries that are disputed, by day.', keep_days: 2 };
    const camera = (await administrator.put(`/api/v1/cameras/${id}/purpose`, asked)).expect(200).json;
    assert.notEqual(camera.purpose.id, old.id);
    await until('segments for the new version', () => filesOf(camera).some((file) => file.purpose === camera.purpose.id));
    const files = filesOf(camera);
    assert.ok(files.some((file) => file.purpose === old.id), 'what was recorded for the old one says so for ever');
    for (const file of files) assert.ok([old.id, camera.purpose.id].includes(file.purpose), file.path);
    const oldest = Math.min(...files.filter((file) => file.purpose === camera.purpose.id).map((file) => file.start));
    assert.ok(files.filter((file) => file.purpose === old.id).every((file) => file.start < oldest));
  });

  it('every segment of the site names the purpose of its camera', async () => {
    for (const name of ['Main entrance', 'Car park']) {
      const camera = await site.camera(name);
      const files = filesOf(camera);
      assert.ok(files.length > 0);
      assert.ok(files.every((file) => file.purpose === camera.purpose.id), name);
    }
  });
});
