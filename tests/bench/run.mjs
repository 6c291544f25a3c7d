// SPDX-License-Identifier: MIT
// Usage: node run.mjs RESULTS.md
//
// Runs the benchmark, writes its page, and prints it. Environment: BENCH_SECONDS (of each load) and BENCH_ROUNDS change its length,
// which is about ten minutes. BENCH_SHORTEST=1 is only for tests: it measures small pools for too short a time. POOL_MANAGER_TEST_WORKER, _NGINX, _CONSTANT, _LISTENERS, _LOADER, _SEEDED and _WRK name the programs.

import { writeFile } from 'node:fs/promises';

import { bench, DEFAULTS, SHORTEST } from './bench.mjs';
import { describeMachine, requirePrograms, runCommand, say, setting } from './command.mjs';
import { reportText } from './report.mjs';

const REQUIRED = ['WORKER', 'NGINX', 'CONSTANT', 'LISTENERS', 'LOADER', 'SEEDED', 'WRK'];

async function main(workshop, file) {
  const base = process.env.BENCH_SHORTEST ? SHORTEST : DEFAULTS;
  const settings = { ...base, seconds: setting('BENCH_SECONDS', base.seconds), rounds: setting('BENCH_ROUNDS', base.rounds) };
  requirePrograms(REQUIRED);
  const text = reportText(await bench(workshop, settings, say), await describeMachine());
  await writeFile(file, text);
  process.stdout.write(text);
}

runCommand((workshop) => main(workshop, process.argv[2]));
