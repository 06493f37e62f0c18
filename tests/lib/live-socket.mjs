// The live socket as a page uses it, over a WebSocket client of its own (RFC 6455; Node 20 has none).

import { createHash, randomBytes } from 'node:crypto';
import https from 'node:https';
import { Answer } from './client.mjs';
import { until, within } from './waiting.mjs';

/** Bytes before the access unit in a binary message. */
const HEADER_BYTES = 40;

/** Opens the socket; throws an Answer as `refusal` when the recorder does not want to. */
export async function openLive(client, headers = {}) {
  const key = randomBytes(16).toString('base64');
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': key };
  const asked = new Promise((settle, reject) => {
    const request = https.request({ ...client.connection(), path: '/api/v1/live', headers: client.headers({ ...upgrade, ...headers }) });
    request.on('error', reject);
    request.on('response', (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => {
        const refusal = new Answer(answer.statusCode, answer.headers, Buffer.concat(chunks), true);
        reject(Object.assign(new Error(`the live socket was refused: ${refusal.status} ${refusal.text}`), { refusal }));
      });
    });
    request.on('upgrade', (answer, socket, head) => {
      const proof = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      if (answer.headers['sec-websocket-accept'] !== proof) reject(new Error('the answer to the WebSocket key is wrong'));
      else settle(new LiveSocket(socket, head));
    });
    request.end();
  });
  return within('opening the live socket', 20, asked);
}

/** How the recorder refuses a live socket: status and problem. */
export async function refusalOfLive(client) {
  try {
    (await openLive(client)).close();
  } catch (error) {
    if (error.refusal) return error.refusal;
    throw error;
  }
  throw new Error(`${client.label} got a live socket`);
}

export class LiveSocket {
  /** What the server said, in order: JSON messages. */
  said = [];
  /** Access units: `{ sub, seq, key, cached, bytes, received_us }`. */
  units = [];
  /** Close code and reason once it is closed. */
  closed = null;
  /** Called with each message as it arrives, before anything else happens. */
  onMessage = () => {};

  #socket;
  #rest = Buffer.alloc(0);
  #parts = [];

  constructor(socket, head) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('close', () => { this.closed ??= { code: 1006, reason: 'the connection ended' }; });
    socket.on('error', () => { this.closed ??= { code: 1006, reason: 'the connection broke' }; });
    if (head.length > 0) this.#take(head);
  }

  say(message) { this.#write(0x1, Buffer.from(JSON.stringify(message))); }

  subscribe(sub, camera, stream = 'main', accept = ['avc1']) { this.say({ type: 'subscribe', sub, camera, stream, accept }); }

  /** The first message of that type for that subscription, waited for. */
  wait(type, sub, seconds = 20) {
    const found = () => this.said.find((message) => message.type === type && (sub === undefined || message.sub === sub));
    return until(`"${type}" on the live socket (${JSON.stringify(this.said.filter((m) => m.type !== 'beat'))})`, found, { seconds, every: 25 });
  }

  /** Waits for that many access units of a subscription. */
  waitForUnits(sub, number, seconds = 20) {
    const count = () => this.units.filter((unit) => unit.sub === sub).length >= number;
    return until(`${number} access units on the live socket`, count, { seconds, every: 25 });
  }

  close() {
    if (this.closed === null) this.#write(0x8, Buffer.from([0x03, 0xe8]));
    this.#socket.end();
    this.#socket.destroySoon?.();
  }

  #write(opcode, body) {
    const mask = randomBytes(4);
    const length = body.length < 126 ? Buffer.from([0x80 | body.length]) : Buffer.from([0x80 | 126, body.length >> 8, body.length & 0xff]);
    this.#socket.write(Buffer.concat([Buffer.from([0x80 | opcode]), length, mask, body.map((byte, at) => byte ^ mask[at % 4])]));
  }

  #take(chunk) {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const frame = readFrame(this.#rest);
      if (frame === null) return;
      this.#rest = this.#rest.subarray(frame.length);
      this.#hear(frame);
    }
  }

  #hear({ final, opcode, body }) {
    if (opcode === 0x8) {
      this.closed ??= { code: body.length >= 2 ? body.readUInt16BE(0) : 1005, reason: body.toString('utf8', 2) };
      return;
    }
    if (opcode === 0x9) return this.#write(0xa, body);
    if (opcode === 0xa) return;
    if (opcode !== 0x0) this.#parts = [opcode];
    this.#parts.push(body);
    if (!final) return;
    const [kind, ...bodies] = this.#parts;
    const whole = Buffer.concat(bodies);
    const message = kind === 0x1 ? JSON.parse(whole.toString('utf8')) : accessUnit(whole);
    this.onMessage(message);
    if (kind === 0x1) this.said.push(message);
    else this.units.push(message);
  }
}

/** One whole frame at the beginning of some bytes, or null. */
function readFrame(bytes) {
  if (bytes.length < 2) return null;
  let length = bytes[1] & 0x7f;
  let at = 2;
  if (length === 126) {
    if (bytes.length < 4) return null;
    length = bytes.readUInt16BE(2);
    at = 4;
  } else if (length === 127) {
    if (bytes.length < 10) return null;
    length = Number(bytes.readBigUInt64BE(2));
    at = 10;
  }
  if (bytes.length < at + length) return null;
  return { final: (bytes[0] & 0x80) !== 0, opcode: bytes[0] & 0x0f, body: bytes.subarray(at, at + length), length: at + length };
}

function accessUnit(bytes) {
  if (bytes[0] !== 2) throw new Error(`an unknown kind of binary message: ${bytes[0]}`);
  return {
    type: 'unit', sub: bytes.readUInt16BE(2), seq: bytes.readUInt32BE(4), key: (bytes[1] & 1) !== 0, cached: (bytes[1] & 2) !== 0,
    received_us: Number(bytes.readBigUInt64BE(24)), bytes: bytes.length - HEADER_BYTES,
  };
}
