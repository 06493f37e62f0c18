#!/usr/bin/env node
// How long adding a camera takes, by the address that the page uses: from the request until the camera is judged and stored.
// The last line is one JSON object: onboard_s (median), onboard_requests_per_s (the most of all times). Builds nothing: name a
// directory of programs in CANDOUR_BIN_DIR.

import { start } from '../tests/lib/site.mjs';

const TIMES = 5;
const spare = { like: 'Car park', name: 'Spare', address: '127.0.0.21', mac: 'FC:00:0C:00:00:21', serial: 'FC000C000021', password: 'spare-6172' };

const site = await start({ label: 'onboard', only: [], more: [spare], onboard: [], recording: 0 });
const took = [];
let fastest = 0;
try {
  const client = await site.as('administrator');
  const { onvif_port } = site.cameras.get('Spare');
  for (let time = 0; time < TIMES; time++) {
    const { onvif_requests: before } = await site.cameras.state('Spare');
    const began = performance.now();
    const added = (await client.post('/api/v1/cameras', {
      name: `Spare ${time}`, address: spare.address, onvif_port, user: 'candour', password: spare.password,
    })).expect(201).json;
    const seconds = (performance.now() - began) / 1000;
    if (added.outcome !== 'accepted') throw new Error(`a well-behaved camera was ${added.outcome}`);
    const { onvif_requests: after } = await site.cameras.state('Spare');
    took.push(seconds);
    fastest = Math.max(fastest, (after - before) / seconds);
    (await client.delete(`/api/v1/cameras/${added.id}`)).expect(204);
  }
} finally {
  await site.stop();
}
took.sort((a, b) => a - b);
console.log(JSON.stringify({ onboard_s: Number(took[TIMES >> 1].toFixed(3)), onboard_requests_per_s: Number(fastest.toFixed(2)) }));
