// Promise 1 against devices that want to be let in: they lie over ONVIF and betray themselves elsewhere, or lead astray, attack the
// reader, and give nothing away. None of them sees more of us than it must.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { start } from '../../lib/site.mjs';

/** Simulated devices of crates/camera-sim/examples/devices.toml, and what the gate says of each in lab mode. */
const DEVICES = {
  'SADP behind a lab face': { outcome: 'refused', reason: /Hikvision/, rtsp: 0 },
  'DHIP behind a lab face': { outcome: 'refused', reason: /Dahua/, rtsp: 0 },
  'ISAPI behind a lab face': { outcome: 'refused', reason: /Hikvision/, rtsp: 0 },
  // Nothing before it gave it away; it saw the one connection with OPTIONS and DESCRIBE.
  "Dahua's stream behind a lab face": { outcome: 'refused', reason: /Dahua/, rtsp: 1 },
  'Lab camera behind a log-in': { outcome: 'accepted', rtsp: 1 },
  'AXIS P3818-PVE': { outcome: 'conditional', rtsp: 1 },
  'AXIS by word alone': { outcome: 'quarantined', reason: /address/, rtsp: 1 },
  'Hanwha XND-A9084RV': { outcome: 'conditional', rtsp: 1 },
  'AXIS M7016': { outcome: 'quarantined', reason: /M7016/, rtsp: 1 },
  'DS-7608NI recorder': { outcome: 'refused', reason: /Hikvision/, rtsp: 0 },
};
/** A lab camera that is good but for what is said here. */
const lab = (number, name, guise, more = {}) => ({
  like: 'Lab camera behind a log-in', name, address: `127.0.0.${number}`, mac: `FC:00:0C:00:00:${number}`, serial: `FC000C0000${number}`, password: `device-${number}`, guise, ...more,
});
const WEAPONS = ['entities', 'file', 'deep', 'long', 'encoding', 'broken'];

/** A host that no camera is: whoever connects to it was led astray. */
function trap() {
  return new Promise((settle) => {
    const server = net.createServer((socket) => { server.visits += 1; socket.destroy(); }).listen(0, '127.0.0.99', () => settle(server));
    server.visits = 0;
  });
}

const memory = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmHWM:\s+(\d+) kB/m)[1]) / 1024;

