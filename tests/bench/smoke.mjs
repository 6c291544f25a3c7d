// SPDX-License-Identifier: MIT
//
// Checks that the benchmark runs, in its shortest form, and that it ends what it starts. Does not check times.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';

import { sourceFile, stackCase } from '../lib/stack.mjs';
import { forEachRow, testCase, until } from '../lib/case.mjs';
import { bench, SHORTEST } from './bench.mjs';
import { comparisonKey, COMPARED } from './node_comparison.mjs';
import { descendants, findProcesses } from './process.mjs';
import { HAS_CALLGRIND, instructionsByPart } from './profile.mjs';
import { aheadText, reportText } from './report.mjs';
import { CLAIM, Servers } from './servers.mjs';
import { Workshop } from './workshop.mjs';

// The reason why the benchmark can't run here, or false.
function whatIsMissing() {
  for (const name of ['NGINX', 'WRK']) {
    if (!process.env[`POOL_MANAGER_TEST_${name}`]) return `${name.toLowerCase()} is not installed`;
  }
  return spawnSync('curl', ['--version']).error ? 'curl is not installed' : false;
}

// Returns the headers, without those that depend on the time, the connection, or the changes before.
function lastingHeaders({ headers }) {
  const { date, connection, 'x-mock-event': position, ...lasting } = headers;
  return lasting;
}

stackCase('nginx_and_the_constant_answer_as_long_as_a_claim', async (world) => {
  const servers = await Servers.start(world, { few: { pods: 5 } });
  const claim = await servers.ask('few', CLAIM);
  assert.equal(claim.json.workspace.usage_status, 'used');
  for (const server of ['nginx', 'constant']) {
    const answer = await servers.ask(server, CLAIM);
    assert.equal(answer.status, 200);
    assert.equal(answer.body.length, claim.body.length);
    assert.deepEqual(lastingHeaders(answer), lastingHeaders(claim));
  }
});

stackCase('constant_ends_on_SIGTERM', async (world) => {
  const servers = await Servers.start(world, {});
  const { pid } = servers.worker('constant');
  process.kill(pid, 'SIGTERM');
  await until('the constant has ended', () => !descendants(process.pid).includes(pid));
});

