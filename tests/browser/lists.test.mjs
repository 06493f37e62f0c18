// The vetting lists and the address tables in the viewer: what is in force, what a new bundle or table would do, and the two people.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Browser, inspect, settled } from '../lib/browser.mjs';
import { Keepers } from '../lib/list-bundles.mjs';
import { people } from '../lib/people.mjs';
import { start } from '../lib/site.mjs';
import { until } from '../lib/waiting.mjs';

const [STOPS, STAYS, REMOTE] = ['Main entrance', 'Reception', 'AXIS P3818-PVE'];

describe('lists and tables in the viewer', () => {
  let site;
  let keepers;
  let browser;
  let row;
  before(async () => {
    site = await start({ label: 'lists-page', only: [STOPS, STAYS], more: [{ like: REMOTE, name: REMOTE }], onboard: [STOPS, STAYS, REMOTE], recording: 2 });
    keepers = new Keepers();
    const { model } = await site.camera(STOPS);
    row = `${model},Hikvision,found out today,certain,hikvision,${model},a test`;
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    keepers?.remove();
  });

  const bundleFile = (name, text) => {
    const file = join(site.directory.path, name);
    writeFileSync(file, text);
    return file;
  };
  const offer = async (page, file) => {
    await page.getByLabel("The bundle's file").setInputFiles(file);
    await page.getByRole('button', { name: 'Verify and show what it does' }).click();
  };
  const panel = (page, title) => page.locator('section.panel', { has: page.getByRole('heading', { name: title, exact: true }) });
  const looks = async (page, name) => {
    await settled(page);
    const findings = [];
    for (const theme of ['light', 'dark']) findings.push(...await inspect(page, name, { theme }));
    findings.push(...await inspect(page, name, { theme: 'light', phone: true }));
    await page.setViewportSize({ width: 1440, height: 900 });
    return findings;
  };

  it('says what is in force, and that nothing can come in before keys are trusted', async () => {
    browser = await Browser.start(site);
    const page = await browser.signedIn(people.administrator, '/system');
    await page.getByRole('link', { name: 'New lists, and whose signatures count' }).click();
    await panel(page, 'In force').getByText('Nobody: it came with the program').waitFor();
    await page.getByText('This site trusts no keys yet').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Verify and show what it does' }).count(), 0);
    assert.deepEqual(await looks(page, 'lists-no-keys'), []);
    browser.assertNoComplaints();
    await browser.close();
    await site.stopRecorder();
    keepers.trust(site.data, 'ada', 'dina');
    site.clients.clear();
    await site.restart({ recording: 2 });
    browser = await Browser.start(site);
  });

  it('refuses by name, shows the plan, and needs two people', async () => {
    const ada = await browser.signedIn(people.administrator, '/system/lists');
    await ada.getByText('A bundle counts if 2 of these 2 keys signed it.').waitFor();
    await ada.getByText(keepers.keys[0].public).waitFor();
    for (const [name, text, words] of [
      ['none.json', 'not a bundle at all', /no bundle of lists/], ['unsigned.json', keepers.bundle(2, { signatures: 1 }), /signed by 1 of the 2 keys it needs \(Keeper one\)/],
      ['older.json', keepers.bundle(1), /nothing goes back/],
    ]) {
      await offer(ada, bundleFile(name, text));
      await ada.getByRole('alert').filter({ hasText: words }).waitFor();
    }
    // The browser notes each refusal by itself; the page said nothing else.
    assert.ok(browser.complaints.every((words) => words.includes('status of 422')), browser.complaints.join('\n'));
    browser.complaints.length = 0;

    await offer(ada, bundleFile('bundle.json', keepers.bundle(2, { brands: [row] })));
    await ada.getByText('1 camera stops the moment it is in force.').waitFor();
    const plan = ada.getByRole('region', { name: 'What it does to which camera' });
    assert.match(await plan.innerText(), new RegExp(`${STOPS}\\s+accepted[\\s\\S]*quarantined, stops[\\s\\S]*Hikvision`));
    assert.deepEqual(await looks(ada, 'lists-offered'), []);
    await ada.getByRole('button', { name: 'Yes: put bundle 2 in force' }).click();
    await ada.getByText('You said yes. A second person must sign in and say yes too.').waitFor();
    assert.equal(await ada.getByRole('button', { name: /^Yes/ }).count(), 0);
    assert.equal((await site.camera(STOPS)).outcome, 'accepted');

    const dina = await browser.signedIn(people.dpo, '/system/lists');
    await dina.getByText('Needs a second person').waitFor();
    await dina.getByRole('button', { name: 'Yes: put bundle 2 in force' }).click();
    await panel(dina, 'In force').getByText('Keeper one, Keeper two').waitFor();
    await until(`${STOPS} is stopped`, async () => (await site.camera(STOPS)).state === 'not_accepted', { seconds: 20 });
    assert.equal((await site.camera(STAYS)).outcome, 'accepted');

    // Offered and withdrawn it changes nothing; marked urgent by its signers it does not wait.
    await offer(dina, bundleFile('third.json', keepers.bundle(3, { brands: [row] })));
    await dina.getByRole('heading', { name: 'Bundle 3 is offered' }).waitFor();
    await dina.getByText('No camera stops.').waitFor();
    await dina.getByRole('button', { name: 'Withdraw it' }).click();
    await dina.getByRole('heading', { name: 'Bundle 3 is offered' }).waitFor({ state: 'detached' });
    await offer(dina, bundleFile('urgent.json', keepers.bundle(4, { brands: [row], urgent: true })));
    await dina.getByText('Bundle 4 is in force now.').waitFor();
    browser.assertNoComplaints();
  });

  it('files a table, shows what it would do, and lets another person sign it', async () => {
    const ada = await browser.signedIn(people.administrator, '/system');
    await ada.getByRole('link', { name: 'Address tables of switches and DHCP servers' }).click();
    await ada.getByText('No table is in use').waitFor();
    assert.deepEqual(await looks(ada, 'tables-none'), []);
    const { address } = site.cameras.get(REMOTE);
    const text = [
      'Protocol  Address          Age (min)  Hardware Addr   Type   Interface', `Internet  ${address}             5   b8a4.4fa0.4f26  ARPA   Vlan20`,
      'Internet  10.99.0.1               -   0018.82aa.bbcc  ARPA   Vlan20', '10.99.0.1 00:11:22:33:44:55',
    ].join('\r\n');
    await ada.getByRole('button', { name: 'File a table' }).click();
    await ada.getByRole('button', { name: 'File it' }).click();
    for (const words of ["Choose the table's file.", 'Name the switch, router or server.', 'Say when the switch or server was asked.']) await ada.getByRole('link', { name: words }).waitFor();
    assert.deepEqual(await looks(ada, 'tables-form'), []);
    await ada.getByLabel('The file').setInputFiles(bundleFile('arp.txt', text));
    await ada.getByLabel('Which switch or server').fill('Switch of the gate house');
    // An hour ago, as a clock in London shows it.
    const london = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/London', dateStyle: 'short', timeStyle: 'short' });
    await ada.getByLabel('When it was taken').fill(london.format(new Date(Date.now() - 3_600_000)).replace(' ', 'T'));
    await ada.getByRole('button', { name: 'File it' }).click();
    const filed = panel(ada, 'Switch of the gate house');
    await filed.getByText('Waits for a second person').waitFor();
    const says = filed.getByRole('region', { name: 'What it says of which camera' });
    assert.match(await says.innerText(), new RegExp(`${REMOTE}\\s+${address}[\\s\\S]*Fits[\\s\\S]*B8:A4:4F:A0:4F:26 \\(registered to Axis`));
    await filed.getByText('It contradicts itself:').waitFor();
    await filed.getByText('Left out: 1 line that is no row').waitFor();
    assert.equal(await filed.getByRole('button', { name: /sign it/ }).count(), 0, 'nobody signs what they filed');
    assert.deepEqual(await looks(ada, 'tables-waiting'), []);

    const dina = await browser.signedIn(people.dpo, '/system/tables');
    assert.equal(await dina.getByRole('button', { name: 'File a table' }).count(), 0);
    await panel(dina, 'Switch of the gate house').getByRole('button', { name: 'I have looked at it: sign it' }).click();
    await panel(dina, 'Switch of the gate house').getByText(/In force$/).first().waitFor();
    assert.ok((await site.camera(REMOTE)).missing.every((words) => !/seen on the wire/.test(words)), 'it has its second layer');
    assert.deepEqual(await looks(dina, 'tables-in-force'), []);
    await panel(dina, 'Switch of the gate house').getByRole('button', { name: 'Take it back' }).click();
    await dina.getByText('Out of use (1)').waitFor();
    assert.ok((await site.camera(REMOTE)).missing.some((words) => /seen on the wire/.test(words)));
    browser.assertNoComplaints();
  });

  it('is not for operators', async () => {
    const page = await browser.signedIn(people.operator, '/cameras');
    await page.goto(`${browser.origin}/system/lists`);
    await page.getByText('You may not open System').waitFor();
  });
});
