// Promise 1: what people sign for a camera while it is being looked at is not lost with the look. The look rests in the middle, at an
// answer that the camera keeps back; meanwhile people file and sign; then the answer comes and the look is stored.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { until } from '../../lib/waiting.mjs';

const CAMERA = 'Main entrance';

describe('signed meanwhile', () => {
  let site;
  let administrator;
  let officer;
  let path;
  before(async () => {
    site = await start({ label: 'meanwhile', only: [CAMERA], purpose: () => null, alsoNamed: [], policy: null, recording: 0 });
    [administrator, officer] = [await site.as('administrator'), await site.as('dpo')];
    path = `/api/v1/cameras/${(await site.camera(CAMERA)).id}`;
  });
  after(() => site?.stop());

  /** Has the camera judged again, and does `act` in the middle of it; gives what it is afterwards. */
  async function inTheMiddle(act) {
    await site.cameras.strike(CAMERA, { fault: 'hold', on: 'GetProfiles' });
    const judging = administrator.post(`${path}/judge`);
    try {
      await until('the look rests in the middle', async () => (await site.cameras.state(CAMERA)).held > 0);
      await act();
      assert.ok((await site.cameras.state(CAMERA)).held > 0, 'the look still rests');
    } finally {
      await site.cameras.strike(CAMERA, { fault: 'release' });
    }
    (await judging).expect(200);
    return site.camera(CAMERA);
  }

  it('a declaration that is filed, and one that is signed, stays', async () => {
    const file = Buffer.from('We declare.').toString('base64');
    const filed = await inTheMiddle(async () => {
      (await administrator.post(`${path}/papers`, { file_name: 'declaration.txt', file, model: null, support_until: null })).expect(201);
    });
    assert.deepEqual(filed.papers.map(({ file_name: name, second_person: second }) => [name, second]), [['declaration.txt', null]]);
    const signed = await inTheMiddle(async () => {
      (await officer.post(`${path}/papers/${filed.papers[0].declaration}/sign`)).expect(200);
    });
    assert.deepEqual(signed.papers.map(({ second_person: second }) => second), ['Dina Dahl']);
  });

  it('an exception that is filed stays, and one that is ended does not come back', async () => {
    const day = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
    const asked = { covers: 'CVE-2025-0324', reason: 'Update is booked for the next maintenance window.', owner: 'Facilities', until: day };
    const filed = await inTheMiddle(async () => { (await administrator.post(`${path}/exceptions`, asked)).expect(201); });
    assert.deepEqual(filed.exceptions.map(({ covers }) => covers), ['CVE-2025-0324']);
    const ended = await inTheMiddle(async () => {
      (await officer.request('DELETE', `${path}/exceptions/${filed.exceptions[0].id}`)).expect(200);
    });
    assert.deepEqual(ended.exceptions, []);
  });

  it('an address table that is signed stays in the evidence', async () => {
    const table = ['Address HWaddress', `${site.cameras.get(CAMERA).address} fc:00:0c:00:00:01`].join('\n');
    const asked = { file_name: 'arp.txt', file: Buffer.from(table).toString('base64'), source: 'Core switch', taken_90k: now90k() - seconds(60) };
    const { tables: [waiting] } = (await administrator.post('/api/v1/address-tables', asked)).expect(201).json;
    const camera = await inTheMiddle(async () => { (await officer.post(`/api/v1/address-tables/${waiting.id}/sign`)).expect(200); });
    assert.ok(camera.evidence.some(({ kind }) => kind.includes('Core switch, signed by Dina Dahl')), JSON.stringify(camera.evidence.map(({ kind }) => kind)));
  });
});
