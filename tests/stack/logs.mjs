// SPDX-License-Identifier: MIT
//
// The worker's log lines (docs/configuration.md, "The log").

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';

import { assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { forEachRow, PATIENCE_MS, testCase, until, within } from '../lib/case.mjs';
import { parseLogLine } from '../lib/log.mjs';
import { BEARER } from '../lib/pods.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';
import { BASE, cleanEnvironment, runWorker, spawnTracked, Worker } from '../lib/worker.mjs';

// Returns the lines that `body` adds to the log.
async function linesOf(stack, body) {
  const before = stack.worker.lines.length;
  await body();
  const end = `/end-mark-${before}`;
  await stack.ask('GET', end);
  await until('the line of the last request', () => stack.worker.lines.slice(before).some((line) => line.includes(end)));
  const lines = stack.worker.lines.slice(before);
  assert.ok(lines.at(-1).includes(end), 'lines come in the order of the requests');
  return lines.slice(0, -1);
}

stackCase('a stream that waited between its pieces is logged whole, with its tenant, pod, workspace and fault', async (world) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path'] });
  const control = '/~logs/_pod/mock-pod-1--logs/15552';
  assertSuccess(await stack.ask('GET', '/~logs/pools/default-pool/workspace?workspaceId=w'));
  const session = await stack.ask('POST', `${control}/session`, { json: { sessionId: 's' }, headers: BEARER });
  const { token } = assertSuccess(session);
  const replies = [{ text: 'abcd', pieces: 4, delay: '20ms' }];
  assertSuccess(await stack.ask('PUT', '/~logs/__admin/goose', { json: { replies } }));
  const rule = { id: 'slow', match: { operation: 'pod' }, delay: { type: 'fixed', ms: 1 } };
  assertSuccess(await stack.ask('POST', '/~logs/__admin/faults', { json: rule }), 201);
  const lines = await linesOf(stack, () =>
    stack.ask('POST', `${control}/stream/s?token=${token}`, { json: { prompt: 'x' } }));
  const line = lines.find((each) => each.includes('/stream/s'));
  const { mark, event, fields } = parseLogLine(line);
  const { method, path, status, tenant, pool, pod, workspace, fault } = fields;
  assert.deepEqual([mark, event, method, path, status], ['🎭', 'pod', 'POST', `${BASE}${control}/stream/s`, '200'], line);
  assert.deepEqual([tenant, pool, pod, workspace, fault], ['logs', 'default-pool', 'pod-pool-1-1', 'w', 'slow'], line);
});

