// SPDX-License-Identifier: MIT
//
// What the commands of both benchmarks share: their settings, the programs that they need, and the lines about the machine.

import { readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';

import { run } from '../lib/stack.mjs';
import { Workshop } from './workshop.mjs';

// Returns a number of the environment.
export function setting(name, fallback) {
  const value = Number(process.env[name] || fallback);
  if (!(value > 0)) throw new Error(`${name} is ${process.env[name]}, not a positive number`);
  return value;
}

// Fails if one of these programs, as they are named in the environment, is missing.
export function requirePrograms(required) {
  const missing = required.filter((name) => !process.env[`POOL_MANAGER_TEST_${name}`]);
  if (missing.length > 0) throw new Error(`missing: ${missing.join(', ').toLowerCase()} (./bootstrap deps installs what it needs)`);
}

// wrk prints its version to standard error, and exits with 1.
async function firstLine(command, args) {
  const output = await run('/bin/sh', ['-c', '"$0" "$@" 2>&1 || :', command, ...args]);
  return output.split('\n')[0].trim();
}

export async function describeMachine() {
  const { POOL_MANAGER_TEST_NGINX: nginx, POOL_MANAGER_TEST_WRK: wrk } = process.env;
  const system = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  const libraries = await run('pkg-config', ['--modversion', 'fcgi', 'json-c', 'sqlite3']);
  const [fcgi, jsonC, sqlite] = libraries.split('\n');
  return [
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores, ${cpus()[0].model.trim()}`,
    `${system}, Linux ${release()}, libfcgi ${fcgi}, json-c ${jsonC}, SQLite ${sqlite}`,
    `${await firstLine(nginx, ['-v'])}, ${(await firstLine(wrk, ['-v'])).replace(/ Copyright.*/, '')}, Node.js ${process.version}`,
  ];
}

// Runs `measure(workshop)` in a directory of its own, and ends this process. exit() and not exitCode: whatever still runs after a failure
// is killed then.
export async function runCommand(measure) {
  try {
    const workshop = await Workshop.open();
    await measure(workshop).finally(() => workshop.close());
  } catch (error) {
    process.stderr.write(`bench: ${error.message}\n`);
    process.exit(1);
  }
}

export const say = (step) => process.stderr.write(`bench: ${step}\n`);
