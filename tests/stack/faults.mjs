// SPDX-License-Identifier: MIT
//
// Each kind of fault, as a client of nginx sees it.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import {
  assertCounts, assertFaulted, assertStale, requestToTheEnd, setFaults, untilParked,
} from '../lib/faults.mjs';
import { makeInstance, Stack, stackCase } from '../lib/stack.mjs';

const CLAIM = claimPath('default-pool', 'w');
const STATUS = statusPath('default-pool');
const ALL_FREE = { total: 5, used: 0 };

stackCase('a status comes with its sentence, Retry-After and the rule\'s id, and the request has not run', async (world) => {
  const stack = await Stack.start(world);
  const answer = { status: 429, retryAfter: 7, error: 'slow down, please' };
  await setFaults(stack, [{ id: 'busy', match: { operation: 'claim' }, times: 2, answer }]);
  for (let n = 0; n < 2; n++) {
    const refused = await stack.ask('GET', CLAIM);
    assertFaulted(refused, 'busy', 429, /^slow down, please$/);
    assert.equal(refused.headers['retry-after'], '7');
  }
  await stack.assertPool('default-pool', ALL_FREE);
  const passed = await stack.ask('GET', CLAIM);
  assertSuccess(passed);
  assert.ok(!('x-mock-fault' in passed.headers));
  await assertCounts(stack, { matched: 2, hits: 2, spent: true });
});

for (const [connection, end] of [['close', 'closed'], ['reset', 'reset']]) {
  stackCase(`a connection is ${end} without a byte of an answer`, async (world) => {
    const stack = await Stack.start(world);
    await setFaults(stack, [{ match: { operation: '*' }, answer: { connection } }]);
    const json = { body: '{"name":"p"}', headers: { 'content-type': 'application/json' } };
    const rows = [['GET', CLAIM], ['POST', '/pools', json], ['DELETE', '/pools/default-pool'], ['GET', STATUS]];
    await forEachRow(rows, async ([method, path, request]) => {
      assert.deepEqual(await requestToTheEnd(stack, method, path, request), { end, answer: null });
      await assert.rejects(stack.ask(method, path, { agent: false }), { code: 'ECONNRESET' });
    });
    await setFaults(stack, []);
    await stack.assertPool('default-pool', ALL_FREE);
  });
}

stackCase('a truncated answer is the beginning of one, and then the end of the connection', async (world) => {
  const stack = await Stack.start(world);
  const whole = await stack.ask('GET', '/workspaces/mock-pod-1');
  for (const phase of ['after', 'before']) {
    await setFaults(stack, [{ id: 'cut', match: { operation: 'workspace' }, phase, answer: { truncate: 0.5 } }]);
    const { end, answer } = await requestToTheEnd(stack, 'GET', '/workspaces/mock-pod-1');
    assert.equal(end, 'closed');
    assert.equal(answer.headers['x-mock-fault'], 'cut');
    assert.equal(answer.body.length, Math.floor(Number(answer.headers['content-length']) / 2));
    if (phase === 'after') {
      assert.equal(answer.status, 200);
      assert.equal(Number(answer.headers['content-length']), whole.body.length);
      assert.deepEqual(answer.body, whole.body.subarray(0, answer.body.length));
    }
    await assert.rejects(stack.ask('GET', '/workspaces/mock-pod-1', { agent: false }), { code: 'ECONNRESET' });
  }
});

stackCase('a long answer in pieces is truncated too', async (world) => {
  const stack = await Stack.start(world);
  await stack.worker.fill('large', 2_000);
  await setFaults(stack, [{ match: { operation: 'workspaces' }, phase: 'after', answer: { truncate: 0.5 } }]);
  const { end, answer } = await requestToTheEnd(stack, 'GET', '/pools/large/workspaces');
  assert.equal(end, 'closed');
  assert.equal(answer.status, 200);
  assert.ok(!answer.text.endsWith('0\r\n\r\n'), 'no last chunk');
  await setFaults(stack, []);
  await stack.assertPool('large', { total: 2_000, used: 2_000, minimum: 3 });
});

stackCase('garbage is a complete answer that is not JSON', async (world) => {
  const stack = await Stack.start(world);
  for (const phase of ['before', 'after']) {
    await setFaults(stack, [{ id: 'noise', match: { operation: 'status' }, phase, answer: { garbage: true } }]);
    const answer = await stack.ask('GET', STATUS);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['x-mock-fault'], 'noise');
    assert.throws(() => answer.json);
    assert.ok(answer.body.length > 0);
  }
});

stackCase('a dribbled answer arrives complete, at its rate', async (world) => {
  const stack = await Stack.start(world);
  const whole = await stack.ask('GET', '/workspaces/mock-pod-1');
  const bytesPerSecond = whole.body.length * 4;
  const rule = { id: 'slow', match: { operation: 'workspace' }, phase: 'after', answer: { dribble: { bytesPerSecond } } };
  await setFaults(stack, [rule]);
  const begun = performance.now();
  const answer = await stack.ask('GET', '/workspaces/mock-pod-1');
  const tookMs = performance.now() - begun;
  assert.deepEqual(answer.body, whole.body);
  assert.equal(answer.headers['x-mock-fault'], 'slow');
  assert.ok(tookMs > 100, `all of it in ${tookMs} ms`);
});

