// Looking for cameras, in a browser: a network is typed in, who answers is shown with its verdict, and those chosen are added.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser, inspect, settled } from '../lib/browser.mjs';
import { people } from '../lib/people.mjs';
import { start } from '../lib/site.mjs';

const NETWORK = '127.0.62';
const lab = (number, name) => ({ like: 'Car park', name, address: `${NETWORK}.${number}`, mac: `FC:00:0C:00:62:${number}`, serial: `FC000C0062${number}`, user: 'candour', password: 'the-same-for-all' });
const MORE = [lab(11, 'First'), lab(12, 'Second'), { like: 'Old warehouse', name: 'Third', address: `${NETWORK}.13` }];

describe('looking for cameras, in a browser', () => {
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
    site = await start({ label: 'find-page', only: [], more: MORE, discovery: true, onboard: [], recording: 0, policy: null });
    browser = await Browser.start(site);
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  it('a mistake is said at its field, and nothing is searched', async () => {
    page = await browser.signedIn(people.administrator, '/cameras');
    await page.getByRole('link', { name: 'Find cameras' }).click();
    await page.getByRole('heading', { name: 'Nothing searched yet' }).waitFor();
    await seen('find-empty');
    await page.getByLabel('Network or range').fill('8.8.8.0/24');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('link', { name: /no private network/ }).click();
    assert.equal(await page.getByLabel('Network or range').evaluate((input) => input === document.activeElement), true, 'the error leads to its field');
  });

  it('who answers is shown; a refused device cannot be chosen', async () => {
    await page.getByLabel('Network or range').fill(`${NETWORK}.8/29`);
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText(/^All 6 addresses of .* were called: 3 devices answered\.$/).waitFor({ timeout: 90_000 });
    const refused = page.getByRole('article', { name: `${NETWORK}.13` });
    assert.match(await refused.innerText(), /Refused/);
    assert.match(await refused.innerText(), /Unplug it/);
    assert.equal(await refused.getByRole('checkbox').count(), 0);
    await seen('find-found');
  });

  it('several are added with one set of credentials, each judged for itself', async () => {
    for (const number of [11, 12]) await page.getByRole('article', { name: `${NETWORK}.${number}` }).getByText('Add it').click();
    const first = page.getByRole('article', { name: `${NETWORK}.11` });
    await first.getByLabel('Name').fill('North entrance');
    await page.getByLabel('User of the cameras').fill('candour');
    await page.getByLabel('Password of the cameras').fill('wrong');
    await page.getByRole('button', { name: 'Ask and add 2' }).click();
    await first.getByText(/does not accept this user and password/).waitFor({ timeout: 60_000 });
    await page.getByRole('article', { name: `${NETWORK}.12` }).getByText(/does not accept this user and password/).waitFor({ timeout: 60_000 });
    assert.equal((await (await site.as('administrator')).read('/api/v1/cameras')).length, 0, 'a wrong password adds nothing');
    assert.equal(await first.getByLabel('Name').inputValue(), 'North entrance', 'what was typed stays');
    await page.getByLabel('Password of the cameras').fill('the-same-for-all');
    await page.getByRole('button', { name: 'Ask and add 2' }).click();
    await page.getByRole('link', { name: 'North entrance' }).waitFor({ timeout: 60_000 });
    await seen('find-added');
    const cameras = await (await site.as('administrator')).read('/api/v1/cameras');
    assert.deepEqual(cameras.map((camera) => [camera.address, camera.outcome]).sort(), [[`${NETWORK}.11`, 'accepted'], [`${NETWORK}.12`, 'accepted']]);
  });

  it('nobody else searches', async () => {
    const other = await browser.signedIn(people.dpo, '/cameras/find');
    await other.getByRole('heading', { name: 'You may not see this' }).waitFor();
    findings.push(...await inspect(other, 'find-no-permission', { theme: 'light' }));
  });

  it('every state of it is usable by everybody, and no page complained', () => {
    assert.deepEqual(findings, []);
    // The browser itself notes each refusal that was wanted.
    const refusals = /status of (422|403)/;
    assert.deepEqual(browser.complaints.filter((words) => !refusals.test(words)), []);
  });
});
