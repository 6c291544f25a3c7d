// SPDX-License-Identifier: MIT
//
// A test case. It has a directory of its own and a time limit. At its end, everything that it has started is stopped. The directory of
// a failed case is kept, and its path is printed.

import assert from 'node:assert/strict';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

// How long a test waits for one event, in milliseconds.
export const PATIENCE_MS = 10_000;

// True under `make check-long`.
const LONG = process.env.POOL_MANAGER_TEST_LONG === '1';

// Returns `short` in `make check`, and `long` in `make check-long`.
export function times(short, long) {
  return LONG ? long : short;
}

// The resources of a case. `directory` is empty at the start.
class World {
  #ends = [];
  #reports = [];

  constructor(directory) {
    this.directory = directory;
  }

  path(name) {
    return join(this.directory, name);
  }

  // Calls `end(passed)` when the case is over, in reverse order of the calls. `end` may fail the case by throwing if `passed` is true.
  atEnd(end) {
    this.#ends.push(end);
  }

  // `report` returns lines of text that help to understand a failure.
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

// Returns the result of `promise`. Rejects with a sentence if it has not settled within `ms`.
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

// Overwrites bytes in a file.
export async function overwrite(file, at, bytes) {
  const handle = await open(file, 'r+');
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

// Calls `condition` until it returns a true value, and returns that value.
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

// Declares a case, which passes if `body(world, t)` returns. `skip` is the reason for not running it, or false.
export function testCase(name, body, { timeoutMs = times(30_000, 1_800_000), skip = false } = {}) {
  test(name, { skip }, (t) => run(t, body, timeoutMs));
}

// Declares cases that share one world, {name, body(shared)} each. `begin(world)` makes what they share, before the first of them. The
// last case has the name `end`: it closes the world, and fails where that fails.
export function sharedCases(begin, cases, end, { timeoutMs = times(30_000, 1_800_000), skip = false } = {}) {
  let world, shared;
  let passed = true;
  let isOpen = false;
  const start = async () => {
    world = new World(await mkdtemp(join(tmpdir(), 'pool-manager-test-')));
    isOpen = true;
    return begin(world);
  };
  const finish = async () => {
    isOpen = false;
    await world.close(passed);
    if (passed) await rm(world.directory, { recursive: true, force: true });
  };
  const attempt = async (t, body) => {
    try {
      await within(timeoutMs, 'the case', body());
    } catch (error) {
      passed = false;
      t.diagnostic(`kept: ${world.directory}`);
      for (const line of world.failureLines()) t.diagnostic(line);
      throw error;
    }
  };
  for (const { name, body } of cases) test(name, { skip }, (t) => attempt(t, async () => body(await (shared ??= start()))));
  test(end, { skip }, (t) => attempt(t, finish));
  after(() => isOpen && finish()); // where node --test-name-pattern left the last case out
}

// Runs `body` for every row. An error names its row.
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
