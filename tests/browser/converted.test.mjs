// H.265 in a browser that cannot play it (Chromium without a graphics processor): the pictures are converted here, live and stored, and both
// say so. What is recorded stays as the camera sent it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser, inspect } from '../lib/browser.mjs';
import { coveredBy } from '../lib/grants.mjs';
import { children } from '../lib/children.mjs';
import { ffprobe, fetchFootage } from '../lib/media.mjs';
import { people } from '../lib/people.mjs';
import { start } from '../lib/site.mjs';
import { now90k, seconds } from '../lib/ticks.mjs';
import { until } from '../lib/waiting.mjs';

const CAMERA = 'Back road';
const WORDS = 'Converted to H.264 here: the browser cannot play H.265';

describe('H.265 in a browser that cannot play it', () => {
  let site;
  let browser;
  let camera;
  let from;
  before(async () => {
    from = now90k();
    const more = [{ like: 'Car park', name: CAMERA, address: '127.0.0.21', mac: 'FC:00:0C:00:00:21', serial: 'FC000C000021', footage: 'cars-h265-only' }];
    site = await start({ label: 'converted', only: [], more });
    browser = await Browser.start(site);
    camera = await site.camera(CAMERA);
    // Whoever sees footage has read the rules.
    await site.as('operator');
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });
  const decoders = () => children(site.recorder.pid, 'candour-decoder');

  it('the live tile shows moving pictures and says that they are converted; the program ends with the last who watches', async () => {
    const page = await browser.signedIn(people.operator, '/live');
    const supported = await page.evaluate(async () => (await VideoDecoder.isConfigSupported({ codec: 'hvc1.1.6.L123.00', codedWidth: 1280, codedHeight: 720 })).supported);
    assert.equal(supported, false, 'this Chromium plays no H.265, else the test shows nothing');
    const tile = page.locator(`[data-tile="${camera.id}"]`);
    const shown = async () => Number(await tile.getAttribute('data-shown'));
    await until('a live tile', async () => (await tile.getAttribute('data-phase')) === 'live', { seconds: 60 });
    await tile.getByText(WORDS, { exact: true }).waitFor();
    const before = await shown();
    await until('pictures one after the other', async () => (await shown()) > before + 20, { seconds: 60 });
    assert.equal(decoders().length, 1, 'one program converts');
    const pixels = () => tile.locator('canvas').screenshot().then((picture) => picture.toString('base64'));
    const still = await pixels();
    await until('the pixels to move', async () => (await pixels()) !== still, { seconds: 30, every: 300 });
    assert.deepEqual(await inspect(page, 'live-converted', { theme: 'dark' }), []);

    const second = await browser.signedIn(people.operator, '/live');
    await until('the second watcher to see it', async () => (await second.locator(`[data-tile="${camera.id}"]`).getAttribute('data-phase')) === 'live', { seconds: 60 });
    assert.equal(decoders().length, 1, 'two pages share one conversion');
    await page.context().close();
    await until('the other page goes on', async () => (await second.locator(`[data-tile="${camera.id}"]`).getAttribute('data-phase')) === 'live');
    assert.equal(decoders().length, 1);
    await second.context().close();
    await until('the program to end with the last watcher', () => decoders().length === 0, { seconds: 20 });
  });

  it('playback shows it converted and says so', async () => {
    const investigator = await site.as('investigator');
    await coveredBy(investigator, camera.id, from, now90k());
    const at = now90k() - seconds(12);
    await until('footage there', async () => (await fetchFootage(investigator, camera.id, at - seconds(4), at + seconds(4))).pieces.length > 0, { seconds: 60, every: 1000 });
    const page = await browser.signedIn(people.investigator, `/review?camera=${camera.id}&at=${at}`);
    await page.getByLabel('Reason').fill('Case 2026-114, theft of a bicycle');
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.getByText(WORDS, { exact: true }).waitFor({ timeout: 90_000 });
    const video = page.locator('video');
    const time = () => video.evaluate((element) => element.currentTime);
    const first = await time();
    await until('the film to run', async () => (await time()) > first + 1, { seconds: 60 });
    assert.deepEqual(await video.evaluate((element) => [element.videoWidth, element.videoHeight, element.error]), [1280, 720, null]);
    assert.deepEqual(await inspect(page, 'review-converted', { theme: 'dark' }), []);
    const { pieces } = await fetchFootage(investigator, camera.id, at - seconds(4), at + seconds(4));
    assert.equal((await ffprobe(pieces[0].media)).codec_name, 'hevc', 'what is stored is what the camera sent');
    await page.context().close();
    await until('the program to end', () => decoders().length === 0, { seconds: 30 });
    browser.assertNoComplaints();
  });
});
