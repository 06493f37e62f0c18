// A whole site for a test: simulated cameras, a recorder that records them by a policy, people. `start()` gives it ready to
// be tried; `stop()` takes all of it away, and so does the end of the process.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { Authenticators } from './authenticators.mjs';
import { Cameras, REFUSED } from './cameras.mjs';
import { Client } from './client.mjs';
import { newPeople, people } from './people.mjs';
import { policyFile } from './policy.mjs';
import { program, Running, temporaryDirectory } from './processes.mjs';
import { until } from './waiting.mjs';

const SENTENCE = 'Protect people and bicycles at the entrances of the building.';
const OWNER = 'Facilities, Room 12';
/** Roles that see footage. */
const FOOTAGE = ['operator', 'investigator'];

/**
 * Starts a site and waits until it records.
 *
 * - `label`: for the name of its directory.
 * - `only`, `more`: which cameras are simulated (see `Cameras.start`); `cameras` lends those of another site.
 * - `onboard`: names of the cameras in the onboarding file (all that are simulated if absent).
 * - `purpose(name)`: what the policy says of the camera (`{ sentence, owner, keep_days, schedule }`), or null where it names it not; seven
 *   days, always, if absent.
 * - `alsoNamed`: cameras that the policy names beside those of the onboarding file.
 * - `policy`: the policy file's text in place of the one made from `purpose`; null for none.
 * - `recording`: how many cameras must record before this returns (accepted ones with a purpose if absent).
 * - `lab`: whether simulated cameras may be accepted at all.
 * - `configuration`: text of a configuration file, made from the site's data directory.
 * - `setUp`: whether the people are made.
 * - `accept`: whether those who see footage accept the policy in force when they sign in (they do if absent).
 */
export async function start(options = {}) {
  const directory = temporaryDirectory(options.label ?? 'site');
  const site = new Site(directory, options);
  try {
    site.cameras = options.cameras ?? await Cameras.start(directory.path, options);
    site.writeOnboarding();
    await site.startRecorder();
    if (options.setUp !== false) await site.setUp();
    await site.waitForRecording();
    return site;
  } catch (error) {
    await site.stop().catch(() => {});
    throw error;
  }
}

export class Site {
  /** Every textual answer any client of this site got: where nothing secret may ever be found. */
  heard = [];
  recorder = null;
  #borrowed = [];

  constructor(directory, options) {
    this.directory = directory;
    this.options = options;
    this.data = join(directory.path, 'recorder');
    this.statusFile = join(directory.path, 'status');
    this.onboarding = join(directory.path, 'onboarding.toml');
    this.policy = join(directory.path, 'policy.toml');
    this.output = join(directory.path, 'recorder.out');
    this.door = { port: 0, ca: null, heard: this.heard, authenticators: new Authenticators() };
    this.clients = new Map();
  }

  /** Names of the cameras in the onboarding file. */
  get onboarded() { return this.options.onboard ?? this.cameras.names; }

  purposeOf(name) {
    const written = this.options.purpose;
    return written === undefined ? { sentence: SENTENCE, owner: OWNER, keep_days: 7 } : written(name);
  }

  /** How many cameras should come to record. */
  get expected() {
    if (this.options.recording !== undefined) return this.options.recording;
    return this.onboarded.filter((name) => !REFUSED.includes(name) && this.purposeOf(name) !== null).length;
  }

  writeOnboarding() {
    const blocks = this.onboarded.map((name) => {
      const { address, onvif_port: port, user, password } = this.cameras.get(name);
      return [
        '[[camera]]', `name = ${quoted(name)}`, `address = ${quoted(address)}`, `onvif_port = ${port}`,
        `user = ${quoted(user)}`, `password = ${quoted(password)}`,
      ].join('\n');
    });
    writeFileSync(this.onboarding, `${blocks.join('\n\n')}\n`, { mode: 0o600 });
  }

