import { describe, expect, test } from "vitest";
import type { LogEntry } from "../../../shared/api/types";
import { type Bytes, fromHex, joined, toBase64, toHex, utf8 } from "./bytes";
import { check, type Remembered } from "./check";
import { parseLeaf } from "./leaf";
import { openCheckpoint, parseKey } from "./note";
import { leafHash, nodeHash, type Nodes, rootOf } from "./tree";

/** The worked example of docs/design/ledger.md: written by the recorder, not by this test. */
const origin = "candour.example/recorder/00112233445566778899aabbccddeeff";
const key = `${origin}+d31bbfb1+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs`;
const note = `${origin}\n2\nVrkovB2mG7Zy6io2WC8XqnCWNmTZv7P3U8/V0Jn6MA8=\n\n\u2014 ${origin} 0xu/sR7s8UmIl37Clvz5TZU3mUZmfMjgORoAmSLLvfnyjsZGxpbDi1wHKmbVESHxVKlQ7utunALfO2pc0EIPUXzMAQ4=\n`;
const leafHex = "01000092f7745365c0096c6f6f6b5f6c697665bf117e70eac5009868967efd079f904def8b60d06cea4438827e40994c437e34234eace425d7f22df6e91fd0feb3276f4e9f702fdf91750e7baded99da3e12e0adaea28f4257642b8637e5a3dae0618403ec0cd2b4736859caecb5d0df7fed8e669c202e48e91eb0d12f467eb59f8fcb1dfadab7b1f791efa4ba94c2b7956cc0";

describe("the recorder's own example", () => {
  test("key and signature", async () => {
    const parsed = await parseKey(key);
    if (typeof parsed === "string") throw new Error(parsed);
    const checkpoint = await openCheckpoint(note, parsed);
    if (typeof checkpoint === "string") throw new Error(checkpoint);
    expect([checkpoint.size, toBase64(checkpoint.root)]).toEqual([2, "VrkovB2mG7Zy6io2WC8XqnCWNmTZv7P3U8/V0Jn6MA8="]);
    for (const [from, to] of [["\n2\n", "\n3\n"], ["VrkovB", "VrkovC"], ["0xu/sR7s", "0xu/sR7t"], [`\u2014 ${origin}`, "\u2014 other"]] as const) {
      expect(typeof (await openCheckpoint(note.replace(from, to), parsed))).toBe("string");
    }
  });

  test("a key that was changed says so", async () => {
    expect(await parseKey(key.replace("AepK", "AepL"))).toBe("The key was changed: its id does not fit it.");
    for (const wrong of ["", "a+b", key.replace("+Aep", "+Bep")]) expect(typeof (await parseKey(wrong))).toBe("string");
  });

  test("leaf and leaf hash", async () => {
    const bytes = fromHex(leafHex) ?? new Uint8Array();
    expect(parseLeaf(bytes)).toMatchObject({ at90k: 161_591_506_200_000n, kind: "look_live" });
    expect(toHex(await leafHash(bytes))).toBe("23b6939f39d4728a86516ba087915bdd9e804d138c5952a92b6165dd4cdb6763");
    expect(parseLeaf(bytes.slice(1))).toBeNull();
  });
});

/** A log of our own with a fresh key, served from memory. */
async function logOf(many: number, change: (leaf: string, at: number) => string = (leaf) => leaf) {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  if (!("privateKey" in pair)) throw new Error("no key pair");
  const raw = joined(Uint8Array.of(1), new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
  const id = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", joined(utf8("log\n"), raw))).slice(0, 4));
  const leaves = Array.from({ length: many }, (_, at) => fromHex(change(leafHex, at).replace("000092f7745365c0", at.toString(16).padStart(16, "0"))) ?? new Uint8Array());
  const nodes: Nodes = async (level, index) => (level === 0 ? leafHash(leaves[index] ?? new Uint8Array()) : nodeHash(await nodes(level - 1, 2 * index), await nodes(level - 1, 2 * index + 1)));
  const sign = async (size: number): Promise<string> => {
    const text = `log\n${size}\n${toBase64(await rootOf(nodes, size))}\n`;
    const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, utf8(text)));
    return `${text}\n\u2014 log ${toBase64(joined(fromHex(id) ?? new Uint8Array(), signature))}\n`;
  };
  const fetchBytes = (size: number) => async (address: string): Promise<Bytes> => {
    if (address === "checkpoint") return utf8(await sign(size));
    const found = /^tile\/(entries|\d)\/(\d{3})(?:\.p\/(\d+))?$/.exec(address);
    if (found === null) throw new Error(`nothing lies at ${address}`);
    const [, kind = "", tile = "", width = "256"] = found;
    const [first, count] = [Number(tile) * 256, Number(width)];
    if (kind === "entries") return joined(...leaves.slice(first, first + count).flatMap((leaf) => [Uint8Array.of(leaf.length >> 8, leaf.length & 255), leaf]));
    const level = Number(kind) * 8;
    return joined(...(await Promise.all(Array.from({ length: count }, (_, at) => nodes(level, first + at)))));
  };
  return { key: `log+${id}+${toBase64(raw)}`, fetchBytes, root: async (size: number) => toBase64(await rootOf(nodes, size)), hash: async (at: number) => toHex(await nodes(0, at)) };
}

