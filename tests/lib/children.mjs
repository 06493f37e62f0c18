// Processes that a program of ours has started, as the kernel tells of them.

import { readFileSync, readdirSync } from 'node:fs';

/** The numbers of the processes named `name` whose parent is `parent`; the kernel keeps fifteen letters of a name. */
export function children(parent, name) {
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).filter((pid) => {
    try {
      const [, comm, of] = readFileSync(`/proc/${pid}/stat`, 'utf8').match(/^\d+ \((.*)\) . (\d+)/) ?? [];
      return comm === name.slice(0, 15) && Number(of) === parent;
    } catch {
      return false; // it ended meanwhile
    }
  }).map(Number);
}
