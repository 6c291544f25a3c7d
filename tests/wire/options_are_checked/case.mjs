// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess } from '../../lib/api.mjs';
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
    [['surplus'], 'surplus'],
  ];
  await forEachRow(rows, async ([options, names]) => {
    assertUsageError(await runWorker([...listen, ...options]), names);
  });
});

testCase('a bad address to listen on is one sentence and exit 64', async () => {
  const tooLong = `unix:/${'x'.repeat(200)}`;
  const addresses = ['', 'unix:', 'nonsense', '127.0.0.1', '127.0.0.1:', '127.0.0.1:99999', tooLong];
  await forEachRow(addresses, async (listen) => {
    assertUsageError(await runWorker(['--listen', listen]), '--listen');
  });
});

testCase('a bad value from the environment is one sentence that names the variable', async (world) => {
  const listen = ['--listen', `unix:${world.path('never.sock')}`];
  const rows = [
    { POOL_MANAGER_BODY_MAX: 'many' },
    { POOL_MANAGER_LOG_FORMAT: 'xml' },
    { POOL_MANAGER_REQUESTS_MAX: '0' },
  ];
  await forEachRow(rows, async (env) => {
    assertUsageError(await runWorker(listen, { env }), Object.keys(env)[0]);
  });
});

testCase('an option counts before the environment, and the environment before the default', async (world) => {
  const env = { POOL_MANAGER_DEFAULT_POOL_PODS: '2', POOL_MANAGER_NEW_POOL_PODS: '4' };
  const worker = await Worker.start(world, { env, options: ['--default-pool-pods=7'] });
  const total = async (pool) => assertSuccess(await worker.ask('GET', `/pools/${pool}/status`)).pool.total_workspaces;
  assert.equal(await total('default-pool'), 7);
  assert.equal(await total('other'), 4);
});

testCase('--help lists every option, tells of the environment, and ends with 0', async () => {
  const { code, stdout, stderr } = await runWorker(['--help']);
  assert.equal(code, 0);
  assert.equal(stderr, '');
  const options = [
    'listen', 'mount', 'socket-mode', 'socket-group', 'body-max', 'path-max', 'json-values-max', 'requests-max',
    'pools-max', 'pods-max', 'log-level', 'log-format', 'log-file', 'cors-origins', 'default-pool',
    'default-pool-pods', 'new-pool-pods',
  ];
  await forEachRow(options, async (option) => {
    assert.match(stdout, new RegExp(`--${option}\\b`));
  });
  assert.match(stdout, /POOL_MANAGER_/);
});

testCase('--version tells name and version, and ends with 0', async () => {
  const { code, stdout, stderr } = await runWorker(['--version']);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.match(stdout, /^pool-manager-mock \d+\.\d+\.\d+\S*\n$/);
});

testCase('--help and --version on a full disk say so', async () => {
  await forEachRow(['--help', '--version'], async (option) => {
    const { code } = await runWorker([option], { stdout: '/dev/full' });
    assert.notEqual(code, 0);
  });
});
