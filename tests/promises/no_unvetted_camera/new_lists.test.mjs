// Promise 1 over time: what a new list forbids is stopped the moment the list is in force, and nobody slips a list past the
// site's own keys and people.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Keepers } from '../../lib/list-bundles.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { ofKind, timeline, told } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

/** The camera whose model the new list speaks against, and one that it does not. */
const [STOPS, STAYS] = ['Main entrance', 'Reception'];

describe('new lists', () => {
  let site;
  let keepers;
  let model;
  before(async () => {
    site = await start({ label: 'lists', only: [STOPS, STAYS] });
    keepers = new Keepers();
    model = (await site.camera(STOPS)).model;
    assert.notEqual(model, (await site.camera(STAYS)).model, 'the two can be told apart');
  });
  after(async () => {
    await site?.stop();
    keepers?.remove();
  });

  const row = () => `${model},Hikvision,found out today,certain,hikvision,${model},a test`;
  const offer = async (role, text) => (await site.as(role)).request('POST', '/api/v1/lists/offer', { body: text, headers: { 'content-type': 'application/json' } });
  const confirm = async (role, version) => (await site.as(role)).post('/api/v1/lists/confirm', { version });
  const inForce = async () => (await (await site.as('dpo')).read('/api/v1/lists')).in_force.version;

  it('none is taken before two people have said whose signatures count', async () => {
    const answer = await offer('administrator', keepers.bundle(2));
    assert.equal(answer.status, 422, answer.text);
    assert.match(answer.json.detail, /trusts no keys/);
    await site.stopRecorder();
    assert.throws(() => keepers.trust(site.data, 'ada', 'Ada Archer'), /two are needed/);
    assert.match(keepers.trust(site.data, 'ada', 'dina'), /2 of these keys/);
    site.clients.clear();
    await site.restart();
  });

  it('a broken, unsigned or older one is refused by name, and the one in force stays', async () => {
    const whole = keepers.bundle(2);
    const cases = [
      ['not a bundle at all', /no bundle of lists/],
      [whole.replace(/"bundle":"(.{40})./, (_, start) => `"bundle":"${start}${'A'}`), /not imported|signed by 0 of the 2|no bundle/],
      [keepers.bundle(2, { signatures: 0 }), /signed by 0 of the 2 keys/],
      [keepers.bundle(2, { signatures: 1 }), /signed by 1 of the 2 keys it needs \(Keeper one\)/],
      [keepers.bundle(1), /nothing goes back/],
    ];
    for (const [text, words] of cases) {
      const answer = await offer('administrator', text);
      assert.equal(answer.status, 422, answer.text);
      assert.equal(answer.json.field, 'bundle');
      assert.match(answer.json.detail, words);
    }
    assert.equal(await inForce(), 1);
    for (const role of ['operator', 'investigator']) assert.equal((await offer(role, whole)).status, 403);
  });

  it('shows which camera stops, and stops it within two seconds of the second yes', async () => {
    const text = keepers.bundle(2, { brands: [row()] });
    const offered = (await offer('administrator', text)).expect(200).json.offered;
    assert.deepEqual(offered.changes.map(({ name, before, after, stops }) => ({ name, before, after, stops })),
      [{ name: STOPS, before: 'accepted', after: 'quarantined', stops: true }]);
    assert.match(offered.changes[0].why, /Hikvision/);
    assert.equal(await inForce(), 1);
    (await confirm('administrator', 2)).expect(200);
    const twice = await confirm('administrator', 2);
    assert.equal(twice.status, 409, twice.text);
    assert.equal(await inForce(), 1, 'one person is not two');
    assert.equal((await site.camera(STOPS)).outcome, 'accepted');

    const { id } = await site.camera(STOPS);
    const { rtsp_connections: connections } = await site.cameras.state(STOPS);
    const said = now90k();
    (await confirm('dpo', 2)).expect(200);
    await until(`${STOPS} is stopped`, async () => (await site.camera(STOPS)).state === 'not_accepted', { seconds: 2 });
    const camera = await site.camera(STOPS);
    assert.equal(camera.outcome, 'quarantined');
    const change = camera.all_reasons.find(({ rule }) => rule === 'list.changed');
    assert.match(change.words, /brands version 1 of 2026-11-23 became version 12 of 2026-11-26/);

    const officer = await site.as('dpo');
    const gap = await until('its gap', async () => {
      const spans = await timeline(officer, id, said - seconds(30), now90k());
      return spans.at(-1)?.kind === 'gap' && spans.at(-1).cause === 'not_accepted' ? spans : null;
    }, { seconds: 10 });
    assert.ok(gap.at(-1).start_90k - said < seconds(2), `the gap begins at once: ${told(gap)}`);
    assert.ok(ofKind(gap, 'recorded').length > 0, 'what was recorded before is there');
    assert.equal((await site.cameras.state(STOPS)).rtsp_connections, connections, 'nobody comes back');

    // The others never noticed.
    const { id: other } = await site.camera(STAYS);
    await until(`${STAYS} goes on`, async () => {
      const spans = await timeline(officer, other, said - seconds(5), now90k());
      const since = spans.filter(({ end_90k }) => end_90k > said);
      assert.ok(!since.some(({ kind }) => kind === 'gap'), told(spans));
      return ofKind(since, 'recorded').some(({ end_90k }) => end_90k > said + seconds(2));
    }, { seconds: 20 });
  });

  it('an alarm and the log say so, with who put the list in force', async () => {
    const { id } = await site.camera(STOPS);
    const alarms = await (await site.as('administrator')).read('/api/v1/alarms');
    assert.ok(JSON.stringify(alarms).includes('device_refused'), JSON.stringify(alarms));
    const words = (await site.log()).map((entry) => entry.words);
    for (const expected of [
      /Ada Archer offered bundle 2/, /Ada Archer said yes to bundle 2/, /Ada Archer and Dina Dahl put bundle 2 of the vetting lists in force/,
      /Ada Archer and Dina Dahl changed whose signatures count/, new RegExp(`${STOPS} was judged: quarantined, before: accepted`),
    ]) assert.ok(words.some((sentence) => expected.test(sentence)), `${expected} in\n${words.slice(-25).join('\n')}`);
    assert.ok(id);
  });

  it('one marked urgent by its signers does not wait, and nothing goes back, also after a restart', async () => {
    (await offer('administrator', keepers.bundle(3, { brands: [row()], urgent: true }))).expect(200);
    assert.equal(await inForce(), 3);
    const older = await offer('administrator', keepers.bundle(2, { brands: [] }));
    assert.equal(older.status, 422, older.text);
    assert.match(older.json.detail, /nothing goes back/);
    site.clients.clear();
    await site.restart({ recording: 1 });
    assert.equal(await inForce(), 3);
    assert.equal((await site.camera(STOPS)).outcome, 'quarantined', 'a restart is no way around it');
  });
});
