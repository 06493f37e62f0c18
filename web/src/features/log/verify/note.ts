// Signed checkpoints: C2SP signed-note and tlog-checkpoint, Ed25519.

import { type Bytes, fromBase64, same, sha256, toHex, utf8 } from "./bytes";

const ED25519 = 1;

export interface VerifierKey {
  name: string;
  /** First four bytes of SHA-256 over name, line end, type and key. */
  id: Bytes;
  key: Bytes;
}

export interface Checkpoint {
  origin: string;
  /** Entries. */
  size: number;
  /** Root of the tree over them. */
  root: Bytes;
}

/** Reads `name+id+base64(01 ‖ key)`; a sentence when it is none, or was changed. */
export async function parseKey(text: string): Promise<VerifierKey | string> {
  const found = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim());
  const [, name = "", id = "", encoded = ""] = found ?? [];
  const bytes = fromBase64(encoded);
  if (bytes === null || bytes.length !== 33 || bytes[0] !== ED25519) return "The key is no Ed25519 verifier key.";
  const computed = (await sha256(utf8(`${name}\n`), bytes)).slice(0, 4);
  if (toHex(computed) !== id) return "The key was changed: its id does not fit it.";
  return { name, id: computed, key: bytes.slice(1) };
}

/** Reads a signed note and checks the log's own signature under it; a sentence when it does not verify. Other signatures are not looked at. */
export async function openCheckpoint(note: string, key: VerifierKey): Promise<Checkpoint | string> {
  const end = note.indexOf("\n\n");
  if (end < 0) return "The checkpoint is no signed note.";
  const text = note.slice(0, end + 1);
  const signature = signatureBy(key, note.slice(end + 2));
  if (signature === null) return `The checkpoint is not signed by ${key.name}.`;
  const publicKey = await crypto.subtle.importKey("raw", key.key, "Ed25519", false, ["verify"]);
  const good = await crypto.subtle.verify("Ed25519", publicKey, signature, utf8(text));
  return good ? parseCheckpoint(text, key.name) : "The signature under the checkpoint is false.";
}

function signatureBy(key: VerifierKey, lines: string): Bytes | null {
  for (const line of lines.split("\n")) {
    const [dash, name, encoded = ""] = line.split(" ");
    const bytes = dash === "\u2014" && name === key.name ? fromBase64(encoded) : null;
    if (bytes?.length === 68 && same(bytes.slice(0, 4), key.id)) return bytes.slice(4);
  }
  return null;
}

function parseCheckpoint(text: string, origin: string): Checkpoint | string {
  const [found, digits = "", encoded = "", ...more] = text.split("\n");
  const root = fromBase64(encoded);
  if (found !== origin) return `The checkpoint is of another log: ${found ?? ""}.`;
  if (!/^(0|[1-9]\d{0,14})$/.test(digits) || root?.length !== 32 || more.length !== 1) return "The checkpoint is not written as one.";
  return { origin, size: Number(digits), root };
}
