// A camera's connection and password, in a browser: by TLS the recorder gives it one that nobody knows; in clear the page says why not.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser, inspect, settled } from '../lib/browser.mjs';
import { people } from '../lib/people.mjs';
import { start } from '../lib/site.mjs';

const lab = (number, name, more) => ({ like: 'Car park', name, address: `127.0.0.${number}`, mac: `FC:00:0C:00:00:${number}`, serial: `FC000C0000${number}`, user: 'candour', password: 'typed-in-8814', ...more });
const MORE = [lab(51, 'North gate', { tls: true, users: { level: 'Administrator' } }), lab(52, 'South gate', {})];

describe('a camera’s connection and password, in a browser', () => {
  let site;
  let browser;
  let page;
  const findings = [];
  const seen = async (name) => {
    await settled(page);
    for (const theme of ['dark', 'light']) findings.push(...await inspect(page, name, { theme }));
    findings.push(...await inspect(page, name, { theme: 'light', phone: true }));
  };
  before(async () => {
    site = await start({ label: 'access-page', only: [], more: MORE, recording: 0, policy: null });
    browser = await Browser.start(site);
    page = await browser.signedIn(people.administrator, '/cameras');
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  it('by TLS the recorder sets a password that nobody knows', async () => {
    await page.goto(new URL(`/cameras/${(await site.camera('North gate')).id}`, page.url()).href);
    await page.getByText('Encrypted (TLS)').waitFor();
    await page.getByText('Typed in by a person').waitFor();
    await seen('access-typed');
    await page.getByRole('button', { name: 'Give it a password nobody knows' }).click();
    await page.getByRole('dialog').getByText(/logs in with it before it forgets the one before/).waitFor();
    await seen('access-asking');
    await page.getByRole('button', { name: 'Set it' }).click();
    await page.getByText(/Set by the recorder; nobody knows it/).waitFor({ timeout: 60_000 });
    await seen('access-set');
    assert.equal(await page.getByText('Typed in by a person').count(), 0);
  });

  it('in clear it is said why none is offered', async () => {
    await page.goto(new URL(`/cameras/${(await site.camera('South gate')).id}`, page.url()).href);
    await page.getByText('In clear (HTTP)').waitFor();
    await page.getByText(/Switch HTTPS on in the camera/).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Give it a password nobody knows' }).count(), 0);
    await seen('access-clear');
  });

  it('can be read and used by everybody', () => assert.deepEqual(findings, []));
});
