// Signing in as people see it: the password, the second factor set up and shown, what is refused, and the ways back.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { codeAt, stepNow } from '../lib/authenticators.mjs';
import { Browser, inspect, open } from '../lib/browser.mjs';
import { people } from '../lib/people.mjs';
import { start } from '../lib/site.mjs';
import { until } from '../lib/waiting.mjs';

describe('signing in, in a browser', () => {
  let site;
  let browser;

  before(async () => {
    site = await start({ label: 'sign-in', only: ['Car park'] });
    browser = await Browser.start(site);
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  const heading = (page, name) => page.getByRole('heading', { name, exact: true });
  /** The browser itself notes each refusal in its console. */
  const refusedOnPurpose = async (act) => {
    const before = browser.complaints.length;
    await act();
    browser.complaints.splice(before);
  };
  const inspected = async (page, name) => {
    const findings = [];
    for (const theme of ['light', 'dark']) findings.push(...await inspect(page, name, { theme }));
    findings.push(...await inspect(page, name, { theme: 'light', phone: true }));
    assert.deepEqual(findings, []);
    await page.setViewportSize({ width: 1440, height: 900 });
  };

  it('the first sign-in sets up the second factor: picture, secret, a code of it, recovery codes', async () => {
    const { authenticators } = site.door;
    const page = await browser.page('Olive');
    await browser.typePassword(page, people.operator);
    await heading(page, 'Set up your second factor').waitFor();
    await page.locator('svg.qr').waitFor();
    const dark = await page.locator('svg.qr path').getAttribute('d');
    assert.match(dark, /^M0,0h7v1h-7z/, 'the corner that cameras look for');
    await inspected(page, 'second-factor');

    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('link', { name: 'Type the code your authenticator shows.' }).waitFor();
    await refusedOnPurpose(async () => {
      await page.getByLabel('Code', { exact: true }).fill('12 34');
      await page.getByRole('button', { name: 'Confirm' }).click();
      await page.getByText(/clock of the telephone or of the recorder is wrong/).first().waitFor();
    });
    assert.equal(await page.getByLabel('Code', { exact: true }).inputValue(), '', 'it is typed again');
    const code = authenticators.scan('olive', await page.locator('.factor-secret').innerText());
    await page.getByLabel('Code', { exact: true }).fill(`${code.slice(0, 3)} ${code.slice(3)}`);
    await page.getByLabel('Code', { exact: true }).press('Enter');
    await heading(page, 'Keep your recovery codes').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Go on', exact: true }).isDisabled(), true, 'not before they are kept');
    await inspected(page, 'recovery-codes');
    await browser.keepRecoveryCodes(page, 'olive');
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    assert.equal(authenticators.of('olive').recovery.length, 10);
    await page.context().close();
  });

  it('then a code is asked for each time; a wrong and a used one are refused in words', async () => {
    const { authenticators } = site.door;
    const page = await browser.page('Olive again');
    await browser.typePassword(page, people.operator);
    await heading(page, 'Show your second factor').waitFor();
    await inspected(page, 'code');
    const show = async (code) => {
      await page.getByLabel('Code', { exact: true }).fill(code);
      await page.getByRole('button', { name: 'Go on', exact: true }).click();
    };
    const { secret } = authenticators.of('olive');
    await refusedOnPurpose(async () => {
      // A code of long ago; one of a million could be the right one, so it is not.
      const old = [2, 3].map((ago) => codeAt(secret, stepNow() - ago * 10)).find((one) => ![0, 1, 2].some((ahead) => codeAt(secret, stepNow() + ahead - 1) === one));
      await show(old);
      await page.getByText(/Type the six digits that the authenticator shows now/).first().waitFor();
    });
    const good = await authenticators.next('olive');
    await show(good);
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();

    const other = await browser.page('Olive a third time');
    await browser.typePassword(other, people.operator);
    await heading(other, 'Show your second factor').waitFor();
    await refusedOnPurpose(async () => {
      await other.getByLabel('Code', { exact: true }).fill(good);
      await other.getByRole('button', { name: 'Go on', exact: true }).click();
      await other.getByText(/used already|Type the six digits/).first().waitFor();
    });
    const recovery = authenticators.of('olive').recovery.shift();
    await other.getByLabel('Code', { exact: true }).fill(recovery.toUpperCase());
    await other.getByRole('button', { name: 'Go on', exact: true }).click();
    await other.getByRole('navigation', { name: 'Pages' }).waitFor();
    await page.context().close();
    await other.context().close();
  });

  it('a sign-in that was begun can be left', async () => {
    const page = await browser.page('left');
    await browser.typePassword(page, people.operator);
    await page.getByRole('button', { name: 'Sign in as somebody else' }).click();
    await heading(page, 'Sign in').waitFor();
    await page.context().close();
  });

  it('a lost second factor: an administrator takes it away, and its owner reads who did', async () => {
    const admin = await browser.signedIn(people.administrator, '/people');
    await open(admin, 'People');
    await admin.getByRole('button', { name: 'Second factor lost: Olive Okafor' }).click();
    await admin.getByRole('button', { name: 'Take the second factor away' }).click();
    await admin.getByRole('dialog').waitFor({ state: 'detached' });
    await admin.context().close();

    const page = await browser.page('Olive after the reset');
    await browser.typePassword(page, people.operator);
    await heading(page, 'Set up your second factor').waitFor();
    await page.getByText('Ada Archer took your second factor away').waitFor();
    await inspected(page, 'second-factor-after-reset');
    const kinds = await until('the entries', async () => {
      const found = (await site.log()).map((entry) => entry.words);
      return found.some((words) => words.startsWith('Ada Archer took the second factor of Olive Okafor away')) ? found : null;
    });
    assert.ok(kinds.some((words) => words === 'Olive Okafor signed in with a recovery code.'), kinds.join('\n'));
    await page.context().close();
  });

  it('one sees where one is signed in, and ends what one does not know', async () => {
    const page = await browser.signedIn(people.investigator);
    const other = await browser.signedIn(people.investigator);
    await page.getByRole('button', { name: 'Your sign-ins' }).click();
    await heading(page, 'Your sign-ins').waitFor();
    await page.getByText('Chrome on Linux').first().waitFor();
    await page.getByText('This one').waitFor();
    await inspected(page, 'sign-ins');
    await page.getByRole('button', { name: 'End all others' }).click();
    await until('only this one', async () => (await page.getByRole('row').count()) === 2);
    await refusedOnPurpose(async () => {
      await other.goto(`${browser.origin}/review`);
      await heading(other, 'Sign in').waitFor();
    });
    await page.context().close();
    await other.context().close();
  });

  it('an administrator sees and ends the sign-ins of others, and gives an account an end', async () => {
    const olive = await browser.signedIn(people.operator);
    const admin = await browser.signedIn(people.administrator, '/people');
    await open(admin, 'People');
    await admin.getByRole('button', { name: 'End date: Olive Okafor' }).click();
    await admin.getByLabel('The account ends').fill('2099-12-31T17:00');
    await inspected(admin, 'account-end');
    await admin.getByRole('button', { name: 'Set the end' }).click();
    await admin.getByRole('dialog').waitFor({ state: 'detached' });
    await admin.getByText(/until .*2099/).waitFor();
    await admin.getByRole('button', { name: 'Sign-ins: Olive Okafor' }).click();
    await admin.getByText('Chrome on Linux').first().waitFor();
    await inspected(admin, 'sign-ins-of-somebody');
    await admin.getByRole('button', { name: 'End all of them' }).click();
    await admin.getByText('Nobody is signed in with this account.').waitFor();
    await refusedOnPurpose(async () => {
      await olive.goto(`${browser.origin}/live`);
      await heading(olive, 'Sign in').waitFor();
    });
    await olive.context().close();
    await admin.context().close();
  });

  it('what decides asks for password and code again, and is then done', async () => {
    const page = await browser.signedIn(people.administrator, '/people');
    await open(page, 'People');
    // Five minutes are long for a test: the first answer is the one the recorder gives after them (crates/http/tests/door/sessions.rs).
    const problem = { type: '/problems/confirm-sign-in', title: 'Confirm that it is you.', status: 403, detail: 'This asks for your password and second factor again.' };
    await page.route('**/api/v1/people/*', (route) => route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify(problem) }), { times: 1 });
    await refusedOnPurpose(async () => {
      await page.getByRole('button', { name: 'Name and roles: Olive Okafor' }).click();
      await page.getByLabel('Full name').fill('Olive Okafor-Hill');
      await page.getByRole('button', { name: 'Save' }).click();
      await heading(page, 'Confirm that it is you').waitFor();
      await inspected(page, 'confirm');
      const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
      await dialog.getByLabel('Your password').fill('not the password');
      await dialog.getByLabel('Code', { exact: true }).fill('123456');
      await dialog.getByRole('button', { name: 'Confirm' }).click();
      await dialog.getByText('The password is wrong.').first().waitFor();
      await dialog.getByLabel('Your password').fill(people.administrator.password);
      await dialog.getByLabel('Code', { exact: true }).fill(await site.door.authenticators.next('ada'));
      await dialog.getByRole('button', { name: 'Confirm' }).click();
      await page.getByText('Olive Okafor-Hill').waitFor();
    });
    await until('the entry', async () => (await site.log()).some((entry) => entry.words === 'Ada Archer showed password and second factor again.'));
    await page.context().close();
  });

  /** An authenticator of the browser's own (WebAuthn level 3, 11): it makes real keys and signs real challenges. */
  const withAuthenticator = async (page) => {
    const wire = await page.context().newCDPSession(page);
    await wire.send('WebAuthn.enable');
    const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
    return { wire, ...await wire.send('WebAuthn.addVirtualAuthenticator', { options }) };
  };

  it('a passkey: made, shown at sign-in and to confirm, refused without its owner, and removed', async () => {
    const page = await browser.signedIn(people.second_owner);
    const { wire, authenticatorId } = await withAuthenticator(page);
    await page.getByRole('button', { name: 'Your sign-ins' }).click();
    await page.getByLabel('Name of a new passkey').fill('Office computer');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('row', { name: /Office computer.*for localhost/ }).waitFor();
    await inspected(page, 'passkeys');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await browser.typePassword(page, people.second_owner);
    await page.getByRole('button', { name: 'Use your passkey' }).waitFor();
    await inspected(page, 'passkey-shown');
    await refusedOnPurpose(async () => {
      await wire.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
      await page.getByRole('button', { name: 'Use your passkey' }).click();
      await page.getByText('No passkey was shown: it was cancelled').waitFor();
      await wire.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
    });
    await page.getByRole('button', { name: 'Use your passkey' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    await page.getByRole('button', { name: 'Your sign-ins' }).click();
    const problem = { type: '/problems/confirm-sign-in', title: 'Confirm that it is you.', status: 403, detail: 'This asks for your password and second factor again.' };
    await page.route('**/api/v1/session/passkeys/*', (route) => route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify(problem) }), { times: 1 });
    await refusedOnPurpose(async () => {
      await page.getByRole('button', { name: 'Remove: Office computer' }).click();
      const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
      await dialog.getByLabel('Your password').fill(people.second_owner.password);
      await dialog.getByRole('button', { name: 'Use your passkey instead of a code' }).click();
      await page.getByText('You have no passkey.').waitFor();
    });
    const said = (await site.log()).map((entry) => entry.words);
    for (const words of ['added a passkey.', 'signed in with a passkey.', 'showed password and second factor again.', 'removed one of their passkeys.']) {
      assert.ok(said.includes(`${people.second_owner.full_name} ${words}`), `${words} is in the log: ${said.slice(0, 12).join(' | ')}`);
    }
    await page.context().close();
  });

  /** Somebody who has never signed in. */
  const newcomer = async (sign_in_name, full_name) => {
    const person = { sign_in_name, full_name, roles: ['operator'], password: 'planted-kettle-newcomer' };
    (await (await site.as('administrator')).post('/api/v1/people', person)).expect(201);
    return person;
  };

  it('a passkey is the second factor from the first sign-in on, where the page was opened by a name', async () => {
    const kay = await newcomer('kay', 'Kay Keys');
    const page = await browser.page('Kay');
    await withAuthenticator(page);
    await browser.typePassword(page, kay);
    await heading(page, 'With a passkey').waitFor();
    await inspected(page, 'factor-passkey');
    await page.getByRole('button', { name: 'Make a passkey' }).click();
    await heading(page, 'Keep your recovery codes').waitFor();
    await page.getByText('I have kept these codes').click();
    await page.getByRole('button', { name: 'Go on', exact: true }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    await page.context().close();
  });

  it('an address of numbers has no passkeys, and the page says so and offers the app', async () => {
    const page = await browser.page('by address');
    await browser.typePassword(page, await newcomer('nora', 'Nora Numbers'), '/', `https://127.0.0.1:${site.door.port}`);
    await page.getByText(/No passkey can be used here\. Passkeys belong to a host name.*127\.0\.0\.1/).waitFor();
    await page.locator('.factor-secret').waitFor();
    await inspected(page, 'factor-by-address');
    await page.context().close();
    browser.complaints = browser.complaints.filter((words) => !words.includes('asked for https://127.0.0.1'));
  });

  it('nothing was said in a console, and no page broke its own rules', () => browser.assertNoComplaints());
});
