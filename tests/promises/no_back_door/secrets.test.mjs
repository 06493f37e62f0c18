// Promise 8: secrets are never readable. Planted ones (passwords of people and cameras, sign-ins, the set-up token, the bytes of every key) are looked
// for in every answer to everybody, in every page and script, and in every line of the recorder's own log.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { coveredBy } from '../../lib/grants.mjs';
import { people } from '../../lib/people.mjs';
import { top } from '../../lib/processes.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';

const ROUTES = JSON.parse(readFileSync(join(top, 'docs/openapi.json'), 'utf8')).paths;
const CAMERAS = ['Car park', 'Bicycle shed'];
const TYPED = 'typed-into-the-wrong-field-93417';

/** The bytes of a key, in every spelling in which they could stand somewhere. */
const spellings = (bytes) => [bytes.toString('hex'), bytes.toString('hex').toUpperCase(), bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('latin1')];

describe('secrets', () => {
  let site;
  const secrets = new Map();

  before(async () => {
    site = await start({ label: 'secrets', only: CAMERAS, setUp: false, recording: 0 });
    secrets.set('the set-up token', site.token);
    await site.setUp();
    for (const [role, person] of Object.entries(people)) secrets.set(`the password of the ${role}`, person.password);
    for (const name of CAMERAS) secrets.set(`the password of ${name}`, site.cameras.get(name).password);
    for (const role of Object.keys(people)) secrets.set(`the sign-in of the ${role}`, (await site.as(role)).cookie.split('=')[1]);
    // PRIVATE+KEY+name+id+base64, and base64 has plus signs of its own.
    const seed = readFileSync(join(site.data, 'log/signing.key'), 'utf8').trim().split('+').slice(4).join('+');
    spellings(Buffer.from(seed, 'base64').subarray(1)).forEach((text, at) => secrets.set(`the log's key (${at})`, text));
    spellings(readFileSync(join(site.data, 'keys/master.key')).subarray(-32)).forEach((text, at) => secrets.set(`the master key (${at})`, text));
    for (const file of readdirSync(join(site.data, 'tls'))) {
      const text = readFileSync(join(site.data, 'tls', file), 'utf8');
      const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+([\s\S]+?)\s+-----END/.exec(text);
      if (key !== null) secrets.set(`the key in tls/${file}`, key[1].split('\n')[1] ?? key[1].slice(0, 40));
    }
  });
  after(() => site?.stop());

  /** What of them stands in a text. */
  const found = (text, but = []) => [...secrets].filter(([name, secret]) => !but.includes(name) && text.includes(secret)).map(([name]) => name);

  it('there is something to look for', () => {
    assert.ok(secrets.size > 25, `${secrets.size} secrets`);
    assert.ok([...secrets.keys()].some((name) => name.startsWith('the key in tls/')), [...secrets.keys()].join());
    for (const [name, secret] of secrets) assert.ok(secret.length >= 8, name);
    assert.deepEqual(found(`x${people.dpo.password}y`), ['the password of the dpo'], 'what is there is found');
  });

  it('no answer to anybody holds one', async () => {
    const investigator = await site.as('investigator');
    const camera = await site.camera('Car park');
    await coveredBy(investigator, camera.id, now90k() - seconds(60), now90k());
    const callers = [site.stranger(), ...await Promise.all(Object.keys(people).map((role) => site.as(role)))];
    const ids = { id: camera.id, camera: camera.id, number: '1', tile: '0/000.p/1', stream: 'main', file: 'index.m3u8', declaration: 'x', exception: 'x', address: 'x' };
    const queries = ['', `?camera=${camera.id}&stream=main&from_90k=${Math.round(now90k() - seconds(60))}&to_90k=${Math.round(now90k())}`, '?format=json&kind=seen', '?format=csv', '?limit=500'];
    for (const [path, methods] of Object.entries(ROUTES)) {
      const address = path.replaceAll(/\{(\w+)\}/g, (_, name) => ids[name] ?? 'x');
      for (const caller of callers) {
        // What changes something is asked with what cannot be carried out: refusals must be silent too.
        for (const method of Object.keys(methods).filter((one) => one !== 'get')) {
          if (path !== '/api/v1/session') await caller.request(method.toUpperCase(), address, { json: { password: TYPED, nonsense: true } });
        }
        if (methods.get !== undefined && path !== '/api/v1/live') for (const query of queries) await caller.get(address + query);
      }
    }
    // Adding a camera with a wrong password, and changing one: what is refused says nothing of what was sent.
    const administrator = await site.as('administrator');
    await administrator.post('/api/v1/cameras', { name: 'New', address: '127.0.0.1', onvif_port: 1, user: 'u', password: TYPED });
    await site.stranger().post('/api/v1/session', { sign_in_name: TYPED, password: TYPED });
    secrets.set('what was typed into the wrong field', TYPED);
    assert.ok(site.heard.length > 500, `${site.heard.length} answers were heard`);
    for (const answer of site.heard) {
      // A sign-in is told once, to whoever signs in, in a header that scripts cannot read.
      const text = answer.replaceAll(/"set-cookie":\["__Host-candour=[^"]*"\]/g, '');
      assert.deepEqual(found(text), [], answer.slice(0, 300));
    }
  });

  it('no page and no script holds one', async () => {
    const page = (await site.stranger().get('/')).expect(200);
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]);
    assert.ok(assets.length > 1, page.text);
    for (const asset of assets) assert.deepEqual(found((await site.stranger().get(asset)).text), [], asset);
  });

  it('no line of the recorder\'s own log holds one, but the set-up token that is printed for whoever sets up', () => {
    const lines = readFileSync(site.output, 'utf8').split('\n');
    assert.ok(lines.length > 3, 'it says something');
    for (const line of lines) assert.deepEqual(found(line, ['the set-up token']), [], line);
  });

  it('neither database nor journal holds a password, a sign-in or a key; those of cameras are sealed', () => {
    const files = ['candour.db', 'candour.db-wal', 'log/journal'].map((name) => join(site.data, name));
    for (const file of files) {
      if (statSync(file, { throwIfNoEntry: false }) === undefined) continue;
      assert.deepEqual(found(readFileSync(file).toString('latin1')), [], file);
    }
  });
});
