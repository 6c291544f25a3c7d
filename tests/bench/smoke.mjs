// SPDX-License-Identifier: MIT
//
// Checks that the benchmark runs, in its shortest form. Does not check times.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { stackCase } from '../lib/stack.mjs';
import { testCase } from '../lib/case.mjs';
import { bench } from './bench.mjs';
import { reportText } from './report.mjs';
import { CLAIM, Servers } from './servers.mjs';

const SHORTEST = { seconds: 0.1, rounds: 2, pairs: 2, starts: 2, tenants: 3, sizes: [5, 50, 500], listPods: 500 };

// The reason why the benchmark can't run here, or false.
function whatIsMissing() {
  for (const name of ['NGINX', 'WRK']) {
    if (!process.env[`POOL_MANAGER_TEST_${name}`]) return `${name.toLowerCase()} is not installed`;
  }
  return spawnSync('curl', ['--version']).error ? 'curl is not installed' : false;
}

// Returns the headers, without those that depend on the time or the connection.
function lastingHeaders({ headers }) {
  const { date, connection, ...lasting } = headers;
  return lasting;
}

stackCase('nginx_and_the_constant_answer_as_long_as_a_claim', async (world) => {
  const servers = await Servers.start(world, { few: { pods: 5, level: 'error' } });
  const claim = await servers.ask('few', CLAIM);
  assert.equal(claim.json.workspace.usage_status, 'used');
  for (const server of ['nginx', 'constant']) {
    const answer = await servers.ask(server, CLAIM);
    assert.equal(answer.status, 200);
    assert.equal(answer.body.length, claim.body.length);
    assert.deepEqual(lastingHeaders(answer), lastingHeaders(claim));
  }
});

stackCase('seeded_worker_has_the_pods_it_was_told_to', async (world) => {
  const servers = await Servers.start(world, { many: { pods: 12_345, level: 'error' } });
  const { json } = await servers.ask('many', '/pools/default-pool/status?simple=true');
  assert.deepEqual([json.pool.total_workspaces, json.pool.available_workspaces], [12_345, 12_345]);
});

testCase(
  'every_figure_is_measured_and_shown',
  async (world) => {
    const results = await bench(world, SHORTEST);
    for (const [key, figure] of Object.entries(results.figures)) {
      for (const [name, value] of Object.entries(figure)) {
        assert.ok(Number.isFinite(value) || key === 'nginx', `${key}: ${name} is ${value}`);
      }
    }
    assert.equal(results.figures.constant.rateRatio, 1);
    assert.equal(results.figures.nginx.cpuUs, null);
    const text = reportText(results, ['the machine']);
    assert.doesNotMatch(text, /NaN|undefined|Infinity|null/);
    assert.match(text, /^\| claim \| `error` \| [\d,]+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \| rate 0.85, CPU 1.6 \| (yes|\*\*no\*\*) \|$/m);
  },
  { timeoutMs: 120_000, skip: whatIsMissing() },
);