const entryAt = (index: number, leaf: string, over: Partial<LogEntry> = {}): LogEntry => ({
  index, at_90k: index, kind: "look_live", who: "", words: "", cameras: [], from_90k: null, to_90k: null, reason: null, groups: {}, salts: {}, leaf, ...over,
});

describe("a log of 300 entries", () => {
  test("the first time, and again when it grew", async () => {
    const log = await logOf(300);
    const first = await check({ fetchBytes: log.fetchBytes(270), shownKey: log.key, remembered: null, entry: entryAt(260, await log.hash(260)) });
    expect(first.lines.map((line) => line.good)).toEqual([true, true, true]);
    expect(first.remember).toEqual({ key: log.key, size: 270, root: await log.root(270) });
    const again = await check({ fetchBytes: log.fetchBytes(300), shownKey: log.key, remembered: first.remember, entry: entryAt(0, await log.hash(0)) });
    expect(again.lines.map((line) => line.good)).toEqual([true, true, true]);
  });

  const shouts: [string, (log: Awaited<ReturnType<typeof logOf>>) => Promise<Remembered>, RegExp][] = [
    ["another key", async (log) => ({ key: "log+00000000+AQ==", size: 5, root: await log.root(5) }), /key has changed/],
    ["a smaller log", async (log) => ({ key: log.key, size: 400, root: await log.root(5) }), /rolled back/],
    ["another past", async (log) => ({ key: log.key, size: 7, root: await log.root(6) }), /forked/],
  ];
  test.each(shouts)("%s is shouted, and nothing is remembered", async (_, remembers, words) => {
    const log = await logOf(300);
    const found = await check({ fetchBytes: log.fetchBytes(300), shownKey: log.key, remembered: await remembers(log), entry: null });
    expect(found.remember).toBeNull();
    expect(found.lines.filter((line) => !line.good).map((line) => line.words).join()).toMatch(words);
  });

  test("an entry that is not as shown is refused", async () => {
    const log = await logOf(10);
    const of = async (entry: LogEntry) => {
      const { lines } = await check({ fetchBytes: log.fetchBytes(10), shownKey: log.key, remembered: null, entry });
      return lines.at(-1);
    };
    expect((await of(entryAt(3, await log.hash(4))))?.good).toBe(false);
    expect((await of(entryAt(3, await log.hash(3), { kind: "signed_in" })))?.words).toMatch(/kind shown/);
    expect((await of(entryAt(3, await log.hash(3), { at_90k: 4 })))?.words).toMatch(/time shown/);
    expect((await of(entryAt(3, await log.hash(3), { groups: { who: "{}" }, salts: { who: toBase64(new Uint8Array(32)) } })))?.words).toMatch(/“who”/);
    expect((await of(entryAt(10, await log.hash(3))))?.words).toMatch(/not signed/);
    // Group and salt of the worked example, which the leaf commits to.
    const why = (reason: string) => ({ groups: { why: `{"reason":"${reason}"}` }, salts: { why: toBase64(new Uint8Array(32).fill(2)) } });
    expect(await of(entryAt(3, await log.hash(3), why("case 41")))).toEqual({ good: true, words: "Entry 3 is in it, as shown here." });
    expect((await of(entryAt(3, await log.hash(3), why("case 42"))))?.words).toBe("Entry 3: What is shown as “why” is not what was written down.");
  });
});
