// Setting a camera up, in a browser: the look with its picture, the still that is kept, masks drawn on it by pointer and by keys, and the text for the policy.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser, inspect, settled } from '../lib/browser.mjs';
import { people } from '../lib/people.mjs';
import { start } from '../lib/site.mjs';
import { until } from '../lib/waiting.mjs';

const NEW = 'Reception';
const IN_FORCE = 'Car park';

describe('setting a camera up, in a browser', () => {
  let site;
  let browser;
  let page;
  const findings = [];
  const seen = async (name, of = page) => {
    await settled(of);
    for (const theme of ['dark', 'light']) findings.push(...await inspect(of, name, { theme }));
    findings.push(...await inspect(of, name, { theme: 'light', phone: true }));
  };
  before(async () => {
    const purpose = (name) => (name === NEW ? null : { sentence: 'Protect people and bicycles at the entrances of the building.', owner: 'Facilities, Room 12', keep_days: 7 });
    site = await start({ label: 'setup-page', only: [NEW, IN_FORCE], purpose });
    const admin = await site.as('administrator');
    const { to_accept: number } = await admin.read('/api/v1/policy');
    (await admin.post(`/api/v1/policy/${number}/accept`)).expect(204);
    browser = await Browser.start(site);
    page = await browser.signedIn(people.administrator, `/cameras/${(await site.camera(NEW)).id}`);
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  const panel = () => page.locator('section.panel', { has: page.getByRole('heading', { name: 'View and masks' }) });

  it('a look says that it is one, and shows what the camera sees', async () => {
    await panel().getByText(/Nobody has signed yet/).waitFor();
    await seen('setup-before');
    await page.getByRole('button', { name: 'Look at it' }).click();
    await page.getByLabel(/^Why/).fill('aiming it at the desk');
    await page.getByRole('dialog').getByRole('button', { name: 'Look', exact: true }).click();
    const picture = page.locator('.setup-picture[data-picture="shown"]');
    await picture.waitFor({ timeout: 60_000 });
    const first = Number(await picture.getAttribute('data-taken'));
    await until('the next picture', async () => Number(await picture.getAttribute('data-taken')) > first, { seconds: 60 });
    assert.equal(await picture.locator('[data-watermark]').getAttribute('data-watermark'), people.administrator.full_name);
    const size = await picture.locator('img').evaluate((image) => [image.naturalWidth, image.naturalHeight]);
    assert.ok(size[0] >= 320 && size[1] >= 180, `${size}`);
    await seen('setup-look');
  });

  it('one still is kept, and the view is signed', async () => {
    await page.getByRole('button', { name: 'Keep one still for masks' }).click();
    await page.getByText(/The still is kept, sealed/).waitFor({ timeout: 30_000 });
    await page.getByLabel(/^Remark/).fill('Only the desk is in it.');
    await page.getByRole('button', { name: 'The view is right' }).click();
    await panel().getByText(/Only the desk is in it/).waitFor();
    await page.getByRole('button', { name: 'End the look' }).click();
    await page.getByRole('button', { name: 'Draw masks on the still' }).waitFor();
  });

  it('masks are drawn on it and become text for the policy', async () => {
    await page.getByRole('button', { name: 'Draw masks on the still' }).click();
    await page.locator('.setup-picture[data-picture="shown"]').waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Add a mask' }).click();
    await page.getByLabel('What lies there').fill('Screen of the desk');
    await page.getByLabel('Why the camera may not see it').fill('What visitors write is theirs.');
    const draw = page.locator('.setup-draw');
    await draw.scrollIntoViewIfNeeded();
    const box = await draw.boundingBox();
    await page.mouse.move(box.x + box.width * 0.25, box.y + box.height * 0.25);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height * 0.75, { steps: 4 });
    await page.mouse.up();
    const text = page.getByLabel('Masks as the policy file has them');
    await text.getByText(/cameras\."Reception"\.masks/).waitFor();
    const numbers = [...(await text.textContent()).matchAll(/(\d\.\d{3})/g)].map(([, number]) => Number(number));
    const near = [0.25, 0.25, 0.5, 0.25, 0.5, 0.75, 0.25, 0.75];
    assert.ok(numbers.length === 8 && numbers.every((number, at) => Math.abs(number - near[at]) < 0.02), `${numbers}`);
    await page.getByRole('button', { name: /^Corner 1/ }).press('ArrowRight');
    await until('the corner moved', async () => (await text.textContent()).includes((numbers[0] + 0.005).toFixed(3)));
    await seen('setup-masks');
  });

  it('a camera in force is looked at only after an approver agreed', async () => {
    await page.goto(new URL(`/cameras/${(await site.camera(IN_FORCE)).id}`, page.url()).href);
    await page.getByRole('button', { name: 'Ask to look at it' }).click();
    await page.getByLabel(/^Why/).fill('the masks must be drawn anew');
    await page.getByRole('dialog').getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByText(/an approver decides until/).waitFor();
    await seen('setup-asked');
    const approver = await browser.signedIn(people.approver, '/requests');
    await approver.getByText(/asks to look at Car park for half an hour/).waitFor();
    await seen('setup-decide', approver);
    await approver.getByRole('button', { name: 'Agree', exact: true }).click();
    await approver.getByText(/asks to look at Car park/).waitFor({ state: 'detached' });
    await page.getByText(/agreed that you look at it/).waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Look at it' }).waitFor();
  });

  it('can be read and used by everybody', () => assert.deepEqual(findings, []));
});
