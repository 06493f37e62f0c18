import { expect, test } from "vitest";
import { makePassword, passwordFault } from "./passwords";

test.each([
  ["correct horse", "ada", null],
  ["", "ada", "Type a password, or let one be made."],
  ["short", "ada", "The password has 5 characters; at least 12 are needed."],
  ["aaaaaaaaaaaaaaaa", "ada", "The password is one character again and again."],
  ["I am Ada Lovelace", "ada", "The password contains the sign-in name."],
  ["I am Ada Lovelace", "", null],
  ["🐎🐎🐎🐎🐎🐎", "ada", "The password has 6 characters; at least 12 are needed."],
])("%j for %j", (password, name, expected) => {
  expect(passwordFault(password, name)).toBe(expected);
});

test("a made password will do, and no letter is favoured", () => {
  expect(passwordFault(makePassword(), "ada")).toBeNull();
  // 248 and above would make the first letters likelier, so they are passed over.
  const bytes = [255, 248, 0, 30, 31];
  expect(makePassword((count) => Uint8Array.from({ length: count }, (_, at) => bytes[at % bytes.length] ?? 0))).toMatch(/^a9aa-9aa9-/);
});
