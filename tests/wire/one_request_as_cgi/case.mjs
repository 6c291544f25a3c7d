// SPDX-License-Identifier: MIT
//
// The worker's program as a plain CGI program: it answers one request from its environment and standard input, with its state in a
// file.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { assertError, assertSuccess, claimPath } from '../../lib/api.mjs';
import { overwrite, PATIENCE_MS, testCase, until, within } from '../../lib/case.mjs';
import { askCgi, startCgi } from '../../lib/cgi.mjs';
import { Worker } from '../../lib/worker.mjs';

const EX_IOERR = 74;
const CLAIM = { target: claimPath('default-pool', 'w') };

// Returns the request of a case with a state file.
function withState(world, request) {
  return { ...request, env: { POOL_MANAGER_STATE: world.path('state.db'), ...request.env } };
}

async function claimIn(world) {
  return assertSuccess(await askCgi(withState(world, CLAIM))).workspace.id;
}

testCase('the answer is that of the worker', async () => {
  const claimed = await askCgi(CLAIM);
  assert.equal(assertSuccess(claimed).workspace.id, 'pod-pool-1-1');
  assert.equal(claimed.headers['content-length'], String(claimed.body.length));
  assert.equal(claimed.headers['access-control-allow-origin'], '*');
  assert.equal(claimed.code, 0);
  const made = await askCgi({ method: 'POST', target: '/pools', body: '{"name":"p","minimum_vms":2}' });
  assert.equal(assertSuccess(made, 201).pool.name, 'p');
  assertError(await askCgi({ target: '/nowhere' }), 404, 'not_found');
  assertError(await askCgi({ method: 'POST', target: '/pools', body: '{' }), 400, 'bad_json');
  const head = await askCgi({ method: 'HEAD', target: '/pools' });
  assert.equal(head.status, 200);
  assert.equal(head.body.length, 0);
});

testCase('the words of a query, which a server passes as arguments, are not options', async (world) => {
  const words = ['--help', '-V', `--listen=unix:${world.path('x.sock')}`, '--no-such-option', '--', 'word'];
  const answer = await askCgi({ ...CLAIM, words });
  assert.equal(assertSuccess(answer).workspace.id, 'pod-pool-1-1');
});

testCase('options come from the environment', async () => {
  const answer = await askCgi({ target: '/x/pools', env: { POOL_MANAGER_MOUNT: '/api/mock/pool-manager/x' } });
  assertSuccess(answer);
  const bad = await askCgi({ ...CLAIM, env: { POOL_MANAGER_BODY_MAX: 'much' } });
  assertError(bad, 500, 'internal');
  assert.match(bad.stderr, /POOL_MANAGER_BODY_MAX: .*'much'/);
  assert.ok(!bad.text.includes('much'), 'the client does not see the server\'s configuration');
});

testCase('a body has the length of CONTENT_LENGTH, and its limit', async () => {
  const body = JSON.stringify({ name: 'p', minimum_vms: 2 });
  const post = { method: 'POST', target: '/pools' };
  const limit = { POOL_MANAGER_BODY_MAX: String(body.length) };
  assertSuccess(await askCgi({ ...post, body: `${body} and more`, contentLength: body.length, env: limit }), 201);
  assertError(await askCgi({ ...post, body: `${body} `, env: limit }), 413, 'body_too_large');
  assertError(await askCgi({ ...post, body, contentLength: body.length + 1 }), 400, 'bad_body_length');
  assertError(await askCgi({ ...post, body, contentLength: 'long' }), 400, 'bad_body_length');
  // A body that is too long is read to its end, in pieces, unless it ends early.
  const long = 'x'.repeat(200_000);
  assertError(await askCgi({ ...post, body: long, env: limit }), 413, 'body_too_large');
  assertError(await askCgi({ ...post, body: long, contentLength: 300_000, env: limit }), 400, 'bad_body_length');
});

testCase('the time of a request is when it runs, even if it came slowly', async () => {
  const child = startCgi({ ...CLAIM, method: 'GET', contentLength: 1 });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  await until('it reads its body', async () => /\) S /.test(await readFile(`/proc/${child.pid}/stat`, 'utf8')));
  const came = Date.now() + 1;
  await until('time has passed', async () => Date.now() > came);
  child.stdin.end(' ');
  await within(PATIENCE_MS, 'the end', new Promise((resolve) => child.once('close', resolve)));
  const [, claimedAt] = /"claimedAt":"([^"]+)"/.exec(Buffer.concat(chunks).toString('utf8'));
  assert.ok(Date.parse(claimedAt) >= came, `${claimedAt} is before ${new Date(came).toISOString()}`);
});

