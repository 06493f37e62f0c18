// Promise 5, for the log as a whole: somebody outside remembers it, so that its owner can neither roll it back nor make
// another in its place; and a stranger checks all of it from what the recorder serves to everybody.

import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { program, Running, temporaryDirectory } from '../../lib/processes.mjs';
import { start } from '../../lib/site.mjs';
import { until } from '../../lib/waiting.mjs';
import { verify } from '../../lib/verifier.mjs';

const NAME = 'witness.example/one';
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();

/** The witness's program, with its memory in one directory. */
class Witness {
  constructor(directory, log) { Object.assign(this, { directory, log, runs: 0 }); }

  async start(listen = '127.0.0.1:0') {
    const output = join(this.directory, `out-${this.runs++}`);
    const words = ['--directory', join(this.directory, 'memory'), '--name', NAME, '--log', this.log, '--listen', listen];
    this.running = new Running(program('candour-witness'), words, output);
    const printed = () => readFileSync(output, 'utf8').match(/^(witness\S+)\nlistens at (http:\/\/(\S+))\n/m);
    const [, key, url, address] = await until('the witness', printed, { alive: () => this.running.mustBeAlive() });
    Object.assign(this, { key, url, address });
  }

  async stop() { await this.running?.end('SIGTERM'); }
}

/** A signed note: its text and the raw signatures by name. */
function readNote(note) {
  const at = note.lastIndexOf('\n\n');
  const lines = note.slice(at + 2).trimEnd().split('\n').map((line) => line.split(' '));
  const [origin, size, root] = note.slice(0, at + 1).split('\n');
  return { text: note.slice(0, at + 1), origin, size: Number(size), root, signatures: lines.map(([, name, blob]) => ({ name, blob: Buffer.from(blob, 'base64') })) };
}

/** Ed25519 by Node itself, with the key as it stands in a verifier key. */
function isSigned(verifierKey, text, signature) {
  const raw = Buffer.from(verifierKey.slice(verifierKey.indexOf('+', verifierKey.indexOf('+') + 1) + 1), 'base64').subarray(1);
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
  return verifySignature(null, Buffer.from(text), key, signature);
}

/** Root of a tree (RFC 6962 2.1) over leaf hashes, as its definition says. */
function rootOf(hashes) {
  if (hashes.length === 1) return hashes[0];
  let left = 1;
  while (left * 2 < hashes.length) left *= 2;
  return sha256(Buffer.from([1]), rootOf(hashes.slice(0, left)), rootOf(hashes.slice(left)));
}

