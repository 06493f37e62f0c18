// A small file system (two megabytes unless asked) that a test can fill, so that a disk is really full. Root mounts it; without root the
// recorder is started in a mount namespace of its own and the file system is reached through its process.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { owe } from './processes.mjs';

const mountOf = (size) => ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'candour-test'];

export function smallDisk(path, { size = '2m' } = {}) {
  mkdirSync(path);
  const mount = mountOf(size);
  if (spawnSync('mount', [...mount, path], { stdio: 'ignore' }).status === 0) {
    return new SmallDisk(path, mount, () => path, owe(() => execFileSync('umount', [path], { stdio: 'pipe' })));
  }
  if (spawnSync('unshare', ['-rm', 'true'], { stdio: 'ignore' }).status === 0) {
    return new SmallDisk(path, mount, (pid) => `/proc/${pid}/root${path}`, () => {});
  }
  throw new Error('this test fills a small file system: run it as root, or allow user namespaces (unshare -rm)');
}

class SmallDisk {
  #where;

  constructor(path, mount, where, giveBack) {
    Object.assign(this, { path, mount, giveBack });
    this.#where = where;
    this.isOurs = where() === path;
  }

  /** How the recorder is started so that it sees the file system. */
  wrap(program, words) {
    if (this.isOurs) return [program, words];
    return ['unshare', ['-rm', 'sh', '-c', `mount ${this.mount.join(' ')} "$0" && exec "$@"`, this.path, program, ...words]];
  }

  /** Where the test finds its files, once the recorder runs. */
  inside(recorder, ...names) { return join(this.#where(recorder.pid), ...names); }

  /** Takes every free byte; gives what frees them. */
  fill(recorder) {
    const filler = this.inside(recorder, 'filler');
    const { bavail, bsize } = statfsSync(this.inside(recorder));
    try {
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    } catch (error) {
      // Somebody else wrote meanwhile: it is as full as it was to be.
      if (error.code !== 'ENOSPC') throw error;
    }
    return { free: () => rmSync(filler) };
  }
}
