// Promise 8: no default password, no way in before or beside sign-in, nothing sent anywhere else.
//
// Broken by hand to see it fail, one test each: any token sets the site up; the cookie is open to scripts; no limit on
// wrong passwords; any origin may act; a route without a guard; a datagram to somebody else now and then.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { codeAt } from '../../lib/authenticators.mjs';
import { openLive } from '../../lib/live-socket.mjs';
import { newPeople, people } from '../../lib/people.mjs';
import { program, run, top } from '../../lib/processes.mjs';
import { start } from '../../lib/site.mjs';
import { watchSockets } from '../../lib/sockets.mjs';

const ROUTES = JSON.parse(readFileSync(join(top, 'docs/openapi.json'), 'utf8')).paths;
/** Routes that anybody may call: needed before a sign-in, or the public half of the log; every other one wants a sign-in. */
const OPEN = [
  'get /api/v1/site', 'get /api/v1/openapi.json', 'post /api/v1/setup', 'post /api/v1/session',
  'get /log/v1/checkpoint', 'get /log/v1/cosigned', 'get /log/v1/key', 'get /log/v1/tile/{tile}',
];

describe('no back door', () => {
  let site;
  let watched;
  before(async () => {
    site = await start({ label: 'door', only: ['Car park'], setUp: false });
    watched = watchSockets(site.recorder.pid);
  });
  after(() => site?.stop());

  const setUp = (client, fields = {}) => client.post('/api/v1/setup', {
    token: site.token, site_name: 'Test House', host_names: ['localhost'], people: newPeople(), ...fields,
  });
  const signIn = (client, name, password) => client.post('/api/v1/session', { sign_in_name: name, password });

  it('before set-up there is no account, whatever name and password are tried', async () => {
    assert.equal((await site.stranger().read('/api/v1/site')).setup_needed, true);
    for (const [name, password] of [['admin', 'admin'], ['admin', ''], ['root', 'candour'], ['ada', people.administrator.password]]) {
      const answer = await signIn(site.stranger(), name, password);
      assert.equal(answer.status, 401, `${name}: ${answer.text}`);
      assert.equal(answer.headers['set-cookie'], undefined);
    }
  });

  it('set-up wants the token of the terminal: others are refused, all in the same words', async () => {
    const token = site.token;
    assert.match(token, /^([0-9a-hj-km-np-tv-z]{5}-){5}[0-9a-hj-km-np-tv-z]$/, '128 random bits in digits people can type');
    const nearly = token.slice(0, -1) + (token.endsWith('0') ? '1' : '0');
    const answers = [];
    for (const wrong of ['', nearly, token.slice(0, -1), `${token}0`]) answers.push(await setUp(site.stranger(), { token: wrong }));
    for (const answer of answers) {
      assert.equal(answer.status, 403, answer.text);
      const { request: _, ...problem } = answer.json;
      const { request: __, ...first } = answers[0].json;
      assert.deepEqual(problem, first, 'a refusal tells nothing about the token');
    }
    assert.equal(site.token, token);
  });

  it('set-up refuses weak passwords, no administrator, an administrator who watches, and unknown fields', async () => {
    const all = newPeople();
    const wrong = {
      weak: [{ ...all[0], password: 'short' }],
      nobody: [],
      no_administrator: all.slice(1),
      both: [{ ...all[0], roles: ['administrator', 'operator'] }],
    };
    for (const [what, persons] of Object.entries(wrong)) {
      const answer = await setUp(site.stranger(), { people: persons });
      assert.equal(answer.status, 422, `${what}: ${answer.text}`);
      assert.ok(answer.json.field, `${what} names its field`);
    }
    assert.equal((await setUp(site.stranger(), { backdoor: true })).status, 422);
    assert.equal((await site.stranger().read('/api/v1/site')).setup_needed, true);
  });

  it('the token works once', async () => {
    const token = site.token;
    (await setUp(site.stranger(), { token: ` ${token.toUpperCase().replaceAll('-', ' ')} ` })).expect(204);
    const again = await setUp(site.stranger(), { token, people: [{ ...newPeople()[0], sign_in_name: 'eve' }] });
    assert.equal(again.status, 409, again.text);
    assert.equal((await signIn(site.stranger(), 'eve', people.administrator.password)).status, 401);
    const site2 = await site.stranger().read('/api/v1/site');
    assert.deepEqual([site2.setup_needed, site2.name], [false, 'Test House']);
  });

  it('the cookie of a sign-in is bound to this host, TLS and our own pages, and hidden from scripts', async () => {
    const client = site.stranger();
    const answer = (await signIn(client, 'ada', people.administrator.password)).expect(200);
    const [line, ...more] = answer.headers['set-cookie'];
    assert.deepEqual(more, [], 'one cookie');
    const [pair, ...flags] = line.split('; ');
    assert.match(pair, /^__Host-candour=[A-Za-z0-9_-]{43}$/, '256 random bits');
    for (const flag of ['Secure', 'HttpOnly', 'SameSite=Strict', 'Path=/']) assert.ok(flags.includes(flag), line);
    assert.ok(!flags.some((flag) => /^domain/i.test(flag)), line);
    const other = site.stranger();
    await signIn(other, 'ada', people.administrator.password);
    assert.notEqual(other.cookie, client.cookie);
    // After signing out the same cookie opens nothing.
    const cookie = client.cookie;
    (await client.delete('/api/v1/session')).expect(204);
    assert.equal(client.cookie, null, 'the browser is told to forget it');
    client.cookie = cookie;
    (await client.get('/api/v1/session')).expect(401);
    (await other.get('/api/v1/session')).expect(200);
  });

  it('a password alone opens nothing: no route but the second step, whatever the role', async () => {
    const client = site.stranger();
    assert.equal((await signIn(client, 'otis', people.second_owner.password)).expect(200).json.lacks, 'second_factor');
    const BEGUN = ['get /api/v1/session', 'delete /api/v1/session', 'post /api/v1/session/code', 'post /api/v1/session/factor', 'post /api/v1/session/factor/confirm',
      'get /api/v1/session/factors', 'post /api/v1/session/passkey', 'post /api/v1/session/passkey/show', 'post /api/v1/session/passkeys', 'post /api/v1/session/passkeys/confirm'];
    for (const [path, item] of Object.entries(ROUTES)) {
      for (const method of Object.keys(item)) {
        const name = `${method} ${path}`;
        if (OPEN.includes(name) || BEGUN.includes(name) || path.startsWith('/api/v1/play/')) continue;
        const answer = await client.request(method.toUpperCase(), path.replaceAll(/\{[^}]+\}/g, '0'.repeat(32)));
        assert.deepEqual([answer.status, answer.json.type], [403, '/problems/second-factor-needed'], name);
      }
    }
    await assert.rejects(openLive(client), (error) => error.refusal.status === 403);
    for (const code of ['', '000000', 'x'.repeat(5000)]) assert.notEqual((await client.post('/api/v1/session/code', { code })).status, 200, code);
    assert.equal((await client.read('/api/v1/session')).lacks, 'second_factor');
  });

  it('a code counts once, and recovery codes count once each', async () => {
    const client = site.stranger();
    await client.signIn('petra', people.approver.password);
    const { last, secret, recovery } = site.door.authenticators.of('petra');
    const second = async (code) => {
      const other = site.stranger();
      (await signIn(other, 'petra', people.approver.password)).expect(200);
      return other.post('/api/v1/session/code', { code });
    };
    assert.equal((await second(codeAt(secret, last))).status, 403, 'used at the set-up');
    const code = recovery.shift();
    assert.equal((await second(code)).status, 200);
    assert.equal((await second(code)).status, 403);
  });

  it('a wrong password is refused without saying what was wrong, and after some there is a wait', async () => {
    const known = (await signIn(site.stranger(), 'dina', 'wrong wrong wrong')).expect(401).json;
    const unknown = (await signIn(site.stranger(), 'nobody.at.all', 'wrong wrong wrong')).expect(401).json;
    assert.deepEqual([known.type, known.title, known.detail], [unknown.type, unknown.title, unknown.detail]);
    let refused;
    for (let tries = 0; tries < 12 && refused?.status !== 429; tries += 1) refused = await signIn(site.stranger(), 'dina', `wrong ${tries}`);
    assert.equal(refused.status, 429, 'at most a dozen tries');
    assert.ok(Number(refused.headers['retry-after']) >= 1, refused.headers['retry-after']);
    assert.match(refused.json.detail, /Wait \d+ seconds?/);
    assert.equal((await signIn(site.stranger(), 'DINA', people.dpo.password)).status, 429, 'however the name is spelt, and also with the right password');
    assert.equal((await signIn(site.stranger(), 'ada', people.administrator.password)).status, 200, 'others are not kept out');
  });

  it('nothing is done for another origin, and nothing that is not JSON', async () => {
    const client = await site.as('administrator');
    const change = { name: 'Named by another page' };
    const { id } = await site.camera('Car park');
    const put = (headers) => client.patch(`/api/v1/cameras/${id}`, change, { headers });
    for (const origin of ['https://evil.example', 'null', `http://localhost:${site.door.port}`, 'https://localhost', `https://localhost:${site.door.port}.evil.example`]) {
      const answer = await put({ origin });
      assert.equal(answer.status, 403, `${origin}: ${answer.text}`);
      assert.equal(answer.json.type, '/problems/wrong-origin');
    }
    assert.equal((await put({ origin: null })).status, 403, 'no origin at all');
    assert.equal((await put({ origin: null, 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await signIn(site.stranger(), 'ada', people.administrator.password)).status, 200);
    const elsewhere = { headers: { origin: 'https://evil.example' } };
    assert.equal((await site.stranger().post('/api/v1/session', { sign_in_name: 'ada', password: people.administrator.password }, elsewhere)).status, 403);
    await assert.rejects(openLive(await site.as('operator'), { origin: 'https://evil.example' }), (error) => error.refusal.status === 403);
    const form = await client.request('PATCH', `/api/v1/cameras/${id}`, { body: JSON.stringify(change), headers: { 'content-type': 'text/plain' } });
    assert.equal(form.status, 415, form.text);
    assert.equal((await site.camera('Car park')).id, id);
  });

  it('unknown fields are refused, and what is too large', async () => {
    const client = await site.as('administrator');
    const { id } = await site.camera('Car park');
    const answer = await client.patch(`/api/v1/cameras/${id}`, { name: 'Car park', keep_forever: true });
    assert.equal(answer.status, 422, answer.text);
    assert.match(answer.json.detail, /keep_forever/);
    assert.equal((await (await site.as('investigator')).get(`/api/v1/cameras/${id}/timeline?stream=main&from_90k=0&to_90k=9&more=1`)).status, 422);
    assert.equal((await client.patch(`/api/v1/cameras/${id}`, { name: 'x'.repeat(70_000) })).status, 413);
    assert.equal((await client.request('POST', '/api/v1/people', { body: '{', headers: { 'content-type': 'application/json' } })).status, 400);
  });

  it('every route of the interface wants a sign-in, and says so in the same way', async () => {
    const id = 'f'.repeat(32);
    let tried = 0;
    // The address is the secret: 256 random bits, and there is no other way to ask (docs/design/reading.md).
    const unknownAddress = '/api/v1/play/{address}/{camera}/{stream}/{file}';
    for (const [path, methods] of Object.entries(ROUTES)) {
      for (const method of Object.keys(methods).filter((name) => ['get', 'post', 'put', 'patch', 'delete'].includes(name))) {
        if (OPEN.includes(`${method} ${path}`)) continue;
        const asked = path.replaceAll(/\{\w+\}/g, id);
        for (const cookie of [null, `__Host-candour=${'A'.repeat(43)}`]) {
          const client = site.stranger();
          client.cookie = cookie;
          const answer = await client.request(method.toUpperCase(), asked, ['post', 'put', 'patch'].includes(method) ? { json: {} } : {});
          tried += 1;
          if (path === unknownAddress) {
            assert.equal(answer.status, 404, `${method} ${path}: ${answer.text}`);
            continue;
          }
          assert.equal(answer.status, 401, `${method} ${path}: ${answer.text}`);
          assert.equal(answer.json.type, '/problems/not-signed-in', path);
        }
      }
    }
    assert.ok(tried > 40, `${tried} routes`);
    assert.equal((await site.stranger().get('/api/v1/secret')).status, 404);
    assert.equal((await site.stranger().get('/api/debug')).status, 404);
  });

  it('a role opens what is its own and nothing else', async () => {
    const may = {
      administrator: { people: 200, system: 200, retention: 200, cameras: 200, log: 403, holds: 200, check: 200, lists: 200, 'camera-search': 200, 'address-tables': 200 },
      dpo: { people: 403, system: 200, retention: 200, cameras: 200, log: 200, lists: 200, 'camera-search': 403, 'address-tables': 200 },
      owner: { people: 403, system: 403, retention: 200, cameras: 200, log: 403, holds: 200, check: 403, policy: 200 },
      operator: { people: 403, system: 403, retention: 403, cameras: 200, log: 403, holds: 403, check: 403, lists: 403, policy: 200, 'camera-search': 403, 'address-tables': 403 },
      investigator: { people: 403, system: 403, retention: 200, cameras: 200, log: 403, holds: 200, check: 403, lists: 403, 'camera-search': 403 },
    };
    for (const [role, table] of Object.entries(may)) {
      // The data protection officer was locked out above; a restart would help, and so does another account.
      const client = role === 'dpo' ? await secondOfficer() : await site.as(role);
      for (const [path, status] of Object.entries(table)) assert.equal((await client.get(`/api/v1/${path}`)).status, status, `${role} ${path}`);
      const cameras = await client.read('/api/v1/cameras');
      assert.equal(cameras[0].address === '', !['administrator', 'dpo'].includes(role), `${role}: addresses of cameras`);
    }
    assert.equal((await (await site.as('operator')).post('/api/v1/people', newPeople()[0])).status, 403);
  });

  async function secondOfficer() {
    const person = { sign_in_name: 'dora', full_name: 'Dora Dean', roles: ['dpo'], password: 'planted-kettle-second' };
    (await (await site.as('administrator')).post('/api/v1/people', person)).expect(201);
    const client = site.stranger();
    await client.signIn(person.sign_in_name, person.password);
    return client;
  }

  it('nobody gives roles to themselves', async () => {
    const client = await site.as('administrator');
    const everybody = await client.read('/api/v1/people');
    const ada = everybody.find((person) => person.sign_in_name === 'ada');
    assert.equal((await client.patch(`/api/v1/people/${ada.id}`, { roles: ['administrator', 'dpo'] })).status, 403);
    assert.equal((await client.patch(`/api/v1/people/${ada.id}`, { roles: ['administrator', 'investigator'] })).status, 422);
  });

  it('pages and interface carry the headers that keep other code out', async () => {
    const page = (await site.stranger().get('/', { headers: { accept: 'text/html' } })).expect(200);
    assert.match(page.headers['content-type'], /^text\/html/);
    const script = page.text.match(/src="(\/assets\/[^"]+\.js)"/)?.[1] ?? assert.fail(`the viewer is built in: ${page.text.slice(0, 300)}`);
    const answers = [page, await site.stranger().get(script), await site.stranger().get('/api/v1/site'), await site.stranger().get('/api/v1/cameras'), await site.stranger().get('/nowhere.js')];
    assert.deepEqual(answers.map((answer) => answer.status), [200, 200, 200, 401, 404]);
    for (const { headers } of answers) {
      const policy = Object.fromEntries(headers['content-security-policy'].split(';').map((part) => {
        const [name, ...values] = part.trim().split(/\s+/);
        return [name, values.join(' ')];
      }));
      assert.equal(policy['default-src'], "'none'");
      assert.equal(policy['script-src'], "'self'");
      assert.equal(policy['style-src'], "'self'");
      assert.equal(policy['connect-src'], "'self'");
      assert.equal(policy['frame-ancestors'], "'none'");
      assert.equal(policy['base-uri'], "'none'");
      assert.doesNotMatch(headers['content-security-policy'], /unsafe|https?:|\*/);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['x-frame-options'], 'DENY');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.match(headers['permissions-policy'], /camera=\(\)/);
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
      assert.equal(headers['access-control-allow-origin'], undefined);
      assert.equal(headers.server, undefined, 'who we are is not told to strangers');
    }
    assert.equal((await site.stranger().get('/api/v1/site')).headers['cache-control'], 'no-store');
    // What the page loads lies on this host: no address of another one in it.
    for (const match of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) assert.match(match[1], /^\/(?!\/)/, page.text);
  });

  it('the certificate is good for those who trust the site\'s authority, and for nobody else', async () => {
    const { ca_certificate: file, ca_fingerprint: fingerprint } = site.status();
    assert.ok(existsSync(file), `the status file names the authority's certificate: ${file}`);
    const pem = readFileSync(file, 'utf8');
    assert.doesNotMatch(pem, /PRIVATE KEY/, 'the file that people are told to import holds no key');
    const der = Buffer.from(pem.match(/-----BEGIN CERTIFICATE-----([\s\S]+?)-----END/)[1], 'base64');
    assert.equal(createHash('sha256').update(der).digest('hex'), fingerprint.replaceAll(':', '').toLowerCase());
    const get = (options) => new Promise((settle, reject) => {
      const where = { host: '127.0.0.1', port: site.door.port, path: '/api/v1/site', agent: false, headers: { host: `localhost:${site.door.port}` } };
      https.get({ ...where, servername: 'localhost', ...options }, (answer) => { answer.resume(); settle(answer.statusCode); }).on('error', reject);
    });
    assert.equal(await get({ ca: pem }), 200);
    await assert.rejects(get({}), { code: /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/ });
    await assert.rejects(get({ ca: pem, servername: 'elsewhere.example' }), 'another name');
    await assert.rejects(get({ ca: pem, maxVersion: 'TLSv1.1' }), 'an old protocol');
    for (const name of ['keys/master.key', 'log/signing.key']) assert.equal(statSync(join(site.data, name)).mode & 0o077, 0, `${name} is for the recorder alone`);
    assert.equal(statSync(site.data).mode & 0o077, 0);
    assert.equal(statSync(site.statusFile).mode & 0o077, 0);
  });

  it('plain HTTP gets nothing', async () => {
    const { code, out } = await run('curl', ['-s', '-m', '5', `http://127.0.0.1:${site.door.port}/api/v1/site`]);
    assert.ok(code !== 0 || !out.includes('Test House'), out);
  });

  it('the recorder speaks to its cameras and to nobody else', async () => {
    const sockets = watched.stop();
    const listening = sockets.filter((socket) => socket.listens);
    assert.deepEqual(listening.map((socket) => socket.local.port), [site.door.port], 'one listener');
    const cameras = site.cameras.names.map((name) => site.cameras.get(name).address);
    const others = sockets.filter((socket) => !socket.listens && socket.local.port !== site.door.port);
    assert.ok(others.some((socket) => cameras.includes(socket.remote.address)), 'the camera is received');
    for (const { protocol, remote } of others) assert.ok(cameras.includes(remote.address), `a ${protocol} socket leads to ${remote.address}:${remote.port}`);
  });

  it('an onboarding file that others can read is not read', async () => {
    chmodSync(site.onboarding, 0o644);
    try {
      const words = ['serve', '--lab', '--data', join(site.directory.path, 'other'), '--listen', '127.0.0.1:0', '--onboard', site.onboarding];
      const { code, err } = await run(program('candour'), words, { seconds: 20 });
      assert.notEqual(code, 0);
      assert.match(err, /chmod 600/);
      assert.doesNotMatch(err, new RegExp(site.cameras.get('Car park').password));
    } finally {
      chmodSync(site.onboarding, 0o600);
    }
  });
});