describe('devices that want to be let in', () => {
  let site;
  let administrator;
  let trapped;
  before(async () => {
    trapped = await trap();
    const elsewhere = `127.0.0.99:${trapped.address().port}`;
    const hostile = [
      lab(51, 'Streams elsewhere', { streams_at: elsewhere }),
      lab(52, 'Services elsewhere', { services_at: elsewhere }),
      lab(53, 'Services at the metadata address', { services_at: '169.254.169.254' }),
      lab(54, 'Basic', { basic_only: true }),
      ...WEAPONS.map((weapon, at) => lab(55 + at, `XML: ${weapon}`, { attack: { on: 'GetScopes', with: weapon } })),
      lab(65, 'Bomb first', { attack: { on: 'GetSystemDateAndTime', with: 'entities' } }),
      lab(66, 'Long names', { model: `Lab ${'<script>alert(1)</script>\u202e'.repeat(400)}`, scopes: [`onvif://www.onvif.org/name/${'n'.repeat(10_000)}`] }),
    ];
    site = await start({
      label: 'devices', only: [], more: [...Object.keys(DEVICES).map((name) => ({ like: name, name })), ...hostile],
      onboard: [], recording: 0,
    });
    administrator = await site.as('administrator');
  });
  after(async () => {
    await site?.stop();
    trapped?.close();
  });

  const add = async (name) => {
    const { address, onvif_port, user, password } = site.cameras.get(name);
    return administrator.post('/api/v1/cameras', { name, address, onvif_port, user, password });
  };

  for (const [name, expected] of Object.entries(DEVICES)) {
    it(`${name}: ${expected.outcome}`, async () => {
      const camera = (await add(name)).expect(201).json;
      const told = JSON.stringify(camera.reasons.map(({ rule, words }) => [rule, words]), null, 1);
      assert.equal(camera.outcome, expected.outcome, told);
      if (expected.reason) assert.match(camera.reasons[0].words, expected.reason, told);
      const seen = await site.cameras.state(name);
      assert.equal(seen.rtsp_connections, expected.rtsp, expected.rtsp ? 'one connection, to ask' : 'no RTSP connection, not even to ask');
      assert.equal(seen.rtsp_setups, 0, 'nobody asked for pictures');
      assert.equal(seen.passwords_heard, 0);
      if (expected.outcome === 'conditional') assert.ok((await site.camera(name)).missing.length > 0, 'it says what is missing');
    });
  }

  it('an answer on the wire is kept as it came', async () => {
    const { evidence } = await site.camera('SADP behind a lab face');
    const datagram = evidence.find((item) => item.value === '37020 ProbeMatch');
    assert.ok(datagram.raw.includes('<DeviceDescription>DS-2CD2032-I</DeviceDescription>'), JSON.stringify(datagram));
    const isapi = (await site.camera('ISAPI behind a lab face')).evidence.find((item) => item.value === '/ISAPI/System/deviceInfo');
    assert.equal(isapi.layer, 'L5');
    const realm = (await site.camera("Dahua's stream behind a lab face")).evidence.find((item) => item.layer === 'L4' && item.value.startsWith('Login to'));
    assert.ok(realm, 'the realm of its stream');
  });

  it('paper takes a file, one who read it and another who read it too', async () => {
    const name = 'AXIS P3818-PVE';
    const { id, missing } = await site.camera(name);
    assert.deepEqual([missing.some((words) => /declaration/.test(words)), missing.some((words) => /second person/i.test(words))], [true, true], missing.join('\n'));
    const path = `/api/v1/cameras/${id}/papers`;
    const until = new Date(Date.now() + 60 * 86_400_000).toISOString().slice(0, 10);
    const text = 'We declare that this camera holds no part of a maker that may not be used.';
    const filed = await administrator.post(path, { file_name: 'declaration.txt', file: Buffer.from(text).toString('base64'), model: 'P3818-PVE', support_until: until });
    assert.equal(filed.status, 201, filed.text);
    const [paper] = filed.json.papers;
    assert.deepEqual([paper.file_name, paper.signed_off_by, paper.second_person], ['declaration.txt', 'Ada Archer', null]);
    assert.equal(paper.declaration, createHash('sha256').update(text).digest('hex'));
    assert.ok(!filed.json.missing.some((words) => /declaration is missing/.test(words)), filed.json.missing.join('\n'));
    const officer = await site.as('dpo');
    (await (await site.as('operator')).post(`${path}/${paper.declaration}/sign`)).expect(403);
    const answer = await administrator.post(`${path}/${paper.declaration}/sign`);
    assert.equal(answer.status, 409, answer.text);
    assert.match(answer.json.detail, /second person/);
    const signed = (await officer.post(`${path}/${paper.declaration}/sign`)).expect(200).json;
    assert.equal(signed.papers[0].second_person, 'Dina Dahl');
    // What is left is what no paper can replace: its address as it is seen on the wire.
    assert.equal(signed.outcome, 'conditional');
    assert.deepEqual([signed.missing.length, /seen on the wire/.test(signed.missing[0])], [1, true], signed.missing.join('\n'));
    assert.equal((await officer.request('GET', `${path}/${paper.declaration}`)).text, text);
    // Support that ends within 180 days is told, and stays told when the camera is judged again.
    const alarms = JSON.stringify(await administrator.read('/api/v1/alarms'));
    assert.match(alarms, new RegExp(`security updates end on ${until}`));
    const judged = (await administrator.post(`/api/v1/cameras/${id}/judge`)).expect(200).json;
    assert.deepEqual([judged.papers.length, judged.papers[0].second_person], [1, 'Dina Dahl']);
    assert.ok((await site.log()).some(({ words }) => /Ada Archer filed the supplier's declaration declaration.txt/.test(words)));
  });

  it('an exception needs a reason, an owner, an end and two people, is told before it ends, and helps no maker that may not be used', async () => {
    const refused = 'DS-7608NI recorder';
    for (const name of ['AXIS P3818-PVE', refused]) {
      const { id } = await site.camera(name);
      const path = `/api/v1/cameras/${id}/exceptions`;
      const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);
      const asked = { covers: 'CVE-2025-0324', reason: 'It is on a wire of its own until it is replaced.', owner: 'Head of estates', until: day(5) };
      for (const until of [day(-2), day(800)]) assert.equal((await administrator.post(path, { ...asked, until })).expect(422).json.field, 'until');
      (await (await site.as('operator')).post(path, asked)).expect(403);
      const filed = (await administrator.post(path, asked)).expect(201).json;
      const [exception] = filed.exceptions;
      assert.deepEqual([exception.signed_off_by, exception.second_person ?? null], ['Ada Archer', null]);
      const rules = ({ all_reasons }) => all_reasons.map(({ rule }) => rule);
      assert.ok(rules(filed).includes('exception.void'), 'one person alone decides nothing');
      (await administrator.post(path, asked)).expect(409);
      (await administrator.post(`${path}/${exception.id}/sign`)).expect(409);
      const officer = await site.as('dpo');
      const signed = (await officer.post(`${path}/${exception.id}/sign`)).expect(200).json;
      assert.equal(signed.exceptions[0].second_person, 'Dina Dahl');
      assert.deepEqual([rules(signed).includes('exception.void'), rules(signed).includes('exception.ends')], [false, true]);
      assert.equal(signed.outcome, DEVICES[name].outcome, 'it moves nothing but the flaw');
      const alarms = JSON.stringify(await administrator.read('/api/v1/alarms'));
      assert.ok(alarms.includes(`The exception for CVE-2025-0324 ends with ${asked.until}`), alarms);
      // It stays when the device is asked again, and anybody of the two ends it.
      const judged = (await administrator.post(`/api/v1/cameras/${id}/judge`)).expect(200).json;
      assert.equal(judged.exceptions[0].second_person, 'Dina Dahl');
      assert.deepEqual((await officer.request('DELETE', `${path}/${exception.id}`)).expect(200).json.exceptions, []);
      assert.ok((await site.log()).some(({ words }) => words.startsWith(`Ada Archer filed an exception for CVE-2025-0324 of ${name} until`)));
    }
  });

  it('nothing is sent where a device leads us (T3)', async () => {
    for (const [name, outcome] of [['Streams elsewhere', 'quarantined'], ['Services elsewhere', 'quarantined'], ['Services at the metadata address', 'quarantined']]) {
      const camera = (await add(name)).expect(201).json;
      assert.equal(camera.outcome, outcome, JSON.stringify(camera.reasons));
      assert.ok(camera.all_reasons.some(({ rule }) => rule === 'address.foreign'), JSON.stringify(camera.all_reasons));
      assert.equal((await site.cameras.state(name)).rtsp_setups, 0);
    }
    assert.equal(trapped.visits, 0, 'no packet left for the other host');
  });

  it('a device that wants the password in clear gets none (T4)', async () => {
    const answer = await add('Basic');
    assert.equal(answer.status, 409, answer.text);
    assert.match(answer.json.detail, /clear/);
    const seen = await site.cameras.state('Basic');
    assert.deepEqual([seen.passwords_heard, seen.rtsp_connections], [0, 0]);
  });

  it('XML that attacks its reader is evidence and costs nothing (T5)', async () => {
    const before = memory(site.recorder.pid);
    for (const weapon of WEAPONS) {
      const camera = (await add(`XML: ${weapon}`)).expect(201).json;
      assert.equal(camera.outcome, 'quarantined', `${weapon}: ${JSON.stringify(camera.reasons)}`);
      assert.ok(camera.all_reasons.some(({ rule }) => rule === 'answer.unreadable'), `${weapon}: ${JSON.stringify(camera.all_reasons)}`);
    }
    const first = await add('Bomb first');
    assert.ok([201, 422].includes(first.status), first.text);
    if (first.status === 201) assert.equal(first.json.outcome, 'quarantined');
    const grown = memory(site.recorder.pid) - before;
    assert.ok(grown < 64, `${grown.toFixed(1)} MiB more`);
  });

  it('names of ten thousand characters are kept short and harmless (T6)', async () => {
    const camera = (await add('Long names')).expect(201).json;
    assert.ok(camera.model.length <= 121 && !camera.model.includes('\u202e'), `${camera.model.length} characters`);
    for (const { value } of camera.evidence) assert.ok(value.length <= 2100 && !/[\u0000-\u001f\u202e]/.test(value), value.slice(0, 80));
    for (const { words } of await site.log()) assert.ok(words.length < 4000 && !/[\n\r\u202e]/.test(words), words.slice(0, 80));
  });
});