  /** The text of the policy a new recorder starts with; null for none. */
  policyText() {
    if (this.options.policy !== undefined) return this.options.policy;
    const named = [...this.onboarded, ...(this.options.alsoNamed ?? [])].map((name) => [name, this.purposeOf(name)]).filter(([, purpose]) => purpose !== null);
    return policyFile(Object.fromEntries(named));
  }

  /** Starts the recorder on the site's data and waits until its door is open. */
  async startRecorder({ configuration = this.options.configuration, wrap = this.options.wrap ?? ((path, words) => [path, words]) } = {}) {
    rmSync(this.statusFile, { force: true });
    const words = ['serve', '--data', this.data, '--listen', '127.0.0.1:0', '--host', 'localhost'];
    words.push('--onboard', this.onboarding, '--status-file', this.statusFile);
    if (this.options.lab !== false) words.push('--lab');
    const policy = this.policyText();
    if (policy !== null) {
      writeFileSync(this.policy, policy);
      words.push('--policy', this.policy);
    }
    if (configuration !== undefined) {
      const file = join(this.directory.path, 'candour.toml');
      writeFileSync(file, typeof configuration === 'function' ? configuration(this) : configuration);
      words.push('--config', file);
    }
    this.startedAt = Date.now() * 90;
    const environment = { CANDOUR_LOG: process.env.CANDOUR_LOG ?? 'info,retina=error', NO_COLOR: '1' };
    this.recorder = new Running(...wrap(program('candour'), words), this.output, { environment });
    const address = await this.#waitForStatus('the address of the recorder', (status) => status.address);
    this.door.port = Number(new URL(address).port);
    this.door.ca = await this.#trust(this.status().ca_fingerprint);
    // An onboarding file is worked through after the door is open.
    await this.#waitForStatus('the cameras of the onboarding file', (status) => this.options.lab === false || status.cameras.length >= this.onboarded.length);
  }

