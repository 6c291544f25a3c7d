// SPDX-License-Identifier: MIT
//
// A test case: a directory of its own, a limit of time, and everything that it started stopped at its end, whether it
// passed or not. The directory of a failing case is kept and its path told; that of a passing one is removed.

import assert from 'node:assert/strict';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

// The longest that a test waits for any one thing to happen, in milliseconds.
export const PATIENCE_MS = 10_000;

// True under `make check-long`.
const LONG = process.env.POOL_MANAGER_TEST_LONG === '1';

// How often something is done: `short` times in `make check`, `long` times in `make check-long`.
export function times(short, long) {
  return LONG ? long : short;
}

// What a case owns. `directory` is empty at its start.
class World {
  #ends = [];
  #reports = [];

  constructor(directory) {
    this.directory = directory;
  }

  path(name) {
    return join(this.directory, name);
  }

  // Calls `end` when the case is over, the last one given first. `end` gets true where all has gone well so far: only
  // then may it fail the case by throwing.
  atEnd(end) {
    this.#ends.push(end);
  }

  // `report` gives lines of text that help to understand a failure.
  onFailure(report) {
    this.#reports.push(report);
  }

  failureLines() {
    return this.#reports.flatMap((report) => report());
  }

  async close(passed) {
    let failure = null;
    for (const end of this.#ends.reverse()) {
      try {
        await end(passed && failure === null);
      } catch (error) {
        failure ??= error;
      }
    }
    if (passed && failure !== null) throw failure;
  }
}

// Rejects with a sentence when `promise` has not settled within `ms`.
export async function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${ms} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

// Puts bytes into a file, over those that there are.
export async function overwrite(file, at, bytes) {
  const handle = await open(file, 'r+');
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

// Asks `condition` again and again until it gives something true, and returns that.
export async function until(what, condition, ms = PATIENCE_MS) {
  const deadline = performance.now() + ms;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function run(t, body, timeoutMs) {
  const world = new World(await mkdtemp(join(tmpdir(), 'pool-manager-test-')));
  let passed = false;
  try {
    await within(timeoutMs, 'the case', body(world, t));
    passed = true;
    await world.close(true);
    await rm(world.directory, { recursive: true, force: true });
  } catch (error) {
    if (!passed) await world.close(false);
    t.diagnostic(`kept: ${world.directory}`);
    for (const line of world.failureLines()) t.diagnostic(line);
    throw error;
  }
}

// Declares a case. `body(world, t)` passes by returning. `skip` is the reason for not running it, or falsy.
export function testCase(name, body, { timeoutMs = times(30_000, 1_800_000), skip = false } = {}) {
  test(name, { skip }, (t) => run(t, body, timeoutMs));
}

// Runs `body` for every row, and says which row it was that failed.
export async function forEachRow(rows, body) {
  assert.ok(rows.length > 0, 'a table without rows');
  for (const row of rows) {
    try {
      await body(row);
    } catch (error) {
      error.message = `row ${String(JSON.stringify(row)).slice(0, 300)}: ${error.message}`;
      throw error;
    }
  }
}
