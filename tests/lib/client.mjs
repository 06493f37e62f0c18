// A client of the recorder as a page is one: TLS checked against the site's authority, one cookie, our own origin.

import https from 'node:https';
import { within } from './waiting.mjs';

/** An answer: status, headers, bytes; `json` and `text` read the bytes. */
export class Answer {
  constructor(status, headers, bytes, whole) {
    Object.assign(this, { status, headers, bytes, whole });
  }

  get text() { return this.bytes.toString('utf8'); }
  get json() { return JSON.parse(this.text); }

  /** Throws unless the status is one of these; gives the answer. */
  expect(...statuses) {
    if (!statuses.includes(this.status)) {
      throw new Error(`expected ${statuses.join(' or ')}, got ${this.status}: ${this.text.slice(0, 600)}`);
    }
    return this;
  }
}

/**
 * One sign-in. `door` says where the recorder is now, and what its people's authenticators hold: `{ port, ca, heard, authenticators }`; it
 * may move when the recorder restarts.
 */
export class Client {
  constructor(door, label = 'nobody') {
    this.door = door;
    this.label = label;
    this.cookie = null;
    /** Name and password of whoever is signed in with it. */
    this.who = null;
    /** The site whose people it can turn to, and the grants it got (see `grants.mjs`). */
    this.site = null;
    this.grants = [];
  }

  get origin() { return `https://localhost:${this.door.port}`; }

  /** How to reach the recorder: by address, checked as `localhost`. */
  connection() {
    return { host: '127.0.0.1', port: this.door.port, servername: 'localhost', ca: this.door.ca, agent: false };
  }

  /** Headers a page of ours would send. */
  headers(more = {}) {
    const headers = { host: `localhost:${this.door.port}`, origin: this.origin, ...more };
    if (this.cookie !== null) headers.cookie ??= this.cookie;
    for (const name of Object.keys(headers)) if (headers[name] === null) delete headers[name];
    return headers;
  }

  /** One request, as the page makes it: one that asks for password and code again gets both, and is made again. */
  async request(method, path, options = {}) {
    const answer = await this.once(method, path, options);
    if (answer.status !== 403 || this.who === null || answer.json.type !== '/problems/confirm-sign-in') return answer;
    (await this.confirm()).expect(200);
    return this.once(method, path, options);
  }

  /** Shows password and second factor again. */
  confirm() {
    const { authenticators } = this.door;
    const { name, password } = this.who;
    return authenticators.alone(name, async () => this.once('POST', '/api/v1/session/confirm', { json: { password, code: await authenticators.next(name) } }));
  }

  /** One request; `json` is sent as JSON, `body` as it is. A header set to null is left out. */
  async once(method, path, { json, body, headers = {} } = {}) {
    const text = json === undefined ? body : JSON.stringify(json);
    const kind = json === undefined ? {} : { 'content-type': 'application/json' };
    const length = text === undefined ? {} : { 'content-length': Buffer.byteLength(text) };
    const all = this.headers({ ...kind, ...length, ...headers });
    const asked = new Promise((settle, reject) => {
      const request = https.request({ ...this.connection(), method, path, headers: all }, (answer) => {
        const chunks = [];
        const done = (whole) => settle(new Answer(answer.statusCode, answer.headers, Buffer.concat(chunks), whole));
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () => done(true));
        answer.on('error', () => done(false)); // broken off: what came is there, and it is known not to be all
      });
      request.on('error', reject);
      request.end(text);
    });
    const answer = await within(`${method} ${path}`, 60, asked);
    this.#keep(answer, path);
    return answer;
  }

  #keep(answer, path) {
    const line = answer.headers['set-cookie']?.find((one) => one.startsWith('__Host-candour='));
    if (line !== undefined) this.cookie = /Max-Age=0/i.test(line) ? null : line.split(';')[0];
    const isText = /json|text|javascript/.test(answer.headers['content-type'] ?? '');
    if (isText) this.door.heard?.push(`${this.label} ${path}\n${JSON.stringify(answer.headers)}\n${answer.text}`);
  }

  get(path, options) { return this.request('GET', path, options); }
  post(path, json, options) { return this.request('POST', path, { json, ...options }); }
  put(path, json, options) { return this.request('PUT', path, { json, ...options }); }
  patch(path, json, options) { return this.request('PATCH', path, { json, ...options }); }
  delete(path, options) { return this.request('DELETE', path, options); }

  /** What a reading gives when it must succeed. */
  async read(path) { return (await this.get(path)).expect(200).json; }

  /** Signs in whole: the password, then a code of the person's authenticator; the first time it is set up. */
  signIn(name, password) {
    const { authenticators } = this.door;
    this.who = { name, password };
    return authenticators.alone(name, async () => {
      const session = (await this.post('/api/v1/session', { sign_in_name: name, password })).expect(200).json;
      if (session.lacks === null) return session;
      if (session.lacks === 'second_factor') return this.#setUpFactor(name);
      return (await this.post('/api/v1/session/code', { code: await authenticators.next(name) })).expect(200).json;
    });
  }

  async #setUpFactor(name) {
    const { authenticators } = this.door;
    const { secret } = (await this.post('/api/v1/session/factor')).expect(200).json;
    const code = authenticators.scan(name, secret);
    const { session, recovery_codes: codes } = (await this.post('/api/v1/session/factor/confirm', { code })).expect(200).json;
    authenticators.keep(name, codes);
    return session;
  }
}

/** A query string. */
export const query = (fields) => new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)])).toString();
