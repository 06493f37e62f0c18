// Promise 8: the interface is what docs/openapi.json says, whatever is sent to it. Schemathesis, a program that nobody here wrote, makes requests
// from the document, right ones and wrong ones, and every answer must be one that stands there, in its form, and no failure of ours.
//
// Seen to fail: the 429 of whoever is refused too many looks stood nowhere, and a refusal before the body closed the connection under it.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { after, before, describe, it } from 'node:test';
import { look } from '../../lib/media.mjs';
import { run, top } from '../../lib/processes.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { pause, until } from '../../lib/waiting.mjs';

const DOCUMENT = JSON.parse(readFileSync(join(top, 'docs/openapi.json'), 'utf8'));
/** How many requests for each route beside those that cover its document; more when it is run by hand. */
const EXAMPLES = process.env.CANDOUR_EXAMPLES ?? '10';
const PROGRAM = join(top, 'target/schemathesis/bin/st');
/** Who may do what, so that every route is asked by somebody who gets past its guard. */
const WHO = {
  operator: ['watch_live', 'mark_incident', 'break_glass', 'see_alarms', 'see_cameras'],
  dpo: ['read_log', 'advise_policy', 'see_retention', 'see_grants', 'try_motion'],
  approver: ['decide_grants'],
  investigator: ['look_back', 'ask_grant', 'see_timeline', 'manage_holds'],
  owner: ['draft_policy', 'approve_policy', 'review_break_glass', 'see_policy'],
  // Last, for it finds accounts and cameras in answers, and changes them.
  administrator: ['manage_people', 'manage_cameras', 'see_system', 'see_camera_detail', 'commission', 'take_alarm', 'sign_in', 'password'],
};
/** What a route needs of a person's roles; whether it must have been confirmed lately is not a matter of roles, and a new sign-in is. */
const needOf = (operation) => operation['x-needs'].split(',')[0];
/** Not asked: what ends the sign-in this is done with, what is no request and answer, and what asks other devices (those get nonsense only). */
const NOT_ASKED = ['delete /api/v1/session', 'get /api/v1/live'];
const ASKS_DEVICES = ['/api/v1/cameras', '/api/v1/camera-search', '/api/v1/cameras/{id}', '/api/v1/cameras/{id}/judge'];

const CONFIGURATION = `
[[operations]]
include-path = ${JSON.stringify(ASKS_DEVICES)}
include-method = ["POST", "PATCH"]
generation.mode = "negative"
`;

/** The document with only these operations, where known ids stand beside the form of an id. */
function part(chosen, known) {
  const paths = {};
  for (const [path, item] of Object.entries(DOCUMENT.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (NOT_ASKED.includes(`${method} ${path}`) || !chosen(operation)) continue;
      const parameters = operation.parameters?.map((parameter) => {
        const value = known(path, method, parameter.name);
        return value === undefined ? parameter : { ...parameter, schema: { anyOf: [{ const: value }, parameter.schema] } };
      });
      (paths[path] ??= {})[method] = parameters === undefined ? operation : { ...operation, parameters };
    }
  }
  return { ...DOCUMENT, paths };
}

describe('every answer stands in the document', () => {
  let site;
  before(async () => {
    assert.ok(existsSync(PROGRAM), `${PROGRAM} is not there: run deploy/prepare test`);
    site = await start({ label: 'answers', only: ['Car park'] });
    writeFileSync(join(site.directory.path, 'ca.pem'), site.door.ca);
    writeFileSync(join(site.directory.path, 'schemathesis.toml'), CONFIGURATION);
  });
  after(() => site?.stop());

  async function ask(client, name, document) {
    const file = join(site.directory.path, `${name}.json`);
    writeFileSync(file, JSON.stringify(document));
    const headers = { Origin: client.origin, ...(client.cookie === null ? {} : { Cookie: client.cookie }) };
    const words = ['--config-file', join(site.directory.path, 'schemathesis.toml'), '--no-color', 'run', file, '--url', client.origin,
      '--tls-verify', join(site.directory.path, 'ca.pem'), '--phases', 'coverage,fuzzing', '--max-examples', EXAMPLES, '--seed', '2205', '--no-shrink',
      '--checks', 'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance', '--warnings', 'off',
      '--suppress-health-check', 'all', ...Object.entries(headers).flatMap(([key, value]) => ['--header', `${key}: ${value}`])];
    const { code, out, err } = await run(PROGRAM, words, { seconds: 900, cwd: site.directory.path });
    if (process.env.CANDOUR_KEEP) writeFileSync(join(site.directory.path, `${name}.out`), out + err);
    const cases = Number(/(\d+) generated/.exec(out)?.[1] ?? 0);
    assert.equal(code, 0, `${out}\n${err}`.slice(-12_000));
    assert.ok(cases > 10 * Object.keys(document.paths).length, `${cases} requests`);
    site.recorder.mustBeAlive();
  }

  it('a refusal is heard to its end, also by who sends the body later than the head, and the connection stays', async () => {
    const client = site.stranger();
    const connection = connect(client.connection());
    let heard = '';
    connection.setEncoding('latin1').on('data', (text) => { heard += text; });
    const head = (path, more) => `${path} HTTP/1.1\r\nhost: localhost:${site.door.port}\r\norigin: ${client.origin}\r\n${more}\r\n`;
    connection.write(head('POST /api/v1/session', 'content-type: text/plain\r\ncontent-length: 2\r\n'));
    await pause(500);
    connection.write('{}');
    await until('the refusal', () => /^HTTP\/1\.1 415 /.test(heard));
    connection.write(head('GET /api/v1/site', ''));
    await until('the next answer', () => heard.includes('HTTP/1.1 200 ') && heard.includes('Test House'));
    connection.destroy();
  });

  it('to nobody who is signed in', () => ask(site.stranger(), 'nobody', part((operation) => operation['x-needs'] === 'nothing', () => {})));

  it('every need is somebody\'s', () => {
    const needs = new Set(Object.values(DOCUMENT.paths).flatMap((item) => Object.values(item)).map(needOf));
    needs.delete('nothing');
    assert.deepEqual([...needs].sort(), Object.values(WHO).flat().sort());
  });

  for (const [role, needs] of Object.entries(WHO)) {
    it(`to the ${role}`, async () => {
      const client = await site.another(role);
      const known = new Map();
      if (role === 'investigator') {
        const camera = (await client.read('/api/v1/cameras'))[0].id;
        const [from, to] = [Math.round(now90k() - seconds(20)), Math.round(now90k())];
        const given = await look(client, camera, from, to);
        for (const [name, value] of Object.entries({ id: given.id, camera, stream: 'main', from_90k: from, to_90k: to })) known.set(name, value);
      }
      const knows = (path, method, name) => (method === 'get' && path.startsWith('/api/v1/looks/') ? known.get(name) : undefined);
      await ask(client, role, part((operation) => needs.includes(needOf(operation)), knows));
      if (role !== 'administrator') (await client.get('/api/v1/session')).expect(200);
    });
  }
});
