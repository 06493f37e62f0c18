// Promise 4, rule 1 of the door: a role alone sees nothing recorded. A look back needs a grant that another person approved, the
// replay of one's own watch, or broken glass, and every step is an entry. That an unreviewed use suspends its user after three
// working days is tested on a simulated clock (`crates/http/tests/door/grants.rs`).

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ask, decide, granted, request } from '../../lib/grants.mjs';
import { openLive } from '../../lib/live-socket.mjs';
import { mediaPath, planPath, samplesOf } from '../../lib/media.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { newestRecorded, recordedLength, timeline } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

const CAMERA = 'Car park';

describe('no look without a grant', () => {
  let site;
  let camera;
  let from;
  let to;

  before(async () => {
    from = now90k();
    site = await start({ label: 'grants', only: ['Main entrance', CAMERA] });
    camera = await site.camera(CAMERA);
    const dpo = await site.as('dpo');
    to = await until('footage', async () => {
      const spans = await timeline(dpo, camera.id, from, now90k());
      return recordedLength(spans) > seconds(6) && newestRecorded(spans);
    });
  });
  after(() => site?.stop());

  const asked = (more = {}) => ({ cameras: [camera.id], from_90k: from, to_90k: to, reason: 'Who took the bicycle', ...more });
  const look = (client, more) => client.post('/api/v1/looks', asked(more));
  const entries = async (kind) => (await site.log()).filter((entry) => entry.kind === kind);
  const words = (text) => ({ words: text });

  it('without a grant the investigator is refused, told who can help, and it is an entry', async () => {
    const investigator = await site.as('investigator');
    const before = (await entries('look_refused')).length;
    const refused = (await look(investigator)).expect(403);
    assert.equal(refused.json.type, '/problems/look-refused');
    assert.match(refused.json.detail, /Ask for a grant on the Requests page; an approver decides/);
    const all = await entries('look_refused');
    assert.equal(all.length, before + 1);
    assert.deepEqual([all.at(-1).cameras, all.at(-1).from_90k, all.at(-1).reason], [[CAMERA], from, 'Who took the bicycle']);
  });

  it('asked and not decided is not enough; refused is not; approved plays what it names and nothing else', async () => {
    const investigator = await site.another('investigator');
    const waiting = await ask(investigator, camera.id, from, to);
    assert.match((await look(investigator)).expect(403).json.detail, /not decided yet/);
    (await decide(site, waiting, false)).expect(200);
    (await look(investigator)).expect(403);
    (await decide(site, waiting)).expect(409);

    const grant = await granted(investigator, camera.id, from, to, { export: false });
    const given = (await look(investigator)).expect(201).json;
    assert.deepEqual([given.under, given.grant, given.case, given.export], ['grant', grant.id, '2026-114', false]);
    const { pieces: [piece] } = await investigator.read(planPath(given.id, camera.id, from, to));
    (await investigator.get(mediaPath(given.id, camera.id, piece.segment, from, to))).expect(200);
    const entry = (await site.log()).find((one) => one.index === given.entry);
    assert.match(entry.words, /under a grant for case .2026-114./);
    (await look(investigator, { from_90k: from - seconds(1) })).expect(403);
    (await look(investigator, { cameras: [camera.id, (await site.camera('Main entrance')).id] })).expect(403);
    const query = `camera=${camera.id}&stream=main&from_90k=${from}&to_90k=${to}`;
    (await investigator.get(`/api/v1/looks/${given.id}/download?${query}`)).expect(403);
    (await investigator.delete(`/api/v1/looks/${given.id}`)).expect(204);
    (await (await site.as('approver')).post(`/api/v1/grants/${grant.id}/withdraw`, words('This test is over.'))).expect(200);
  });

  it('nobody decides who asked, runs the system, or guards the data', async () => {
    const investigator = await site.as('investigator');
    const waiting = await ask(investigator, camera.id, from, to);
    for (const role of ['investigator', 'operator', 'dpo', 'administrator', 'owner']) {
      (await (await site.as(role)).post(`/api/v1/grants/${waiting.id}/decide`, { approve: true, words: 'I think that is fine.' })).expect(403);
    }
    const administrator = await site.as('administrator');
    const person = { sign_in_name: 'beatrix', full_name: 'Bea Both', password: 'planted-kettle-two-roles', roles: ['investigator', 'approver'] };
    (await administrator.post('/api/v1/people', person)).expect(201);
    const both = await site.another('investigator');
    await both.signIn(person.sign_in_name, person.password);
    const own = await ask(both, camera.id, from, to);
    const refused = (await both.post(`/api/v1/grants/${own.id}/decide`, { approve: true, words: 'I trust myself in this.' })).expect(403);
    assert.match(refused.json.detail, /another person has to decide/);
    for (const roles of [['approver', 'administrator'], ['approver', 'dpo']]) {
      assert.equal((await administrator.post('/api/v1/people', { ...person, sign_in_name: 'zed', roles })).expect(422).json.field, 'roles');
    }
  });

  it('a request names a case, a purpose that every camera permits, and an end', async () => {
    const investigator = await site.as('investigator');
    const good = await request(investigator, camera.id, from, to);
    const wrong = { case: '', words: 'because', purpose: 'curiosity', cameras: [], until_90k: Math.round(now90k() - seconds(1)) };
    for (const [field, value] of Object.entries(wrong)) {
      assert.equal((await investigator.post('/api/v1/grants', { ...good, [field]: value })).expect(422).json.field, field);
    }
  });

  it('withdrawal ends what plays, at a player\'s address and in a download too, with an exact entry', async () => {
    const investigator = await site.another('investigator');
    const grant = await granted(investigator, camera.id, from, to);
    const given = (await look(investigator)).expect(201).json;
    const { pieces } = await investigator.read(planPath(given.id, camera.id, from, to));
    let bytes = 0;
    for (const { segment } of pieces) {
      const media = (await investigator.get(mediaPath(given.id, camera.id, segment, from, to))).expect(200);
      for (const sample of samplesOf(media.bytes)) bytes += sample.bytes;
    }
    const { playlists: [{ main }] } = (await investigator.post(`/api/v1/looks/${given.id}/player`, {})).expect(201).json;
    (await site.stranger().get(main)).expect(200);
    const approver = await site.as('approver');
    (await approver.post(`/api/v1/grants/${grant.id}/withdraw`, words('The case was closed.'))).expect(200);
    // The answer comes when the looks have ended, so nothing has to be waited for.
    (await investigator.get(mediaPath(given.id, camera.id, pieces[0].segment, from, to))).expect(404);
    (await site.stranger().get(main)).expect(404);
    (await investigator.post(`/api/v1/looks/${given.id}/renew`)).expect(404);
    (await look(investigator)).expect(403);
    const ended = (await entries('look_ended')).find((entry) => JSON.parse(entry.groups.sent).entry === given.entry);
    const { why, sent } = JSON.parse(ended.groups.sent);
    assert.deepEqual([why, sent[0].bytes], ['the grant was withdrawn', bytes], 'exactly what was sent');
    assert.equal((await entries('grant_withdrawn')).at(-1).reason, 'The case was closed.');
  });

  it('an operator looks back at the own watch, and no further', async () => {
    const operator = await site.another('operator');
    (await look(operator)).expect(403);
    const socket = await openLive(operator);
    socket.subscribe(1, camera.id, 'sub');
    await socket.waitForUnits(1, 10);
    const watched = now90k();
    await until('something to look back at', () => now90k() > watched + seconds(4));
    const given = (await look(operator, { from_90k: watched, to_90k: Math.round(now90k()) })).expect(201).json;
    assert.deepEqual([given.under, given.export], ['replay', false]);
    assert.match((await site.log()).find((one) => one.index === given.entry).words, /instant replay of the own watch/);
    (await operator.post(`/api/v1/looks/${given.id}/player`, {})).expect(403);
    (await look(operator)).expect(403);
    socket.close();
    (await operator.delete(`/api/v1/looks/${given.id}`)).expect(204);
  });

  it('broken glass works at once, everybody is told, and somebody else reviews it', async () => {
    const investigator = await site.another('investigator');
    (await look(investigator)).expect(403);
    const broken = { cameras: [camera.id], from_90k: from, to_90k: to, words: 'A child is missing in the building' };
    const used = (await investigator.post('/api/v1/break-glass', broken)).expect(201).json;
    const given = (await look(investigator)).expect(201).json;
    assert.equal(given.under, 'break_glass');
    assert.equal((await entries('break_glass_used')).at(-1).reason, broken.words);
    for (const role of ['operator', 'investigator', 'dpo', 'administrator', 'owner', 'approver']) {
      const { alarms } = await (await site.as(role)).read('/api/v1/status');
      const alarm = alarms.find((one) => one.kind === 'break_glass');
      assert.equal(alarm?.severity, 'red', `${role} is told`);
      assert.match(alarm.words, /Ines Iqbal broke the glass .*A child is missing/s);
    }
    const review = { justified: true, words: 'The child was found by it.' };
    (await investigator.post(`/api/v1/grants/${used.id}/review`, review)).expect(403);
    (await (await site.as('dpo')).post(`/api/v1/grants/${used.id}/review`, review)).expect(403);
    (await (await site.as('owner')).post(`/api/v1/grants/${used.id}/review`, review)).expect(200);
    const { alarms } = await (await site.as('administrator')).read('/api/v1/status');
    assert.ok(!alarms.some((one) => one.kind === 'break_glass'), 'reviewed, it is over');
    (await (await site.as('approver')).post(`/api/v1/grants/${used.id}/withdraw`, words('The incident is over.'))).expect(200);
    (await look(investigator)).expect(403);
  });

  it('what somebody on watch marks is held for a week, and an investigator can ask for it', async () => {
    const now = Math.round(now90k());
    const marked = (await (await site.as('operator')).post('/api/v1/incidents', { camera: camera.id, from_90k: from, to_90k: now, words: 'A fight' })).expect(201).json;
    const held = (await (await site.as('dpo')).read('/api/v1/holds')).standing.find((hold) => hold.id === marked.hold);
    assert.deepEqual([held.class, held.from_90k, held.ends_90k], ['marked', from, marked.ends_90k]);
    assert.ok(Math.abs(marked.ends_90k - now - seconds(7 * 86_400)) < seconds(60), 'a week');
    const investigator = await site.as('investigator');
    await ask(investigator, camera.id, from, now, { incident: marked.id });
    const { incidents } = await investigator.read('/api/v1/grants');
    assert.equal(incidents.find((one) => one.id === marked.id).requests, 1);
  });
});
