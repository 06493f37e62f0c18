// Promise 4, for cameras that are set up: no picture before its entry, nobody but whoever may, nothing recorded, a second person once the
// camera was in force, and the one still that is kept lies sealed and goes.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { start } from '../../lib/site.mjs';
import { until } from '../../lib/waiting.mjs';
import { now90k } from '../../lib/ticks.mjs';
import { ofKind, timeline } from '../../lib/timeline.mjs';

const NEW = 'Reception';
const IN_FORCE = 'Car park';
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);

describe('a camera that is set up', () => {
  let site;
  let admin;
  let began;
  before(async () => {
    began = now90k();
    const purpose = (name) => (name === NEW ? null : { sentence: 'Protect people and bicycles at the entrances of the building.', owner: 'Facilities, Room 12', keep_days: 7 });
    site = await start({ label: 'setting-up', only: [NEW, IN_FORCE], purpose });
    admin = await site.as('administrator');
  });
  after(() => site?.stop());

  const at = async (name) => `/api/v1/cameras/${(await site.camera(name)).id}`;
  const begin = async (name, client = admin) => client.post(`${await at(name)}/commissioning`, { reason: 'aiming it at the desk' });
  const stills = () => (existsSync(join(site.data, 'stills')) ? readdirSync(join(site.data, 'stills')) : []);
  const entries = async (kind) => (await site.log()).filter((entry) => entry.kind === kind);
  /** A picture, once there is one: the camera is only just being connected to. */
  const picture = (look) => until('a picture', async () => {
    const answer = await admin.get(`/api/v1/commissioning/${look}/picture`);
    return answer.expect(200, 503).status === 200 ? answer : null;
  });

  it('nobody but an administrator looks, and each try is an entry', async () => {
    for (const role of ['operator', 'investigator', 'dpo', 'owner', 'approver']) {
      const answer = (await begin(NEW, await site.as(role))).expect(403);
      assert.equal(answer.json.type, '/problems/look-refused', role);
    }
    assert.equal((await entries('look_refused')).length, 5);
    assert.equal((await entries('look_commissioning')).length, 0);
  });

  it('whoever looks has accepted the policy in force', async () => {
    assert.equal((await begin(NEW)).expect(403).json.type, '/problems/policy-not-accepted');
    const { to_accept: number } = await admin.read('/api/v1/policy');
    (await admin.post(`/api/v1/policy/${number}/accept`)).expect(204);
    assert.equal((await entries('look_commissioning')).length, 0);
  });

  it('before it is in force: the entry, then the picture, and nothing is recorded', async () => {
    const { open } = (await begin(NEW)).expect(201).json;
    const [entry] = await entries('look_commissioning');
    assert.equal(entry.index, open.entry, 'the entry stood before a picture was asked for');
    assert.deepEqual(entry.cameras, [NEW]);
    const shown = await picture(open.look);
    assert.equal(shown.headers['content-type'], 'image/jpeg');
    assert.equal(shown.headers['cache-control'], 'no-store');
    assert.ok(shown.bytes.subarray(0, 3).equals(JPEG) && shown.bytes.length > 2000, 'a picture');
    assert.ok(Number(shown.headers['picture-at-90k']) > began);
    // Another sign-in of the same person has no part in it.
    (await (await site.another('administrator')).get(`/api/v1/commissioning/${open.look}/picture`)).expect(404);
    const recorded = ofKind(await timeline(await site.as('dpo'), (await site.camera(NEW)).id, began, now90k()), 'recorded');
    assert.deepEqual(recorded, [], 'nothing of it is recorded');
  });

  it('one still is kept, sealed; a newer one takes its place; each time it is shown is an entry', async () => {
    const { open } = (await begin(NEW)).expect(201).json;
    await picture(open.look);
    (await admin.post(`/api/v1/commissioning/${open.look}/still`)).expect(201);
    const [first] = stills();
    const { still } = (await admin.post(`/api/v1/commissioning/${open.look}/still`)).expect(201).json;
    assert.equal(stills().length, 1);
    assert.notEqual(stills()[0], first);
    assert.ok(still.width >= 320 && still.ends_90k - still.taken_90k <= 7 * 86_400 * 90_000 + 90_000 * 60);
    const file = readFileSync(join(site.data, 'stills', stills()[0]));
    assert.ok(file.length > 2000 && !file.includes(JPEG) && !file.includes('JFIF'), 'nothing of the picture lies in clear');
    const before = (await entries('look_commissioning')).length;
    const shown = (await admin.get(`${await at(NEW)}/mask-still`)).expect(200);
    assert.ok(shown.bytes.subarray(0, 3).equals(JPEG));
    assert.equal((await entries('look_commissioning')).length, before + 1);
    for (const role of ['operator', 'dpo', 'owner']) (await (await site.as(role)).get(`${await at(NEW)}/mask-still`)).expect(403);
    const gone = (await entries('camera_commissioned')).map((entry) => JSON.parse(entry.groups.sent)).filter((said) => said.act === 'still_gone');
    assert.deepEqual(gone.map(({ still: id, why }) => [id, why]), [[first, 'a newer one was kept']]);
    (await admin.delete(`/api/v1/commissioning/${open.look}`)).expect(204);
    (await admin.get(`/api/v1/commissioning/${open.look}/picture`)).expect(404);
    const sent = JSON.parse((await entries('look_ended')).at(-1).groups.sent).sent[0];
    assert.ok(sent.stills >= 3 && sent.bytes > 6000, 'the end says what was sent');
  });

  it('a restart keeps the still, and what no row knows is destroyed', async () => {
    const [kept] = stills();
    await site.restart();
    assert.deepEqual(stills(), [kept]);
    admin = await site.another('administrator');
    (await admin.get(`${await at(NEW)}/mask-still`)).expect(200);
  });

  it('in force: nothing before another person agreed, then once', async () => {
    const asked = (await begin(IN_FORCE)).expect(201).json;
    assert.deepEqual([asked.open ?? null, asked.in_force], [null, true]);
    (await begin(IN_FORCE)).expect(403);
    const approver = await site.another('approver');
    const [request] = await approver.read('/api/v1/commissioning');
    assert.equal(request.camera_name, IN_FORCE);
    (await admin.post(`/api/v1/commissioning/${request.id}/decide`, { agree: true })).expect(403);
    (await approver.post(`/api/v1/commissioning/${request.id}/decide`, { agree: true })).expect(204);
    const { open } = (await begin(IN_FORCE)).expect(201).json;
    await picture(open.look);
    (await admin.post(`/api/v1/commissioning/${open.look}/sign`, { right: true, remark: '' })).expect(200);
    (await admin.delete(`/api/v1/commissioning/${open.look}`)).expect(204);
    assert.equal((await begin(IN_FORCE)).expect(201).json.open ?? null, null, 'the yes is used');
  });

  it('the still goes with its camera', async () => {
    (await admin.delete(await at(NEW))).expect(204);
    await until('the still is destroyed', () => stills().length === 0);
    const said = await until('its entry', async () => {
      const last = (await entries('camera_commissioned')).map((entry) => JSON.parse(entry.groups.sent)).at(-1);
      return last.act === 'still_gone' && last;
    });
    assert.equal(said.why, 'the camera was removed');
  });
});
