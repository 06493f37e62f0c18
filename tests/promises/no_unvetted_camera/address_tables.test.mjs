// Promise 1 across a router: the recorder sees no hardware address of a camera that stands behind one. A switch's table, signed by two
// people, can vouch for it, or give it away.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { until } from '../../lib/waiting.mjs';

const TABLES = '/api/v1/address-tables';
const NAME = 'AXIS P3818-PVE';
const DAYS_30 = seconds(30 * 86_400);
/** Its own address, of the maker it names; one of Dahua; one of somebody on no list. */
const [AXIS, DAHUA, NOBODY] = ['b8a4.4fa0.4f26', '9002.a900.0036', '0011.2233.4455'];

describe('address tables', () => {
  let site;
  let administrator;
  let officer;
  let address;
  let id;
  before(async () => {
    site = await start({ label: 'tables', only: [], more: [{ like: NAME, name: NAME }], onboard: [], recording: 0 });
    [administrator, officer] = [await site.as('administrator'), await site.as('dpo')];
    const camera = site.cameras.get(NAME);
    address = camera.address;
    ({ id } = (await administrator.post('/api/v1/cameras', { name: NAME, address, onvif_port: camera.onvif_port, user: camera.user, password: camera.password })).expect(201).json);
    const papers = `/api/v1/cameras/${id}/papers`;
    const [paper] = (await administrator.post(papers, { file_name: 'declaration.txt', file: Buffer.from('We declare.').toString('base64'), model: null, support_until: null })).expect(201).json.papers;
    (await officer.post(`${papers}/${paper.declaration}/sign`)).expect(200);
  });
  after(() => site?.stop());

  /** What a switch prints, with one row for the camera. */
  const printed = (mac, at = address) => [
    'Protocol  Address          Age (min)  Hardware Addr   Type   Interface',
    `Internet  ${at}               5   ${mac}  ARPA   Vlan20`,
    'Internet  10.99.0.1               -   0018.82aa.bbcc  ARPA   Vlan20',
    'Internet  10.99.0.7               0   Incomplete      ARPA',
  ].join('\r\n');
  const filing = (text, { source = 'Core switch', taken = now90k() - seconds(60) } = {}) => ({ file_name: 'arp.txt', file: Buffer.from(text).toString('base64'), source, taken_90k: taken });
  const file = async (text, more) => (await administrator.post(TABLES, filing(text, more))).expect(201).json.tables.find(({ state, source }) => state === 'waiting' && source === (more?.source ?? 'Core switch'));
  const sign = (client, table) => client.post(`${TABLES}/${table.id}/sign`);
  const states = async () => Object.fromEntries((await officer.read(TABLES)).tables.map((table) => [table.id, table.state]));
  const outcome = async () => (await site.camera(NAME)).outcome;
  const becomes = (expected, within = 20) => until(`the camera is ${expected}`, async () => (await outcome()) === expected, { seconds: within });

  let vouching;

  it('a camera behind a router is conditional for the want of a second layer', async () => {
    const camera = await site.camera(NAME);
    assert.equal(camera.outcome, 'conditional', JSON.stringify(camera.all_reasons));
    assert.deepEqual([camera.missing.length, /seen on the wire/.test(camera.missing[0])], [1, true], camera.missing.join('\n'));
  });

  it('what is no table, is of another time or is filed by the wrong person is not taken, by name', async () => {
    const ports = 'Vlan    Mac Address       Type        Ports\n  20    b8a4.4fa0.4f26    DYNAMIC     Gi1/0/7\n';
    const cases = [
      [filing(ports), 'file', /MAC table names ports/],
      [filing(printed(AXIS), { taken: now90k() - DAYS_30 - seconds(60) }), 'taken_90k', /last 30 days/],
      [filing(printed(AXIS), { taken: now90k() + seconds(3600) }), 'taken_90k', /last 30 days/],
    ];
    for (const [asked, field, words] of cases) {
      const answer = await administrator.post(TABLES, asked);
      assert.equal(answer.status, 422, answer.text);
      assert.equal(answer.json.field, field);
      assert.match(answer.json.detail, words);
    }
    for (const role of ['dpo', 'operator', 'investigator']) (await (await site.as(role)).post(TABLES, filing(printed(AXIS)))).expect(403);
    assert.deepEqual((await officer.read(TABLES)).tables, []);
  });

  it('unsigned it changes nothing, and says what it would do', async () => {
    vouching = await file(printed(AXIS));
    const { content } = vouching;
    assert.deepEqual([content.addresses, content.left_out, content.contradictions.length], [2, 2, 0]);
    const [told] = content.cameras;
    assert.deepEqual([told.name, told.says, told.outcome, told.outcome_with], [NAME, 'match', 'conditional', 'accepted']);
    assert.match(told.words, /B8:A4:4F:A0:4F:26 \(registered to Axis/);
    (await administrator.post(`/api/v1/cameras/${id}/judge`)).expect(200);
    assert.equal(await outcome(), 'conditional');
    (await administrator.post(TABLES, filing(printed(AXIS)))).expect(409);
  });

  it('whoever filed it does not sign it', async () => {
    const answer = await sign(administrator, vouching);
    assert.equal(answer.status, 409, answer.text);
    assert.match(answer.json.detail, /second person/);
    for (const role of ['operator', 'investigator']) (await sign(await site.as(role), vouching)).expect(403);
    assert.equal(await outcome(), 'conditional');
  });

  it('signed it vouches for the camera, which is received and stays so when it is asked again', async () => {
    (await sign(officer, vouching)).expect(200);
    assert.equal(await outcome(), 'accepted');
    const { evidence, all_reasons: reasons } = await site.camera(NAME);
    const item = evidence.find(({ kind }) => kind.includes('imported address table'));
    assert.match(item.kind, /Core switch, signed by Dina Dahl/);
    assert.match(item.raw, /^line 2: Internet/);
    assert.ok(reasons.some(({ rule, layer }) => rule === 'prefix.B8A44F' && layer === 'L1'), JSON.stringify(reasons));
    (await administrator.post(`/api/v1/cameras/${id}/judge`)).expect(200);
    assert.equal(await outcome(), 'accepted');
    (await sign(officer, vouching)).expect(409);
    assert.equal((await officer.request('GET', `${TABLES}/${vouching.id}/file`)).text, printed(AXIS));
  });

  it('a restart changes nothing about it', async () => {
    site.clients.clear();
    await site.restart({ recording: 0 });
    [administrator, officer] = [await site.as('administrator'), await site.as('dpo')];
    assert.equal(await outcome(), 'accepted');
    assert.equal((await states())[vouching.id], 'in_force');
  });

  it('a newer one of the same source takes its place; one with a Dahua there refuses the camera, and is not just taken back', async () => {
    const against = await file(printed(DAHUA), { taken: now90k() });
    const [told] = against.content.cameras;
    assert.deepEqual([told.says, told.outcome, told.outcome_with], ['other', 'accepted', 'refused']);
    assert.match(told.words, /Dahua/);
    (await sign(officer, against)).expect(200);
    const camera = await site.camera(NAME);
    assert.equal(camera.outcome, 'refused', JSON.stringify(camera.all_reasons));
    assert.match(camera.reasons[0].words, /imported address table.*Dahua/);
    assert.deepEqual([(await states())[vouching.id], (await states())[against.id]], ['replaced', 'in_force']);
    const answer = await officer.request('DELETE', `${TABLES}/${against.id}`);
    assert.equal(answer.status, 409, answer.text);
    assert.match(answer.json.detail, /speaks against AXIS P3818-PVE/);
    // The older one does not come back by being signed again, and neither does its file by the same person alone.
    (await sign(officer, vouching)).expect(409);
    assert.equal(await outcome(), 'refused');
    const better = await file(printed(AXIS), { taken: now90k() + seconds(1) });
    assert.deepEqual([better.content.cameras[0].outcome, better.content.cameras[0].outcome_with], ['refused', 'accepted']);
    (await sign(officer, better)).expect(200);
    assert.equal(await outcome(), 'accepted');
    vouching = better;
  });

  it('one that contradicts itself, or shows somebody else there, quarantines', async () => {
    for (const [text, says] of [[`${printed(AXIS)}\n${address} ${NOBODY}\n`, 'contradiction'], [printed(NOBODY), 'other']]) {
      const table = await file(text, { source: `Annexe, ${says}` });
      assert.deepEqual([table.content.cameras[0].says, table.content.cameras[0].outcome_with], [says, 'quarantined']);
      if (says === 'contradiction') assert.deepEqual(table.content.contradictions.map(({ line }) => line), [2, 5]);
      (await officer.request('DELETE', `${TABLES}/${table.id}`)).expect(200);
      assert.equal((await states())[table.id], 'withdrawn');
    }
    assert.equal(await outcome(), 'accepted', 'nobody signed them');
  });

  it('taken back, it vouches for nobody any more', async () => {
    (await officer.request('DELETE', `${TABLES}/${vouching.id}`)).expect(200);
    assert.equal(await outcome(), 'conditional');
    (await officer.request('DELETE', `${TABLES}/${vouching.id}`)).expect(409);
  });

  it('thirty days after it was taken the camera is conditional again, with an alarm', async () => {
    // From a source of its own: it is older than what was filed before.
    const old = await file(printed(AXIS), { source: 'DHCP server', taken: now90k() - DAYS_30 + seconds(25) });
    (await sign(officer, old)).expect(200);
    const signed = await site.camera(NAME);
    assert.equal(signed.outcome, 'accepted', 'it counted still');
    assert.ok(signed.all_reasons.some(({ rule }) => rule === 'table.ends'), JSON.stringify(signed.all_reasons));
    await becomes('conditional', 90);
    assert.equal((await states())[old.id], 'too_old');
    const camera = await site.camera(NAME);
    assert.ok(camera.all_reasons.some(({ rule, words }) => rule === 'item.disregarded' && /30 days old/.test(words)), JSON.stringify(camera.all_reasons));
    const alarms = JSON.stringify(await administrator.read('/api/v1/alarms'));
    assert.match(alarms, /address table of DHCP server is more than 30 days old/);
  });

  it('all of it is in the log, with who did it', async () => {
    const words = (await site.log()).map((entry) => entry.words);
    for (const expected of [
      /Ada Archer filed the address table arp.txt of Core switch/, /Dina Dahl signed the address table of Core switch/,
      /Dina Dahl took the address table of Core switch back/, new RegExp(`${NAME} was judged: refused, before: accepted`),
      new RegExp(`${NAME} was judged: conditional, before: accepted`),
    ]) assert.ok(words.some((sentence) => expected.test(sentence)), `${expected} in\n${words.slice(-30).join('\n')}`);
  });
});
