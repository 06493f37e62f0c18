// What a password must be, as the recorder judges it, and one that nobody guesses.

export const SHORTEST_PASSWORD = 12;
const LONGEST = 200;
/** Without letters and digits that look alike on paper. */
const letters = "abcdefghjkmnpqrstuvwxyz23456789";

export const passwordRule = "12 characters or more. Three or four words that do not belong together are easy to remember. It must not hold the sign-in name.";

/** What is wrong with it; `null` when it will do. */
export function passwordFault(password: string, signInName: string): string | null {
  // Code points, as the recorder counts them.
  const characters = Array.from(password);
  if (characters.length === 0) return "Type a password, or let one be made.";
  if (characters.length < SHORTEST_PASSWORD) return `The password has ${characters.length} characters; at least ${SHORTEST_PASSWORD} are needed.`;
  if (characters.length > LONGEST) return `The password has ${characters.length} characters; at most ${LONGEST} are possible.`;
  if (characters.every((character) => character === characters[0])) return "The password is one character again and again.";
  if (signInName !== "" && password.toLowerCase().includes(signInName.toLowerCase())) return "The password contains the sign-in name.";
  return null;
}

const randomBytes = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));

/** Five groups of four, 99 bits: `k7mq-…`. Bytes that would favour some letters are thrown away. */
export function makePassword(random: (count: number) => Uint8Array = randomBytes): string {
  const chosen: string[] = [];
  const fair = 256 - (256 % letters.length);
  while (chosen.length < 20) {
    for (const byte of random(32)) if (byte < fair && chosen.length < 20) chosen.push(letters.charAt(byte % letters.length));
  }
  return [0, 4, 8, 12, 16].map((start) => chosen.slice(start, start + 4).join("")).join("-");
}
