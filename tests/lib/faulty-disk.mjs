// A disk that fails on demand, under a recorder that knows nothing of it (tests/faults/disk; docs/design/durability.md).
// The disk is the directory of that name inside `directory`: a recorder's data directory, for example.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { program, run, top } from './processes.mjs';

export class FaultyDisk {
  constructor(directory, name) {
    Object.assign(this, { directory, name, library: join(directory, 'layer.so') });
    execFileSync(join(top, 'tests/faults/disk/build'), [this.library], { stdio: ['ignore', 'ignore', 'inherit'] });
  }

  #beside(ending) { return join(this.directory, `${this.name}.${ending}`); }

  /** How a recorder is started so that its calls pass through the layer; with `journal`, each is written down. */
  wrap(path, words, { journal = false } = {}) {
    if (journal) writeFileSync(this.#beside('journal'), '');
    return ['env', [`LD_PRELOAD=${this.library}`, `CANDOUR_FAULTY_ROOT=${this.directory}`, path, ...words]];
  }

  /** Replaces the rules; their counts begin anew. `tests/faults/disk/rules.c` has their words. */
  rules(...lines) {
    rmSync(this.#beside('hits'), { force: true });
    writeFileSync(this.#beside('rules.new'), lines.map((line) => `${line}\n`).join(''));
    renameSync(this.#beside('rules.new'), this.#beside('rules'));
  }

  heal() { this.rules(); }

  /** The calls that rules acted on since they were set. */
  get hits() {
    const file = this.#beside('hits');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  }

  /** Writes into `target`, an empty directory, what a power cut now could leave; the seed picks one of many. */
  async powerCut(seed, target) {
    const { code, out, err } = await run(program('image'), [this.#beside('journal'), 'end', String(seed), target]);
    if (code !== 0) throw new Error(`no image: ${err}`);
    return out.trim();
  }
}
