// Promise 6 over TLS: a camera that was added with an encrypted service is known by its key. Whoever else stands on the wire, with another
// certificate or in clear, is sent no request, no proof of a password and no new password; and a password of the recorder's own is
// never lost, whenever the power goes.

import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { ofKind, timeline } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

const [CAMERA, IMPOSTOR, IN_CLEAR, LATE] = ['Secure', 'Impostor', 'In clear', 'Late'];
/** The first three say the same of themselves and take the same password: they differ in what nobody can copy. */
const like = (number, more) => ({ like: 'Car park', address: `127.0.0.${number}`, mac: 'FC:00:0C:00:00:41', serial: 'FC000C000041', password: 'secure-2218', users: { level: 'Administrator' }, ...more });
/** Says yes to a new password and takes it some requests later. */
const late = like(44, { name: LATE, tls: true, mac: 'FC:00:0C:00:00:44', serial: 'FC000C000044', users: { level: 'Administrator', password: 'takes_late' } });
const MORE = [like(41, { name: CAMERA, tls: true }), like(42, { name: IMPOSTOR, tls: true }), like(43, { name: IN_CLEAR }), late];

/** The wire to the camera, with somebody in the middle who decides where it leads. */
class Wire {
  static async open(address, to) {
    const wire = new Wire();
    wire.to = to;
    wire.server = net.createServer((near) => {
      const far = net.connect(wire.to.onvif_port, wire.to.address);
      for (const [one, other] of [[near, far], [far, near]]) one.on('error', () => other.destroy()).pipe(other);
    });
    await new Promise((settle) => wire.server.listen(0, address, settle));
    wire.port = wire.server.address().port;
    return wire;
  }

  close() { this.server.close(); }
}