stackCase('an answer that breaks off while it dribbles is not complete', async (world) => {
  const stack = await Stack.start(world);
  const answer = { dribble: { bytesPerSecond: 20 } };
  await setFaults(stack, [{ match: { operation: 'status' }, phase: 'after', answer }]);
  let dribbling;
  await new Promise((begun) => {
    dribbling = requestToTheEnd(stack, 'GET', STATUS, { begun });
  }); // otherwise nginx may read the head and the end at once, and pass neither on
  await untilParked(stack, 1);
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  const { end, answer: came } = await dribbling;
  assert.equal(end, 'closed');
  assert.equal(came.status, 200);
  assert.ok(!came.text.endsWith('0\r\n\r\n'), 'no last chunk');
});

stackCase('a request hangs until the state is reset', async (world) => {
  const stack = await Stack.start(world);
  for (const phase of ['before', 'after']) {
    await setFaults(stack, [{ id: 'hole', match: { operation: 'claim' }, phase, answer: { hang: true } }]);
    const hanging = stack.ask('GET', CLAIM, { agent: false });
    await untilParked(stack, 1);
    await stack.assertPool('default-pool', { total: 5, used: phase === 'after' ? 1 : 0 });
    assertSuccess(await stack.ask('POST', '/__admin/reset'));
    assertStale(await hanging);
    await untilParked(stack, 0);
    await stack.assertPool('default-pool', ALL_FREE);
  }
});

stackCase('a hanging request is dropped when its client disconnects', async (world) => {
  const stack = await Stack.start(world);
  await setFaults(stack, [{ match: { operation: 'claim' }, answer: { hang: true } }]);
  const { agent } = stack;
  const hanging = assert.rejects(stack.ask('GET', CLAIM, { agent }));
  await untilParked(stack, 1);
  agent.destroy();
  await hanging;
  await untilParked(stack, 0);
});

stackCase('a rule may have a delay and an answer', async (world) => {
  const stack = await Stack.start(world);
  const rule = { id: 'both', match: { operation: 'status' }, delay: { type: 'fixed', ms: 120 }, answer: { status: 500 } };
  await setFaults(stack, [rule]);
  const begun = performance.now();
  assertFaulted(await stack.ask('GET', STATUS), 'both', 500);
  assert.ok(performance.now() - begun >= 119, 'it has waited');
});

stackCase('control routes and unknown paths are never faulted', async (world) => {
  const stack = await Stack.start(world);
  await setFaults(stack, [{ match: { operation: '*' }, answer: { status: 500 } }]);
  assertSuccess(await stack.ask('GET', '/__admin/health'));
  assertError(await stack.ask('GET', '/__admin/nothing'), 404, 'not_found');
  assertError(await stack.ask('GET', '/nowhere'), 404, 'not_found');
  await assertCounts(stack, { matched: 0, hits: 0, spent: false });
  assertSuccess(await stack.ask('DELETE', '/__admin/faults'));
  assertSuccess(await stack.ask('GET', STATUS));
});

stackCase('a rule can close connections to a pod\'s host too', async (world) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'host'] });
  await stack.claim('default-pool', 'w');
  const match = { operation: 'pod', pod: 'mock-pod-1' };
  await setFaults(stack, [{ match, times: 1, answer: { connection: 'close' } }]);
  const headers = { host: 'mock-pod-1-15552.pods.localhost', authorization: 'Bearer mock-password' };
  await assert.rejects(stack.request('GET', '/jlist', { agent: false, headers }), { code: 'ECONNRESET' });
  assert.equal((await stack.request('GET', '/jlist', { headers })).status, 200);
});

stackCase('a rule applies to its tenant only', async (world) => {
  const stack = await Stack.start(world);
  await setFaults(stack, [{ id: 'theirs', match: { operation: '*' }, answer: { status: 500 } }], '/~one');
  assertSuccess(await stack.ask('GET', STATUS));
  assertSuccess(await stack.ask('GET', `/~two${STATUS}`));
  assertFaulted(await stack.ask('GET', `/~one${STATUS}`), 'theirs', 500);
  assertFaulted(await stack.ask('GET', STATUS, { headers: { 'x-mock-tenant': 'one' } }), 'theirs', 500);
});

// The complete server without faults.conf.
async function withoutFaults(directory, listen, socketPath) {
  await makeInstance(directory, listen, socketPath);
  const path = join(directory, 'nginx.conf');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('include pool-manager-mock/faults.conf;', ''));
}

stackCase('without faults.conf a rule that needs it is refused with the file\'s name', async (world) => {
  const stack = await Stack.start(world, { configure: withoutFaults });
  await forEachRow(['close', 'reset'], async (connection) => {
    const rule = { match: { operation: 'claim' }, answer: { connection } };
    const file = /pool-manager-mock\/faults\.conf/;
    assertError(await stack.ask('POST', '/__admin/faults', { json: rule }), 400, 'bad_field', file);
    assertError(await stack.ask('PUT', '/__admin/faults', { json: [rule] }), 400, 'bad_field', file);
  });
  await setFaults(stack, [{ match: { operation: 'claim' }, answer: { status: 500 } }]);
});

stackCase('without faults.conf a rule that was added through another server answers an error that says so', async (world) => {
  const stack = await Stack.start(world, { configure: withoutFaults });
  const rule = { id: 'gone', match: { operation: 'claim' }, answer: { connection: 'close' } };
  const body = JSON.stringify([rule]);
  const set = await stack.worker.ask('PUT', '/__admin/faults', { body, params: { POOL_MANAGER_FAULTS: '1' } });
  assertSuccess(set);
  assertFaulted(await stack.ask('GET', CLAIM), 'gone', 503, /pool-manager-mock\/faults\.conf/);
});
