// A headless Chromium and what a page must never do in it: complain in its console, break its own policy, or speak to
// any other host.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { owe, top } from './processes.mjs';
import { until } from './waiting.mjs';

const require = createRequire(join(top, 'web/package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

export class Browser {
  constructor(browser, site) {
    this.browser = browser;
    this.site = site;
    /** What went wrong on any page. */
    this.complaints = [];
  }

  static async start(site) {
    const program = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
    assert.ok(program, 'Chromium is installed (deploy/prepare test)');
    const browser = await chromium.launch({ executablePath: program, args: ARGUMENTS });
    const forget = owe(() => browser.process?.()?.kill('SIGKILL'));
    browser.on('disconnected', () => forget());
    return new Browser(browser, site);
  }

  get origin() { return `https://localhost:${this.site.door.port}`; }

  /** A new page of somebody's own browser: no cookie, no stored choice. */
  async page(label) {
    const context = await this.browser.newContext({ ignoreHTTPSErrors: true, viewport: DESKTOP, timezoneId: 'Europe/London', locale: 'en-GB', reducedMotion: 'reduce' });
    context.setDefaultTimeout(20_000);
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    const page = await context.newPage();
    const complain = (words) => this.complaints.push(`${label} at ${page.url()}: ${words}`);
    page.on('pageerror', (error) => complain(`threw ${error.message}`));
    page.on('console', (message) => {
      // Before anybody is signed in the page asks who is; the browser notes the 401 by itself.
      const expected = message.text().includes('status of 401') && message.location().url.endsWith('/api/v1/session');
      if (message.type() === 'error' && !expected) complain(`said ${message.text()} (${message.location().url})`);
    });
    const checkHost = (url) => {
      const allowed = ['blob:', 'data:'].some((scheme) => url.startsWith(scheme)) || url.replace(/^wss:/, 'https:').startsWith(`${this.origin}/`);
      if (!allowed) complain(`asked for ${url}`);
    };
    context.on('request', (request) => checkHost(request.url()));
    page.on('websocket', (socket) => checkHost(socket.url()));
    return page;
  }

  /** Types name and password. */
  async typePassword(page, person, path = '/', origin = this.origin) {
    await page.goto(origin + path);
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
    await page.getByLabel('Name', { exact: true }).fill(person.sign_in_name);
    await page.getByLabel('Password', { exact: true }).fill(person.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }

  /** Signs in through the page: password, then the second factor, which is set up at the first sign-in. */
  async signIn(page, person, path = '/') {
    const { authenticators } = this.site.door;
    const name = person.sign_in_name;
    await authenticators.alone(name, async () => {
      await this.typePassword(page, person, path);
      const asked = page.getByRole('heading', { name: 'Show your second factor' });
      const first = page.getByRole('heading', { name: 'Set up your second factor' });
      await asked.or(first).waitFor();
      const fresh = await first.isVisible();
      const code = fresh ? authenticators.scan(name, await page.locator('.factor-secret').innerText()) : await authenticators.next(name);
      await page.getByLabel('Code', { exact: true }).fill(code);
      await page.getByRole('button', { name: fresh ? 'Confirm' : 'Go on', exact: true }).click();
      if (fresh) await this.keepRecoveryCodes(page, name);
      await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    });
  }

  /** Writes the recovery codes down and goes on. */
  async keepRecoveryCodes(page, name) {
    await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor();
    this.site.door.authenticators.keep(name, await page.locator('.recovery-codes li').allInnerTexts());
    await page.getByText('I have kept these codes').click();
    await page.getByRole('button', { name: 'Go on', exact: true }).click();
  }

  /** A page on which somebody is signed in. */
  async signedIn(person, path = '/') {
    const page = await this.page(person.full_name);
    await this.signIn(page, person, path);
    return page;
  }

  assertNoComplaints() { assert.deepEqual(this.complaints, []); }

  async close() { await this.browser.close(); }
}

/** Pages of the rail, by their words. */
export const railOf = (page) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts();

/** Goes to a page by its link in the rail, as a person does: without loading everything anew. */
export async function open(page, name) {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click();
  await settled(page);
}

/** Reads and accepts the rules that stand before the page, as whoever sees footage does. */
export async function acceptRules(page) {
  await page.getByText('I have read this and work by it.').click();
  await page.getByRole('button', { name: 'I have read this and accept' }).click();
  await page.getByRole('button', { name: 'I have read this and accept' }).waitFor({ state: 'detached' });
}

/** Waits until nothing is loading any more. */
export async function settled(page) {
  await page.locator('.skeleton').first().waitFor({ state: 'detached' }).catch(() => {});
  await until('skeletons to go', async () => (await page.locator('.skeleton').count()) === 0, { seconds: 15 });
}

/** What axe finds on a page that is serious or worse: nothing, or a list of sentences. */
export async function seriousFindings(page) {
  await page.evaluate(axe);
  // The announcer of the component library repeats for a few seconds what was said already, by reference to a button
  // that may have gone since.
  const { violations } = await page.evaluate(() => window.axe.run({ exclude: ['[data-live-announcer]'] }, { resultTypes: ['violations'] }));
  const serious = violations.filter((finding) => ['serious', 'critical'].includes(finding.impact));
  return serious.map((finding) => `${finding.id}: ${finding.help}: ${finding.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} (${node.failureSummary?.split('\n').slice(1).join(' ').trim()})`).join('; ')}`);
}

/** What axe finds twice: pages live on while they are judged, and colours of two moments can meet in one measurement. */
async function lastingFindings(page) {
  const first = await seriousFindings(page);
  if (first.length === 0) return first;
  await page.waitForTimeout(500);
  const rule = (finding) => finding.split(':')[0];
  const again = new Set((await seriousFindings(page)).map(rule));
  return first.filter((finding) => again.has(rule(finding)));
}

/** Shows a page in one theme and size, judges it, and keeps a picture where CANDOUR_SCREENSHOTS says so. */
export async function inspect(page, name, { theme, phone = false }) {
  await page.setViewportSize(phone ? PHONE : DESKTOP);
  await page.evaluate(async (wanted) => {
    document.documentElement.dataset.theme = wanted;
    // Colours that are on their way are no colours to judge.
    await new Promise((settle) => { requestAnimationFrame(() => requestAnimationFrame(settle)); });
    await Promise.allSettled(document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished));
  }, theme);
  const what = `${name}-${phone ? 'phone' : 'desktop'}-${theme}`;
  const directory = process.env.CANDOUR_SCREENSHOTS;
  if (directory) {
    mkdirSync(directory, { recursive: true });
    await page.screenshot({ path: join(directory, `${what}.png`) });
  }
  const found = await lastingFindings(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 1) found.push(`the page is ${wide} pixels wider than the screen`);
  return found.map((words) => `${what}: ${words}`);
}
