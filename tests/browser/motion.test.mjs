// Motion on the Review timeline: drawn, explained, and gone through by keys and buttons.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser, inspect, settled } from '../lib/browser.mjs';
import { query } from '../lib/client.mjs';
import { coveredBy } from '../lib/grants.mjs';
import { people } from '../lib/people.mjs';
import { start } from '../lib/site.mjs';
import { now90k, seconds } from '../lib/ticks.mjs';
import { until } from '../lib/waiting.mjs';

const CAMERA = 'Car park';

describe('motion on the timeline', () => {
  let site;
  let browser;
  let camera;
  let from;
  const moved = async () => {
    const investigator = await site.as('investigator');
    const asked = query({ stream: 'main', from_90k: from, to_90k: now90k() });
    const { motion } = await investigator.read(`/api/v1/cameras/${camera.id}/timeline?${asked}`);
    return motion.filter((span) => span.kind === 'moved');
  };

  before(async () => {
    from = now90k();
    const purpose = () => ({ sentence: 'Protect people and vehicles in the car park.', owner: 'Facilities', keep_days: 7, mark_motion: true });
    site = await start({ label: 'motion-page', only: [CAMERA], purpose });
    browser = await Browser.start(site);
    camera = await site.camera(CAMERA);
    await coveredBy(await site.as('investigator'), camera.id, from, now90k());
    // Three passages, so that one lies between two others.
    await until('three passages', async () => (await moved()).length >= 3, { seconds: 120, every: 500 });
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  it('is explained, and gone through from one movement to the next and back', async () => {
    const page = await browser.signedIn(people.investigator, `/review?camera=${camera.id}&at=${from}`);
    await page.getByText('Something moved', { exact: true }).waitFor();
    await settled(page);
    const canvas = page.locator('canvas.timeline-canvas');
    const stands = () => Number(new URL(page.url()).searchParams.get('at'));
    /** Presses the key and waits until the page stands elsewhere; gives where. */
    const press = async (key) => {
      const before = stands();
      await canvas.press(key);
      return until(`${key} to lead somewhere`, () => stands() !== before && stands(), { seconds: 20 });
    };
    const first = await press('m');
    const second = await press('m');
    assert.ok(first > from - seconds(1) && second > first + seconds(3), `${first} ${second}`);
    const starts = (await moved()).map((span) => span.start_90k);
    // Another zoom may join what lies close together; a beginning stays one.
    for (const at of [first, second]) assert.ok(starts.some((begin) => Math.abs(begin - at) < seconds(1)), `${at} of ${starts}`);
    assert.match(await page.locator('.timeline-words').innerText(), /Something moved, /);
    assert.equal(await press('Shift+M'), first);
    await page.getByLabel('Reason').fill('Case 2026-114, theft of a bicycle');
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    // From the picture that is shown, not from one that is still on its way.
    await page.locator('.player-screen[data-state="showing"]').waitFor();
    await page.getByRole('button', { name: 'Next motion' }).click();
    await until('the button to lead on', () => stands() > first, { seconds: 20 });
    await settled(page);
    const findings = [];
    for (const theme of ['light', 'dark']) findings.push(...await inspect(page, 'review-motion', { theme }));
    findings.push(...await inspect(page, 'review-motion', { theme: 'light', phone: true }));
    assert.deepEqual(findings, []);
    browser.assertNoComplaints();
  });

  it('is searched for in a part of the picture, drawn or typed, and a hit leads there', async () => {
    const page = await browser.signedIn(people.investigator, `/review?camera=${camera.id}&at=${from}`);
    await page.getByLabel('Reason').fill('Case 2026-114, theft of a bicycle');
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Search a part of the picture for motion').click();
    const search = page.getByRole('button', { name: 'Search', exact: true });
    const hits = page.getByRole('list', { name: 'Movements in this part' }).getByRole('button');
    const said = page.locator('.motion-search-found').getByRole('status');
    await search.click();
    await said.waitFor();
    assert.ok(await hits.count() >= 3, await said.innerText());
    assert.match(await said.innerText(), /were looked at/);
    // The hundredth of the picture in its upper left corner, where no car drives.
    await page.getByRole('spinbutton', { name: 'Right' }).fill('1');
    await page.getByRole('spinbutton', { name: 'Bottom' }).fill('1');
    await search.click();
    await until('an answer about the corner', async () => /0 movements touch/.test(await said.innerText()), { seconds: 20 });
    assert.equal(await hits.count(), 0);
    await page.getByRole('spinbutton', { name: 'Left' }).fill('1');
    await page.getByText('Left must lie before right').waitFor();
    assert.ok(await search.isDisabled());
    // The whole picture, drawn.
    await page.getByRole('button', { name: 'Draw on the picture' }).click();
    const box = await page.locator('.draw-area').boundingBox();
    await page.mouse.move(box.x + 2, box.y + 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 2, box.y + box.height - 2, { steps: 5 });
    await page.mouse.up();
    await settled(page);
    const findings = [];
    for (const theme of ['light', 'dark']) findings.push(...await inspect(page, 'review-search', { theme }));
    findings.push(...await inspect(page, 'review-search', { theme: 'light', phone: true }));
    assert.deepEqual(findings, []);
    await page.getByRole('button', { name: 'Done drawing' }).click();
    await search.click();
    await until('hits again', async () => await hits.count() >= 3, { seconds: 20 });
    const before = new URL(page.url()).searchParams.get('at');
    await hits.nth(1).click();
    await until('the hit to lead there', () => new URL(page.url()).searchParams.get('at') !== before, { seconds: 20 });
    assert.ok((await site.log()).filter((entry) => entry.kind === 'motion_searched').length >= 3);
    browser.assertNoComplaints();
  });
});
