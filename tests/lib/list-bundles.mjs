// Bundles of vetting lists as their keepers make them, with the program's own tools.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { program, temporaryDirectory, top } from './processes.mjs';

const run = (...words) => execFileSync(program('candour'), words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Two keepers with a key each, and the bundles they make. */
export class Keepers {
  constructor() {
    this.directory = temporaryDirectory('keepers');
    const key = (name) => {
      const file = join(this.directory.path, `${name}.key`);
      return { name, file, public: run('lists', 'key', file).match(/public key: (\S+)/)[1] };
    };
    this.keys = [key('Keeper one'), key('Keeper two')];
    this.anchors = join(this.directory.path, 'anchors.json');
    writeFileSync(this.anchors, JSON.stringify({ threshold: 2, keys: this.keys.map(({ name, public: key }) => ({ name, key })) }));
  }

  /** Two people of a stopped site trust these keepers. */
  trust(data, by, and) {
    return run('lists', 'anchors', this.anchors, '--data', data, '--by', by, '--and', and);
  }

  /**
   * A bundle whose brand list has these rows more; `signatures` says how many keepers signed it. Gives the file's text.
   */
  bundle(version, { brands = [], signatures = 2, urgent = false } = {}) {
    const lists = join(this.directory.path, `lists-${version}`);
    mkdirSync(lists, { recursive: true });
    const shipped = (name) => readFileSync(join(top, 'crates/vetting/lists', name), 'utf8');
    writeFileSync(join(lists, 'brands.csv'), shipped('brands.csv') + brands.map((row) => `${row}\n`).join(''));
    // A changed list counts up.
    writeFileSync(join(lists, 'manifest.csv'), shipped('manifest.csv').replace(/^brands,\d+,[\d-]+/m, `brands,${version + 10},2026-11-26`));
    const file = join(this.directory.path, `bundle-${version}-${signatures}.json`);
    run('lists', 'compose', file, '--version', String(version), '--lists', lists, '--source', 'a test', ...(urgent ? ['--urgent'] : []));
    for (const key of this.keys.slice(0, signatures)) run('lists', 'sign', file, '--key', key.file);
    return readFileSync(file, 'utf8');
  }

  remove() { this.directory.remove(); }
}