describe('by TLS', () => {
  let site;
  let administrator;
  let wire;
  let path;
  before(async () => {
    site = await start({ label: 'tls', only: [], more: MORE, onboard: [], alsoNamed: [CAMERA], recording: 0 });
    administrator = await site.as('administrator');
    wire = await Wire.open('127.0.0.41', site.cameras.get(CAMERA));
  });
  after(async () => {
    await site?.stop();
    wire?.close();
  });

  const leadsTo = (name) => { wire.to = site.cameras.get(name); };
  const seen = (name) => site.cameras.state(name);
  const camera = () => site.camera(CAMERA);
  const add = (name, port) => {
    const { address, user, password } = site.cameras.get(name);
    return administrator.post('/api/v1/cameras', { name, address, onvif_port: port, user, password });
  };
  const records = async () => {
    const at = now90k();
    const { id } = await camera();
    await until('footage', async () => ofKind(await timeline(await site.as('dpo'), id, at, now90k()), 'recorded').some(({ end_90k: end }) => end > at + seconds(2)), { seconds: 60 });
  };
  /** The camera is at the end of its wire again, and a person takes it. A look that still met the other may end after the first of theirs. */
  const takenBack = async () => {
    leadsTo(CAMERA);
    await until('the camera is accepted again', async () => (await administrator.post(`${path}/judge`)).expect(200).json.outcome === 'accepted', { seconds: 60 });
    await records();
  };
  const rules = ({ all_reasons: reasons }) => reasons.map(({ rule }) => rule);

  it('a camera that speaks TLS is added by its key, and received', async () => {
    const added = (await add(CAMERA, wire.port)).expect(201).json;
    path = `/api/v1/cameras/${added.id}`;
    assert.equal(added.outcome, 'accepted', JSON.stringify(added.all_reasons));
    assert.match(added.access.tls_key, /^[0-9a-f]{64}$/);
    assert.deepEqual([added.access.password, added.access.may_set_password], ['typed', true]);
    assert.ok(added.evidence.some(({ kind, value }) => /TLS/.test(kind) && value === added.access.tls_key), 'the key is evidence');
    await records();
  });

  it('it gets a password that nobody knows, and is received with it', async () => {
    const set = (await administrator.post(`${path}/password`)).expect(200).json;
    assert.deepEqual([set.access.password, set.access.password_set_90k !== null], ['recorder', true]);
    await records();
    assert.equal((await administrator.post(`${path}/judge`)).expect(200).json.outcome, 'accepted');
    const words = (await site.log()).map((entry) => entry.words);
    for (const said of [/had the recorder give Secure a password/, /proved its own password at Secure/]) assert.ok(words.some((one) => said.test(one)), String(said));
  });

  it('a power cut while the camera takes it loses neither password', async () => {
    const { logins_failed: before } = await seen(CAMERA);
    await site.cameras.strike(CAMERA, { fault: 'hold', on: 'SetUser' });
    const setting = administrator.post(`${path}/password`).catch(() => null);
    // The camera has the new one by now, and has not said so.
    await until('the camera keeps its answer back', async () => (await seen(CAMERA)).held > 0);
    await site.kill9();
    await setting;
    await site.cameras.strike(CAMERA, { fault: 'release' });
    await site.restart({ recording: 0 });
    await until('it is known which password it takes', async () => (await camera()).access.password === 'recorder', { seconds: 60 });
    await records();
    assert.ok((await seen(CAMERA)).logins_failed - before <= 2, 'no more wrong passwords than a camera forgives');
  });

  it('a man in the middle with another certificate is sent nothing, and the stream stops', async () => {
    leadsTo(IMPOSTOR);
    await site.cameras.strike(CAMERA, { fault: 'drop', seconds: 0 });
    const found = await until('the camera is stopped', async () => {
      const now = await camera();
      return now.state === 'not_accepted' ? now : null;
    }, { seconds: 60 });
    assert.equal(found.outcome, 'quarantined');
    assert.ok(rules(found).includes('identity.changed'), JSON.stringify(found.all_reasons));
    assert.equal(found.access.may_set_password, false);
    (await administrator.post(`${path}/password`)).expect(409);
    assert.deepEqual([(await seen(IMPOSTOR)).onvif_requests, (await seen(IMPOSTOR)).page_requests], [0, 0]);
    await takenBack();
  });

  it('in clear it is asked nothing, whoever asks for it, and is quarantined', async () => {
    leadsTo(IN_CLEAR);
    // The second time somebody has seen that it is another device; also then there is no way back to clear.
    for (let time = 0; time < 2; time += 1) {
      const answer = await administrator.post(`${path}/judge`);
      assert.equal(answer.status, 409, answer.text);
      assert.match(answer.json.detail, /answers in clear/);
      const found = await camera();
      assert.deepEqual([found.outcome, rules(found).includes('identity.changed')], ['quarantined', true]);
    }
    const { onvif_requests: requests, passwords_heard: heard, logins_failed: proofs } = await seen(IN_CLEAR);
    assert.deepEqual([requests, heard, proofs], [0, 0, 0]);
    await takenBack();
  });

  it('a camera that takes its password late is looked at again, and neither password is lost', async () => {
    const added = (await add(LATE, site.cameras.get(LATE).onvif_port)).expect(201).json;
    assert.equal(added.outcome, 'accepted', JSON.stringify(added.all_reasons));
    const answer = await administrator.post(`/api/v1/cameras/${added.id}/password`);
    assert.equal(answer.status, 409, answer.text);
    assert.match(answer.json.detail, /Both are kept; the recorder looks again in a minute/);
    assert.equal((await site.camera(LATE)).access.password, 'being_set');
    await until('the camera is found to have taken it', async () => (await site.camera(LATE)).access.password === 'recorder', { seconds: 150 });
    assert.equal((await administrator.post(`/api/v1/cameras/${added.id}/judge`)).expect(200).json.outcome, 'accepted');
    assert.ok((await seen(LATE)).logins_failed <= 2, 'no more wrong passwords than a camera forgives');
  });

  it('a stored password that is wrong is said to be, and nothing is told of a proof', async () => {
    const { user } = site.cameras.get(CAMERA);
    (await administrator.patch(path, { user, password: 'not-the-one' })).expect(200);
    const answer = await administrator.post(`${path}/password`);
    assert.equal(answer.status, 409, answer.text);
    assert.match(answer.json.detail, /took no log-in when it was asked for its users/);
    const said = (await site.log()).map((entry) => entry.words).filter((words) => /^The recorder .* at Secure/.test(words));
    assert.ok(said.some((words) => /set no password at Secure/.test(words)), JSON.stringify(said));
  });

  it('over plain HTTP no password is set, and it is said why', async () => {
    const added = (await add(IN_CLEAR, site.cameras.get(IN_CLEAR).onvif_port)).expect(201).json;
    assert.deepEqual([added.access.tls_key, added.access.may_set_password], [null, false]);
    const answer = await administrator.post(`/api/v1/cameras/${added.id}/password`);
    assert.equal(answer.status, 409, answer.text);
    assert.match(answer.json.detail, /in clear \(HTTP\).*Switch HTTPS on/);
  });
});
