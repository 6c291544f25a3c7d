// SPDX-License-Identifier: MIT
//
// The directory of a run of the benchmark, and the end of everything that the run starts.

import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { descendants } from './process.mjs';

function killDescendants() {
  for (const pid of descendants(process.pid)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

// Has the interface of a case's world (tests/lib/case.mjs). close() stops what was started and removes the directory. When the process
// ends, also by a signal or an uncaught error, what still runs is killed, and the directory is removed.
export class Workshop {
  #ends = [];

  static async open() {
    return new Workshop(await mkdtemp(join(tmpdir(), 'pool-manager-bench-')));
  }

  // The handler has to come before that of tests/lib/worker.mjs, which kills the master of nginx, and so leaves nginx's workers behind
  // without a parent.
  constructor(directory) {
    this.directory = directory;
    process.prependListener('exit', () => {
      killDescendants();
      this.#removeDirectory();
    });
  }

  path(name) {
    return join(this.directory, name);
  }

  // Calls `end(false)` on close, in reverse order of the calls.
  atEnd(end) {
    this.#ends.push(end);
  }

  onFailure() {}

  // Stops everything, also after one has failed to stop. Then rejects with the first failure.
  async close() {
    const results = [];
    for (const end of this.#ends.splice(0).reverse()) {
      results.push(...(await Promise.allSettled([(async () => end(false))()])));
    }
    this.#removeDirectory();
    const failed = results.find(({ status }) => status === 'rejected');
    if (failed) throw failed.reason;
  }

  #removeDirectory() {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
