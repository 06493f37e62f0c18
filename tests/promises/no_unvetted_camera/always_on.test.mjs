// Promise 1 over time: who was accepted once is looked at again before every connection, and whole at its time. Another device at
// the same address, a log-in demanded in clear, and a changed realm stop the stream; a forged datagram stops nothing.

import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { after, before, describe, it } from 'node:test';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { ofKind, timeline, told } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

const [SWAPPED, DOWNGRADED, UPDATED, IMITATED] = ['Main entrance', 'Car park', 'Reception', 'Loading bay'];

describe('always on', () => {
  let site;
  before(async () => {
    site = await start({ label: 'always', only: [SWAPPED, DOWNGRADED, UPDATED, IMITATED], configuration: '[gate]\nlook_every_minutes = 1\n' });
  });
  after(() => site?.stop());

  const stopped = (name, within) => until(`${name} is stopped`, async () => {
    const camera = await site.camera(name);
    return camera.state === 'not_accepted' ? camera : null;
  }, { seconds: within });
  const lastSpans = async (name, from) => timeline(await site.as('dpo'), (await site.camera(name)).id, from, now90k());
  const recordsAfter = (name, at, within = 40) => until(`${name} records again`, async () => {
    const spans = await lastSpans(name, at - seconds(30));
    return ofKind(spans, 'recorded').some(({ end_90k }) => end_90k > at + seconds(2)) ? spans : null;
  }, { seconds: within });
  const disguise = (name, guise) => site.cameras.strike(name, { fault: 'disguise', guise });
  const drop = (name) => site.cameras.strike(name, { fault: 'drop', seconds: 0 });

  it('the same camera is recognised, and goes on', async () => {
    const at = now90k();
    await drop(SWAPPED);
    const spans = await recordsAfter(SWAPPED, at);
    assert.ok(!spans.some(({ cause }) => cause === 'not_accepted'), told(spans));
    assert.equal((await site.camera(SWAPPED)).outcome, 'accepted');
  });

  it('another device at the same address is not received (T9)', async () => {
    const { rtsp_setups: before } = await site.cameras.state(SWAPPED);
    const at = now90k();
    await disguise(SWAPPED, { serial: 'FC000C0000FF', mac: 'FC:00:0C:00:00:FF' });
    await drop(SWAPPED);
    const camera = await stopped(SWAPPED, 30);
    assert.equal(camera.outcome, 'quarantined');
    const words = camera.all_reasons.filter(({ rule }) => rule === 'identity.changed').map((reason) => reason.words).join('\n');
    assert.match(words, /serial number was FC000C000001 and is FC000C0000FF/);
    assert.match(words, /hardware address it declares was FC:00:0C:00:00:01 and is FC:00:0C:00:00:FF/i);
    assert.equal((await site.cameras.state(SWAPPED)).rtsp_setups, before, 'no picture of it was asked for');
    const gap = (await lastSpans(SWAPPED, at - seconds(30))).at(-1);
    assert.deepEqual([gap.kind, gap.cause], ['gap', 'not_accepted']);
    const alarms = await (await site.as('administrator')).read('/api/v1/alarms');
    assert.ok(JSON.stringify(alarms).includes(`${SWAPPED} is quarantined`), JSON.stringify(alarms));
    assert.ok((await site.log()).some((entry) => entry.words.includes(`${SWAPPED} was judged: quarantined, before: accepted`)));
    // It stays so when the first device is back, until a person has looked.
    await disguise(SWAPPED, {});
    const administrator = await site.as('administrator');
    const judged = (await administrator.post(`/api/v1/cameras/${camera.id}/judge`)).expect(200).json;
    assert.equal(judged.outcome, 'accepted', JSON.stringify(judged.reasons));
    await recordsAfter(SWAPPED, now90k());
  });

  it('a log-in demanded in clear gets no password and stops the stream (T4)', async () => {
    await disguise(DOWNGRADED, { basic_only: true });
    await drop(DOWNGRADED);
    const camera = await stopped(DOWNGRADED, 30);
    assert.equal(camera.outcome, 'quarantined');
    assert.ok(camera.all_reasons.some(({ rule }) => rule === 'login.basic-only'), JSON.stringify(camera.all_reasons));
    assert.equal((await site.cameras.state(DOWNGRADED)).passwords_heard, 0);
    await disguise(DOWNGRADED, {});
  });

  it('new firmware is judged before the stream is taken again', async () => {
    const at = now90k();
    await disguise(UPDATED, { firmware: '2.0.0' });
    await drop(UPDATED);
    await recordsAfter(UPDATED, at);
    const camera = await site.camera(UPDATED);
    assert.deepEqual([camera.outcome, camera.firmware], ['accepted', '2.0.0']);
  });

  it('a forged datagram raises an alarm and stops nothing', async () => {
    const { address } = site.cameras.get(IMITATED);
    const forger = dgram.createSocket('udp4');
    forger.on('message', (call, from) => {
      const id = call.toString().match(/<Uuid>(.*?)</)?.[1] ?? '';
      forger.send(`<ProbeMatch><Uuid>${id}</Uuid><DeviceDescription>DS-2CD2032-I</DeviceDescription><DeviceSN>DS-2CD2032-I20140721AAWR474529187</DeviceSN></ProbeMatch>`, from.port, from.address);
    });
    await new Promise((settle) => forger.bind(37020, address, settle));
    const { id } = await site.camera(IMITATED);
    const at = now90k();
    try {
      const judged = (await (await site.as('administrator')).post(`/api/v1/cameras/${id}/judge`)).expect(200).json;
      assert.equal(judged.outcome, 'accepted', JSON.stringify(judged.reasons));
    } finally {
      forger.close();
    }
    const alarms = JSON.stringify(await (await site.as('administrator')).read('/api/v1/alarms'));
    assert.match(alarms, new RegExp(`Somebody imitates camera ${IMITATED}`));
    const spans = await recordsAfter(IMITATED, now90k());
    assert.ok(!spans.some(({ kind, end_90k }) => kind === 'gap' && end_90k > at), told(spans));
  });

  it('a camera that changes while it is received is found at its time', async () => {
    await disguise(IMITATED, { make: 'HIKVISION', model: 'DS-2CD2032-I', serial: 'DS-2CD2032-I20140721AAWR474529187' });
    const camera = await stopped(IMITATED, 120);
    // What was accepted and is now another device's: people look first.
    assert.ok(['refused', 'quarantined'].includes(camera.outcome), camera.outcome);
    assert.ok(camera.all_reasons.some(({ rule }) => rule === 'identity.changed'));
    assert.ok(camera.all_reasons.some(({ words }) => words.includes('Hikvision')));
  });
});
