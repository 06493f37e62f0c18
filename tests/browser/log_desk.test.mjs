// The log desk as a data protection officer uses it: who saw a camera, in one question; files to take away; the log checked in the browser,
// and a forged one refused; the name that stands over every picture.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { acceptRules, Browser, inspect, open, settled } from '../lib/browser.mjs';
import { coveredBy } from '../lib/grants.mjs';
import { people } from '../lib/people.mjs';
import { start } from '../lib/site.mjs';
import { now90k, seconds } from '../lib/ticks.mjs';
import { newestRecorded, recordedLength, timeline } from '../lib/timeline.mjs';
import { verify } from '../lib/verifier.mjs';
import { until } from '../lib/waiting.mjs';

const CAMERA = 'Car park';
const LONG = { seconds: 60 };

describe('the log desk, in a browser', () => {
  let site;
  let browser;
  let page;
  let camera;
  let from;
  let to;
  const findings = [];

  before(async () => {
    from = now90k();
    site = await start({ label: 'browser-log-desk', only: [CAMERA] });
    browser = await Browser.start(site);
    camera = await site.camera(CAMERA);
    const dpo = await site.as('dpo');
    to = await until('footage', async () => {
      const spans = await timeline(dpo, camera.id, from, now90k());
      return recordedLength(spans) > seconds(6) && newestRecorded(spans);
    }, LONG);
    const investigator = await site.as('investigator');
    await coveredBy(investigator, camera.id, from, to);
    const asked = { cameras: [camera.id], from_90k: Math.round(from), to_90k: Math.round(to), reason: 'Who took the bicycle' };
    (await investigator.post('/api/v1/looks', asked)).expect(200, 201);
    page = await browser.signedIn(people.dpo, '/log');
    await settled(page);
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  async function judge(name) {
    for (const theme of ['light', 'dark']) findings.push(...await inspect(page, name, { theme }));
    findings.push(...await inspect(page, name, { theme: 'light', phone: true }));
    findings.push(...await inspect(page, name, { theme: 'dark', phone: true }));
    await page.setViewportSize({ width: 1440, height: 900 });
  }
  const form = () => page.getByRole('form', { name: 'Search the log' });
  const minute = (ticks) => {
    const text = new Date(ticks / 90).toLocaleString('sv-SE', { timeZone: 'Europe/London' });
    return text.slice(0, 16).replace(' ', 'T');
  };
  const checked = () => page.getByRole('status', { name: 'What the check found' });

  it('what is asked for is said at its field', async () => {
    await form().getByLabel('Footage from').fill(minute(from));
    await form().getByRole('button', { name: 'Search' }).click();
    await form().getByText('Say where the footage ends.').first().waitFor();
    await judge('log-desk-errors');
  });

  it('who saw the camera then is one question, asked by keyboard', async () => {
    await form().getByLabel('Camera').selectOption({ label: CAMERA });
    await form().getByLabel('Footage to').fill(minute(to + seconds(120)));
    await form().getByLabel('Case reference').press('Enter');
    await page.getByRole('heading', { name: 'One person could see it' }).waitFor();
    await page.getByRole('rowheader', { name: people.investigator.full_name }).waitFor();
    await page.getByRole('listitem').filter({ hasText: `opened footage of ${CAMERA}` }).first().waitFor();
    await judge('log-desk-who-saw');
    // The address asks the same again, for a colleague.
    await page.reload();
    await page.getByRole('rowheader', { name: people.investigator.full_name }).waitFor();
  });

  it('Esc clears the question; nothing found has a face', async () => {
    await form().getByLabel('Case reference').press('Escape');
    await page.getByText('entries are loaded.', { exact: false }).waitFor();
    await form().getByLabel('Case reference').fill('no such case');
    await form().getByRole('button', { name: 'Search' }).click();
    await page.getByRole('heading', { name: 'No entry fits' }).waitFor();
    await judge('log-desk-nothing');
  });

  it('the signed file verifies with the stranger\'s program, and a changed one does not', async () => {
    await form().getByLabel('Case reference').fill('');
    await form().getByLabel('Kind').selectOption({ label: 'Footage could be seen' });
    await form().getByRole('button', { name: 'Search' }).click();
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'With proofs (signed JSON)' }).click();
    const file = join(site.directory.path, 'export.json');
    await (await downloading).saveAs(file);
    const key = readFileSync(join(site.data, 'log/verifier.key'), 'utf8').trim();
    const good = await verify('export', file, '--key', key);
    assert.equal(good.code, 0, good.words);
    assert.match(good.words, /verify, and are those that were exported in entry \d+; witnessed by nobody/);
    const changed = readFileSync(file, 'utf8').replace(/Who took the bicycle/, 'Who stole a bicycle!');
    writeFileSync(file, changed);
    const bad = await verify('export', file, '--key', key);
    assert.equal(bad.code, 1);
    assert.match(bad.words, /entry \d+ was changed: its 'why' does not fit its commitment/);
    const entries = await site.log();
    assert.ok(entries.some((entry) => entry.kind === 'log_exported'), 'the export is an entry');
  });

  it('the browser verifies the log, then an entry as it is shown', async () => {
    await form().getByLabel('Kind').selectOption('');
    await form().getByRole('button', { name: 'Clear' }).click();
    await page.getByRole('button', { name: 'Verify in this browser' }).click();
    await checked().getByText('saw the log for the first time').waitFor();
    await page.getByRole('button', { name: 'Look for newer entries' }).click();
    await page.getByRole('button', { name: 'Verify in this browser' }).click();
    await checked().getByText('none was changed or taken away').waitFor();
    const entry = page.getByRole('listitem').filter({ hasText: `opened footage of ${CAMERA}` }).first();
    await entry.locator('summary').click();
    await entry.getByRole('button', { name: 'Verify this entry' }).click();
    await entry.getByText('is in it, as shown here').waitFor();
    await judge('log-desk-verified');
  });

  it('a forged log is refused: another text, another past, another key', async () => {
    const remembered = JSON.parse(await page.evaluate(() => localStorage.getItem('candour.log')));
    assert.ok(remembered.size > 0, 'the browser remembers the log');
    // A recorder that shows another reason than was written down.
    await page.route('**/api/v1/log?*', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replaceAll('Who took the bicycle', 'A routine check only') });
    });
    await page.goto(`${browser.origin}/log`);
    await settled(page);
    const entry = page.getByRole('listitem').filter({ hasText: 'A routine check only' }).first();
    await entry.locator('summary').click();
    await entry.getByRole('button', { name: 'Verify this entry' }).click();
    await entry.getByText('is not what was written down').waitFor();
    await page.unroute('**/api/v1/log?*');
    for (const [forged, words] of [
      [{ ...remembered, root: Buffer.alloc(32, 7).toString('base64') }, 'The log was forked'],
      [{ ...remembered, size: remembered.size + 100_000 }, 'The log was rolled back'],
      [{ ...remembered, key: `${remembered.key.slice(0, -4)}AAA=` }, 'key has changed'],
    ]) {
      await page.evaluate((text) => localStorage.setItem('candour.log', text), JSON.stringify(forged));
      await page.goto(`${browser.origin}/log`);
      await settled(page);
      await page.getByRole('button', { name: 'Verify in this browser' }).click();
      await checked().getByText(words).waitFor();
      await page.getByRole('alert').getByText('This log does not verify.').waitFor();
    }
    await judge('log-desk-refused');
    await page.getByRole('button', { name: 'Forget what this browser remembers' }).click();
    await page.getByRole('button', { name: 'Verify in this browser' }).click();
    await checked().getByText('saw the log for the first time').waitFor();
  });

  it('whoever may not read the log is told who may', async () => {
    const other = await browser.signedIn(people.administrator, '/log');
    await other.getByText('Data protection officers read the log.').waitFor();
    await other.context().close();
  });

  it('the rules say what is done, and the name stands over the picture', async () => {
    const operator = await browser.signedIn(people.operator, '/live');
    await operator.getByText('looks that stand out', { exact: false }).waitFor();
    await operator.getByText('Your name and the time stand over every picture').waitFor();
    await acceptRules(operator);
    const tile = operator.locator('.tile[data-phase="live"]');
    await tile.waitFor({ timeout: 60_000 });
    const mark = tile.locator('.watermark');
    assert.equal(await mark.getAttribute('data-watermark'), people.operator.full_name);
    assert.equal(await mark.evaluate((element) => getComputedStyle(element).pointerEvents), 'none', 'it is in nobody\'s way');
    await tile.focus();
    await tile.press('Enter');
    await operator.locator('.wall-one .tile[data-phase="live"] .watermark').waitFor({ timeout: 60_000 });
    findings.push(...await inspect(operator, 'watermark-live', { theme: 'dark' }));
    await operator.context().close();
    const investigator = await browser.signedIn(people.investigator, `/review?camera=${camera.id}&at=${Math.round(to - seconds(5))}`);
    await acceptRules(investigator).catch(() => {});
    await investigator.getByLabel('Reason').fill('Who took the bicycle');
    await investigator.getByRole('button', { name: 'Look', exact: true }).click();
    await investigator.locator('.player-screen[data-state="showing"] .watermark').waitFor({ timeout: 60_000 });
    findings.push(...await inspect(investigator, 'watermark-review', { theme: 'dark' }));
    await open(investigator, 'Requests');
    await investigator.context().close();
  });

  it('nothing serious is found, and no page complained', () => {
    assert.deepEqual(findings, []);
    browser.assertNoComplaints();
  });
});