testCase('a state document has its own limit', async (world) => {
  await claimIn(world);
  const document = await askCgi(withState(world, { target: '/__admin/state' }));
  assert.equal(document.status, 200);
  const put = { method: 'PUT', target: '/__admin/state', body: document.body, env: { POOL_MANAGER_BODY_MAX: '10' } };
  assertSuccess(await askCgi(withState(world, put)));
  assert.equal(await claimIn(world), 'pod-pool-1-2');
  const small = { ...put, env: { ...put.env, POOL_MANAGER_STATE_BODY: '10' } };
  assertError(await askCgi(withState(world, small)), 413, 'body_too_large');
});

testCase('a server that stalls within a body keeps the program no longer than --receive-timeout', async () => {
  const child = startCgi({ method: 'POST', target: '/pools', contentLength: 10, env: { POOL_MANAGER_RECEIVE_TIMEOUT: '50ms' } });
  child.stdin.write('{');
  child.stdout.resume();
  await within(PATIENCE_MS, 'the end', new Promise((resolve) => child.once('close', resolve)));
});

testCase('without a state file a request does not see the changes of another, and standard error says so', async (world) => {
  for (let i = 0; i < 2; i++) {
    const answer = await askCgi(CLAIM);
    assert.equal(assertSuccess(answer).workspace.id, 'pod-pool-1-1');
    assert.match(answer.stderr, /POOL_MANAGER_STATE is not set, so no request sees the changes of another/);
  }
  const kept = await askCgi(withState(world, CLAIM));
  assert.doesNotMatch(kept.stderr, /POOL_MANAGER_STATE is not set/);
});

testCase('with a state file, a request sees the changes of others', async (world) => {
  assert.equal(await claimIn(world), 'pod-pool-1-1');
  assert.equal(await claimIn(world), 'pod-pool-1-2');
  assertSuccess(await askCgi(withState(world, { method: 'POST', target: '/workspaces/mock-pod-1/release' })));
  assert.equal(await claimIn(world), 'pod-pool-1-1');
  const inTenant = withState(world, { target: `/~a${claimPath('default-pool', 'w')}` });
  assert.equal(assertSuccess(await askCgi(inTenant)).workspace.id, 'pod-pool-1-1');
  assert.equal(assertSuccess(await askCgi(inTenant)).workspace.id, 'pod-pool-1-2');
});

testCase('what only a worker could keep is refused', async (world) => {
  const refused = [
    { method: 'PUT', target: '/__admin/faults', body: '[]' },
    { method: 'POST', target: '/__admin/seed', body: '{"seed":1}' },
    { method: 'PUT', target: '/__admin/snapshots/one' },
    { target: '/__admin/requests' },
    { target: '/__admin/leaks' },
  ];
  for (const request of refused) assertError(await askCgi(withState(world, request)), 501, 'one_shot');
  const kept = { method: 'PATCH', target: '/__admin/settings', body: '{"onExhausted":"reject"}' };
  assertSuccess(await askCgi(withState(world, kept)));
  const { settings } = assertSuccess(await askCgi(withState(world, { target: '/__admin/settings' })));
  assert.equal(settings.onExhausted, 'reject');
});

testCase('a clock stays stopped or moved, and what falls due has happened in the one request', async (world) => {
  const ask = async (request) => assertSuccess(await askCgi(withState(world, request)));
  const change = (json) => ask({ method: 'PUT', target: '/__admin/clock', body: JSON.stringify(json) });
  const { now } = await change({ action: 'freeze' });
  const slow = { newPoolPods: 500, progression: { mode: 'time', pending: '1s', starting: '1s' } };
  await ask({ method: 'PATCH', target: '/__admin/pools/slow', body: JSON.stringify(slow) });
  const status = async () => (await ask({ target: '/pools/slow/status' })).status;
  assert.equal((await status()).pending_vms, 500);
  assert.equal((await change({ action: 'advance', by: '1m' })).fired.length, 1000);
  assert.equal((await status()).running_vms, 500);
  const { workspace } = await ask(CLAIM);
  assert.equal(Date.parse(workspace.claimedAt), Date.parse(now) + 60_000);
});

