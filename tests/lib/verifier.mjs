// The stranger's program, called as a stranger calls it.

import { program, run } from './processes.mjs';

/** What candour-verify says: exit code and all of its words. */
export async function verify(...words) {
  const { code, out, err } = await run(program('candour-verify'), words, { seconds: 120 });
  return { code, words: (out + err).trim() };
}