testCase('the start is logged before the first request', async (world) => {
  const worker = spawnTracked(process.env.POOL_MANAGER_TEST_WORKER, ['--listen', `unix:${world.path('worker.sock')}`], {
    env: cleanEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(worker, 'exit');
  world.atEnd(() => {
    worker.kill();
    return exited;
  });
  const [first] = await within(PATIENCE_MS, 'the first line', once(worker.stderr, 'data'));
  assert.match(String(first), /^🎭 \[Mock Pool Manager\] \S+ started version=\S+ worker=1\n$/u);
});

stackCase('each request is one line, with its prefix, pool, pod and workspace', async (world) => {
  const stack = await Stack.start(world);
  const pool = 'default-pool';
  const pod = 'pod-pool-1-2';
  const claim = { status: '200', pool, pod: 'pod-pool-1-1', workspace: 'workspace-123' };
  const rows = [
    ['GET', claimPath(pool, 'workspace-123'), '✅', 'claim', claim],
    ['GET', '/pools/default-pool/status', '🎭', 'status', { status: '200', pool }],
    ['GET', '/pools/default-pool/workspaces', '🎭', 'workspaces', { status: '200', pool }],
    ['GET', '/workspaces/mock-pod-2', '🎭', 'workspace', { status: '200', pool, pod }],
    ['HEAD', claimPath(pool, 'w'), '🎭', 'claim', { status: '200' }],
    ['POST', '/workspaces/mock-pod-2/mark-used', '✅', 'mark-used', { status: '200', pool, pod }],
    ['POST', '/workspaces/mock-pod-2/release', '✅', 'release', { status: '200', pool, pod }],
    ['POST', '/workspaces/mock-pod-2/mark-unused', '✅', 'release', { status: '200', pool, pod }],
    ['POST', '/__admin/reset', '✅', 'reset', { status: '200' }],
    ['GET', '/__admin/settings', '🎭', 'settings', { status: '200' }],
    ['OPTIONS', '/pools', '🎭', undefined, { status: '204' }],
    ['GET', '/nowhere', '❌', undefined, { status: '404' }],
    ['DELETE', '/pools', '❌', undefined, { status: '405' }],
    ['POST', '/pools', '❌', 'create-pool', { status: '400' }],
    ['GET', '/workspaces/none', '❌', 'workspace', { status: '404' }],
  ];
  await forEachRow(rows, async ([method, path, mark, event, fields]) => {
    const lines = await linesOf(stack, () => stack.ask(method, path));
    assert.equal(lines.length, 1, lines.join('\n'));
    const line = parseLogLine(lines[0]);
    assert.equal(line.mark, mark);
    if (event !== undefined) assert.equal(line.event, event);
    assert.match(line.fields.durationMs, /^\d+\.\d{3}$/);
    const expected = { method, path: `/api/mock/pool-manager${path.split('?')[0]}`, ...fields };
    for (const [key, value] of Object.entries(expected)) assert.equal(line.fields[key], value, `${key} in ${lines[0]}`);
  });
});

for (const [level, count] of [['info', 0], ['debug', 1]]) {
  stackCase(`at --log-level ${level} a probe that succeeds has ${count} lines, and one that fails has 1`, async (world) => {
    const options = ['--admin-token', 'sesame', '--log-format', 'json', '--log-level', level];
    const stack = await Stack.start(world, { options });
    const headers = { authorization: 'Bearer sesame' };
    await forEachRow(['health', 'ready', 'metrics'], async (probe) => {
      const lines = await linesOf(stack, async () => {
        assert.equal((await stack.ask('GET', `/__admin/${probe}`, { headers })).status, 200);
        assertError(await stack.ask('GET', `/__admin/${probe}`), 401, 'no_token');
      });
      const told = lines.map((line) => JSON.parse(line)).map(({ event, level, status }) => [event, level, status]);
      assert.deepEqual(told, [...Array(count).fill([probe, 'debug', 200]), [probe, 'warning', 401]]);
    });
  });
}

stackCase('start and stop are lines of their own', async (world) => {
  const stack = await Stack.start(world);
  assert.equal(parseLogLine(stack.worker.lines[0]).mark, '🎭');
  const before = stack.worker.lines.length;
  assert.equal((await stack.worker.stop()).code, 0);
  assert.ok(stack.worker.lines.length > before);
  const last = parseLogLine(stack.worker.lines.at(-1));
  assert.deepEqual([last.mark, last.event, last.fields], ['🎭', 'stopped', { claims: '0', kept: 'no' }]);
});

const FORGED = '\n🎭 ❌ [Mock Pool Manager] 2024-01-01T00:00:00.000Z forged';

stackCase('no client can forge a line or a field', async (world) => {
  const stack = await Stack.start(world);
  const encoded = encodeURIComponent(FORGED);
  const rows = [
    [400, () => stack.ask('GET', `/pools/x${encoded}/status`)],
    [400, () => stack.ask('GET', `/pools/default-pool/workspace?workspaceId=x${encoded}`)],
    [404, () => stack.ask('GET', `/x${encoded}`)],
    [400, () => stack.ask('POST', '/pools', { json: { name: `x${FORGED}` } })],
    [400, () => stack.ask('POST', '/pools', { body: `{"name":"x${FORGED}"}` })],
    [400, () => stack.ask('POST', '/pools', { json: { [`x${FORGED}`]: 1 } })],
    [400, () => stack.ask('POST', '/pools', { body: `{"x\\n\\u0085y":1,"x\\n\\u0085y":2}` })],
    [200, () => stack.ask('POST', '/workspaces/mock-pod-1/mark-used', { json: { user_info: FORGED } })],
    [200, () => stack.ask('POST', '/workspaces/mock-pod-1/update', { json: { repositories: [FORGED] } })],
    [200, () => stack.ask('GET', '/pools/a%20status=500%20pool=b/status')],
    [200, () => stack.ask('GET', '/pools/%22%20status=500%20%22/status')],
    [200, () => stack.ask('GET', '/pools/a%20%22b%22/workspace?workspaceId=c%5Cd')],
    [200, () => stack.ask('GET', '/pools/%E2%80%A8%E2%80%AE/status')],
    [400, () => stack.ask('GET', '/pools/%1B%5B31mred/status')],
    [200, () => stack.ask('GET', '/__admin/settings', { headers: { 'user-agent': 'x\tforged' } })],
  ];
  await forEachRow(rows, async ([status, send]) => {
    const lines = await linesOf(stack, send);
    assert.equal(lines.length, 1, lines.join('\n'));
    assert.equal(parseLogLine(lines[0]).fields.status, String(status));
  });
});

stackCase('a value can be read back from the log unchanged', async (world) => {
  const stack = await Stack.start(world);
  const rows = [['a "b"', 'c\\d'], [' ', '='], ['a=b', '"'], ['ü🎭', '\u2028'], ['%0A', "'"], ['x', 'null']];
  await forEachRow(rows, async ([pool, workspace]) => {
    const [line] = await linesOf(stack, () => stack.ask('GET', claimPath(pool, workspace)));
    const { fields } = parseLogLine(line);
    assert.deepEqual([fields.pool, fields.workspace], [pool, workspace]);
  });
});

stackCase('JSON lines have the same fields, one object a line', async (world) => {
  const stack = await Stack.start(world, { options: ['--log-format', 'json'] });
  const lines = await linesOf(stack, async () => {
    await stack.ask('GET', claimPath('a "b"\\ü', 'w\u2028x'));
    await stack.ask('GET', `/pools/x${encodeURIComponent(FORGED)}/status`);
  });
  const [claim, error] = lines.map((line) => JSON.parse(line));
  assert.equal(lines.length, 2);
  assert.equal(claim.prefix, '🎭 ✅ [Mock Pool Manager]');
  assert.match(claim.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(
    [claim.event, claim.method, claim.status, claim.pool, claim.pod, claim.workspace],
    ['claim', 'GET', 200, 'a "b"\\ü', 'pod-pool-2-6', 'w\u2028x'],
  );
  assert.equal(typeof claim.durationMs, 'number');
  assert.equal(error.prefix, '🎭 ❌ [Mock Pool Manager]');
  assert.equal(error.status, 400);
  assert.deepEqual([claim.level, error.level], ['info', 'warning']);
  const started = JSON.parse(stack.worker.lines[0]);
  assert.deepEqual([started.event, started.level, /^\d+\.\d+\.\d+/.test(started.version)], ['started', 'info', true]);
  for (const line of stack.worker.lines) assert.doesNotThrow(() => JSON.parse(line), line);
});

const SECRETS = ['api-key', 'github-pat', 'env-value', 'bearer', 'cookie', 'in-bad-json'].map((name) => `SECRET-${name}`);

async function sendSecrets(stack) {
  const [apiKey, pat, value, bearer, cookie, bad] = SECRETS;
  const headers = { authorization: `Bearer ${bearer}`, cookie: `session=${cookie}`, 'x-api-key': apiKey };
  const json = { name: 'p', apiKey, github_pat: pat, env_vars: [{ name: 'A', value }] };
  assertSuccess(await stack.ask('POST', '/pools', { json, headers }), 201);
  assertSuccess(await stack.ask('POST', '/pools', { json, headers }), 200);
  assertSuccess(await stack.ask('GET', claimPath('p', 'w'), { headers }));
  assertError(await stack.ask('POST', '/pools', { json: { ...json, minimum_vms: 0 }, headers }), 400, 'bad_field');
  assertError(await stack.ask('POST', '/pools', { body: `{"name":"p","apiKey":"${bad}`, headers }), 400, 'bad_json');
  assertError(await stack.ask('POST', '/pools', { json: { name: 'p', github_pat: { value: [pat] } } }), 400, 'bad_field');
  const badName = { name: 'p', env_vars: [{ name: 1, value }] };
  assertError(await stack.ask('POST', '/pools', { json: badName }), 400, 'bad_field');
}

for (const format of ['text', 'json']) {
  stackCase(`no secret reaches the log (${format}), at any level`, async (world) => {
    const stack = await Stack.start(world, { options: ['--log-level', 'debug', '--log-format', format] });
    await linesOf(stack, () => sendSecrets(stack));
    for (const line of stack.worker.lines) assert.doesNotMatch(line, /SECRET/);
  });
}

stackCase('no answer contains a secret', async (world) => {
  const stack = await Stack.start(world);
  const [apiKey, pat, value] = SECRETS;
  const json = { name: 'p', apiKey, github_pat: pat, env_vars: [{ name: 'A', value }] };
  const answers = [
    await stack.ask('POST', '/pools', { json }),
    await stack.ask('POST', '/pools', { json }),
    await stack.ask('GET', '/pools/p/status'),
    await stack.ask('GET', '/pools/p/workspaces'),
  ];
  for (const answer of answers) assert.doesNotMatch(answer.text, /SECRET/);
});

stackCase('a fault is logged as a warning, whatever its status', async (world) => {
  const stack = await Stack.start(world, { options: ['--log-format', 'json'] });
  const answers = [{ status: 429 }, { status: 500 }, { garbage: true }];
  await forEachRow(answers, async (answer) => {
    const body = JSON.stringify([{ match: { operation: 'status' }, answer }]);
    assertSuccess(await stack.ask('PUT', '/__admin/faults', { body }));
    const lines = await linesOf(stack, () => stack.ask('GET', '/pools/default-pool/status'));
    const line = lines.find((text) => JSON.parse(text).event === 'status'); // the line of the PUT may come late
    assert.equal(JSON.parse(line).level, 'warning', line);
  });
});

for (const [level, lines] of [['error', 0], ['warning', 1]]) {
  stackCase(`--log-level ${level} keeps lines of that level and above`, async (world) => {
    const stack = await Stack.start(world, { options: ['--log-level', level] });
    await stack.claim('default-pool', 'w');
    assertError(await stack.ask('GET', '/nowhere'), 404, 'not_found');
    await stack.worker.stop();
    assert.equal(stack.worker.lines.length, lines, stack.worker.lines.join('\n'));
  });
}

// As systemd starts it: $JOURNAL_STREAM names the device and the inode of standard error.
const AS_SERVICE = '#!/bin/sh\nJOURNAL_STREAM=$(stat -L -c %d:%i /proc/$$/fd/2)\nexport JOURNAL_STREAM\nexec "$WORKER" "$@"\n';

testCase('lines for the journal begin with a priority and have no time', async (world) => {
  const program = world.path('as-service');
  await writeFile(program, AS_SERVICE, { mode: 0o755 });
  const env = { WORKER: process.env.POOL_MANAGER_TEST_WORKER };
  const worker = await Worker.start(world, { program, env });
  assertSuccess(await worker.ask('GET', claimPath('default-pool', 'w')));
  assertError(await worker.ask('GET', '/nowhere'), 404, 'not_found');
  await worker.stop();
  const lines = worker.lines.filter((line) => !line.includes('/__admin/health'));
  const expected = [
    /^<6>🎭 \[Mock Pool Manager\] started version=\S+ worker=1$/u,
    /^<6>🎭 ✅ \[Mock Pool Manager\] claim method=GET .*status=200 /u,
    /^<4>🎭 ❌ \[Mock Pool Manager\] request method=GET .*status=404 /u,
    /^<6>🎭 \[Mock Pool Manager\] stopping$/u,
    /^<6>🎭 \[Mock Pool Manager\] stopped claims=1 kept=no$/u,
  ];
  assert.equal(lines.length, expected.length, lines.join('\n'));
  expected.forEach((pattern, n) => assert.match(lines[n], pattern));
  const refused = await runWorker(['--no-such-option'], { env, program });
  assert.deepEqual([refused.code, refused.stderr.startsWith('<3>pool-manager-mock: --no-such-option: ')], [64, true]);
});