/** A bundle as C2SP tlog-tiles has it. */
function leavesIn(bundle) {
  const leaves = [];
  for (let at = 0; at < bundle.length;) {
    const length = bundle.readUInt16BE(at);
    leaves.push(bundle.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return leaves;
}

describe('a log that somebody outside remembers', () => {
  let site;
  let keep;
  let witness;
  let key;
  let beginning;
  const kept = (name) => join(keep.path, name);
  const log = () => join(site.data, 'log');
  const served = async (name) => (await site.stranger().get(`/log/v1/${name}`)).expect(200);
  const configuration = () => `[[log.witness]]\nurl = "${witness.url}"\nkey = "${witness.key}"\n`;
  const promise = async () => (await (await site.as('administrator')).read('/api/v1/system')).log;
  const cosigned = async () => readNote((await served('cosigned')).text);
  const size = async () => readNote((await served('checkpoint')).text).size;
  const alarms = async () => (await (await site.as('administrator')).read('/api/v1/status')).alarms;

  /** The newest state is cosigned. */
  const caughtUp = () => until('a cosignature of the newest state', async () => (await cosigned()).size >= (await size()), { seconds: 60 });

  before(async () => {
    keep = temporaryDirectory('witness');
    site = await start({ label: 'witnessed', only: ['Main entrance'], onboard: [] });
    key = (await served('key')).text.trim();
    await site.stopRecorder();
    beginning = kept('beginning');
    cpSync(log(), beginning, { recursive: true });
    witness = new Witness(keep.path, key);
  });
  after(async () => {
    await witness?.stop();
    await site?.stop();
    keep?.remove();
  });

  it('is amber without a witness, and works while one that is configured is away', async () => {
    await site.startRecorder();
    assert.equal((await promise()).witnessing, 'nobody');
    (await site.stranger().get('/log/v1/cosigned')).expect(404);
    await site.stopRecorder();

    await witness.start();
    await witness.stop();
    await site.startRecorder({ configuration: configuration() });
    await until('the recorder says that nobody answers', async () => (await promise()).witnesses[0].trouble !== null && (await promise()).witnesses[0].trouble !== undefined, { seconds: 60 });
    const before = await size();
    await site.another('dpo');
    assert.ok((await size()) > before, 'people come in and are written down');
    assert.equal((await promise()).witnessing, 'nobody');
  });

  it('is green once it is cosigned, over a restart of the witness too', async () => {
    await witness.start(witness.address);
    await caughtUp();
    const { witnessing, witnesses: [shown] } = await promise();
    assert.equal(witnessing, 'recent');
    assert.equal(shown.name, NAME);
    assert.ok(shown.size > 0);
    await witness.stop();
    await witness.start(witness.address);
    await site.another('dpo');
    await caughtUp();
    assert.equal((await promise()).witnesses[0].trouble ?? null, null);
  });

  it('a stranger verifies all of it from what is served', async () => {
    await caughtUp();
    const note = readNote((await served('checkpoint')).text);
    assert.ok(note.size > 5 && note.size < 256, `${note.size}`);
    const mirror = kept('mirror');
    const tiles = [`tile/entries/000.p/${note.size}`, `tile/0/000.p/${note.size}`];
    for (const name of ['cosigned', ...tiles]) {
      mkdirSync(dirname(join(mirror, name)), { recursive: true });
      writeFileSync(join(mirror, name), (await served(name)).bytes);
    }
    writeFileSync(join(mirror, 'checkpoint'), (await served('checkpoint')).bytes);
    // More may have been written meanwhile: what is kept is checked at the size it was fetched for.
    const same = readNote(readFileSync(join(mirror, 'checkpoint'), 'utf8'));
    if (same.size !== note.size) for (const name of tiles) writeFileSync(join(mirror, name.replace(`${note.size}`, `${same.size}`)), (await served(name.replace(`${note.size}`, `${same.size}`))).bytes);

    const { code, words } = await verify('tiles', mirror, '--key', key, '--witness', witness.key);
    assert.equal(code, 0, words);
    assert.match(words, new RegExp(`${same.size} entries verify from the served tiles; signed by ${same.origin}, witnessed up to entry \\d+ by ${NAME}`));

    // The same with nothing of ours: Node's SHA-256 and Ed25519, and the definitions.
    const leaves = leavesIn(readFileSync(join(mirror, `tile/entries/000.p/${same.size}`)));
    const hashes = leaves.map((leaf) => sha256(Buffer.from([0]), leaf));
    assert.equal(rootOf(hashes).toString('base64'), same.root);
    assert.deepEqual(Buffer.concat(hashes), readFileSync(join(mirror, `tile/0/000.p/${same.size}`)));
    const by = (from, name) => from.signatures.find((one) => one.name === name).blob;
    assert.ok(isSigned(key, same.text, by(same, same.origin).subarray(4)));
    const outside = await cosigned();
    const blob = by(outside, NAME);
    const time = blob.readBigUInt64BE(4);
    assert.ok(isSigned(witness.key, `cosignature/v1\ntime ${time}\n${outside.text}`, blob.subarray(12)));
    assert.ok(Math.abs(Number(time) - Date.now() / 1000) < 3600);

    const path = join(mirror, `tile/entries/000.p/${same.size}`);
    const bytes = readFileSync(path);
    bytes[20] ^= 1;
    writeFileSync(path, bytes);
    const changed = await verify('tiles', mirror, '--key', key);
    assert.equal(changed.code, 1, changed.words);
  });

  it('a roll-back is found by the recorder itself, by the witness, and by whoever kept a checkpoint', async () => {
    await caughtUp();
    writeFileSync(kept('since'), (await served('cosigned')).bytes);
    await site.stopRecorder();
    const whole = kept('whole');
    cpSync(log(), whole, { recursive: true });
    assert.equal((await verify('log', whole, '--key', key, '--witness', witness.key, '--since', kept('since'))).code, 0);

    // Somebody with root puts back the log as it was, all of it rightly signed, but forgets one file.
    for (const name of ['journal', 'checkpoints']) cpSync(join(beginning, name), join(log(), name));
    await assert.rejects(site.startRecorder({ configuration: configuration() }));
    await site.recorder.exited;
    assert.match(site.recorder.lastWords(), /rolled back/);

    // And then does not forget it.
    rmSync(join(log(), 'cosigned'), { recursive: true });
    assert.equal((await verify('log', log(), '--key', key)).code, 0, 'in itself it verifies');
    const found = await verify('log', log(), '--key', key, '--since', kept('since'));
    assert.equal(found.code, 1, found.words);
    assert.match(found.words, /rolled back.*entry \d+ is gone/);
    await site.startRecorder({ configuration: configuration() });
    const alarm = await until('the alarm', async () => (await alarms()).find(({ kind }) => kind === 'log_contradicted'), { seconds: 60 });
    assert.equal(alarm.severity, 'red');
    assert.match(alarm.words, new RegExp(`${NAME}.*rolled back`));
    assert.equal((await promise()).witnessing, 'contradicted');
  });

  it('a fork is found by the witness and by whoever kept a checkpoint', async () => {
    const remembered = readNote(readFileSync(kept('since'), 'utf8')).size;
    await until('the other log is longer', async () => {
      await site.another('dpo');
      return (await size()) > remembered;
    }, { seconds: 120 });
    await until('the alarm says so', async () => (await promise()).witnesses[0].trouble?.includes('forked'), { seconds: 60 });
    assert.equal((await promise()).witnessing, 'contradicted');
    (await site.stranger().get('/log/v1/cosigned')).expect(404);
    await site.stopRecorder();
    assert.equal((await verify('log', log(), '--key', key)).code, 0, 'in itself it verifies');
    const found = await verify('log', log(), '--key', key, '--since', kept('since'));
    assert.equal(found.code, 1, found.words);
    assert.match(found.words, /forked: entries \d+ to \d+ are not those/);
  });
});
