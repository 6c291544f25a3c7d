// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';

import { assertError, assertSuccess } from '../../lib/api.mjs';
import { forEachRow, testCase } from '../../lib/case.mjs';
import { runWorker, Worker } from '../../lib/worker.mjs';

const USAGE = 64; // EX_USAGE

function assertUsageError({ code, signal, stdout, stderr }, names) {
  assert.deepEqual({ code, signal }, { code: USAGE, signal: null }, stderr);
  assert.equal(stdout, '');
  assert.match(stderr, /^[^\n]+\n$/, 'one line');
  assert.ok(stderr.includes(names), `${stderr.trim()}: names ${names}`);
}

testCase('a bad option is one sentence and exit 64', async (world) => {
  const listen = ['--listen', `unix:${world.path('never.sock')}`];
  const rows = [
    [['--no-such-option'], '--no-such-option'],
    [['--body-max'], '--body-max'],
    [['--body-max', 'many'], '--body-max'],
    [['--body-max', '-1'], '--body-max'],
    [['--body-max', '1x'], '--body-max'],
    [['--body-max', '99999999999999999999'], '--body-max'],
    [['--body-max='], '--body-max'],
    [['--requests-max', '0'], '--requests-max'],
    [['--socket-mode', '999'], '--socket-mode'],
    [['--log-level', 'loud'], '--log-level'],
    [['--log-format', 'xml'], '--log-format'],
    [['--mount', 'no-slash'], '--mount'],
    [['--default-pool', ''], '--default-pool'],
    [['--default-pool', 'x'.repeat(129)], '--default-pool'],
    [['--default-pool-pods', '-1'], '--default-pool-pods'],
    [['surplus'], "unexpected argument 'surplus'"],
    [['--body-mx', '1'], 'did you mean --body-max?'],
    [['--pod-url', 'https://{pd}.x'], '--pod-url: {pd} is not known; use {pod}, {base}, {scheme}, {front}'],
    [['--public-url', 'nowhere'], '--public-url'],
    [['--socket-group', 'no-such-group'], '--socket-group: there is no group no-such-group'],
  ];
  await forEachRow(rows, async ([options, names]) => {
    assertUsageError(await runWorker([...listen, ...options]), names);
    assertUsageError(await runWorker(['--check', ...listen, ...options]), names);
  });
});

testCase('a bad address to listen on is one sentence and exit 64', async () => {
  const tooLong = `unix:/${'x'.repeat(200)}`;
  const addresses = ['', 'unix:', 'nonsense', '127.0.0.1', '127.0.0.1:', '127.0.0.1:99999', tooLong];
  await forEachRow(addresses, async (listen) => {
    assertUsageError(await runWorker(['--listen', listen]), '--listen');
    assertUsageError(await runWorker(['--listen', listen, '--check']), '--listen');
  });
});

testCase('a bad value from the environment is one sentence that names the variable', async (world) => {
  const listen = ['--listen', `unix:${world.path('never.sock')}`];
  const rows = [
    { POOL_MANAGER_BODY_MAX: 'many' },
    { POOL_MANAGER_LOG_FORMAT: 'xml' },
    { POOL_MANAGER_REQUESTS_MAX: '0' },
    { POOL_MANAGER_FOO: '1' },
    { POOL_MANAGER_POD: 'mock-pod-1' },
    { POOL_MANAGER_TEST_LONG: '1' },
  ];
  await forEachRow(rows, async (env) => {
    assertUsageError(await runWorker(listen, { env }), Object.keys(env)[0]);
  });
});

testCase('the variables of the switch are ignored, and help and version are shown with any environment', async (world) => {
  const env = { POOL_MANAGER_BASE_URL: 'http://127.0.0.1:9', POOL_MANAGER_SWITCH_PREFIX: '/x' };
  const worker = await Worker.start(world, { env });
  await worker.assertServes();
  for (const option of ['--help', '--version']) {
    assert.equal((await runWorker([option], { env: { POOL_MANAGER_FOO: '1' } })).code, 0);
  }
});

testCase('--check shows the values, and changes nothing', async (world) => {
  const paths = ['worker.sock', 'state.db', 'log'].map((name) => world.path(name));
  const [socket, state, log] = paths;
  const options = ['--listen', `unix:${socket}`, '--state', state, '--log-file', log, '--admin-token', 'sesame'];
  const before = await readdir(world.directory);
  const env = { POOL_MANAGER_PODS_MAX: '7' };
  const { code, stdout, stderr } = await runWorker(['--check', ...options], { env });
  assert.deepEqual([code, stderr], [0, '']);
  for (const line of [`--state +${state} +flag`, '--pods-max +7 +POOL_MANAGER_PODS_MAX', '--pools-max +0 +default']) {
    assert.match(stdout, new RegExp(`^${line}$`, 'm'));
  }
  assert.doesNotMatch(stdout, /sesame/);
  assert.deepEqual(await readdir(world.directory), before);

  const worker = await Worker.start(world, { options: ['--state', state], socketPath: socket });
  assert.equal((await runWorker(['--check', ...options])).code, 0, '--check works while a worker runs');
  await worker.assertServes();
});

