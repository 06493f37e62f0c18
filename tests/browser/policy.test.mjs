// The policy as people meet it: read in words, written as a file, advised on, approved, in force, withdrawn; and accepted
// before anybody watches.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser, inspect, open, settled } from '../lib/browser.mjs';
import { people } from '../lib/people.mjs';
import { start } from '../lib/site.mjs';
import { until } from '../lib/waiting.mjs';

const KEEP = /^(keep = )"(\d+) days"/m;

describe('the policy, in a browser', () => {
  let site;
  let browser;
  const pages = {};

  before(async () => {
    site = await start({ label: 'browser-policy' });
    browser = await Browser.start(site);
    for (const role of ['administrator', 'owner', 'dpo', 'operator', 'investigator']) pages[role] = await browser.signedIn(people[role]);
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  const editor = (page) => page.getByLabel(/^Policy file/);
  /** The version whose page is shown, once its state reads so. */
  const stateOf = (page, state) => page.locator('main .badge', { hasText: state }).first().waitFor();

  /** Proposes the text of now with another length of keeping; gives the page's address. */
  async function propose(page, days) {
    await page.goto(`${browser.origin}/policy/write`);
    await settled(page);
    const text = await editor(page).inputValue();
    await editor(page).fill(text.replace(KEEP, `$1"${days} days"`));
    await page.getByText(/^No mistakes/).waitFor();
    await page.getByRole('button', { name: 'Propose this version' }).click();
    await page.getByRole('heading', { name: /Version \d+/ }).waitFor();
    await stateOf(page, 'Draft');
    return page.url();
  }

  it('everybody reads the version in force: who decided it and when, in words, and the file beside it', async () => {
    const page = pages.operator;
    await open(page, 'Policy');
    await page.getByText(/^Decided by /).first().waitFor();
    const words = await page.innerText('main');
    assert.match(words, /In force since/);
    assert.match(await page.getByRole('region', { name: /^The file of version/ }).innerText(), /format = 1/);
    assert.ok(await page.getByRole('article', { name: /^Sign of / }).count() > 0, 'each camera has its sign');
    assert.equal(await page.getByRole('link', { name: 'Propose a version' }).count(), 0, 'an operator proposes nothing');
    await page.goto(`${browser.origin}/policy/write`);
    await page.getByRole('heading', { name: 'You may not propose a version' }).waitFor();
  });

  it('a mistake is named with its line, and the keyboard goes to it', async () => {
    const page = pages.administrator;
    await page.goto(`${browser.origin}/policy/write`);
    await settled(page);
    const text = await editor(page).inputValue();
    const wrong = text.replace(KEEP, '$1"a while"');
    assert.notEqual(wrong, text);
    const line = wrong.slice(0, wrong.indexOf('"a while"')).split('\n').length;
    await editor(page).fill(wrong);
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByRole('button', { name: `Line ${line}`, exact: true }).waitFor();
    const place = await until('the keyboard on the mistake', () => page.evaluate(() => {
      const area = document.activeElement;
      return area instanceof HTMLTextAreaElement && area.value.slice(0, area.selectionStart).split('\n').length;
    }), { seconds: 10 });
    assert.equal(place, line);
    assert.ok(await page.getByRole('button', { name: 'Propose this version' }).isDisabled());
    const findings = [];
    for (const theme of ['light', 'dark']) findings.push(...await inspect(page, 'policy-mistake', { theme }));
    findings.push(...await inspect(page, 'policy-mistake', { theme: 'light', phone: true }));
    assert.deepEqual(findings, []);
  });

  it('corrected, planned, advised on, approved by another person, in force', async () => {
    const address = await propose(pages.administrator, 6);
    await pages.administrator.getByRole('heading', { name: 'What it would change' }).waitFor();

    await pages.dpo.goto(address);
    await pages.dpo.getByRole('button', { name: 'Advise', exact: true }).click();
    await pages.dpo.getByLabel('Advice').fill('Six days are enough to notice a theft.');
    await pages.dpo.getByRole('button', { name: 'Write the advice down' }).click();
    await pages.dpo.getByText('Six days are enough to notice a theft.').first().waitFor();
    assert.equal(await pages.dpo.getByRole('button', { name: 'Approve' }).count(), 0, 'whoever advises does not decide');

    const page = pages.owner;
    await page.goto(address);
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByLabel('Yes').check();
    await page.getByRole('button', { name: /^Approve version/ }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await until('the version to be in force', async () => {
      await page.reload();
      await settled(page);
      return /In force since/.test(await page.innerText('main'));
    }, { seconds: 30, every: 1000 });
    assert.match(await page.innerText('main'), new RegExp(`Decided by ${people.owner.full_name}`));
  });

  it('a draft is withdrawn, with a reason, and the one in force stays', async () => {
    const address = await propose(pages.administrator, 5);
    const page = pages.owner;
    await page.goto(address);
    await page.getByRole('button', { name: 'Withdraw', exact: true }).click();
    await page.getByLabel('Reason').fill('Five days are too few for the bank holidays.');
    await page.getByRole('button', { name: /^Withdraw version/ }).click();
    await stateOf(page, 'Withdrawn');
    await open(page, 'Policy');
    assert.match(await page.getByRole('region', { name: /^The file of version/ }).innerText(), /keep = "6 days"/);
  });

  it('nobody watches before having read the rules; then the page that was wanted opens', async () => {
    const page = await browser.page('first use');
    await browser.signIn(page, people.operator, '/live');
    await page.getByRole('heading', { name: 'Read the rules first' }).waitFor();
    assert.equal(await page.locator('[data-tile]').count(), 0, 'no picture before');
    const findings = [];
    for (const theme of ['light', 'dark']) findings.push(...await inspect(page, 'acceptance', { theme }));
    findings.push(...await inspect(page, 'acceptance', { theme: 'light', phone: true }));
    assert.deepEqual(findings, []);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByText('I have read this and work by it.').click();
    await page.getByRole('button', { name: 'I have read this and accept' }).click();
    await page.locator('[data-tile]').first().waitFor();
    assert.match(page.url(), /\/live$/);
    await page.context().close();
  });

  it('every page of it is usable by everybody', async () => {
    const findings = [];
    const look = async (page, path, name) => {
      await page.goto(browser.origin + path);
      await settled(page);
      for (const theme of ['dark', 'light']) findings.push(...await inspect(page, name, { theme }));
      findings.push(...await inspect(page, name, { theme: 'light', phone: true }));
      await page.setViewportSize({ width: 1440, height: 900 });
    };
    await look(pages.owner, '/policy', 'policy');
    await look(pages.owner, '/policy/2', 'policy-version');
    await look(pages.owner, '/policy/signs', 'policy-signs');
    await look(pages.administrator, '/policy/write', 'policy-write');
    await look(pages.dpo, '/retention', 'retention-policy');
    assert.deepEqual(findings, []);
  });

  it('no page complained, broke its policy or asked another host for anything', () => {
    browser.assertNoComplaints();
  });
});
