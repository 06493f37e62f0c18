// Promise 1 on real wires: each camera stands on one of its own, with a hardware address that can be seen there. What it wears is held
// against what it says, another address is another device, and where a camera points elsewhere no packet leaves.
//
// Needs network namespaces; where there are none it is skipped, and says so.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Cameras } from '../../lib/cameras.mjs';
import { temporaryDirectory } from '../../lib/processes.mjs';
import { start } from '../../lib/site.mjs';
import { until } from '../../lib/waiting.mjs';
import { isInside, runInside, standAlone, whyNoWires, Wire } from '../../lib/wires.mjs';

const [HONEST, MASKED, LEADING] = ['On its wire', 'In other clothes', 'Pointing elsewhere'];
const MACS = { [HONEST]: 'fc:00:0c:00:77:01', [MASKED]: '00:11:22:33:44:55', [LEADING]: 'fc:00:0c:00:77:03' };

if (isInside) describe('wires', inside);
else {
  const why = whyNoWires();
  if (why !== null) console.error(`SKIPPED: cameras on wires of their own: ${why}`);
  it('cameras on wires of their own', { skip: why ?? false }, () => {
    const { status, said } = runInside(fileURLToPath(import.meta.url));
    assert.equal(status, 0, said);
    assert.match(said, /[#ℹ] pass [1-9]/u, said);
  });
}

function inside() {
  let site;
  let administrator;
  let elsewhere;
  const [wires, cameras] = [{}, {}];
  before(async () => {
    await standAlone();
    elsewhere = await Wire.lay(9, 'fc:00:0c:00:77:09');
    for (const [number, name] of [HONEST, MASKED, LEADING].entries()) {
      const wire = await Wire.lay(number + 1, MACS[name]);
      // Each says that it has an address of the lab; the second one wears another.
      const says = `FC:00:0C:00:77:0${number + 1}`;
      const guise = name === LEADING ? { services_at: `${elsewhere.address}:80`, streams_at: `${elsewhere.address}:554` } : {};
      const keys = { name, address: wire.address, wired: true, mac: says, serial: says.replaceAll(':', ''), password: 'wired-4471', guise };
      const directory = temporaryDirectory(`on-${number + 1}`);
      wires[name] = wire;
      cameras[name] = await Cameras.start(directory.path, { only: [], more: [{ like: 'Car park', ...keys }], wrapCameras: wire.wrap });
    }
    site = await start({ label: 'wires', cameras: cameras[HONEST], onboard: [], alsoNamed: [HONEST], recording: 0 });
    administrator = await site.as('administrator');
  });
  after(async () => {
    await site?.stop();
    for (const name of Object.keys(cameras)) await cameras[name].stop();
    for (const wire of [...Object.values(wires), elsewhere]) await wire?.take();
  });

  const add = async (name) => {
    const { address, onvif_port: port, user, password } = cameras[name].get(name);
    return (await administrator.post('/api/v1/cameras', { name, address, onvif_port: port, user, password })).expect(201).json;
  };
  const onTheWire = ({ evidence }) => evidence.find(({ kind, layer }) => layer === 'L1' && /neighbour|wire/i.test(kind))?.value.toLowerCase();
  const rules = ({ all_reasons: reasons }) => reasons.map(({ rule }) => rule);

  it('what is seen on the wire is evidence, and a camera that wears what it says is received', async () => {
    const camera = await add(HONEST);
    assert.equal(onTheWire(camera), MACS[HONEST], JSON.stringify(camera.evidence.filter(({ layer }) => layer === 'L1')));
    assert.equal(camera.outcome, 'accepted', JSON.stringify(camera.all_reasons));
    await until('it is recorded', async () => (await site.camera(HONEST)).state === 'recording', { seconds: 60 });
  });

  it('one that wears another address than it says is not', async () => {
    const camera = await add(MASKED);
    assert.equal(onTheWire(camera), MACS[MASKED]);
    assert.notEqual(camera.outcome, 'accepted', JSON.stringify(camera.all_reasons));
    assert.equal((await cameras[MASKED].state(MASKED)).rtsp_setups, 0);
  });

  it('where a camera points elsewhere no packet leaves', async () => {
    const before = elsewhere.packetsSent();
    const camera = await add(LEADING);
    assert.notEqual(camera.outcome, 'accepted', JSON.stringify(camera.all_reasons));
    assert.ok(camera.evidence.some(({ value }) => value.includes(elsewhere.address)), 'it did point there');
    assert.equal(elsewhere.packetsSent() - before, 0, 'not even a question who has that address');
  });

  it('another device on the same wire, under the same address and with the same answers, is not the camera', async () => {
    await wires[HONEST].wears('fc:00:0c:00:77:99');
    await cameras[HONEST].strike(HONEST, { fault: 'drop', seconds: 0 });
    const found = await until('it is stopped', async () => {
      const camera = await site.camera(HONEST);
      return camera.state === 'not_accepted' ? camera : null;
    }, { seconds: 60 });
    assert.equal(found.outcome, 'quarantined');
    assert.ok(rules(found).includes('identity.changed'), JSON.stringify(found.all_reasons));
    assert.match(found.all_reasons.map(({ words }) => words).join('\n'), /hardware address on the wire was fc:00:0c:00:77:01 and is fc:00:0c:00:77:99/i);
  });
}
