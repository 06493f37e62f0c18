// Pictures while somebody moves along the Review timeline: the one of the moment under the pointer, by its pixels, with its true time.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser, inspect, settled } from '../lib/browser.mjs';
import { coveredBy } from '../lib/grants.mjs';
import { people } from '../lib/people.mjs';
import { start } from '../lib/site.mjs';
import { now90k, seconds } from '../lib/ticks.mjs';
import { newestRecorded, recordedLength, timeline } from '../lib/timeline.mjs';
import { until } from '../lib/waiting.mjs';

const CAMERA = 'Car park';
const GRID = 16;

describe('stills above the timeline', () => {
  let site;
  let browser;
  let camera;
  let from;
  let to;
  before(async () => {
    from = now90k();
    site = await start({ label: 'stills-page', only: [CAMERA] });
    browser = await Browser.start(site);
    camera = await site.camera(CAMERA);
    to = await until('a whole round of the clip', async () => {
      const spans = await timeline(await site.as('dpo'), camera.id, from, now90k());
      return recordedLength(spans) > seconds(16) && newestRecorded(spans);
    }, { seconds: 90 });
    await coveredBy(await site.as('investigator'), camera.id, from, to);
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  /** Mean colours of a grid of fields of what is drawn, to compare pictures of different sizes. */
  const fields = (page, selector) => page.evaluate(({ selector: of, grid }) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [grid * 8, grid * 8];
    const context = canvas.getContext('2d');
    context.drawImage(document.querySelector(of), 0, 0, canvas.width, canvas.height);
    context.drawImage(canvas, 0, 0, grid, grid);
    return [...context.getImageData(0, 0, grid, grid).data].filter((_, at) => at % 4 !== 3);
  }, { selector, grid: GRID });
  const apart = (one, other) => one.reduce((sum, level, at) => sum + Math.abs(level - other[at]), 0) / one.length;

  it('dragging the head shows the picture of each moment, with its true time, under the name of who looks', async () => {
    const page = await browser.signedIn(people.investigator, `/review?camera=${camera.id}&at=${to - seconds(6)}`);
    const canvas = page.locator('canvas.timeline-canvas');
    const still = page.locator('.still');
    await canvas.hover();
    await settled(page);
    assert.equal(await still.count(), 0, 'before a look there is no picture');
    await page.getByLabel('Reason').fill('Case 2026-114, theft of a bicycle');
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.player-screen[data-state="showing"]').waitFor();
    // Half a minute is on the screen: a second is some 45 pixels.
    await canvas.focus();
    for (let press = 0; press < 7; press += 1) await canvas.press('+');
    const box = await canvas.boundingBox();
    const view = await page.evaluate(() => {
      const element = document.querySelector('canvas.timeline-canvas');
      return ['aria-valuemin', 'aria-valuemax', 'aria-valuenow'].map((name) => Number(element.getAttribute(name)));
    });
    const xOf = (at) => box.x + ((at - view[0]) / (view[1] - view[0])) * box.width;
    const taken = () => still.getAttribute('data-taken').then(Number);
    /** Moves there and waits for the picture of that moment. */
    const pictureAt = async (at) => {
      await page.mouse.move(xOf(at), box.y + 60, { steps: 6 });
      return until(`the picture of ${at}`, async () => {
        if (await still.getAttribute('data-still') !== 'shown') return false;
        const moment = await taken();
        return Math.abs(at - moment) < seconds(2.5) && moment <= at + seconds(0.2) && { moment, pixels: await fields(page, '.still img') };
      }, { seconds: 30 });
    };
    await page.mouse.move(xOf(view[2]), box.y + 60);
    await page.mouse.down();
    const shown = [];
    for (const at of [to - seconds(7), to - seconds(4)]) shown.push(await pictureAt(at));
    assert.ok(shown[1].moment > shown[0].moment, 'another moment, another picture');
    assert.equal(await page.locator('.still .watermark').getAttribute('data-watermark'), people.investigator.full_name);
    await settled(page);
    const findings = [];
    for (const theme of ['light', 'dark']) findings.push(...await inspect(page, 'review-still', { theme }));
    assert.deepEqual(findings, []);
    await page.mouse.up();
    // The film at the moments that the pictures say they are of: the same pixels, as far as two encoders agree.
    for (const { moment, pixels } of shown) {
      await page.evaluate(() => { document.querySelector('video').pause(); });
      await page.mouse.move(xOf(moment + seconds(0.04)), box.y + 60);
      await page.mouse.click(xOf(moment + seconds(0.04)), box.y + 60);
      await page.locator('.player-screen[data-state="showing"]').waitFor();
      let nearest = Infinity;
      await until(`the film at ${moment}`, async () => {
        nearest = Math.min(nearest, apart(pixels, await fields(page, 'video')));
        return nearest < 6;
      }, { seconds: 20 }).catch((error) => assert.fail(`${error.message}: ${nearest} levels apart`));
    }
    browser.assertNoComplaints();
  });

  it('keys show it too, and outside the look nothing is asked for', async () => {
    const page = await browser.signedIn(people.investigator, `/review?camera=${camera.id}&at=${to - seconds(6)}`);
    await page.getByLabel('Reason').fill('Case 2026-114, theft of a bicycle');
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.locator('.player-screen[data-state="showing"]').waitFor();
    const canvas = page.locator('canvas.timeline-canvas');
    await canvas.focus();
    await canvas.press('ArrowLeft');
    await page.locator('.still[data-still="shown"]').waitFor();
    await canvas.press('Escape');
    await page.locator('.still').waitFor({ state: 'detached' });
    const asked = [];
    page.on('request', (request) => { if (request.url().includes('/still?')) asked.push(request.url()); });
    // A whole day is on the screen; its edge is outside every look.
    for (let press = 0; press < 9; press += 1) await canvas.press('-');
    const box = await canvas.boundingBox();
    await page.mouse.move(box.x + 4, box.y + 60);
    await page.locator('.still[data-still="outside"]').waitFor();
    assert.match(await page.locator('.still').innerText(), /Not under this look/);
    await settled(page);
    assert.deepEqual(asked, []);
    browser.assertNoComplaints();
  });
});
