// Promise 2: nothing is recorded without a written purpose in force, and every segment says for which. The purpose stands in the
// policy of the site; a camera that it does not name, or not for this hour, receives nothing.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { approve, bringIntoForce, inForce, policyFile, propose } from '../../lib/policy.mjs';
import { PURPOSE_AT, segmentFiles } from '../../lib/segments.mjs';
import { program, run } from '../../lib/processes.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { ofKind, timeline, told } from '../../lib/timeline.mjs';
import { pause, until } from '../../lib/waiting.mjs';

const WITHOUT = 'Loading bay';
const entrances = { sentence: 'Protect people at the entrances.', owner: 'Facilities', keep_days: 7 };
const deliveries = { sentence: 'Record deliveries that are disputed.', owner: 'Head of logistics', keep_days: 3 };
const without = { 'Main entrance': entrances, 'Car park': entrances };
const all = { ...without, [WITHOUT]: deliveries };
/** A rule that holds all day long, with hours from and to on this day. */
const rule = (from, to) => `{ days = "every_day", from = "${from}", to = "${to}", record = "continuous" }`;
const clock = (ms) => new Date(ms).toISOString().slice(11, 16);

describe('no recording without purpose', () => {
  let site;
  before(async () => {
    const purpose = (name) => (name === WITHOUT ? null : entrances);
    site = await start({ label: 'purpose', only: ['Main entrance', 'Car park', WITHOUT], purpose });
  });
  after(() => site?.stop());

  const filesOf = (camera) => segmentFiles(site.data).filter((file) => file.camera === camera.id);
  // Who asks for pictures; the gate asks an accepted camera once without a log-in who it is.
  const connections = async (name) => (await site.cameras.state(name)).rtsp_setups;
  const open = async (name) => (await site.cameras.state(name)).rtsp_open;
  const stateOf = async (name) => (await site.camera(name)).state;

  it('a camera that the policy does not name is accepted, and nothing is received or stored', async () => {
    const camera = await site.camera(WITHOUT);
    assert.deepEqual([camera.outcome, camera.state, camera.purpose ?? null], ['accepted', 'no_purpose', null]);
    assert.match(camera.state_words, /no entry for it/);
    // The others have come far meanwhile, so this one had every chance.
    await until('segment files of the others', () => new Set(segmentFiles(site.data).map((file) => file.camera)).size === 2);
    assert.equal(await connections(WITHOUT), 0);
    assert.deepEqual(filesOf(camera), []);
    const to = now90k();
    const spans = await timeline(await site.as('dpo'), camera.id, to - seconds(60), to);
    assert.deepEqual(ofKind(spans, 'recorded'), [], told(spans));
  });

  it('a file that says too little, too much or the impossible is refused with its line, and the version in force stays', async () => {
    const right = policyFile(all);
    const wrong = {
      'purposes.purpose-2.aim': right.replace(deliveries.sentence, 'Security'),
      'purposes.purpose-2.owner': right.replace('owner = "Head of logistics"\n', ''),
      'purposes.purpose-2.keep': right.replace('keep = "3 days"', 'keep = "32 days"'),
      'purposes.purpose-2.lawful_bases': right.replace(/(aim = "Record[^]*?)lawful_basis/, '$1lawful_bases'),
      [`cameras.${JSON.stringify(WITHOUT)}.purpose`]: right.replace('purpose = "purpose-2"', 'purpose = "deliveries"'),
      'schedules.day.rules': policyFile(all, { schedules: { day: [rule('06:00', '25:00')] } }),
    };
    for (const [place, text] of Object.entries(wrong)) {
      assert.notEqual(text, right, place);
      const { mistakes } = (await (await site.as('owner')).post('/api/v1/policy/check', { text })).expect(200).json;
      const about = mistakes.map((mistake) => mistake.rule);
      assert.ok(about.some((found) => place.startsWith(found) || found.startsWith(place)), `${place}: ${JSON.stringify(mistakes)}`);
      for (const { line, words } of mistakes) assert.ok(line > 0 && words.length > 10, JSON.stringify(mistakes));
      const refused = (await propose(site, text)).expect(422).json;
      assert.deepEqual([refused.field, /line \d+/i.test(refused.detail)], ['text', true], refused.detail);
    }
    const { versions, in_force: now } = await (await site.as('owner')).read('/api/v1/policy');
    assert.deepEqual([versions.length, now], [1, 1], 'nothing of it was stored');
    assert.equal(await connections(WITHOUT), 0);
  });

  it('a version comes into force only by those who may: one proposes, one advises, another approves', async () => {
    const text = policyFile(all);
    for (const role of ['operator', 'investigator', 'dpo']) (await (await site.as(role)).post('/api/v1/policy', { text })).expect(403);
    (await site.stranger().post('/api/v1/policy', { text })).expect(401);
    const { version: { number } } = (await propose(site, text)).expect(201).json;
    const approval = { reason: 'It is what we decided.', follows_advice: true };
    const path = `/api/v1/policy/${number}/approve`;
    (await (await site.as('second_owner')).post(path, approval)).expect(409);
    (await (await site.as('dpo')).post(`/api/v1/policy/${number}/advise`, { words: 'Nothing to object to.' })).expect(200);
    for (const role of ['administrator', 'operator', 'investigator', 'dpo', 'owner']) (await (await site.as(role)).post(path, approval)).expect(403);
    (await site.stranger().post(path, approval)).expect(401);
    assert.equal(await stateOf(WITHOUT), 'no_purpose');
    assert.equal(await connections(WITHOUT), 0, 'a proposal records nothing');
    (await (await site.as('owner')).post(`/api/v1/policy/${number}/withdraw`, { reason: 'Tried out only.' })).expect(200);
    (await (await site.as('second_owner')).post(path, approval)).expect(409);
  });

  it('a file of the machine goes the same way: it is proposed by somebody who may, and decides nothing', async () => {
    const file = join(site.directory.path, 'next.toml');
    const command = (...words) => run(program('candour'), ['policy', ...words, '--data', site.data]);
    writeFileSync(file, policyFile({ ...all, 'Car park': { ...entrances, keep_days: 1 } }));
    const plan = await command('plan', file);
    assert.equal(plan.code, 0, plan.err);
    assert.match(plan.out, /Loading bay/, 'what it would begin to record');
    const before = (await (await site.as('owner')).read('/api/v1/policy')).versions.length;
    assert.notEqual((await command('import', file, '--by', 'Olive Okafor')).code, 0, 'an operator proposes nothing');
    assert.equal((await command('import', file, '--by', 'Otto Owens')).code, 0);
    const { versions, in_force: now } = await (await site.as('owner')).read('/api/v1/policy');
    assert.deepEqual([versions.length, versions[0].state, versions[0].origin, now], [before + 1, 'draft', 'import', 1]);
    await until('its entry in the log', async () => (await site.log()).some((entry) => entry.kind === 'policy_drafted' && /Otto Owens/.test(JSON.stringify(entry)) && entry.words.includes(`${versions[0].number}`)));
    writeFileSync(file, policyFile(all).replace('record = "continuous"', 'record = "sometimes"').replace('keep = "3 days"', 'keep = "3 moons"'));
    const refused = await command('import', file, '--by', 'Otto Owens');
    assert.notEqual(refused.code, 0);
    assert.match(refused.err, /line \d+/i);
    assert.equal((await (await site.as('owner')).read('/api/v1/policy')).versions.length, before + 1);
    assert.equal(await connections(WITHOUT), 0);
  });

  it('in force, the camera records, its purpose stands in every segment, and the log says who decided', async () => {
    const from = now90k();
    const before = await connections('Main entrance');
    const number = await bringIntoForce(site, policyFile(all));
    const camera = await until('the purpose of the camera', async () => {
      const found = await site.camera(WITHOUT);
      return found.purpose && found;
    });
    assert.deepEqual([camera.purpose.sentence, camera.purpose.owner, camera.purpose.keep_days], [deliveries.sentence, deliveries.owner, 3]);
    const files = await until('segments of both streams', () => {
      const found = filesOf(camera);
      return new Set(found.map((file) => file.kind)).size === 2 && found;
    });
    for (const file of files) {
      assert.equal(readFileSync(file.path).toString('hex', PURPOSE_AT, PURPOSE_AT + 16), camera.purpose.id, file.path);
      assert.equal(file.keepUntil - file.start, seconds(3 * 86_400), 'and how long it lives');
      assert.ok(file.start >= from, 'nothing is older than the purpose');
    }
    assert.equal(await connections('Main entrance'), before, 'a camera that goes on is not connected anew');
    const log = await site.log();
    const act = (kind) => log.findLast((entry) => entry.kind === kind && new RegExp(`\\b${number}\\b`).test(entry.words));
    assert.match(act('policy_drafted').who, /Otto Owens/);
    assert.match(act('policy_advised').who, /Dina Dahl/);
    assert.match(act('policy_approved').who, /Otis Oduya/);
    assert.ok(act('policy_in_force'), JSON.stringify(log.slice(-8)));
  });

  it('other terms begin new segments, and what was recorded under the old ones says so for ever', async () => {
    const { purpose: old } = await site.camera(WITHOUT);
    await bringIntoForce(site, policyFile({ ...without, [WITHOUT]: { ...deliveries, sentence: 'Record deliveries that are disputed, by day.', keep_days: 2 } }),
      { early: 'The test cannot wait for a day.' });
    const camera = await until('its new terms', async () => {
      const found = await site.camera(WITHOUT);
      return found.purpose?.id !== old.id && found;
    });
    await until('segments for the new version', () => filesOf(camera).some((file) => file.purpose === camera.purpose.id));
    const files = filesOf(camera);
    assert.ok(files.some((file) => file.purpose === old.id));
    for (const file of files) assert.ok([old.id, camera.purpose.id].includes(file.purpose), file.path);
    const oldest = Math.min(...files.filter((file) => file.purpose === camera.purpose.id).map((file) => file.start));
    assert.ok(files.filter((file) => file.purpose === old.id).every((file) => file.start < oldest));
  });

  it('every segment of the site names a purpose of its camera', async () => {
    for (const name of ['Main entrance', 'Car park']) {
      const camera = await site.camera(name);
      // A new version's segment begins at the camera's next key frame.
      const files = await until(`a segment of ${name} for its purpose in force`, () => {
        const found = filesOf(camera);
        return found.some((file) => file.purpose === camera.purpose.id) && found;
      });
      assert.ok(files.every((file) => !/^0*$/.test(file.purpose)), name);
    }
  });

  it('outside its hours a camera receives nothing; one starts and one stops at their minute, and a restart knows', async () => {
    const ENDS = 'Car park';
    // The hours of one camera end with a minute that is far enough away to prepare for it, and those of the other begin.
    const minute = Math.ceil((Date.now() + 15_000) / 60_000) * 60_000;
    const turn = clock(minute);
    const schedules = { before: turn === '00:00' ? [rule('00:00', '24:00')] : [rule('00:00', turn)], after: [rule(turn, '24:00')] };
    await bringIntoForce(site, policyFile({ ...without, [ENDS]: { ...entrances, schedule: 'before' }, [WITHOUT]: { ...deliveries, schedule: 'after' } }, { schedules }));
    const camera = await until('the camera to be let go', async () => {
      const found = await site.camera(WITHOUT);
      return found.state === 'outside_hours' && await open(WITHOUT) === 0 && found;
    }, { seconds: 10 });
    assert.match(camera.state_words, /until/, 'it says until when');

    await site.kill9();
    await site.startRecorder();
    await until('the end of the hours of one', async () => await open(ENDS) > 0, { seconds: 30 });
    await until('the hours of the other', async () => await open(WITHOUT) > 0, { seconds: (minute - Date.now()) / 1000 + 20, every: 50 });
    assert.ok(Date.now() >= minute, 'not before its hours');
    await until('the end of the hours of one', async () => await open(ENDS) === 0, { seconds: 20, every: 50 });

    // How long it took is read from what was recorded, not from when this test looked.
    const [from, at, to] = [minute - 4000, minute, minute + 6000].map((ms) => ms * 90);
    await until('time to pass', () => now90k() > to + seconds(2), { seconds: 20 });
    const dpo = await site.as('dpo');
    const begins = await timeline(dpo, camera.id, from, to);
    assert.ok(ofKind(begins, 'recorded')[0].start_90k >= at, `nothing before its hours: ${told(begins)}`);
    assert.ok(ofKind(begins, 'gap', 'outside_hours').some((gap) => gap.start_90k === from), `the gap says why: ${told(begins)}`);
    const ended = await site.camera(ENDS);
    const ends = await timeline(dpo, ended.id, from, to);
    assert.ok(ofKind(ends, 'recorded').at(-1).end_90k <= at + seconds(2), `nothing two seconds after its hours: ${told(ends)}`);
    assert.ok(ofKind(ends, 'gap', 'outside_hours').some((gap) => gap.end_90k === to), `and the gap says why: ${told(ends)}`);
    assert.equal(ended.state, 'outside_hours');
    const alarms = await (await site.as('operator')).read('/api/v1/alarms');
    assert.deepEqual(alarms.filter((alarm) => [camera.id, ended.id].includes(alarm.camera) && alarm.kind !== 'gap'), [], 'nobody is called: nothing is wrong');
  });

  it('a camera that a version no longer names stops within two seconds', async () => {
    await bringIntoForce(site, policyFile(all));
    const { id } = await site.camera('Car park');
    const dpo = await site.as('dpo');
    await until('a second of footage that may end', async () => {
      const now = now90k();
      return ofKind(await timeline(dpo, id, now - seconds(3), now), 'recorded').some((span) => span.end_90k - span.start_90k > seconds(1));
    });
    const { version: { number } } = (await propose(site, policyFile({ 'Main entrance': entrances }))).expect(201).json;
    (await approve(site, number, { early: 'The test cannot wait for a day.' })).expect(200);
    await inForce(site, number);
    const forced = now90k();
    await until('the stream to end', async () => await open('Car park') === 0, { seconds: 10, every: 50 });
    assert.equal(await stateOf('Car park'), 'no_purpose');
    await until('time to pass', () => now90k() > forced + seconds(6), { seconds: 20 });
    const spans = await timeline(dpo, id, forced - seconds(10), forced + seconds(5));
    assert.ok(ofKind(spans, 'recorded').at(-1).end_90k < forced + seconds(2), told(spans));
    assert.ok(ofKind(spans, 'gap', 'no_purpose').length > 0, told(spans));
  });
});
