// SPDX-License-Identifier: MIT
// Usage: node run.mjs RESULTS.md
//
// Runs the benchmark, writes its page, and prints it. Environment: BENCH_SECONDS (of each load) and BENCH_ROUNDS change its length,
// which is about ten minutes. BENCH_SHORTEST=1 is only for tests: it measures small pools for too short a time. POOL_MANAGER_TEST_WORKER, _NGINX, _CONSTANT, _LISTENERS, _LOADER, _SEEDED and _WRK name the programs.

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';

import { run } from '../lib/stack.mjs';
import { bench, DEFAULTS, SHORTEST } from './bench.mjs';
import { reportText } from './report.mjs';
import { Workshop } from './workshop.mjs';

const REQUIRED = ['WORKER', 'NGINX', 'CONSTANT', 'LISTENERS', 'LOADER', 'SEEDED', 'WRK'];

function setting(name, fallback) {
  const value = Number(process.env[name] || fallback);
  if (!(value > 0)) throw new Error(`${name} is ${process.env[name]}, not a positive number`);
  return value;
}

function requirePrograms() {
  const missing = REQUIRED.filter((name) => !process.env[`POOL_MANAGER_TEST_${name}`]);
  if (missing.length > 0) throw new Error(`missing: ${missing.join(', ').toLowerCase()} (./bootstrap deps installs what it needs)`);
}

// wrk prints its version to standard error, and exits with 1.
async function firstLine(command, args) {
  const output = await run('/bin/sh', ['-c', '"$0" "$@" 2>&1 || :', command, ...args]);
  return output.split('\n')[0].trim();
}

async function describeMachine() {
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

async function main(file) {
  const base = process.env.BENCH_SHORTEST ? SHORTEST : DEFAULTS;
  const settings = { ...base, seconds: setting('BENCH_SECONDS', base.seconds), rounds: setting('BENCH_ROUNDS', base.rounds) };
  requirePrograms();
  const workshop = await Workshop.open();
  try {
    const results = await bench(workshop, settings, (step) => process.stderr.write(`bench: ${step}\n`));
    const text = reportText(results, await describeMachine());
    await writeFile(file, text);
    process.stdout.write(text);
  } finally {
    await workshop.close();
  }
}

// exit() and not exitCode: whatever still runs after a failure is killed then.
main(process.argv[2]).catch((error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exit(1);
});
