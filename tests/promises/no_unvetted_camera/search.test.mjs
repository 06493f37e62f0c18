// Promise 1 while cameras are looked for: every address of a typed-in network is called, and nobody else; who answers is judged by
// what it shows; no password is offered and no RTSP connection is made; nothing is a camera before somebody adds it.

import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { after, before, describe, it } from 'node:test';
import { start } from '../../lib/site.mjs';
import { until } from '../../lib/waiting.mjs';

/** Addresses of this file alone: discovery has a fixed port. */
const NETWORK = '127.0.61';
const copy = (like, number, name) => ({ like, name, address: `${NETWORK}.${number}` });
const GOOD = { ...copy('Car park', 11, 'Lab camera'), mac: 'FC:00:0C:00:61:11', serial: 'FC000C006111' };
const MORE = [
  GOOD,
  { ...copy('Reception', 12, 'Another'), mac: 'FC:00:0C:00:61:12', serial: 'FC000C006112' },
  copy('Old warehouse', 13, 'Hikvision'),
  copy('SADP behind a lab face', 14, 'Hikvision in disguise'),
];

/** Somebody outside the network that is searched, who must hear nothing. */
function bystander(address) {
  return new Promise((settle, reject) => {
    const socket = dgram.createSocket('udp4');
    socket.heard = 0;
    socket.on('message', () => { socket.heard += 1; }).on('error', reject);
    socket.bind(3702, address, () => settle(socket));
  });
}

describe('looking for cameras', () => {
  let site;
  let administrator;
  let outside;
  before(async () => {
    outside = await bystander(`${NETWORK}.17`);
    site = await start({ label: 'search', only: [], more: MORE, discovery: true, onboard: [], recording: 0, policy: null });
    administrator = await site.as('administrator');
  });
  after(async () => {
    outside?.close();
    await site?.stop();
  });

  const searched = async (range, port) => {
    (await administrator.post('/api/v1/camera-search', { range, ...(port ? { onvif_port: port } : {}) })).expect(200);
    return until('the search', async () => {
      const { search } = await administrator.read('/api/v1/camera-search');
      return search.ended_90k !== null && search;
    }, { seconds: 90 });
  };

  it('finds who is there, with the port it names, and refuses by what it shows', async () => {
    const search = await searched(`${NETWORK}.8/29`);
    assert.deepEqual([search.addresses, search.looked_at, search.stopped], [6, 6, false]);
    const found = Object.fromEntries(search.found.map((device) => [device.address, device]));
    assert.deepEqual(Object.keys(found), [11, 12, 13, 14].map((number) => `${NETWORK}.${number}`));
    for (const { name, address } of MORE) {
      assert.equal(found[address].onvif_port, site.cameras.get(name).onvif_port, name);
      assert.equal(found[address].refused, name.startsWith('Hikvision'), `${name}: ${JSON.stringify(found[address])}`);
      assert.equal(found[address].camera, null);
    }
    assert.match(found[`${NETWORK}.13`].reasons[0].words, /Hikvision/);
    assert.match(found[`${NETWORK}.14`].reasons[0].words, /Hikvision/);
    assert.ok(found[GOOD.address].says.length > 0, 'it is shown by its own words');
  });

  it('nobody was asked for pictures, nobody outside was called, nothing was added', async () => {
    for (const { name } of MORE) assert.equal((await site.cameras.state(name)).rtsp_connections, 0, name);
    assert.equal(outside.heard, 0);
    assert.deepEqual(await administrator.read('/api/v1/cameras'), []);
    const officer = await site.as('dpo');
    const { entries } = await officer.read('/api/v1/log');
    assert.ok(entries.some((entry) => entry.words.includes(`looked for cameras at ${NETWORK}.9-${NETWORK}.14`)), 'who searched where is in the log');
  });

  it('a device found is judged whole when it is added, and is then known as that camera', async () => {
    const { user, password, onvif_port } = site.cameras.get(GOOD.name);
    const added = (await administrator.post('/api/v1/cameras', { name: GOOD.name, address: GOOD.address, onvif_port, user, password })).expect(201).json;
    assert.equal(added.outcome, 'accepted', JSON.stringify(added.reasons));
    const { search } = await administrator.read('/api/v1/camera-search');
    const known = search.found.find((device) => device.address === GOOD.address);
    assert.deepEqual([known.camera, known.camera_name], [added.id, GOOD.name]);
  });

  it('a camera that keeps silent to discovery is found by its web port', async () => {
    const { onvif_port: port } = site.cameras.get('Another');
    const search = await searched(`${NETWORK}.12`, port);
    assert.equal(search.found.length, 1);
  });

  it('only a small private network is searched, one at a time, and a search can be stopped', async () => {
    for (const range of ['8.8.8.0/28', '10.0.0.0/8', 'everywhere', '224.0.0.1', '0.0.0.0']) {
      assert.equal((await administrator.post('/api/v1/camera-search', { range })).expect(422).json.field, 'range', range);
    }
    (await administrator.post('/api/v1/camera-search', { range: `${NETWORK}.0/24` })).expect(200);
    (await administrator.post('/api/v1/camera-search', { range: `${NETWORK}.0/28` })).expect(409);
    const { search } = (await administrator.delete('/api/v1/camera-search')).expect(200).json;
    assert.equal(search.stopped, true);
    (await administrator.delete('/api/v1/camera-search')).expect(409);
  });
});
