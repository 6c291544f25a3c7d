// SPDX-License-Identifier: MIT
//
// The journal of requests: its list, verify, wait and leaks.

import assert from 'node:assert/strict';
import http from 'node:http';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { forEachRow, times, until } from '../lib/case.mjs';
import { assertStale, FOR_EVER, setFaults, untilParked } from '../lib/faults.mjs';
import { assertEntry, getLeaks, getRequests } from '../lib/journal.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

const CLAIM = claimPath('default-pool', 'w');

const verify = (stack, json) => stack.ask('POST', '/__admin/verify', { json });
const wait = (stack, query) => stack.ask('GET', `/__admin/requests/wait${query}`, { agent: false });

stackCase('the journal lists each request by its operation, in the order of arrival', async (world) => {
  const stack = await Stack.start(world);
  const pod = '/pools/default-pool/workspaces/mock-pod-1';
  const rows = [
    ['GET', CLAIM, 'claim', 200],
    ['GET', '/workspaces/mock-pod-1', 'workspace', 200],
    ['GET', pod, 'workspace', 200],
    ['POST', '/workspaces/mock-pod-1/update', 'update', 200, { repositories: [] }],
    ['POST', `${pod}/mark-used`, 'mark-used', 200],
    ['GET', `${pod}/usage`, 'usage', 200],
    ['POST', `${pod}/staklink-start`, 'staklink-start', 200],
    ['POST', `${pod}/repositories`, 'repositories', 200, { repositories: [] }],
    ['POST', `${pod}/environment`, 'environment', 200, { environment: {} }],
    ['GET', `${pod}/processes`, 'processes', 200],
    ['POST', '/exec/mock-pod-1', 'exec', 200, { command: 'true' }],
    ['GET', '/_pod/mock-pod-1/15552/jlist', 'pod', 200],
    ['POST', '/workspaces/mock-pod-1/mark-unused', 'release', 200],
    ['POST', `${pod}/release`, 'release', 200],
    ['DELETE', pod, 'delete-workspace', 200],
    ['GET', statusPath('default-pool'), 'status', 200],
    ['GET', '/pools/default-pool/workspaces', 'workspaces', 200],
    ['GET', '/pools', 'pools', 200],
    ['POST', '/pools', 'create-pool', 201, { pool_name: 'p' }],
    ['GET', '/pools/p', 'pool', 200],
    ['PUT', '/pools/p', 'update-pool', 200, {}],
    ['POST', '/pools/p/scale', 'scale', 200, { minimum_vms: 4 }],
    ['DELETE', '/pools/p', 'delete-pool', 200],
    ['POST', '/auth/login', 'login', 200, { username: 'u', password: 'p' }],
    ['POST', '/users', 'create-user', 201, { username: 'v', password: 'p', email: 'v@x' }],
    ['DELETE', '/users/v', 'delete-user', 200],
  ];
  for (const [method, path, operation, status, json] of rows) {
    const answer = await stack.ask(method, path, { json });
    assert.equal(answer.status, status, `${operation}: ${answer.text.slice(0, 200)}`);
  }
  const entries = await getRequests(stack);
  assert.equal(entries.length, rows.length);
  entries.forEach((entry, i) => {
    const [method, path, operation, status] = rows[i];
    assertEntry(entry, {
      seq: i + 1, method, path: BASE + path.split('?')[0], operation, status, fault: null, delivered: true,
    });
  });
});

stackCase('an entry names the pool, pod and workspace of its request', async (world) => {
  const stack = await Stack.start(world);
  const { id } = await stack.claim('a pool', 'task 7');
  assertError(await stack.ask('POST', '/workspaces/mock-pod-99/release'), 404, 'pod_not_found');
  assertError(await stack.ask('POST', '/pools', { body: '{' }), 400, 'bad_json');
  const [claim, release, pool] = await getRequests(stack);
  assertEntry(claim, { pool: 'a pool', pod: id, workspaceId: 'task 7', path: `${BASE}/pools/a%20pool/workspace` });
  assertEntry(release, { pool: null, pod: 'mock-pod-99', workspaceId: null, status: 404 });
  assertEntry(pool, { pool: null, pod: null, status: 400 });
  assert.equal(new Set([claim, release, pool].map(({ requestId }) => requestId)).size, 3);
  await forEachRow([`?pod=${id}`, '?pod=mock-pod-6', '?pool=a*', '?workspaceId=task%207'], async (query) => {
    assert.deepEqual((await getRequests(stack, query)).map(({ seq }) => seq), [1]);
  });
});

