// Wires of their own, where the kernel and our rights allow: network namespaces of Linux, one for each thing at the end of a wire, with a
// hardware address that the test chooses. All of it is inside one namespace made for the test, so nothing of the machine's own network
// is touched, and it goes with the processes in it.

import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { run, Running, temporaryDirectory } from './processes.mjs';
import { until } from './waiting.mjs';

/** Set in the process that runs inside. */
const INSIDE = 'CANDOUR_TEST_WIRES';

/** Why no wires can be laid on this machine; null where they can. */
export function whyNoWires() {
  if (process.platform !== 'linux') return 'network namespaces are of Linux';
  const tried = spawnSync('unshare', ['-n', 'sh', '-c', 'ip link set lo up && ip link add w0 type veth peer name w9 && command -v nsenter'], { encoding: 'utf8' });
  if (tried.error) return `unshare cannot be run: ${tried.error.message}`;
  return tried.status === 0 ? null : `no network namespaces and wires for this account: ${tried.stderr.trim() || 'nsenter is not there'}`;
}

export const isInside = process.env[INSIDE] === '1';

/** Runs a test file in a network of its own; gives how it ended and what it said. */
export function runInside(file) {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const ended = spawnSync('unshare', ['-n', process.execPath, file], { encoding: 'utf8', env: { ...environment, [INSIDE]: '1' }, maxBuffer: 64 * 1024 * 1024 });
  return { status: ended.status, said: `${ended.stdout}\n${ended.stderr}` };
}

async function ip(...words) {
  const { code, err } = await run('ip', words);
  if (code !== 0) throw new Error(`ip ${words.join(' ')}: ${err}`);
}

/** A wire from here to a place of its own. */
export class Wire {
  /** `number` makes the addresses: ours is 10.77.NUMBER.1, theirs 10.77.NUMBER.2. */
  static async lay(number, mac) {
    const wire = new Wire();
    Object.assign(wire, { near: `wire${number}`, address: `10.77.${number}.2`, directory: temporaryDirectory(`wire-${number}`) });
    // Whoever holds the place open.
    wire.holder = new Running('unshare', ['-n', 'sleep', 'infinity'], join(wire.directory.path, 'holder.out'));
    const place = (pid) => readlinkSync(`/proc/${pid}/ns/net`);
    await until('a network of its own', () => place(wire.holder.pid) !== place('self'), { alive: () => wire.holder.mustBeAlive() });
    await ip('link', 'add', wire.near, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(wire.holder.pid));
    await ip('addr', 'add', `10.77.${number}.1/24`, 'dev', wire.near);
    await ip('link', 'set', wire.near, 'up');
    await wire.inside('ip', 'link', 'set', 'lo', 'up');
    await wire.wears(mac);
    await wire.inside('ip', 'addr', 'add', `${wire.address}/24`, 'dev', 'eth0');
    await wire.inside('ip', 'link', 'set', 'eth0', 'up');
    return wire;
  }

  /** How a program is started at the other end. */
  wrap = (path, words) => ['nsenter', ['-t', String(this.holder.pid), '-n', path, ...words]];

  async inside(...words) {
    const [path, all] = this.wrap(words[0], words.slice(1));
    const { code, err } = await run(path, all);
    if (code !== 0) throw new Error(`${words.join(' ')}: ${err}`);
  }

  /** The thing at the other end has another hardware address from now on, and everybody here has forgotten the one before. */
  async wears(mac) {
    await this.inside('ip', 'link', 'set', 'eth0', 'address', mac);
    await ip('neigh', 'flush', 'dev', this.near);
  }

  /** Packets that went into the wire from here, of whatever kind. */
  packetsSent() {
    // Of this network: /sys shows that of whoever mounted it.
    const line = readFileSync('/proc/self/net/dev', 'utf8').split('\n').find((one) => one.trim().startsWith(`${this.near}:`));
    return Number(line.split(':')[1].trim().split(/\s+/)[9]);
  }

  async take() {
    await this.holder.end('SIGKILL');
    this.directory.remove();
  }
}

/** The network around the test: loopback, and no IPv6, whose neighbours talk by themselves. */
export async function standAlone() {
  await ip('link', 'set', 'lo', 'up');
  for (const of of ['all', 'default']) await run('sh', ['-c', `echo 1 > /proc/sys/net/ipv6/conf/${of}/disable_ipv6 || true`]);
}