testCase('the token of the control routes is the first line of --admin-token-file', async (world) => {
  const file = world.path('token');
  await writeFile(file, 'open sesame\nnot this\n');
  const worker = await Worker.start(world, { options: ['--admin-token-file', file] });
  const ask = (token) => worker.ask('POST', '/__admin/reset', { params: { HTTP_AUTHORIZATION: `Bearer ${token}` } });
  assertSuccess(await ask('open sesame'));
  assertError(await ask('open'), 401, 'bad_token');
  await writeFile(file, '\n');
  const rows = [
    [[world.path('none')], `${world.path('none')}: No such file or directory`],
    [[file], `${file}: expected a token in its first line`],
    [[file, '--admin-token', 'x'], 'not together with --admin-token', ''],
  ];
  await forEachRow(rows, async ([options, sentence, space = ' ']) => {
    for (const check of [['--check'], ['--listen', `unix:${world.path('never.sock')}`]]) {
      const { code, stderr } = await runWorker([...check, '--admin-token-file', ...options]);
      assert.deepEqual([code, stderr], [64, `pool-manager-mock: --admin-token-file${space || ': '}${sentence}\n`]);
    }
  });
});

testCase('--check checks the files that the options name', async (world) => {
  const seed = world.path('seed.json');
  await writeFile(seed, '{"schemaVersion":1}');
  assert.equal((await runWorker(['--check', '--seed-state', seed])).code, 0);
  await writeFile(seed, '{}');
  const rows = [
    [['--seed-state', seed], 65, `--seed-state ${seed}: /schemaVersion: required`],
    [['--state', '/nonexistent/x'], 73, 'state file /nonexistent/x: the folder /nonexistent does not exist'],
    [['--state', '/dev/null/x'], 73, 'state file /dev/null/x: /dev/null is not a folder'],
  ];
  await forEachRow(rows, async ([options, status, sentence]) => {
    for (const check of [['--check'], []]) {
      const listen = ['--listen', `unix:${world.path('never.sock')}`];
      const { code, stdout, stderr } = await runWorker([...check, ...listen, ...options]);
      assert.deepEqual([code, stdout, stderr], [status, '', `pool-manager-mock: ${sentence}\n`]);
    }
  });
});

testCase('a limit below what exists is logged at the start', async (world) => {
  const worker = await Worker.start(world, { options: ['--pods-max', '3', '--log-format', 'json'] });
  const lines = worker.lines.map((line) => JSON.parse(line)).filter((line) => line.event === 'limit-below-what-exists');
  assert.deepEqual(lines.map(({ level, option, limit, exist }) => [level, option, limit, exist]), [['warning', '--pods-max', 3, 5]]);
  await worker.stop();
  const enough = await Worker.start(world, { options: ['--pods-max', '5', '--pools-max', '1', '--tenants-max', '1'] });
  assert.ok(!enough.lines.some((line) => line.includes('limit-below')));
});

testCase('limits below what the files contain are logged for each tenant', async (world) => {
  const state = ['--state', world.path('state.db')];
  const first = await Worker.start(world, { options: state });
  for (const tenant of ['a', 'b']) assertSuccess(await first.ask('GET', `/~${tenant}/pools/x/status`));
  await first.stop();
  const options = [...state, '--pools-max', '1', '--tenants-max', '1'];
  const worker = await Worker.start(world, { options });
  const lines = worker.lines.filter((line) => line.includes('limit-below')).map((line) => line.replace(/^.*exists /, ''));
  assert.deepEqual(lines, [
    'option=--pools-max limit=1 exist=2 tenant=a',
    'option=--pools-max limit=1 exist=2 tenant=b',
    'option=--tenants-max limit=1 exist=2',
  ]);
});

testCase('an option wins over the environment, and the environment over the default', async (world) => {
  const env = { POOL_MANAGER_DEFAULT_POOL_PODS: '2', POOL_MANAGER_NEW_POOL_PODS: '4' };
  const worker = await Worker.start(world, { env, options: ['--default-pool-pods=7'] });
  const total = async (pool) => assertSuccess(await worker.ask('GET', `/pools/${pool}/status`)).pool.total_workspaces;
  assert.equal(await total('default-pool'), 7);
  assert.equal(await total('other'), 4);
});

testCase('--help lists every option, names the variables, and ends with 0', async () => {
  const { code, stdout, stderr } = await runWorker(['--help']);
  assert.equal(code, 0);
  assert.equal(stderr, '');
  const options = [
    'listen', 'mount', 'socket-mode', 'socket-group', 'body-max', 'path-max', 'json-values-max', 'requests-max', 'parked-max',
    'pools-max', 'pods-max', 'log-level', 'log-format', 'log-file', 'cors-origins', 'default-pool',
    'default-pool-pods', 'new-pool-pods',
  ];
  await forEachRow(options, async (option) => {
    assert.match(stdout, new RegExp(`--${option}\\b`));
  });
  assert.match(stdout, /POOL_MANAGER_/);
});

testCase('--version prints name and version, and ends with 0', async () => {
  const { code, stdout, stderr } = await runWorker(['--version']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.match(stdout, /^pool-manager-mock \d+\.\d+\.\d+\S*\n$/);
});

testCase('--help and --version on a full disk are an error', async () => {
  await forEachRow(['--help', '--version'], async (option) => {
    const { code } = await runWorker([option], { stdout: '/dev/full' });
    assert.notEqual(code, 0);
  });
});