testCase('many at once wait for one another, and no pod is claimed twice', async (world) => {
  const ids = await Promise.all(Array.from({ length: 24 }, () => claimIn(world)));
  assert.equal(new Set(ids).size, ids.length);
});

testCase('a state that cannot be opened is an error answer, and a sentence on standard error', async (world) => {
  const assertRefusedWith = async (status, code, sentence, path = 'state.db') => {
    const answer = await askCgi({ ...CLAIM, env: { POOL_MANAGER_STATE: world.path(path) } });
    assertError(answer, status, code);
    assert.match(answer.stderr, sentence);
    assert.ok(!answer.text.includes(world.directory), 'the client sees no path');
  };
  await claimIn(world);
  await overwrite(world.path('state.db'), 68, Buffer.from('else'));
  await assertRefusedWith(500, 'state_foreign', /another program/);
  await overwrite(world.path('state.db'), 0, Buffer.from('else'));
  await assertRefusedWith(500, 'state_damaged', /is damaged/);
  await assertRefusedWith(503, 'state_file', /the folder \S+nowhere does not exist/, 'nowhere/state.db');
});

testCase('a request that waits too long for the state is told to try again', async (world) => {
  await Worker.start(world, { options: ['--state', world.path('state.db')] });
  const answer = await askCgi(withState(world, { ...CLAIM, env: { POOL_MANAGER_STATE_WAIT: '30ms' } }));
  assertError(answer, 503, 'state_busy');
  assert.match(answer.headers['retry-after'], /^[1-9]\d*$/);
});

testCase('a list in pieces is that of the worker', async (world) => {
  const worker = await Worker.start(world, { options: ['--state', world.path('state.db'), '--log-level', 'error'] });
  await worker.fill('large', 2_000);
  const expected = await worker.ask('GET', '/pools/large/workspaces');
  await worker.stop();
  const answer = await askCgi(withState(world, { target: '/pools/large/workspaces' }));
  assert.equal(assertSuccess(answer).workspaces.length, 2_000);
  assert.equal(answer.text, expected.text);
});

testCase('a request that waits is answered when its time comes', async (world) => {
  const settings = { onExhausted: 'queue', claimTimeout: '100ms', maxPods: 5, rejectStatus: 429 };
  assertSuccess(
    await askCgi(withState(world, { method: 'PATCH', target: '/__admin/settings', body: JSON.stringify(settings) })),
  );
  for (let i = 0; i < 5; i++) await claimIn(world);
  const begun = performance.now();
  assertError(await askCgi(withState(world, CLAIM)), 429, 'exhausted');
  assert.ok(performance.now() - begun >= 100, 'it has waited');
});

testCase('if a server goes away before the answer, only the answer is lost', async (world) => {
  const child = startCgi(withState(world, { ...CLAIM, method: 'GET' }));
  child.stdout.destroy();
  child.stdin.end();
  const [code, signal] = await within(
    PATIENCE_MS,
    'the end',
    new Promise((resolve) => child.once('close', (...ended) => resolve(ended))),
  );
  assert.deepEqual([code, signal], [EX_IOERR, null]);
  assert.equal(await claimIn(world), 'pod-pool-1-2');
});

testCase('a request that waits ends when its server goes away', async (world) => {
  const settings = { onExhausted: 'queue', claimTimeout: '4m' };
  assertSuccess(
    await askCgi(withState(world, { method: 'PATCH', target: '/__admin/settings', body: JSON.stringify(settings) })),
  );
  for (let i = 0; i < 5; i++) await claimIn(world);
  const child = startCgi(withState(world, { ...CLAIM, method: 'GET' }));
  child.stdin.end();
  child.stdout.destroy();
  await within(PATIENCE_MS, 'the end', new Promise((resolve) => child.once('close', resolve)));
  assertSuccess(await askCgi(withState(world, { target: '/__admin/health' })));
});

testCase('with a listening socket as standard input it is a worker, whatever the environment', async (world) => {
  const worker = await Worker.start(world, { inherit: 'stdin', env: { GATEWAY_INTERFACE: 'CGI/1.1' } });
  await worker.assertServes();
});