stackCase('control routes, unknown paths and secrets are not in the journal', async (world) => {
  const stack = await Stack.start(world);
  assertSuccess(await stack.ask('GET', '/__admin/health'));
  assertSuccess(await stack.ask('POST', '/__admin/verify', { json: { times: { exactly: 0 } } }));
  assertError(await stack.ask('GET', '/nowhere'), 404, 'not_found');
  assertError(await stack.ask('PATCH', '/pools'), 405, 'method_not_allowed');
  await stack.ask('OPTIONS', '/pools');
  assert.deepEqual(await getRequests(stack), []);
  const secret = 'hunter-2';
  const headers = { authorization: `Bearer ${secret}` };
  assertSuccess(await stack.ask('GET', `/pools?token=${secret}`, { headers }));
  assertSuccess(await stack.ask('POST', '/auth/login', { json: { username: 'u', password: secret }, headers }));
  const answer = await stack.ask('GET', '/__admin/requests');
  assert.equal(assertSuccess(answer).requests.length, 2);
  assert.doesNotMatch(answer.text, /hunter/);
});

stackCase('a waiting request is pending in the journal, and completed when it is answered', async (world) => {
  const stack = await Stack.start(world);
  await setFaults(stack, [{ id: 'slow', match: { operation: 'claim' }, delay: { type: 'fixed', ms: 300 } }]);
  const claim = stack.ask('GET', CLAIM, { agent: false });
  await untilParked(stack, 1);
  const [pending] = await getRequests(stack);
  assertEntry(pending, { status: 0, operation: 'claim', pool: 'default-pool', pod: null, workspaceId: 'w' });
  const { workspace } = assertSuccess(await claim);
  const [entry] = await getRequests(stack);
  assertEntry(entry, { seq: pending.seq, status: 200, pod: workspace.id, workspaceId: 'w', fault: 'slow' });
  assert.ok(entry.durationMs >= 299, String(entry.durationMs));
});

stackCase('an answer that was not delivered is shown as such', async (world) => {
  const stack = await Stack.start(world);
  await setFaults(stack, [{ id: 'for-ever', match: { operation: 'status' }, delay: FOR_EVER }]);
  const agent = new http.Agent();
  const gone = assert.rejects(stack.ask('GET', statusPath('default-pool'), { agent }));
  await untilParked(stack, 1);
  agent.destroy();
  await gone;
  const entry = await until('the client is gone', async () => (await getRequests(stack)).find(({ status }) => status !== 0));
  assertEntry(entry, { operation: 'status', fault: 'for-ever', delivered: false });
});

stackCase('the journal keeps the newest requests, and none if it is off', async (world) => {
  const stack = await Stack.start(world, { options: ['--journal', '3'] });
  for (let n = 0; n < 5; n++) await stack.claim('default-pool', `w-${n}`);
  const { requests, dropped, lastSeq } = assertSuccess(await stack.ask('GET', '/__admin/requests'));
  assert.deepEqual([requests.map(({ seq }) => seq), dropped, lastSeq], [[3, 4, 5], 2, 5]);
  await stack.worker.stop();
  stack.settings.options = ['--journal', '0'];
  await stack.startWorkerAnew();
  await stack.claim('default-pool', 'w');
  const questions = [['GET', '/requests'], ['GET', '/requests/wait'], ['POST', '/verify', { times: { exactly: 0 } }]];
  await forEachRow(questions, async ([method, path, json]) =>
    assertError(await stack.ask(method, `/__admin${path}`, { json }), 409, 'no_journal', /--journal 0/));
});

stackCase('no assertion passes because of entries that the journal has dropped', async (world) => {
  const stack = await Stack.start(world, { options: ['--journal', '3'] });
  for (let n = 1; n <= 5; n++) await stack.claim('default-pool', `w${n}`);
  const claims = (more, times) => verify(stack, { match: { operation: 'claim', ...more }, times });
  const rows = [
    [{}, { exactly: 3 }], [{}, { atMost: 3 }], [{ workspaceId: 'w1' }, { exactly: 0 }], [{}, { atLeast: 4 }],
  ];
  await forEachRow(rows, async ([more, bounds]) => {
    const { dropped } = assertError(await claims(more, bounds), 409, 'journal_incomplete', /but 2 older requests are/);
    assert.equal(dropped, 2);
  });
  const { count, dropped } = assertSuccess(await claims({}, { atLeast: 3 }));
  assert.deepEqual([count, dropped], [3, 2]);
  assertError(await claims({}, { exactly: 2 }), 409, 'not_verified');
  assert.equal(assertSuccess(await claims({ after: 2 }, { exactly: 3 })).count, 3);
  const late = await wait(stack, '?workspaceId=w1&timeout=50ms');
  assert.equal(assertError(late, 408, 'wait_timeout', /; 2 older requests are no longer/).dropped, 2);
  assertSuccess(await stack.ask('DELETE', '/__admin/requests'));
  assert.equal(assertSuccess(await claims({}, { exactly: 0 })).dropped, 0);
});

