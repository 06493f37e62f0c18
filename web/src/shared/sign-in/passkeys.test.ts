import { expect, test } from "vitest";
import { inWords, passkeysMissing } from "./passkeys";

test.each([
  [new DOMException("x", "InvalidStateError"), "already"],
  [new DOMException("WebAuthn is not supported on sites with TLS certificate errors.", "NotAllowedError"), "does not trust the certificate"],
  [new DOMException("The operation either timed out or was not allowed.", "NotAllowedError"), "cancelled, or took too long"],
  [new DOMException("x", "SecurityError"), "under this host name"],
  [new TypeError("no such thing"), "no such thing"],
])("%s is said in words", (error, words) => {
  expect(inWords(error)).toContain(words);
});

test("a browser without passkeys says so, whatever the recorder could", () => {
  expect(passkeysMissing({ authenticator: false, passkeys: [], passkeys_here: 0, passkeys_missing: null })).toContain("This browser");
});