// Returns the answer's JSON with the times replaced, which differ.
function withoutTimes({ status, text }) {
  assert.equal(status, 200, text);
  return JSON.parse(text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time'));
}

stackCase('node_server_answers_like_the_worker', async (world) => {
  const servers = await Servers.start(world, { few: { pods: 5 }, node: { pods: 5, isNode: true } });
  const requests = [
    ['GET', CLAIM], ['GET', '/pools/default-pool/status'], ['POST', '/workspaces/pod-pool-1-1/release'],
    ['GET', '/pools/default-pool/status?simple=true'], ['GET', '/pools/another/workspace?workspaceId=w%20x'],
    ['GET', '/pools/another/status'],
  ];
  await forEachRow(requests, async ([method, path]) => {
    const [worker, node] = [await servers.ask('few', path, method), await servers.ask('node', path, method)];
    assert.deepEqual(withoutTimes(node), withoutTimes(worker));
    assert.deepEqual(lastingHeaders(node), lastingHeaders(worker));
  });
});

stackCase('seeded_worker_has_the_pods_that_were_asked_for', async (world) => {
  const servers = await Servers.start(world, { many: { pods: 12_345, used: 10_001 } });
  const { json } = await servers.ask('many', '/pools/default-pool/status?simple=true');
  const { total_workspaces: total, available_workspaces: available } = json.pool;
  assert.deepEqual([total, available], [12_345, 2_344]);
});

const NO_ROW = /NaN|undefined|Infinity|null/;

function assertFinite(figures) {
  for (const [key, figure] of Object.entries(figures)) {
    for (const [name, value] of Object.entries(figure)) {
      assert.ok(Number.isFinite(value) || (key === 'nginx' && name.startsWith('cpu')), `${key}: ${name} is ${value}`);
    }
  }
}

testCase(
  'every_figure_is_measured_and_shown_and_nothing_is_left',
  async () => {
    const workshop = await Workshop.open();
    const results = await bench(workshop, SHORTEST).finally(() => workshop.close());
    assert.deepEqual(descendants(process.pid), [], 'processes are left');
    assertFinite({ ...results.figures, ...results.compared, ...results.listening, ...results.profiles });
    assert.equal(results.figures.constant.rateRatio, 1);
    assert.equal(results.figures.nginx.cpuUs, null);
    const text = reportText(results, ['the machine']);
    assert.doesNotMatch(text, NO_ROW);
    assert.equal(/## Where the instructions go/.test(text), HAS_CALLGRIND);
    for (const [key, parts] of Object.entries(results.profiles)) {
      for (const part of ['libfcgi', 'SQLite', 'gateway', 'store']) assert.ok(parts[part] > 100, `${key}: ${part} is ${parts[part]}`);
    }
    assert.match(text, /^\| claim of a free pod \| [\d.]+ \| [\d.]+ \| [\d,]+ \| [\d.]+ \| CPU 1.50, rate 0.82 \| (yes|\*\*no\*\*) \|$/m);
  },
  { timeoutMs: 120_000, skip: whatIsMissing() },
);

testCase('instructions_count_for_the_part_that_calls_the_c_library', async () => {
  const text = `ob=(1) /usr/lib/libc.so.6
fl=(1) memcpy.S
fn=(1) memcpy
10 500

ob=(2) /usr/bin/worker
fl=(2) /build/../src/gateway/intake.c
fn=(2) walk
+3 20
cob=(1)
cfi=(1)
cfn=(1)
calls=2 10
* 300
fi=(3) /build/../src/base/text.h
7 5
fe=(2)
cfi=(4) /build/../src/store/pods.c
cfn=(3) claim
calls=1 9
* 100

fl=(4)
fn=(3)
9 60
cob=(3) /usr/lib/libsqlite3.so.0
cfi=(5) ???
cfn=(4) sqlite3_step
calls=1 0
* 40

ob=(3)
fl=(5)
fn=(4)
0 40
`;
  assert.deepEqual(instructionsByPart(text), { gateway: 320, base: 5, store: 60, SQLite: 40 });
});

testCase('page_says_where_node_is_ahead', async () => {
  const [sizes, clients] = [[5, 1000], [1, 4]];
  const [, bare, behind] = COMPARED;
  const compared = {};
  for (const one of COMPARED) {
    for (const pods of sizes) {
      for (const many of clients) compared[comparisonKey(one, pods, many)] = { rateRatio: 0.9, p50Us: 137 };
    }
  }
  const results = { compared, settings: { compared: { sizes, clients } } };
  assert.equal(aheadText(results, bare.name), '**node** is nowhere ahead of the worker.');
  compared[comparisonKey(bare, 1000, 1)] = { rateRatio: 1.38, p50Us: 95 };
  assert.equal(aheadText(results, bare.name), `**node** is ahead of the worker at:
- 1 client, 1,000 pods: 1.38 of the worker’s rate; half answered within 95 µs, by the worker 137 µs`);
  compared[comparisonKey(bare, 1000, 1)].rateRatio = 0.99;
  assert.match(aheadText(results, bare.name), /is ahead of the worker at:/, 'by its shorter time alone');
  assert.equal(aheadText(results, behind.name), '**node behind nginx** is nowhere ahead of the worker.');
});

// Starts the command of a benchmark in a session of its own, so that all its processes can be found. Its temporary files are in
// `directory`.
function startRun(world, directory, { command = 'run.mjs', env = {} } = {}) {
  const args = [sourceFile('tests', 'bench', command), world.path('results.md')];
  const all = { ...process.env, TMPDIR: directory, BENCH_SHORTEST: '1', ...env };
  const child = spawn(process.execPath, args, { detached: true, env: all, stdio: ['ignore', 'ignore', 'pipe'] });
  const run = { child, errors: '', ended: once(child, 'close') };
  child.stderr.setEncoding('utf8').on('data', (text) => (run.errors += text));
  world.atEnd(() => {
    for (const { pid } of ofSession(child)) process.kill(pid, 'SIGKILL');
  });
  return run;
}

const START_MS = 25_000; // on a busy machine

const ofSession = ({ pid }) => findProcesses(({ session }) => session === pid);

async function assertNothingLeft({ child }, directory) {
  await until('all processes have ended', () => ofSession(child).length === 0);
  assert.deepEqual(await readdir(directory), [], 'its directory is removed');
}

testCase(
  'interrupted_run_leaves_nothing',
  async (world) => {
    const commands = ['run.mjs', 'run_scale_out.mjs'];
    await forEachRow(commands.flatMap((command) => [[command, 'SIGINT'], [command, 'SIGTERM']]), async ([command, signal]) => {
      const directory = world.path(`${command}-${signal}`);
      await mkdir(directory);
      const run = startRun(world, directory, { command });
      await until('a round begins', () => /round 1/.test(run.errors), START_MS);
      await until('its servers run', () => ofSession(run.child).length > 10, START_MS);
      run.child.kill(signal);
      const [code] = await run.ended;
      assert.notEqual(code, 0);
      await assertNothingLeft(run, directory);
    });
  },
  { timeoutMs: 120_000, skip: whatIsMissing() },
);

testCase(
  'failing_run_leaves_nothing_and_names_the_failure',
  async (world) => {
    const run = startRun(world, world.directory, { env: { POOL_MANAGER_TEST_WRK: '/bin/false' } });
    const [code] = await run.ended;
    assert.equal(code, 1);
    assert.match(run.errors, /^bench: /m);
    await assertNothingLeft(run, world.directory);
  },
  { timeoutMs: 120_000, skip: whatIsMissing() },
);