  #waitForStatus(what, probe, seconds = 60) {
    return until(what, () => probe(this.status()), { seconds, alive: () => this.recorder.mustBeAlive() });
  }

  /** What the status file says: its names, and `cameras` as `{ name, outcome, words }`. */
  status() {
    const lines = readFileSync(this.statusFile, 'utf8').split('\n').filter(Boolean).map((line) => {
      const at = line.indexOf(': ');
      return at < 0 ? [line.replace(/:$/, ''), ''] : [line.slice(0, at), line.slice(at + 2)];
    });
    const cameras = lines.filter(([name]) => name === 'camera').map(([, value]) => {
      const [name, outcome, words] = value.split(' | ');
      return { name, outcome, words };
    });
    return { ...Object.fromEntries(lines.filter(([name]) => name !== 'camera')), cameras };
  }

  /** The site's authority, taken as a person takes it: fetched unverified, compared by the fingerprint of the terminal. */
  async #trust(fingerprint) {
    const served = await new Promise((settle, reject) => {
      const where = { host: '127.0.0.1', port: this.door.port, servername: 'localhost', path: '/ca.crt', rejectUnauthorized: false, agent: false };
      https.get({ ...where, headers: { host: `localhost:${this.door.port}` } }, (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () => settle(Buffer.concat(chunks)));
      }).on('error', reject);
    });
    const certificate = new X509Certificate(served);
    assert.equal(certificate.fingerprint256, fingerprint.toUpperCase(), 'the fingerprint in the status file is that of the authority served at /ca.crt');
    return certificate.toString();
  }

  /** The set-up token of the terminal; undefined once set-up is done. */
  get token() { return this.status().setup_token; }

  async setUp() {
    const asked = { token: this.token, site_name: 'Test House', host_names: ['localhost'], people: newPeople() };
    (await this.stranger().post('/api/v1/setup', asked)).expect(204);
  }

  async waitForRecording(number = this.expected) {
    if (number === 0) return;
    const enough = (status) => Number(status.recording) >= number;
    try {
      await this.#waitForStatus(`${number} cameras being recorded`, enough, 60);
    } catch (error) {
      throw new Error(`${error.message}\n${JSON.stringify(this.status(), null, 1)}\n${this.recorder.lastWords()}`);
    }
  }

  /** A client that is not signed in. */
  stranger() { return new Client(this.door); }

  /** The signed-in client of a role; the same one each time. */
  async as(role) {
    if (!this.clients.has(role)) this.clients.set(role, await this.another(role));
    return this.clients.get(role);
  }

  /** A sign-in of its own for a role; `accept` says whether one that sees footage accepts the policy in force. */
  async another(role, { accept = this.options.accept !== false } = {}) {
    const client = new Client(this.door, role);
    client.site = this;
    await client.signIn(people[role].sign_in_name, people[role].password);
    if (accept && FOOTAGE.includes(role)) await this.#accept(client);
    return client;
  }

  /** Everybody signed in who sees footage accepts the policy in force. */
  async accept() {
    for (const [role, client] of this.clients) if (FOOTAGE.includes(role)) await this.#accept(client);
  }

  async #accept(client) {
    const { to_accept: number } = await client.read('/api/v1/policy');
    if (number !== null && number !== undefined) (await client.post(`/api/v1/policy/${number}/accept`)).expect(204);
  }

  /** The camera of that name as the administrator sees it, with all reasons and evidence. */
  async camera(name) {
    const client = await this.as('administrator');
    const found = (await client.read('/api/v1/cameras')).find((camera) => camera.name === name);
    assert.ok(found, `there is a camera named ${name}`);
    return client.read(`/api/v1/cameras/${found.id}`);
  }

  /** Names of the cameras there are. */
  async cameraNames() {
    return (await (await this.as('administrator')).read('/api/v1/cameras')).map((camera) => camera.name).sort();
  }

  /** Every entry of the log, oldest first, as the data protection officer reads it. */
  async log() {
    const client = await this.as('dpo');
    const entries = [];
    for (let before; ;) {
      const page = await client.read(`/api/v1/log?limit=500${before === undefined ? '' : `&before=${before}`}`);
      entries.unshift(...page.entries.toReversed());
      before = page.entries.at(-1)?.index;
      if (page.entries.length === 0 || before === 0) return entries;
    }
  }

  /** Stops the recorder in order: segments closed, digests logged. */
  async stopRecorder() {
    const { code, signal } = await this.recorder.end('SIGTERM', 30);
    assert.equal(code, 0, `the recorder stops in order (${signal ?? code}):\n${this.recorder.lastWords()}`);
  }

  /** Ends the recorder as a power cut would; gives the moment, in ticks. */
  async kill9() {
    const at = Date.now() * 90;
    await this.recorder.end('SIGKILL');
    return at;
  }

  /** Stops the recorder if it runs, starts it again on the same data and waits until it records. */
  async restart(options = {}) {
    if (this.recorder.ended === null) await this.stopRecorder();
    await this.startRecorder(options);
    await this.waitForRecording(options.recording);
  }

  /** A copy of the data directory, as an auditor takes it: of a stopped recorder. */
  copyData() {
    const copy = temporaryDirectory('copy');
    for (const name of ['log', 'footage']) cpSync(join(this.data, name), join(copy.path, name), { recursive: true });
    return copy;
  }

  /** Ends everything and removes the site's directory. */
  async stop() {
    try {
      if (this.recorder?.ended === null) await this.recorder.end('SIGTERM', 30);
      if (this.cameras !== undefined && this.options.cameras === undefined) await this.cameras.stop();
    } finally {
      this.#borrowed.forEach((thing) => thing.giveBack());
      this.directory.remove();
    }
  }

  /** Something that must be given back after the recorder has ended and before the site's directory goes. */
  borrow(thing) {
    this.#borrowed.push(thing);
    return thing;
  }

  /** Whether a file of the site's data is there. */
  has(path) { return existsSync(join(this.data, path)); }
}

const quoted = (text) => JSON.stringify(text);
