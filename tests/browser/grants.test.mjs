// Two people behind a look, as they see it: asked on the Requests page, approved by another person, played in Review, withdrawn
// while it plays; an incident marked on the wall; broken glass and its review.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { acceptRules, Browser, inspect, open, settled } from '../lib/browser.mjs';
import { people } from '../lib/people.mjs';
import { start } from '../lib/site.mjs';
import { now90k, seconds } from '../lib/ticks.mjs';
import { newestRecorded, recordedLength, timeline } from '../lib/timeline.mjs';
import { until } from '../lib/waiting.mjs';

const CAMERA = 'Car park';
const WALL = { width: 2560, height: 1440 };

describe('grants, in a browser', () => {
  let site;
  let browser;
  let camera;
  let from;
  let to;
  const pages = {};
  const findings = [];

  before(async () => {
    from = now90k();
    site = await start({ label: 'browser-grants', only: ['Main entrance', CAMERA] });
    browser = await Browser.start(site);
    camera = await site.camera(CAMERA);
    const dpo = await site.as('dpo');
    to = await until('footage', async () => {
      const spans = await timeline(dpo, camera.id, from, now90k());
      return recordedLength(spans) > seconds(10) && newestRecorded(spans);
    }, { seconds: 60 });
    for (const role of ['investigator', 'approver', 'operator', 'administrator', 'owner']) pages[role] = await browser.signedIn(people[role]);
    for (const role of ['investigator', 'operator']) await acceptRules(pages[role]);
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  /** Judges a page in every size and theme, and keeps pictures. */
  async function judge(page, name) {
    for (const theme of ['light', 'dark']) findings.push(...await inspect(page, name, { theme }));
    findings.push(...await inspect(page, name, { theme: 'light', phone: true }));
    await page.setViewportSize(WALL);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 1) findings.push(`${name}: ${wide} pixels too wide on a wall`);
    await page.setViewportSize({ width: 1440, height: 900 });
  }

  const review = async (at = to - seconds(5)) => {
    await pages.investigator.goto(`${browser.origin}/review?camera=${camera.id}&at=${Math.round(at)}`);
    await settled(pages.investigator);
  };
  const card = (page, name) => page.getByRole('article', { name }).first();

  it('nothing to see without a request: the page says what belongs here', async () => {
    await open(pages.approver, 'Requests');
    await pages.approver.getByText('Nobody has asked for footage yet.').waitFor();
    await open(pages.investigator, 'Requests');
    await pages.investigator.getByText('You have asked for nothing yet.').waitFor();
    await judge(pages.investigator, 'requests-empty');
  });

  it('Review without a grant shows no picture and offers to ask', async () => {
    await review();
    const page = pages.investigator;
    await page.getByRole('heading', { name: `You need a grant to look at ${CAMERA} there` }).waitFor();
    assert.equal(await page.locator('video').count(), 0);
    await judge(page, 'review-no-grant');
    await page.getByRole('link', { name: 'Ask for a grant' }).click();
    await page.getByRole('dialog', { name: 'Ask for footage' }).waitFor();
  });

  it('asks: what is missing is said at its field, and a filled form waits for a decision', async () => {
    const page = pages.investigator;
    const dialog = page.getByRole('dialog', { name: 'Ask for footage' });
    await dialog.getByRole('button', { name: 'Ask', exact: true }).click();
    await dialog.getByText('Give the case reference.').first().waitFor();
    await judge(page, 'request-errors');
    await dialog.getByLabel('Case reference').fill('2026-114');
    await dialog.getByLabel('Why the case needs it').fill('A bicycle was stolen from the rack.');
    await judge(page, 'request-form');
    await dialog.getByRole('button', { name: 'Ask', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await card(page, /Case 2026-114/).getByText('Waits for a decision').waitFor();
    assert.equal(await card(page, /Case 2026-114/).getByRole('button', { name: 'Approve' }).count(), 0, 'nobody decides on their own');
    await review();
    await page.getByText('waits for a decision by an approver').waitFor();
  });

  it('another person approves, with words; then the picture plays and says under which grant', async () => {
    const { approver, investigator } = pages;
    await approver.goto(`${browser.origin}/requests`);
    const waiting = card(approver, /Case 2026-114, Ines Iqbal/);
    await waiting.getByRole('button', { name: 'Approve' }).click();
    const dialog = approver.getByRole('dialog', { name: 'Approve: case 2026-114' });
    await dialog.getByLabel('Your words').fill('It is in proportion to the case.');
    await judge(approver, 'request-approve');
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await dialog.waitFor({ state: 'detached' });
    await waiting.getByText('Stands').waitFor();
    await judge(approver, 'requests-approver');
    await review();
    await investigator.getByText('You look under your grant for case 2026-114').waitFor();
    await investigator.getByLabel('Reason').fill('Who took the bicycle');
    await investigator.getByRole('button', { name: 'Look', exact: true }).click();
    await investigator.locator('video').waitFor();
    await until('a picture', () => investigator.evaluate(() => (document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0) > 5), { seconds: 30 });
    assert.match(await investigator.innerText('.review-look'), /Who took the bicycle.*grant for case 2026-114.*no files.*log entry \d+/s);
    assert.equal(await investigator.getByRole('button', { name: 'Mark start' }).count(), 0, 'no file is offered where the grant says none');
    await judge(investigator, 'review-grant');
  });

  it('withdrawn while it plays: no more footage, and the entry at the end', async () => {
    const { approver, investigator } = pages;
    const withdraw = card(approver, /Case 2026-114, Ines Iqbal/);
    await withdraw.getByRole('button', { name: 'Withdraw' }).click();
    const dialog = approver.getByRole('dialog', { name: 'Withdraw: case 2026-114' });
    await dialog.getByLabel('Your words').fill('The case was closed today.');
    const complaints = browser.complaints.length;
    await dialog.getByRole('button', { name: 'Withdraw' }).click();
    await withdraw.getByText('Withdrawn').waitFor();
    const ended = (await site.log()).filter((entry) => entry.kind === 'look_ended').at(-1);
    assert.equal(JSON.parse(ended.groups.sent).why, 'the grant was withdrawn');
    await review();
    await investigator.getByRole('heading', { name: `You need a grant to look at ${CAMERA} there` }).waitFor();
    // What was being fetched meanwhile was refused, and the browser notes that.
    browser.complaints.splice(complaints);
  });

  it('an operator marks an incident from the wall by keyboard, and an investigator takes it up', async () => {
    const { operator, investigator } = pages;
    await operator.goto(`${browser.origin}/live`);
    const tile = operator.locator(`[data-tile="${camera.id}"]`);
    await until('the tile to be live', async () => (await tile.getAttribute('data-phase')) === 'live', { seconds: 30 });
    await judge(operator, 'live-acts');
    await tile.focus();
    await operator.keyboard.press('m');
    const dialog = operator.getByRole('dialog', { name: `Mark an incident at ${CAMERA}` });
    await dialog.getByLabel('What happened').fill('A fight at the gate');
    await judge(operator, 'incident-dialogue');
    await dialog.getByRole('button', { name: 'Mark it' }).click();
    await operator.getByText('Footage of Car park is held until').waitFor();
    await operator.getByRole('button', { name: 'Close' }).click();
    await investigator.goto(`${browser.origin}/requests`);
    const incident = card(investigator, `Incident at ${CAMERA}`);
    await incident.getByRole('button', { name: 'Ask for this footage' }).click();
    const asking = investigator.getByRole('dialog', { name: 'Ask for footage' });
    assert.match(await asking.getByLabel('Why the case needs it').inputValue(), /Olive Okafor: A fight at the gate/);
    await asking.getByLabel('Case reference').fill('2026-115');
    await asking.getByRole('button', { name: 'Ask', exact: true }).click();
    await asking.waitFor({ state: 'detached' });
    await incident.getByText('1 request').waitFor();
    await judge(investigator, 'requests-investigator');
    const held = (await (await site.as('dpo')).read('/api/v1/holds')).standing;
    assert.deepEqual(held.map((hold) => hold.class), ['marked']);
  });

  it('instant replay: R shows the last moments of the own watch, without a grant', async () => {
    const { operator } = pages;
    await operator.goto(`${browser.origin}/live`);
    const tile = operator.locator(`[data-tile="${camera.id}"]`);
    await until('the tile to be live', async () => (await tile.getAttribute('data-phase')) === 'live', { seconds: 30 });
    const watched = now90k();
    const officer = await site.as('dpo');
    const recorded = async () => newestRecorded(await timeline(officer, camera.id, watched, now90k()));
    await until('footage of some seconds of watch', async () => (await recorded()) > watched + seconds(6), { seconds: 60 });
    await operator.goto(`${browser.origin}/review?camera=${camera.id}&at=${Math.round(watched + seconds(1))}`);
    await operator.getByText('You look back at your own watch').waitFor();
    await operator.getByLabel('Reason').fill('What was that at the gate');
    await operator.getByRole('button', { name: 'Look', exact: true }).click();
    await operator.locator('video').waitFor();
    const playing = () => operator.evaluate(() => {
      const video = document.querySelector('video');
      const frames = video?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
      const screen = document.querySelector('.player-screen');
      if (frames === 0) throw new Error(`no picture: ${screen?.dataset.state}, ${screen?.innerText}, ${video?.readyState}, ${video?.currentTime}, ${video?.buffered.length}`);
      return true;
    });
    await until('a picture', playing, { seconds: 60 });
    assert.match(await operator.innerText('.review-look'), /replay of your own watch/);
  });

  it('broken glass: the dialogue says who is told; it plays at once, everybody is told, somebody else reviews', async () => {
    const { investigator, administrator, owner } = pages;
    await review();
    await investigator.getByRole('link', { name: /break the glass/ }).click();
    const dialog = investigator.getByRole('dialog', { name: 'Break the glass' });
    assert.match(await dialog.innerText(), /Everybody who is signed in reads your name/);
    await dialog.getByRole('button', { name: 'Break the glass and look' }).click();
    await dialog.getByText('Say what is happening.').first().waitFor();
    await dialog.getByLabel('What is happening').fill('A child is missing in the building');
    await judge(investigator, 'break-glass');
    await dialog.getByRole('button', { name: 'Break the glass and look' }).click();
    await investigator.getByText('You look under broken glass').waitFor();
    await investigator.getByLabel('Reason').fill('Where did the child go');
    await investigator.getByRole('button', { name: 'Look', exact: true }).click();
    await investigator.locator('video').waitFor();
    for (const page of [administrator, owner, pages.operator]) await page.getByText(/Ines Iqbal broke the glass/).first().waitFor();
    await judge(administrator, 'break-glass-strip');
    await owner.goto(`${browser.origin}/requests`);
    await card(owner, /Broken glass, Ines Iqbal/).getByRole('button', { name: 'Review' }).click();
    const reviewing = owner.getByRole('dialog', { name: 'Review: broken glass' });
    await reviewing.getByLabel('Your words').fill('The child was found by it.');
    await judge(owner, 'break-glass-review');
    await reviewing.getByRole('button', { name: 'It was justified' }).click();
    await card(owner, /Broken glass, Ines Iqbal/).getByText('Reviewed: justified').waitFor();
    await administrator.getByText(/Ines Iqbal broke the glass/).first().waitFor({ state: 'detached' });
  });

  it('an administrator has no such page, and is told who does', async () => {
    await pages.administrator.goto(`${browser.origin}/requests`);
    await pages.administrator.getByRole('heading', { name: 'You may not open Requests' }).waitFor();
  });

  it('every page was usable by everybody, and none complained', () => {
    assert.deepEqual(findings, []);
    browser.assertNoComplaints();
  });
});