stackCase('a long journal is read at once, or page by page', async (world) => {
  const stack = await Stack.start(world, { options: ['--log-level', 'error'] });
  const count = times(2_000, 20_000);
  for (let n = 0; n < count; n += 500) {
    await Promise.all(Array.from({ length: 500 }, () => stack.ask('GET', '/pools')));
  }
  const kept = Math.min(count, 10_000);
  const all = (await getRequests(stack)).map(({ seq }) => seq);
  assert.deepEqual(all, Array.from({ length: kept }, (_, i) => count - kept + 1 + i));
  const paged = [];
  for (let after = 0, page; (page = await getRequests(stack, `?after=${after}&limit=700`)).length > 0; ) {
    paged.push(...page.map(({ seq }) => seq));
    after = paged.at(-1);
  }
  assert.deepEqual(paged, all);
});

stackCase('a reset empties the journal and restarts its numbers, unless it is kept', async (world) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'w');
  assertSuccess(await stack.ask('POST', '/__admin/reset?keep=journal'));
  await stack.claim('default-pool', 'w');
  assert.deepEqual((await getRequests(stack)).map(({ seq }) => seq), [1, 2]);
  assertSuccess(await stack.ask('DELETE', '/__admin/requests'));
  await stack.claim('default-pool', 'w');
  assert.deepEqual((await getRequests(stack)).map(({ seq }) => seq), [3]);
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  assert.deepEqual(await getRequests(stack), []);
  await stack.claim('default-pool', 'w');
  assert.deepEqual((await getRequests(stack)).map(({ seq }) => seq), [1]);
});

stackCase('each tenant has its own journal and leaks', async (world) => {
  const stack = await Stack.start(world);
  await setFaults(stack, [{ match: { operation: 'claim' }, phase: 'after', answer: { status: 502 } }], '/~a');
  assertError(await stack.ask('GET', `/~a${CLAIM}`), 502, 'fault');
  assertSuccess(await stack.ask('GET', '/~a/workspaces/mock-pod-1--a'));
  assertError(await stack.ask('GET', '/~a/workspaces/mock-pod-1'), 404, 'pod_not_found');
  await stack.claim('default-pool', 'w');
  const seqs = async (query, prefix) => (await getRequests(stack, query, prefix)).map(({ seq }) => seq);
  assert.deepEqual(await seqs('?pod=mock-pod-1'), [1]);
  assert.deepEqual(await seqs('?pod=mock-pod-1--a', '/~a'), [1, 2]);
  assertError(await stack.ask('GET', '/~a/__admin/requests?pod=mock-pod-1'), 400, 'bad_query', /^pod: /);
  assert.deepEqual((await getLeaks(stack, '/~a')).map(({ pod }) => pod), ['pod-pool-1-1']);
  assert.deepEqual(await getLeaks(stack), []);
});

stackCase('verify counts matching requests', async (world) => {
  const stack = await Stack.start(world);
  for (const pool of ['ci-1', 'ci-2', 'other']) await stack.claim(pool, 'w');
  assertSuccess(await stack.ask('POST', '/workspaces/mock-pod-6/release'));
  const claims = { operation: 'claim', pool: 'ci-*' };
  assert.equal(assertSuccess(await verify(stack, { match: claims, times: { exactly: 2 } })).count, 2);
  assert.equal(assertSuccess(await verify(stack, { match: { operation: ['claim', 'release'] } })).count, 4);
  const answer = await verify(stack, { match: claims, times: { atMost: 1 } });
  const { count, misses } = assertError(answer, 409, 'not_verified', /^expected at most 1 claim request, found 2$/);
  assert.equal(count, 2);
  assert.deepEqual(misses.map(({ differs, request }) => [differs, request.seq]), [['pool', 3], ['operation', 4]]);
  misses.forEach(({ request }) => assertEntry(request, { status: 200 }));
});

stackCase('a wait ends when enough requests are answered', async (world) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'w-1');
  assert.equal(assertSuccess(await wait(stack, '?operation=claim')).count, 1);
  const waiting = wait(stack, '?operation=claim&count=3&timeout=1m');
  await untilParked(stack, 1);
  await stack.claim('default-pool', 'w-2');
  assertSuccess(await stack.ask('GET', '/pools'));
  await untilParked(stack, 1);
  await stack.claim('default-pool', 'w-3');
  const { count, lastSeq } = assertSuccess(await waiting);
  assert.deepEqual([count, lastSeq], [3, 4]);
  await untilParked(stack, 0);
});

