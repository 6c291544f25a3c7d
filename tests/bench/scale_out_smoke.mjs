// SPDX-License-Identifier: MIT
//
// Checks that the benchmark of several workers runs, in its shortest form, and that it ends what it starts. Does not check times.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { testCase } from '../lib/case.mjs';
import { enterOwnNetwork } from '../lib/hosts.mjs';
import { sourceFile } from '../lib/stack.mjs';
import { descendants } from './process.mjs';
import { benchScaleOut, SHORTEST } from './scale_out.mjs';
import { capacity, withChapter } from './scale_out_report.mjs';
import { Workshop } from './workshop.mjs';

const noHosts = await enterOwnNetwork(fileURLToPath(import.meta.url));

// The reason why the benchmark can't run here, or false.
function whatIsMissing() {
  for (const name of ['NGINX', 'WRK']) {
    if (!process.env[`POOL_MANAGER_TEST_${name}`]) return `${name.toLowerCase()} is not installed`;
  }
  return spawnSync('curl', ['--version']).error ? 'curl is not installed' : false;
}

testCase('every_figure_of_several_workers_is_measured_and_shown_and_nothing_is_left', async () => {
  const workshop = await Workshop.open();
  const results = await benchScaleOut(workshop, SHORTEST, noHosts).finally(() => workshop.close());
  assert.deepEqual(descendants(process.pid), [], 'processes are left');
  const page = await readFile(sourceFile('docs', 'scale-out.md'), 'utf8');
  const written = withChapter(page, results, ['the machine']);
  assert.doesNotMatch(written, /NaN|undefined|Infinity|∞|null/);
  assert.match(written, /^\| beside nginx \| 3 \| [\d,]+ \| [\d.]+ \| /m);
  assert.match(written, /^\| a worker is killed \| [\d.]+ m?s \| [1-9]/m, 'claims have failed');
  assert.equal(/^\| on another host \| 3 \|/m.test(written), !noHosts);
  assert.equal(withChapter(written, results, ['the machine']), written, 'written twice, it is the same');
  assert.equal(written.slice(0, 1000), page.slice(0, 1000));
}, { timeoutMs: 120_000, skip: whatIsMissing() });

testCase('capacity_ends_at_the_cores_of_the_workers_or_at_those_of_all', async () => {
  const figure = { nginxUs: 30, workerUs: 10 };
  assert.equal(capacity(1, 16, figure), 100_000, 'one worker uses one core');
  assert.equal(capacity(3, 16, figure), 300_000);
  assert.equal(capacity(8, 16, figure), 400_000, 'all 16 cores are in use');
  assert.equal(capacity(1, 2, figure, 40), 25_000, 'clients use the cores, too');
});
