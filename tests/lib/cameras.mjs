// The simulated cameras of a test: those of the demo, on free ports of this machine.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { Running, program, top } from './processes.mjs';
import { until } from './waiting.mjs';

/** The demo's accepted cameras, in the order of the file. The first has B-frames, the second has none. */
export const ACCEPTED = ['Main entrance', 'Car park', 'Reception', 'Loading bay'];
/** A Hikvision, and an Amcrest that is a Dahua by another name. */
export const REFUSED = ['Old warehouse', 'Bicycle shed'];

/** Devices that a gate has to tell apart, to be copied; the demo has none of them. */
const others = join(top, 'crates/camera-sim/examples/devices.toml');

const sources = [join(top, 'deploy/demo-cameras.toml'), join(top, 'crates/camera-sim/examples/demo.toml')];

/** The blocks of a camera file, the demo's if absent: text, kind and the keys a test needs. */
function readBlocks(file = sources.find((path) => existsSync(path))) {
  const blocks = readFileSync(file, 'utf8').split(/^(?=\[\[(?:footage|camera)\]\])/m).slice(1);
  return blocks.map((text) => {
    const kind = text.startsWith('[[camera]]') ? 'camera' : 'footage';
    const beside = (_, key, path) => `${key} = ${JSON.stringify(resolve(dirname(file), path))}`;
    const placed = kind === 'footage' ? text.replace(/^(main|sub) = "(.*?)"/gm, beside) : text.replace(/^(onvif_port|rtsp_port) = \d+/gm, '$1 = 0');
    const value = (key) => text.match(new RegExp(`^${key} = "(.*)"`, 'm'))?.[1];
    return { kind, text: placed, name: value('name'), user: value('user'), password: value('password') };
  });
}

/** A value as TOML writes it on one line. */
const inToml = (value) => (value?.constructor === Object
  ? `{ ${Object.entries(value).map(([key, of]) => `${key} = ${inToml(of)}`).join(', ')} }`
  : JSON.stringify(value));

/** A copy of a camera's block under another name and address, with other keys where `keys` says so. */
function copyOf(block, { name, ...keys }) {
  let text = block.text.replace(/^name = ".*"/m, `name = ${JSON.stringify(name)}`);
  for (const [key, value] of Object.entries(keys)) {
    const line = `${key} = ${inToml(value)}`;
    const there = new RegExp(`^${key} = .*$`, 'm');
    text = there.test(text) ? text.replace(there, line) : text.replace(/^make = /m, `${line}\nmake = `);
  }
  return { ...block, text, name, user: keys.user ?? block.user, password: keys.password ?? block.password };
}

/** Cameras that run, by name. */
export class Cameras {
  constructor(running, directory, blocks) {
    this.running = running;
    this.directory = directory;
    this.byName = new Map(blocks.map((block) => [block.name, { name: block.name, user: block.user, password: block.password }]));
  }

  /**
   * Starts camera-sim. `only` names the demo's cameras to start (all six if absent); `more` adds copies of them:
   * `{ like: 'Car park', name: 'Spare', address: '127.0.0.21', mac: 'FC:00:0C:00:00:21', ... }`. `discovery` makes all of them answer
   * WS-Discovery on a fixed port: their addresses must then be nobody else's. `wrap(path, words)` starts the program otherwise.
   */
  static async start(directory, { only, more = [], discovery = false, wrapCameras: wrap = (path, words) => [path, words] } = {}) {
    const all = [...readBlocks(), ...readBlocks(others).filter(({ kind }) => kind === 'camera')];
    const like = (name) => all.find((block) => block.kind === 'camera' && block.name === name) ?? fail(`the demo has no camera ${name}`);
    const cameras = [...(only ?? [...ACCEPTED, ...REFUSED]).map(like), ...more.map(({ like: name, ...keys }) => copyOf(like(name), keys))];
    const file = join(directory, 'cameras.toml');
    writeFileSync(file, [...all.filter((block) => block.kind === 'footage'), ...cameras].map((block) => block.text).join('\n'), { mode: 0o600 });
    const words = ['--config', file, '--log-access-units', join(directory, 'access-units'), '--until-stdin-closes', ...(discovery ? ['--discovery'] : [])];
    const output = join(directory, 'camera-sim.out');
    rmSync(output, { force: true }); // of an earlier start in the same directory
    const running = new Running(...wrap(program('camera-sim'), words), output, { stdin: 'pipe' });
    const started = new Cameras(running, directory, cameras);
    await until('the simulated cameras', () => started.#readReady(), { seconds: 30, alive: () => running.mustBeAlive() });
    return started;
  }

  #readReady() {
    const lines = readFileSync(this.running.output, 'utf8').split('\n').filter((line) => line.startsWith('{'));
    const said = lines.map((line) => JSON.parse(line));
    for (const camera of said.filter((one) => one.name !== undefined)) Object.assign(this.byName.get(camera.name) ?? {}, camera);
    return said.some((one) => one.ready === true);
  }

  /** Where a camera is and how to sign in to it. */
  get(name) { return this.byName.get(name) ?? fail(`no camera ${name} was started`); }

  get names() { return [...this.byName.keys()]; }

  /** What the camera has seen: `rtsp_connections`, `onvif_requests`, `access_units_sent`. */
  async state(name) { return JSON.parse(await this.#ask(name, 'GET', '/sim/state')); }

  /** Makes the camera misbehave: `{ fault: 'stall', seconds: 6, stream: 'main' }` and so on. */
  async strike(name, fault) { await this.#ask(name, 'POST', '/sim/fault', JSON.stringify(fault)); }

  #ask(name, method, path, body) {
    const { address, onvif_port: port } = this.get(name);
    return new Promise((settle, reject) => {
      const request = http.request({ host: address, port, method, path, agent: false }, (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (answer.statusCode < 300) settle(text);
          else reject(new Error(`${method} ${path} of ${name}: ${answer.statusCode} ${text}`));
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  /** Every access unit a camera sent on a stream so far, in order: the truth that recordings are held against. */
  sent(name, stream = 'main') {
    const lines = readFileSync(join(this.directory, 'access-units'), 'utf8').split('\n');
    lines.pop(); // empty, or a line being written
    return lines.map((line) => JSON.parse(line)).filter((unit) => unit.camera === name && unit.stream === stream);
  }

  async stop() { await this.running.end('SIGKILL'); }
}

function fail(words) { throw new Error(words); }
