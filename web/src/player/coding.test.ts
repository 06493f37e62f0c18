import { expect, test } from "vitest";

import { cannotShow, codingName, CONVERTED_MIME, wayOf } from "./coding";

test("codings are told by the names people know", () => {
  expect(codingName("avc1.640028")).toBe("H.264");
  expect(codingName("hvc1.1.6.L120.90")).toBe("H.265");
  expect(codingName("mp4v.6C")).toBe("Motion JPEG");
  expect(codingName("vp09.00")).toBe("vp09.00");
});

test("what cannot be shown is said with a way out", () => {
  expect(cannotShow("hvc1.1.6.L120.90")).toContain("cannot show H.265");
  expect(cannotShow("hvc1.1.6.L120.90")).toContain("set the stream to H.264");
  expect(cannotShow("avc1.f4001e")).toContain("avc1.f4001e");
});

test("only what the recorder converts is asked for converted", () => {
  const mime = (codec: string) => `video/mp4; codecs="${codec}"`;
  const [high, h265] = [mime("avc1.640028"), mime("hvc1.1.6.L120.90")];
  const only = (...played: string[]) => (asked: string) => played.includes(asked);
  expect(wayOf(h265, only(h265, CONVERTED_MIME))).toBe(h265);
  expect(wayOf(h265, only(CONVERTED_MIME))).toBe(CONVERTED_MIME);
  expect(wayOf(mime("mp4v.6C"), only(CONVERTED_MIME))).toBe(CONVERTED_MIME);
  expect(wayOf(h265, only())).toBeNull();
  expect(wayOf(high, only(high))).toBe(high);
  expect(wayOf(high, only(CONVERTED_MIME))).toBeNull();
});
