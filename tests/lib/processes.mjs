// Programs and directories of a test. Whatever happens, throw, Ctrl+C or a missing await, nothing is left behind:
// everything is noted here when it is made, and taken away when this process ends.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { within } from './waiting.mjs';

/** The top of the repository. */
export const top = resolve(fileURLToPath(import.meta.url), '../../..');

const undo = new Set();

/** Notes what must be undone at the end, synchronously; gives a function that undoes it now. */
export function owe(act) {
  const once = () => { if (undo.delete(once)) act(); };
  undo.add(once);
  return once;
}

process.on('exit', () => {
  // Newest first: a mount goes before the directory it lies in.
  for (const act of [...undo].reverse()) {
    try { act(); } catch (error) { console.error(`clean-up: ${error.message}`); }
  }
});
for (const [signal, number] of [['SIGINT', 2], ['SIGTERM', 15], ['SIGHUP', 1]]) {
  process.on(signal, () => process.exit(128 + number));
}

/** Path of one of our programs: in CANDOUR_BIN_DIR, or where `deploy/build dev` puts it. */
export function program(name) {
  const directory = process.env.CANDOUR_BIN_DIR ?? join(top, 'target/debug');
  const path = join(directory, name);
  if (!existsSync(path)) {
    throw new Error(`${path} is not there: run deploy/build dev, or say in CANDOUR_BIN_DIR where the programs are`);
  }
  return path;
}

/** A new directory that is gone at the end; with CANDOUR_KEEP set it stays and is named. */
export function temporaryDirectory(label) {
  const path = mkdtempSync(join(tmpdir(), `candour-test-${label}-`));
  if (process.env.CANDOUR_KEEP) {
    console.error(`kept: ${path}`);
    return { path, remove: () => {} };
  }
  return { path, remove: owe(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 })) };
}

/** A running program whose output goes to a file. */
export class Running {
  constructor(path, words, output, { environment = {}, stdin = 'ignore' } = {}) {
    this.output = output;
    this.words = [path, ...words];
    const file = openSync(output, 'a');
    this.child = spawn(path, words, { stdio: [stdin, file, file], env: { ...process.env, ...environment } });
    closeSync(file);
    this.ended = null;
    this.exited = new Promise((settle) => {
      this.child.on('error', (error) => { this.ended = { code: null, signal: null, error }; settle(this.ended); });
      this.child.on('exit', (code, signal) => { this.ended = { code, signal }; this.forget(); settle(this.ended); });
    });
    this.forget = owe(() => { if (this.ended === null) this.child.kill('SIGKILL'); });
  }

  get pid() { return this.child.pid; }

  /** Throws when the program has ended: then waiting for it is pointless. */
  mustBeAlive() {
    if (this.ended === null) return;
    const how = this.ended.error?.message ?? this.ended.signal ?? `exit code ${this.ended.code}`;
    throw Object.assign(new Error(`${this.words[0]} ended (${how}):\n${this.lastWords()}`), { pointless: true });
  }

  /** The end of what it printed, for messages. */
  lastWords(lines = 25) {
    return readFileSync(this.output, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** Sends a signal to this one process and waits until it is gone. */
  async end(signal, seconds = 20) {
    if (this.ended === null) this.child.kill(signal);
    try {
      return await within(`${this.words[0]} after ${signal}`, seconds, this.exited);
    } catch (error) {
      this.child.kill('SIGKILL');
      await this.exited;
      throw new Error(`${error.message}; it was killed. Its last words:\n${this.lastWords()}`);
    }
  }
}

/** Runs a program to its end: `{ code, out, err }`. */
export function run(path, words, { seconds = 60, input, environment, cwd } = {}) {
  return new Promise((settle, reject) => {
    const env = environment === undefined ? process.env : { ...process.env, ...environment };
    const child = spawn(path, words, { stdio: ['pipe', 'pipe', 'pipe'], env, cwd });
    const forget = owe(() => child.kill('SIGKILL'));
    const timer = setTimeout(() => { child.kill('SIGKILL'); }, seconds * 1000);
    const parts = { out: [], err: [] };
    child.stdout.on('data', (chunk) => parts.out.push(chunk));
    child.stderr.on('data', (chunk) => parts.err.push(chunk));
    child.stdin.on('error', () => {}); // a program that reads no input closes it
    child.on('error', (error) => { clearTimeout(timer); forget(); reject(error); });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      forget();
      const text = (name) => Buffer.concat(parts[name]).toString('utf8');
      settle({ code: code ?? signal, out: text('out'), err: text('err') });
    });
    child.stdin.end(input);
  });
}
