// Footage in players of others and as a file: hls.js plays a look in Chromium at an address without a sign-in, and Review
// gives the marked interval as a file that ffprobe decodes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Browser, inspect, settled } from '../lib/browser.mjs';
import { coveredBy } from '../lib/grants.mjs';
import { look } from '../lib/media.mjs';
import { people } from '../lib/people.mjs';
import { run, top } from '../lib/processes.mjs';
import { start } from '../lib/site.mjs';
import { now90k, seconds } from '../lib/ticks.mjs';
import { newestRecorded, recordedLength, timeline } from '../lib/timeline.mjs';
import { until } from '../lib/waiting.mjs';

const require = createRequire(join(top, 'web/package.json'));
const hls = readFileSync(require.resolve('hls.js/dist/hls.min.js'), 'utf8');
const CAMERA = 'Car park';

describe('footage elsewhere', () => {
  let site;
  let browser;
  let camera;
  let from;
  let to;

  before(async () => {
    from = now90k();
    site = await start({ label: 'hls', only: ['Main entrance', CAMERA] });
    browser = await Browser.start(site);
    camera = await site.camera(CAMERA);
    const dpo = await site.as('dpo');
    to = await until('footage', async () => {
      const spans = await timeline(dpo, camera.id, from, now90k());
      return recordedLength(spans) > seconds(14) && newestRecorded(spans);
    }, { seconds: 60 });
    await coveredBy(await site.as('investigator'), camera.id, from, to);
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  it('hls.js plays a look at an address of its own, at the times of day it says', async () => {
    const investigator = await site.as('investigator');
    const given = await look(investigator, camera.id, from, to);
    const { playlists } = (await investigator.post(`/api/v1/looks/${given.id}/player`, {})).expect(201).json;
    const page = await browser.page('a player of somebody else');
    // A page of our own making at the recorder's address: no cookie, no page of the viewer.
    const address = `${browser.origin}/somebody-elses-player`;
    await page.route(address, (route) => route.fulfill({ contentType: 'text/html', body: '<title>player</title><video muted></video>' }));
    await page.goto(address);
    await page.addScriptTag({ content: hls });
    await page.evaluate((url) => {
      const video = document.querySelector('video');
      const player = new window.Hls({ enableWorker: false });
      window.seen = { errors: [], levels: null, player };
      player.on(window.Hls.Events.ERROR, (_, data) => window.seen.errors.push(`${data.type} ${data.details} ${data.fatal}`));
      player.on(window.Hls.Events.LEVEL_LOADED, (_, data) => { window.seen.levels = { duration: data.details.totalduration, live: data.details.live }; });
      player.loadSource(url);
      player.attachMedia(video);
      void video.play();
    }, playlists[0].main);
    const shown = await until('ten seconds of pictures', async () => {
      const state = await page.evaluate(() => {
        const video = document.querySelector('video');
        return { at: video.currentTime, pictures: video.getVideoPlaybackQuality().totalVideoFrames, date: window.seen.player.playingDate?.getTime() ?? null, ...window.seen, player: undefined };
      });
      return state.pictures > 200 && state;
    }, { seconds: 40 });
    assert.deepEqual(shown.errors, []);
    assert.equal(shown.levels.live, false);
    assert.ok(shown.levels.duration > 13, `the playlist is as long as the footage: ${shown.levels.duration}`);
    assert.ok(shown.date >= from / 90 - 3000 && shown.date <= to / 90, `it plays at its time of day: ${shown.date}`);
    (await investigator.delete(`/api/v1/looks/${given.id}`)).expect(204);
    assert.equal((await page.evaluate(async (url) => (await fetch(url)).status, playlists[0].main)), 404);
    await page.context().close();
  });

  it('Review gives the marked interval as a file, and says what is in it', async () => {
    const page = await browser.signedIn(people.investigator, `/review?camera=${camera.id}&at=${to - seconds(10)}`);
    await page.getByLabel('Reason').fill('Case 2026-114, theft of a bicycle');
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Mark start' }).click();
    await page.getByRole('button', { name: '+10 s' }).waitFor();
    for (let n = 0; n < 4; n += 1) await page.locator('canvas.timeline-canvas').press('ArrowRight');
    await page.getByRole('button', { name: 'Mark end' }).click();
    const link = page.getByRole('link', { name: 'Download' });
    await link.waitFor();
    await settled(page);
    const words = await page.locator('.download').innerText();
    assert.match(words, /Marked: .*\(4 s\)/);
    assert.match(words, /The file runs from \d\d:\d\d:\d\d to \d\d:\d\d:\d\d/);
    const findings = [];
    for (const theme of ['light', 'dark']) findings.push(...await inspect(page, 'review-download', { theme }));
    findings.push(...await inspect(page, 'review-download', { theme: 'light', phone: true }));
    assert.deepEqual(findings, []);
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    assert.match(download.suggestedFilename(), /^Car-park-20\d\d-\d\d-\d\dT.*Z\.mp4$/);
    const path = await download.path();
    const { out } = await run('ffprobe', ['-v', 'error', '-show_entries', 'frame=pts_time', '-of', 'csv=p=0', path]);
    const times = out.split('\n').map(Number.parseFloat).filter(Number.isFinite);
    const length = times.at(-1) - times[0];
    assert.ok(length >= 3.5 && length < 9, `about what was marked, in whole groups of pictures: ${length} s`);
    const [entry] = (await site.log()).filter((one) => one.kind === 'footage_downloaded');
    assert.match(entry.words, /downloaded footage of Car park/);
    await page.context().close();
  });
});
