// The live socket's binary messages: a header of 40 bytes, big endian, then one access unit.

import { micros, type Micros } from "../shared/time/units";

export const HEADER_BYTES = 40;
const KIND_ACCESS_UNIT = 2;

export const FLAG = { key: 1, cached: 2, lastCached: 4, break: 8, loss: 16 } as const;

export interface AccessUnit {
  sub: number;
  seq: number;
  key: boolean;
  /** From before the subscription: decoded, but never shown unless it is the newest of them. */
  cached: boolean;
  lastCached: boolean;
  /** Times start anew with this one. */
  breaks: boolean;
  loss: boolean;
  /** When it is to be decoded and shown, on the run's own clock. */
  dts: Micros;
  pts: Micros;
  /** 0 when it is not known. */
  duration: Micros;
  /** The recorder's clock when it read the picture. */
  received: Micros;
  sent: Micros;
  /** NAL units with 4-byte lengths. */
  data: Uint8Array;
}

/** Reads one message; `null` for anything that is not an access unit of ours. */
export function parseAccessUnit(message: ArrayBuffer): AccessUnit | null {
  if (message.byteLength <= HEADER_BYTES) return null;
  const view = new DataView(message);
  if (view.getUint8(0) !== KIND_ACCESS_UNIT) return null;
  const flags = view.getUint8(1);
  const dts = Number(view.getBigUint64(8));
  return {
    sub: view.getUint16(2),
    seq: view.getUint32(4),
    key: (flags & FLAG.key) !== 0,
    cached: (flags & FLAG.cached) !== 0,
    lastCached: (flags & FLAG.lastCached) !== 0,
    breaks: (flags & FLAG.break) !== 0,
    loss: (flags & FLAG.loss) !== 0,
    dts: micros(dts),
    pts: micros(dts + view.getInt32(16)),
    duration: micros(view.getUint32(20)),
    received: micros(Number(view.getBigUint64(24))),
    sent: micros(Number(view.getBigUint64(32))),
    data: new Uint8Array(message, HEADER_BYTES),
  };
}
