// The tuning page: who may look sees the score, draws where motion counts, and reads what would become of the footage and what a draft must say;
// who writes the policy and may not look is told sums. Nothing is changed by any of it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser, inspect, settled } from '../lib/browser.mjs';
import { coveredBy } from '../lib/grants.mjs';
import { people } from '../lib/people.mjs';
import { start } from '../lib/site.mjs';
import { now90k, seconds } from '../lib/ticks.mjs';
import { newestRecorded, timeline } from '../lib/timeline.mjs';
import { until } from '../lib/waiting.mjs';

const CAMERA = 'Car park';

describe('the tuning page', () => {
  let site;
  let browser;
  let camera;
  let from;

  before(async () => {
    from = now90k();
    const purpose = () => ({ sentence: 'Protect people and vehicles in the car park.', owner: 'Facilities', keep_days: 7, keep_if_still: '3 days' });
    site = await start({ label: 'tuning', only: [CAMERA], purpose });
    browser = await Browser.start(site);
    camera = await site.camera(CAMERA);
    const investigator = await site.as('investigator');
    await coveredBy(investigator, camera.id, from - seconds(60), now90k() + seconds(600));
    // Two passages of the clip, and a closed minute between them.
    await until('footage of a minute and a half', async () => newestRecorded(await timeline(investigator, camera.id, from, now90k())) > from + seconds(90), { seconds: 150, every: 1000 });
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  const policyBefore = async () => (await site.as('owner')).read('/api/v1/policy');
  const look = (page) => page.getByRole('button', { name: 'Look through it' }).click();
  const found = (page) => page.getByRole('region', { name: 'What was found' });

  it('shows who may look the score, the fate of each piece, and the lines for a draft', async () => {
    const policy = await policyBefore();
    const page = await browser.signedIn(people.investigator, `/tuning?camera=${camera.id}&at=${from}`);
    await page.getByRole('option', { name: CAMERA }).waitFor({ state: 'attached' });
    // Nothing is sent without a reason.
    await look(page);
    await page.getByRole('alert').getByText('Say why footage is looked through.').waitFor();
    await page.getByLabel('Reason').fill('Draft of the policy for the car park');
    await page.getByLabel('Keep where nothing moved for').fill('2');
    await page.getByText('Record only around what moves').click();
    await look(page);
    await found(page).getByRole('status').first().getByText(/Something moved in/).waitFor({ timeout: 90_000 });
    const events = found(page).locator('.trial-events li');
    assert.ok(await events.count() >= 2, `cars pass: ${await found(page).innerText()}`);
    const slider = page.getByRole('slider', { name: 'Moment' });
    await events.nth(1).getByRole('button').click();
    assert.match(await slider.getAttribute('aria-valuetext'), /something moved: score \d/);
    await page.locator('.score').scrollIntoViewIfNeeded();
    const findings = await inspect(page, 'tuning-score', { theme: 'light' });
    findings.push(...await inspect(page, 'tuning-score', { theme: 'dark', phone: true }), ...await inspect(page, 'tuning-score', { theme: 'dark' }));
    const stands = await slider.inputValue();
    await slider.press('ArrowRight');
    assert.equal(Number(await slider.inputValue()), Number(stands) + 1, 'the keyboard goes on by a second');
    const rows = page.getByRole('region', { name: 'What is in force beside what was tried' });
    assert.match(await rows.innerText(), /Not recorded at all/);
    assert.ok(await page.getByRole('region', { name: 'Piece by piece' }).locator('tbody tr').count() >= 2);
    const lines = await page.locator('.trial-lines').allInnerTexts();
    assert.ok(lines.some((text) => /^keep_if_still = "2 days"$/m.test(text)) && lines.some((text) => /pre_roll = "5 seconds"/.test(text)), lines.join('\n'));

    await page.getByRole('button', { name: 'Show the picture' }).click();
    await page.getByRole('button', { name: 'Add a part' }).click();
    await page.locator('.zone-picture img').waitFor();
    const part = page.getByRole('group', { name: 'Part 1' });
    await part.getByLabel('Why').fill('It is a public road.');
    await part.getByRole('button', { name: 'Draw' }).click();
    await page.locator('.zone-drawing').scrollIntoViewIfNeeded();
    const box = await page.locator('.zone-drawing').boundingBox();
    await page.mouse.move(box.x + 1, box.y + 1);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 1, box.y + box.height - 1, { steps: 5 });
    await page.mouse.up();
    assert.equal(await part.getByRole('spinbutton', { name: 'Right' }).inputValue(), '100');
    await settled(page);
    for (const theme of ['light', 'dark']) findings.push(...await inspect(page, 'tuning', { theme }));
    findings.push(...await inspect(page, 'tuning', { theme: 'light', phone: true }));
    await found(page).scrollIntoViewIfNeeded();
    for (const theme of ['light', 'dark']) findings.push(...await inspect(page, 'tuning-found', { theme }));
    await found(page).scrollIntoViewIfNeeded();
    findings.push(...await inspect(page, 'tuning-found', { theme: 'dark', phone: true }));
    assert.deepEqual(findings, []);
    // Where all of the picture is ignored nothing moves.
    await part.getByRole('button', { name: 'Done drawing' }).click();
    await look(page);
    await page.getByText('Nothing counts as a movement.').waitFor({ timeout: 90_000 });
    assert.match((await page.locator('.trial-lines').allInnerTexts()).join('\n'), /\[\[cameras\."Car park"\.ignore\]\]\nname = "Part 1"/);
    assert.deepEqual(await policyBefore(), policy, 'nothing was changed');
    const tried = (await site.log()).filter((entry) => entry.kind === 'motion_tried');
    assert.ok(tried.length >= 2 && tried.every((entry) => /told when something moved/.test(entry.words)), JSON.stringify(tried));
    browser.assertNoComplaints();
  });

  it('tells who writes the policy that it tells sums, and is reached from the camera and from retention', async () => {
    const page = await browser.signedIn(people.administrator, `/cameras/${camera.id}`);
    await page.getByRole('link', { name: 'Try other terms for motion' }).click();
    await page.getByText('You are told sums.').waitFor({ timeout: 90_000 });
    assert.equal(await page.getByRole('button', { name: 'Add a part' }).count(), 0);
    assert.ok(await page.getByLabel('Length').isDisabled());
    await settled(page);
    const findings = [];
    for (const theme of ['light', 'dark']) findings.push(...await inspect(page, 'tuning-sums', { theme }));
    assert.deepEqual(findings, []);
    await page.getByRole('link', { name: 'Retention', exact: true }).last().click();
    await page.getByRole('link', { name: 'Try what other terms would keep' }).click();
    await page.getByRole('heading', { name: 'Try terms for motion' }).waitFor();
    browser.assertNoComplaints();
  });
});
