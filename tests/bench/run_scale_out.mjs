// SPDX-License-Identifier: MIT
// Usage: node run_scale_out.mjs PAGE.md
//
// Runs the benchmark of several workers, writes the last chapter of its page anew, and prints it. As root, it runs in a network of its
// own, with a second host. Environment: BENCH_SECONDS (of each load) and BENCH_ROUNDS change its length, which is three to four minutes.
// BENCH_SHORTEST=1 is only for tests. POOL_MANAGER_TEST_WORKER, _NGINX and _WRK name the programs.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { enterOwnNetwork } from '../lib/hosts.mjs';
import { describeMachine, requirePrograms, runCommand, say, setting } from './command.mjs';
import { benchScaleOut, DEFAULTS, SHORTEST } from './scale_out.mjs';
import { withChapter } from './scale_out_report.mjs';

async function main(workshop, file, noHosts) {
  const base = process.env.BENCH_SHORTEST ? SHORTEST : DEFAULTS;
  const settings = { ...base, seconds: setting('BENCH_SECONDS', base.seconds), rounds: setting('BENCH_ROUNDS', base.rounds) };
  requirePrograms(['WORKER', 'NGINX', 'WRK']);
  const results = await benchScaleOut(workshop, settings, noHosts, say);
  const page = withChapter(await readFile(file, 'utf8'), results, await describeMachine());
  await writeFile(file, page);
  process.stdout.write(page.slice(page.lastIndexOf('\n## ') + 1));
}

const noHosts = await enterOwnNetwork(fileURLToPath(import.meta.url));
runCommand((workshop) => main(workshop, process.argv[2], noHosts));
