// What waits for a second person, as that person sees it: a number beside the name, a list, a link to where it is decided, and a list that
// empties.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser, inspect } from '../lib/browser.mjs';
import { ask } from '../lib/grants.mjs';
import { people } from '../lib/people.mjs';
import { start } from '../lib/site.mjs';
import { now90k, seconds } from '../lib/ticks.mjs';

describe('what waits for a second person, in a browser', () => {
  let site;
  let browser;
  const findings = [];

  before(async () => {
    site = await start({ label: 'browser-waiting', only: ['Car park'] });
    browser = await Browser.start(site);
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  async function judge(page, name) {
    for (const theme of ['light', 'dark']) findings.push(...await inspect(page, name, { theme }));
    findings.push(...await inspect(page, name, { theme: 'light', phone: true }));
    await page.setViewportSize({ width: 1440, height: 900 });
  }
  const number = (page) => page.getByRole('button', { name: /^Waiting for you/ });
  const asks = async () => {
    const camera = await site.camera('Car park');
    return ask(await site.as('investigator'), camera.id, now90k() - seconds(60), now90k());
  };

  it('where nothing waits, no number is shown, and the page says so', async () => {
    const page = await browser.signedIn(people.approver, '/waiting');
    await page.getByText('Nothing waits for you.').waitFor();
    assert.equal(await number(page).count(), 0);
    await judge(page, 'waiting-empty');
    await page.context().close();
  });

  it('a request of somebody else is listed, leads to where it is decided, and leaves the list once it is', async () => {
    await asks();
    const page = await browser.signedIn(people.approver);
    await number(page).filter({ hasText: 'Waiting for you: 1' }).click();
    await page.getByRole('heading', { name: 'Waiting for you', exact: true }).waitFor();
    const row = page.getByRole('row', { name: /Ines Iqbal asks for footage: 2026-114/ });
    await row.waitFor();
    await judge(page, 'waiting');
    await row.getByRole('link').click();
    const card = page.getByRole('article', { name: /Case 2026-114, Ines Iqbal/ });
    await card.getByRole('button', { name: 'Approve' }).click();
    const dialog = page.getByRole('dialog', { name: 'Approve: case 2026-114' });
    await dialog.getByLabel('Your words').fill('It is in proportion to the case.');
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await card.getByText('Stands').waitFor();
    await number(page).waitFor({ state: 'detached' });
    await page.goBack();
    await page.getByText('Nothing waits for you.').waitFor();
    await page.context().close();
  });

  it('whoever asked, and whoever decides other things, has nothing to see', async () => {
    await asks();
    for (const person of [people.investigator, people.dpo]) {
      const page = await browser.signedIn(person, '/waiting');
      await page.getByText('Nothing waits for you.').waitFor();
      assert.equal(await number(page).count(), 0);
      await page.context().close();
    }
  });

  it('every page was usable by everybody, and none complained', () => {
    assert.deepEqual(findings, []);
    browser.assertNoComplaints();
  });
});