stackCase('a wait with after counts only later requests', async (world) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'w-1');
  const { lastSeq } = assertSuccess(await stack.ask('GET', '/__admin/requests?limit=1'));
  const waiting = wait(stack, `?operation=claim&after=${lastSeq}`);
  await untilParked(stack, 1);
  await stack.claim('default-pool', 'w-2');
  assert.equal(assertSuccess(await waiting).count, 1);
});

stackCase('a wait counts answered requests, not requests that have only arrived', async (world) => {
  const stack = await Stack.start(world);
  await setFaults(stack, [{ match: { operation: 'claim' }, phase: 'after', delay: FOR_EVER }]);
  const claim = stack.ask('GET', CLAIM, { agent: false });
  const waiting = wait(stack, '?operation=claim&status=200');
  await untilParked(stack, 2);
  const early = await wait(stack, '?operation=claim&timeout=50ms');
  assertError(early, 408, 'wait_timeout', /^0 of 1 requests were answered within 50ms$/);
  await untilParked(stack, 2);
  assertSuccess(await stack.ask('POST', '/__admin/reset?keep=journal'));
  assertStale(await claim);
  assertStale(await waiting);
  assert.equal(assertSuccess(await wait(stack, '?operation=claim&status=503')).count, 1);
});

stackCase('all waits are woken, and the wait of a disconnected client is forgotten', async (world) => {
  const stack = await Stack.start(world);
  const agent = new http.Agent({ maxSockets: Infinity });
  const leaving = new http.Agent({ maxSockets: Infinity });
  world.atEnd(() => agent.destroy());
  const query = '/__admin/requests/wait?pool=default-pool&count=2&timeout=1m';
  const waiting = Array.from({ length: 200 }, () => stack.ask('GET', query, { agent }));
  const gone = Array.from({ length: 50 }, () => assert.rejects(stack.ask('GET', query, { agent: leaving })));
  await untilParked(stack, 250);
  leaving.destroy();
  await Promise.all(gone);
  await untilParked(stack, 200);
  await stack.claim('default-pool', 'w-1');
  await stack.claim('default-pool', 'w-2');
  for (const answer of await Promise.all(waiting)) assert.equal(assertSuccess(answer).count, 2);
});

stackCase('a stopping worker answers waits', async (world) => {
  const stack = await Stack.start(world);
  const waiting = wait(stack, '?timeout=4m');
  await untilParked(stack, 1);
  await stack.worker.stop();
  assertError(await waiting, 503, 'stopping');
});

stackCase('a claim whose answer was lost by a rule is a leak until it ends', async (world) => {
  const stack = await Stack.start(world);
  await setFaults(stack, [{ id: 'lost', match: { operation: 'claim' }, phase: 'after', times: 2, answer: { status: 502 } }]);
  for (const workspace of ['w-1', 'w-2']) {
    assertError(await stack.ask('GET', claimPath('default-pool', workspace)), 502, 'fault');
  }
  await stack.claim('default-pool', 'w-3');
  const requests = await getRequests(stack);
  const leaks = await getLeaks(stack);
  assert.deepEqual(
    leaks.map(({ pod, pool, workspaceId, seq, requestId }) => ({ pod, pool, workspaceId, seq, requestId })),
    requests.slice(0, 2).map(({ pod, pool, workspaceId, seq, requestId }) => ({ pod, pool, workspaceId, seq, requestId })),
  );
  leaks.forEach(({ ageMs }) => assert.ok(Number.isInteger(ageMs) && ageMs >= 0));
  assertSuccess(await stack.ask('POST', `/workspaces/${leaks[0].pod}/release`));
  assert.deepEqual((await getLeaks(stack)).map(({ pod }) => pod), [leaks[1].pod]);
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  assert.deepEqual(await getLeaks(stack), []);
});

stackCase('a claim is a leak if its client disconnects before the answer', async (world) => {
  const stack = await Stack.start(world);
  await setFaults(stack, [{ match: { operation: 'claim' }, phase: 'after', delay: FOR_EVER }]);
  const agent = new http.Agent();
  const gone = assert.rejects(stack.ask('GET', CLAIM, { agent }));
  await untilParked(stack, 1);
  assert.deepEqual(await getLeaks(stack), []);
  agent.destroy();
  await gone;
  const [leak] = await until('the leak', async () => {
    const leaks = await getLeaks(stack);
    return leaks.length > 0 && leaks;
  });
  assert.deepEqual([leak.pod, leak.workspaceId], ['pod-pool-1-1', 'w']);
  await stack.assertPool('default-pool', { total: 5, used: 1 });
});
