// The policy as people meet it: read in words, begun from nothing, written as a file, advised on, approved, in force, withdrawn;
// accepted before anybody watches; and a camera that is dark because the policy says so.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { acceptRules, Browser, inspect, open, settled } from '../lib/browser.mjs';
import { coveredBy } from '../lib/grants.mjs';
import { people } from '../lib/people.mjs';
import { start } from '../lib/site.mjs';
import { now90k, seconds } from '../lib/ticks.mjs';
import { until } from '../lib/waiting.mjs';

const KEEP = /^(keep = )"(\d+) days"/m;
/** Its hours never come. */
const DARK = 'Car park';
const DESKTOP = { width: 1440, height: 900 };

const editor = (page) => page.getByLabel(/^Policy file/);
/** Judges what is shown in both themes and on a phone. */
async function everywhere(page, name) {
  const findings = [];
  for (const theme of ['dark', 'light']) findings.push(...await inspect(page, name, { theme }));
  findings.push(...await inspect(page, name, { theme: 'light', phone: true }));
  await page.setViewportSize(DESKTOP);
  return findings;
}

describe('the policy, in a browser', () => {
  let site;
  let browser;
  const pages = {};

  before(async () => {
    const purpose = (name) => ({ sentence: 'Protect people and bicycles at the entrances of the building.', owner: 'Facilities, Room 12', keep_days: 7, schedule: name === DARK ? 'never' : 'always' });
    site = await start({ label: 'browser-policy', only: ['Main entrance', DARK], purpose, recording: 1 });
    browser = await Browser.start(site);
    for (const role of ['administrator', 'owner', 'dpo', 'operator', 'investigator']) pages[role] = await browser.signedIn(people[role]);
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

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

  it('nobody watches before having read the rules; then the page that was wanted opens', async () => {
    const page = pages.operator;
    await page.goto(`${browser.origin}/live`);
    await page.getByRole('heading', { name: 'Read the rules first' }).waitFor();
    await settled(page);
    assert.equal(await page.locator('[data-tile]').count(), 0, 'no picture before');
    assert.match(await page.innerText('main'), /Footage is destroyed 7 days after it was taken/);
    assert.deepEqual(await everywhere(page, 'acceptance'), []);
    await acceptRules(page);
    await page.locator('[data-tile]').first().waitFor();
    assert.match(page.url(), /\/live$/);
    await until('the acceptance in the log', async () => (await site.log()).find((entry) => entry.kind === 'policy_accepted' && entry.words.includes(people.operator.full_name)), { seconds: 10 });
    await page.reload();
    await page.locator('[data-tile]').first().waitFor();
  });

  it('a camera outside its hours is dark on purpose: in words, until when, and never as a fault', async () => {
    const { id } = await site.camera(DARK);
    const page = pages.operator;
    await page.goto(`${browser.origin}/live`);
    const tile = page.locator(`[data-tile="${id}"]`);
    await until('its tile to say so', async () => (await tile.getAttribute('data-resting')) === 'true', { seconds: 15 });
    const words = await tile.innerText();
    assert.match(words, /Outside its hours/);
    assert.match(words, /records nothing now\. By its schedule "never"/);
    assert.doesNotMatch(words, /Lost|No picture/);
    const other = page.locator('[data-tile]:not([data-resting="true"])');
    await until('the other one to be live', async () => (await other.getAttribute('data-phase')) === 'live', { seconds: 20 });
    assert.deepEqual(await everywhere(page, 'live-outside-hours'), []);
    await open(page, 'Cameras');
    assert.match(await page.getByRole('article', { name: DARK }).innerText(), /Outside its hours[\s\S]*records nothing now/);
    await pages.administrator.goto(`${browser.origin}/cameras/${id}`);
    await pages.administrator.getByText('It stands here: The house. It sees an area open to the public.').waitFor();
    assert.deepEqual(await everywhere(pages.administrator, 'camera-outside-hours'), []);
  });

  it('everybody reads the version in force: who decided it and when, in words, and the file beside it', async () => {
    const page = pages.operator;
    await open(page, 'Policy');
    await page.getByText(/^Decided by /).first().waitFor();
    await settled(page);
    const words = await page.innerText('main');
    assert.match(words, /In force since/);
    assert.match(await page.getByRole('region', { name: /^The file of version/ }).innerText(), /format = 1/);
    assert.match(await page.getByRole('article', { name: 'Sign of Main entrance' }).innerText(), /Pictures are recorded here[\s\S]*cctv@test\.example/);
    assert.equal(await page.getByRole('link', { name: 'Propose a version' }).count(), 0, 'an operator proposes nothing');
    await page.goto(`${browser.origin}/policy/write`);
    await page.getByRole('heading', { name: 'You may not propose a version' }).waitFor();
  });

  it('the file is saved as it stands, and a sign is printed alone', async () => {
    const page = pages.operator;
    await page.goto(`${browser.origin}/policy`);
    await settled(page);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the file' }).click()]);
    assert.equal(download.suggestedFilename(), 'policy-version-1.toml');
    assert.equal(readFileSync(await download.path(), 'utf8'), site.policyText());
    await page.getByRole('link', { name: 'To print' }).click();
    await settled(page);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.getByRole('navigation', { name: 'Pages' }).isVisible(), false);
    assert.equal(await page.getByRole('button', { name: 'Print' }).isVisible(), false);
    assert.equal(await page.locator('.print-sign').count(), 2);
    await page.emulateMedia({ media: 'screen' });
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
    assert.deepEqual(await everywhere(page, 'policy-mistake'), []);
    // Nobody is asked whether to leave what was typed, in the tests that follow.
    await editor(page).fill(text);
  });

  it('a review page is open under the version of now', async () => {
    const page = pages.investigator;
    const { id } = await site.camera('Main entrance');
    // Asking for a grant needs no rules to be accepted: the page does.
    await coveredBy(await site.another('investigator', { accept: false }), id, now90k() - seconds(60), now90k());
    await page.goto(`${browser.origin}/review?camera=${id}&at=${(Date.now() - 5000) * 90}`);
    await acceptRules(page);
    await page.getByRole('heading', { name: /Why do you need to look at/ }).waitFor();
  });

  it('corrected, planned, advised on, approved by another person, in force; whoever watches is asked again', async () => {
    const address = await propose(pages.administrator, 6);
    await pages.administrator.getByRole('heading', { name: 'What it would change' }).waitFor();
    assert.match(await pages.administrator.innerText('main'), /how long footage is kept: 6 days \(was: 7 days\)/);

    await pages.dpo.goto(address);
    await pages.dpo.getByRole('button', { name: 'Advise', exact: true }).click();
    await pages.dpo.getByLabel('Advice').fill('Six days are enough to notice a theft.');
    await pages.dpo.getByRole('button', { name: 'Write the advice down' }).click();
    await pages.dpo.getByText('Six days are enough to notice a theft.').first().waitFor();
    assert.equal(await pages.dpo.getByRole('button', { name: 'Approve' }).count(), 0, 'whoever advises does not decide');

    const page = pages.owner;
    // Once a segment is closed, a shorter promise ends it sooner than was promised, and whoever approves says why nobody has a day to object.
    await until('something to be shortened', async () => {
      await page.goto(address);
      await settled(page);
      return /a day after its approval/.test(await page.innerText('main'));
    }, { seconds: 120, every: 2000 });
    assert.deepEqual(await everywhere(page, 'policy-draft'), []);
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await everywhere(page, 'policy-approve'), []);
    await page.getByLabel('Yes').check();
    await page.getByLabel('Reason').fill('As decided in November.');
    // The viewer's clock stands in London.
    await page.getByLabel('In force from').fill(new Date().toLocaleString('sv-SE', { timeZone: 'Europe/London' }).slice(0, 16).replace(' ', 'T'));
    await page.getByLabel('Why it cannot wait').fill('The contract ends today, and a test cannot wait for a day.');
    await page.getByRole('button', { name: /^Approve version/ }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await until('the version to be in force', async () => {
      await page.reload();
      await settled(page);
      return /In force since/.test(await page.innerText('main'));
    }, { seconds: 30, every: 1000 });
    assert.match(await page.innerText('main'), new RegExp(`Decided by ${people.owner.full_name}`));

    await pages.operator.goto(`${browser.origin}/policy`);
    await pages.operator.getByRole('link', { name: 'Read and accept it' }).click();
    await acceptRules(pages.operator);
    await pages.operator.getByRole('heading', { name: 'Policy', exact: true }).waitFor();
    assert.equal(await pages.operator.getByRole('link', { name: 'Read and accept it' }).count(), 0);
  });

  it('the page that is open stays, and the next look asks for the new version first', async () => {
    const page = pages.investigator;
    await page.getByLabel('Reason').fill('Case 2026-114, theft of a bicycle');
    const noted = browser.complaints.length;
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.getByText('You have not accepted the policy in force.').waitFor();
    browser.complaints.splice(noted); // the browser itself notes the 403
    assert.deepEqual(await everywhere(page, 'review-asked'), []);
    await page.getByRole('button', { name: 'Read and accept' }).click();
    await acceptRules(page);
    await page.getByLabel('Reason').fill('Case 2026-114, theft of a bicycle');
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.locator('video').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Read and accept' }).count(), 0);
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
    // Until the page has turned, the file that is withdrawn stands there.
    const file = page.getByRole('region', { name: /^The file of version/ });
    await until('the file in force', async () => /keep = "6 days"/.test(await file.innerText()));
  });

  it('the log tells the life of the policy, with who and why', async () => {
    const page = pages.dpo;
    await open(page, 'Log');
    const text = await until('the acts', async () => {
      const words = await page.innerText('main');
      return words.includes('withdrew version 3') && words;
    }, { seconds: 15 });
    for (const words of [/Ada Archer proposed version 2 of the policy/, /Dina Dahl advised on version 2/, /Otto Owens approved version 2 of the policy, in force from \w{3} \d+ \w{3} 20\d\d, /, /Version 2 of the policy came into force for 2 cameras/, /Version 1 of the policy was superseded by version 2/, /Olive Okafor accepted version 2/, /Five days are too few/]) assert.match(text, words);
    assert.match(text, /Policy approved[\s\S]*Policy proposed/);
  });

  it('the Retention page holds the oldest footage against the disk, and tells promise by promise why it ends when it does', async () => {
    const page = pages.dpo;
    await until('closed footage', async () => (await (await site.as('dpo')).read('/api/v1/retention')).cameras.some((camera) => camera.oldest?.on_disk === 'fits'), { seconds: 90, every: 1000 });
    await page.goto(`${browser.origin}/retention`);
    await page.getByRole('link', { name: 'Why it ends when it does: the oldest footage of Main entrance' }).click();
    await page.getByText(/^It is destroyed on /).first().waitFor();
    const words = await page.innerText('main');
    assert.match(words, /On the disk/);
    assert.match(words, /purposes\.purpose-1\.keep/);
    assert.match(words, /When it was captured, version 1 of the policy \(purposes\.purpose-1\.keep\) promised that it lives for 7 days\./);
    assert.match(words, /Later, version 2 of the policy .* promised that it lives for 6 days\. This decided/);
    assert.match(page.url(), /\/retention\?why=/);
    assert.deepEqual(await everywhere(page, 'retention-why'), []);
    // Of footage that never was, it says so.
    await page.getByLabel('Which moment').fill('2026-01-02T03:04');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText(/There is no footage of Main entrance at/).waitFor();
  });

  it('every page of it is usable by everybody', async () => {
    const findings = [];
    const look = async (page, path, name) => {
      await page.goto(browser.origin + path);
      await settled(page);
      findings.push(...await everywhere(page, name));
    };
    await look(pages.owner, '/policy', 'policy');
    await look(pages.owner, '/policy/2', 'policy-version');
    await look(pages.owner, '/policy/signs', 'policy-signs');
    await look(pages.administrator, '/policy/write?from=2', 'policy-write');
    await look(pages.dpo, '/retention', 'retention-policy');
    await look(pages.dpo, '/log', 'log-policy');
    assert.deepEqual(findings, []);
  });

  it('no page complained, broke its policy or asked another host for anything', () => {
    browser.assertNoComplaints();
  });
});

describe('a site without a policy, in a browser', () => {
  let site;
  let browser;
  let page;

  before(async () => {
    site = await start({ label: 'browser-no-policy', only: ['Main entrance'], policy: null, recording: 0 });
    browser = await Browser.start(site);
    page = await browser.signedIn(people.administrator, '/policy');
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  const filled = {
    jurisdiction: '"england"', public_authority: 'true', regime: '"uk_gdpr"', contact: '"cctv@hall.example"', complaints: '"complaints@hall.example"',
    system_owner: '"Otto Owens"', data_protection_officer: '"Dina Dahl"', title: '"Cameras at the doors"', reviewed: '2026-11-02', review_by: '2027-10-31',
    aim: '"Find out who assaulted somebody at the doors."', necessity: '"Stewards alone did not prevent eleven assaults."', lawful_basis: '"public_task"',
    basis_reason: '"Crime and Disorder Act 1998 section 17"', owner: '"Head of Security"', keep: '"14 days"',
  };

  it('the page says that nothing is recorded, and how to begin', async () => {
    await page.getByRole('heading', { name: 'No policy is in force' }).waitFor();
    assert.match(await page.innerText('main'), /Without one no camera records/);
    assert.deepEqual(await everywhere(page, 'policy-none'), []);
    await page.getByRole('link', { name: 'Propose a version' }).click();
    await page.getByRole('button', { name: 'Begin with a template' }).waitFor();
    assert.deepEqual(await everywhere(page, 'policy-begin'), []);
  });

  it('the template is wrong only where it is empty; filled in, it is proposed', async () => {
    await page.getByRole('button', { name: 'Begin with a template' }).click();
    const text = await editor(page).inputValue();
    assert.match(text, /\[cameras\."Main entrance"\]/);
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByText(/^\d+ mistakes/).waitFor();
    const lines = text.split('\n');
    const places = await page.getByRole('button', { name: /^Line \d+$/ }).allInnerTexts();
    for (const place of places) assert.match(lines[Number(place.slice(5)) - 1], /= ""$/, `${place} waits for somebody`);
    assert.equal(places.length, lines.filter((line) => / = ""$/.test(line)).length, 'and every empty place is named');
    assert.deepEqual(await everywhere(page, 'policy-template'), []);

    const whole = text.replace(/^(\w+) = ""$/gm, (_, key) => `${key} = ${filled[key] ?? '"The Town Hall"'}`);
    await editor(page).fill(whole);
    await page.getByText(/^No mistakes/).waitFor();
    assert.deepEqual(await everywhere(page, 'policy-first'), []);
    await page.getByRole('button', { name: 'Propose this version' }).click();
    await page.getByRole('heading', { name: /Version 1/ }).waitFor();
    await page.getByText(/^Proposed by Ada Archer\. It waits/).waitFor();
  });

  it('no page complained, broke its policy or asked another host for anything', () => {
    browser.assertNoComplaints();
  });
});
