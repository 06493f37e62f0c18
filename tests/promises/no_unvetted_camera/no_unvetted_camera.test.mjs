// Promise 1: no stream is received from a device until its evidence has been judged and accepted.
//
// Broken by hand to see it fail: `judge` accepts what it refuses (refusals, RTSP connections, the exchanged camera);
// loopback is let in without --lab (lab, addresses).

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { ACCEPTED, Cameras, REFUSED } from '../../lib/cameras.mjs';
import { temporaryDirectory } from '../../lib/processes.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { ofKind, timeline, told } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

const spare = { like: 'Car park', name: 'Spare', address: '127.0.0.21', mac: 'FC:00:0C:00:00:21', serial: 'FC000C000021', password: 'spare-6172' };

describe('no unvetted camera', () => {
  let site;
  let administrator;
  before(async () => {
    site = await start({ label: 'unvetted', more: [spare], onboard: [...ACCEPTED, ...REFUSED], alsoNamed: ['Back gate'] });
    administrator = await site.as('administrator');
  });
  after(() => site?.stop());

  const add = (fields) => administrator.post('/api/v1/cameras', {
    name: 'New', address: '127.0.0.21', onvif_port: site.cameras.get('Spare').onvif_port, user: 'candour', password: 'spare-6172', ...fields,
  });

  /** One clear sentence about one field, and nothing of it stays. */
  async function assertRefused(answer, { status, type, field, words }) {
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    const problem = answer.json;
    assert.deepEqual([problem.type, problem.status, problem.field], [`/problems/${type}`, status, field]);
    assert.match(problem.detail, words);
    assert.match(problem.detail, /^[A-Z][^\n]{20,300}\.$/, 'one sentence that people can read');
    assert.deepEqual(await site.cameraNames(), [...ACCEPTED, ...REFUSED].sort(), 'nothing was half-added');
  }

  it('refuses a Hikvision and a rebrand, and says why with what they sent', async () => {
    const said = {
      'Old warehouse': { reason: /Hikvision/, evidence: 'HIKVISION' },
      'Bicycle shed': { reason: /Dahua/, evidence: 'Amcrest' },
    };
    for (const [name, expected] of Object.entries(said)) {
      const camera = await site.camera(name);
      assert.equal(camera.outcome, 'refused');
      assert.equal(camera.state, 'not_accepted');
      assert.match(camera.reasons[0].words, expected.reason, 'the strongest reason names the maker');
      assert.ok(camera.reasons.length >= 2 && camera.all_reasons.length >= camera.reasons.length);
      assert.ok(camera.evidence.some((item) => item.value.includes(expected.evidence)), 'what it said of itself');
      assert.ok(camera.evidence.some((item) => item.raw.includes(expected.evidence) && item.raw.includes('<')), 'its raw answer');
      assert.ok(camera.lists.length > 0, 'by which lists it was judged');
    }
  });

  it('opens a stream to accepted cameras only', async () => {
    for (const name of ACCEPTED) assert.ok((await site.cameras.state(name)).rtsp_connections > 0, `${name} is received`);
    for (const name of REFUSED) {
      const seen = await site.cameras.state(name);
      assert.ok(seen.onvif_requests > 0, `${name} was asked who it is`);
      assert.equal(seen.rtsp_connections, 0, `no RTSP connection to ${name}, ever`);
    }
  });

  it('opens none although the policy gives a refused camera a purpose, it was judged again, and the recorder started anew', async () => {
    const { id, purpose } = await site.camera('Old warehouse');
    assert.ok(purpose, 'somebody wants this one all the same');
    assert.equal((await administrator.post(`/api/v1/cameras/${id}/judge`)).expect(200).json.outcome, 'refused');
    await site.stopRecorder();
    await site.restart();
    for (const name of REFUSED) assert.equal((await site.cameras.state(name)).rtsp_connections, 0, name);
  });

  it('a wrong password', async () => {
    const answer = await add({ password: 'wrong-0000' });
    await assertRefused(answer, { status: 422, type: 'camera-wrong-password', field: 'password', words: /password/ });
    assert.equal((await site.cameras.state('Spare')).rtsp_connections, 0);
  });

  it('an address where nothing answers', async () => {
    const answer = await add({ address: '127.0.0.99', onvif_port: 9 });
    await assertRefused(answer, { status: 502, type: 'camera-unreachable', field: 'address', words: /127\.0\.0\.99/ });
  });

  it('something that is no address, and addresses no camera may have', async () => {
    await assertRefused(await add({ address: 'camera.example' }), { status: 422, type: 'invalid', field: 'address', words: /IP address/ });
    for (const address of ['0.0.0.0', '224.0.0.1', '255.255.255.255']) {
      await assertRefused(await add({ address }), { status: 422, type: 'invalid', field: 'address', words: /address/ });
    }
  });

  it('a web server that is no camera', async () => {
    const server = await serve((_, answer) => answer.end('<html><title>Printer</title></html>'));
    try {
      const answer = await add({ address: '127.0.0.1', onvif_port: server.port });
      await assertRefused(answer, { status: 422, type: 'not-a-camera', field: 'address', words: /no ONVIF camera/ });
    } finally {
      server.close();
    }
  });

  it('a camera that was exchanged is refused when it is judged again, and its stream stops', async () => {
    const gate = temporaryDirectory('gate');
    const place = { name: 'Back gate', address: '127.0.0.22', user: 'candour', password: 'gate-4471' };
    const first = await Cameras.start(gate.path, { only: [], more: [{ ...spare, ...place }] });
    const { onvif_port, rtsp_port } = first.get('Back gate');
    const added = (await add({ name: 'Back gate', address: place.address, onvif_port, password: place.password })).expect(201).json;
    assert.equal(added.outcome, 'accepted', JSON.stringify(added.reasons));
    const officer = await site.as('dpo');
    const from = now90k() - seconds(30);
    await until('footage of the back gate', async () => ofKind(await timeline(officer, added.id, from, now90k()), 'recorded').length > 0);
    await first.stop();
    // At the same address with the same password now answers a Hikvision.
    const second = await Cameras.start(gate.path, { only: [], more: [{ like: 'Old warehouse', ...place, onvif_port, rtsp_port }] });
    const judged = (await administrator.post(`/api/v1/cameras/${added.id}/judge`)).expect(200).json;
    assert.equal(judged.outcome, 'refused');
    assert.equal((await site.camera('Back gate')).state, 'not_accepted');
    const { rtsp_connections: before } = await second.state('Back gate');
    const spans = await timeline(officer, added.id, from, now90k());
    assert.ok(ofKind(spans, 'recorded').length > 0, `what was recorded before is there: ${told(spans)}`);
    assert.equal(spans.at(-1).kind, 'gap', told(spans));
    assert.equal(spans.at(-1).cause, 'not_accepted', told(spans));
    assert.equal((await second.state('Back gate')).rtsp_connections, before, 'nobody comes back');
    (await administrator.delete(`/api/v1/cameras/${added.id}`)).expect(204);
    await second.stop();
    gate.remove();
  });

  it('without --lab no simulated camera is let in', async () => {
    const seen = async () => Promise.all(ACCEPTED.map(async (name) => (await site.cameras.state(name)).onvif_requests));
    const before = await seen();
    const real = await start({ label: 'no-lab', cameras: site.cameras, lab: false, onboard: ACCEPTED, recording: 0 });
    try {
      const client = await real.as('administrator');
      const { address, onvif_port, user, password } = site.cameras.get('Car park');
      // Loopback, and the link-local address at which clouds give out their machines' secrets.
      for (const host of [address, '169.254.169.254']) {
        const answer = await client.post('/api/v1/cameras', { name: 'Car park', address: host, onvif_port, user, password });
        assert.equal(answer.status, 422, answer.text);
        assert.equal(answer.json.field, 'address');
      }
      assert.deepEqual(await client.read('/api/v1/cameras'), []);
      assert.equal((await client.read('/api/v1/site')).lab, false);
      assert.deepEqual(await seen(), before, 'not even asked who they are');
    } finally {
      await real.stop();
    }
  });

  it('the door says that lab mode is on', async () => {
    assert.equal((await site.stranger().read('/api/v1/site')).lab, true);
  });
});

/** A web server on a free loopback port. */
function serve(handler) {
  return new Promise((settle) => {
    const server = http.createServer(handler).listen(0, '127.0.0.1', () => {
      settle({ port: server.address().port, close: () => { server.closeAllConnections(); server.close(); } });
    });
  });
}
