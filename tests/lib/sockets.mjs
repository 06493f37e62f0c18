// The network sockets of a process, from /proc: whom it speaks to.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Every TCP and UDP socket of a process: `{ protocol, local, remote, listens }`, ends as `{ address, port }`. */
export function socketsOf(pid) {
  const own = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => inodeOf(`/proc/${pid}/fd/${fd}`)).filter(Boolean));
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((protocol) => {
    const lines = readFileSync(`/proc/${pid}/net/${protocol}`, 'utf8').trim().split('\n').slice(1);
    const rows = lines.map((line) => line.trim().split(/\s+/)).filter((fields) => own.has(fields[9]));
    return rows.map(([, local, remote, state]) => ({ protocol, local: end(local), remote: end(remote), listens: state === '0A' }));
  });
}

/** Looks at a process's sockets again and again until `stop()`, which gives every socket that was ever seen. */
export function watchSockets(pid, { every = 50 } = {}) {
  const seen = new Map();
  const look = () => {
    for (const socket of socketsOf(pid)) seen.set(JSON.stringify(socket), socket);
  };
  const timer = setInterval(look, every);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      look();
      return [...seen.values()];
    },
  };
}

function inodeOf(link) {
  try {
    return readlinkSync(link).match(/^socket:\[(\d+)\]$/)?.[1];
  } catch {
    return undefined; // closed since the directory was listed
  }
}

/** `0B00007F:4A38`: words of the address in the machine's own (little-endian) order. */
function end(text) {
  const [hex, port] = text.split(':');
  const bytes = hex.match(/.{8}/g).flatMap((word) => word.match(/../g).reverse());
  const mapped = bytes.length === 16 && bytes.slice(0, 12).join('') === '00000000000000000000ffff'.toUpperCase();
  const address = bytes.length === 4 || mapped ? bytes.slice(-4).map((byte) => parseInt(byte, 16)).join('.') : bytes.join('');
  return { address, port: parseInt(port, 16) };
}
