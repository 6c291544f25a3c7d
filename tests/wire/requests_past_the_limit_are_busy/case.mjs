// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase, until } from '../../lib/case.mjs';
import { encodeRequest } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const LIMIT = 4;

testCase('above the limit of open requests the answer is 503 with Retry-After, until one of them ends', async (world) => {
  const worker = await Worker.start(world, { options: ['--requests-max', String(LIMIT)] });
  const request = (n) => encodeRequest({ target: BASE + claimPath('default-pool', `w-${n}`), body: '{}' });
  const open = await Promise.all(Array.from({ length: LIMIT }, () => worker.connect()));
  for (const [n, connection] of open.entries()) await connection.send(request(n).subarray(0, 60));

  const over = await worker.connect();
  for (let tries = 0; tries < 3; tries++) {
    const refused = await over.ask({ target: BASE + claimPath('default-pool', 'over'), body: '{}' });
    assertError(refused, 503, 'busy');
    assert.match(refused.headers['retry-after'] ?? '', /^[1-9]\d*$/);
  }

  await open[0].send(request(0).subarray(60));
  assert.equal(assertSuccess(await open[0].answer()).workspace.claimedBy, 'w-0');
  const served = await over.ask({ target: BASE + claimPath('default-pool', 'over') });
  assert.equal(assertSuccess(served).workspace.id, 'pod-pool-1-2', 'the refused requests claimed nothing');
  for (const [n, connection] of open.entries()) {
    if (n === 0) continue;
    await connection.send(request(n).subarray(60));
    assert.equal(assertSuccess(await connection.answer()).workspace.claimedBy, `w-${n}`);
  }
});

testCase('a client that goes away in the middle of its request frees its place', async (world) => {
  const worker = await Worker.start(world, { options: ['--requests-max', '1'] });
  const before = await worker.descriptorsCount();
  const half = await worker.connect();
  await half.send(encodeRequest({ target: BASE + claimPath('default-pool', 'half') }).subarray(0, 60));
  assertError(await worker.ask('GET', '/pools'), 503, 'busy');
  half.destroy();
  await worker.untilDescriptors('are back to what they were', (count) => count <= before);
  assertSuccess(await worker.ask('GET', '/pools'));
});

testCase('a refused request makes no tenant', async (world) => {
  const worker = await Worker.start(world, { options: ['--requests-max', '1'] });
  const half = await worker.connect();
  await half.send(encodeRequest({ target: BASE + claimPath('default-pool', 'half') }).subarray(0, 60));
  assertError(await worker.ask('GET', '/~late/pools'), 503, 'busy');
  assert.deepEqual(assertSuccess(await worker.ask('GET', '/__admin/tenants')).tenants, []);
});

// Sends a claim that a fault rule delays on each of LIMIT connections, and returns them once all wait.
async function letClaimsWait(worker) {
  const slow = { id: 'slow', match: { operation: 'claim' }, delay: { type: 'fixed', ms: 600_000 } };
  assertSuccess(await worker.ask('POST', '/__admin/faults', { body: JSON.stringify(slow) }), 201);
  const waiting = await Promise.all(Array.from({ length: LIMIT }, () => worker.connect()));
  for (const connection of waiting) {
    await connection.send(encodeRequest({ target: BASE + claimPath('default-pool', 'w') }));
  }
  await until('all of them wait', async () => {
    return assertSuccess(await worker.ask('GET', '/__admin/health')).parked === LIMIT;
  });
  return waiting;
}

testCase('waiting requests take no place of --requests-max', async (world) => {
  const worker = await Worker.start(world, { options: ['--requests-max', '1'] });
  const waiting = await letClaimsWait(worker);
  for (let n = 0; n < LIMIT; n++) assertSuccess(await worker.ask('GET', '/pools'));
  assertSuccess(await worker.ask('POST', '/__admin/reset'));
  for (const connection of waiting) assertError(await connection.answer(), 503, 'stale');
  assertSuccess(await worker.ask('GET', '/pools'));
});

testCase('a request that would wait beyond --parked-max is a 503, or is answered at once if it has run', async (world) => {
  const worker = await Worker.start(world, { options: ['--parked-max', String(LIMIT)] });
  const waiting = await letClaimsWait(worker);
  const sentence = new RegExp(`^${LIMIT} requests wait already \\(--parked-max\\)$`);
  const refused = await worker.ask('GET', claimPath('default-pool', 'over'));
  assertError(refused, 503, 'busy', sentence);
  assert.match(refused.headers['retry-after'] ?? '', /^[1-9]\d*$/);
  assertError(await worker.ask('GET', '/__admin/requests/wait?count=1000'), 503, 'busy', sentence);
  assertSuccess(await worker.ask('GET', '/pools'));

  const late = [{ match: { operation: 'claim' }, phase: 'after', delay: { type: 'fixed', ms: 600_000 } }];
  assertSuccess(await worker.ask('PUT', '/__admin/faults', { body: JSON.stringify(late) }));
  assertSuccess(await worker.ask('GET', claimPath('default-pool', 'has-run')));
  assert.deepEqual(assertSuccess(await worker.ask('GET', '/__admin/leaks')).leaks, []);

  waiting.pop().destroy();
  await until('a place is free', async () => assertSuccess(await worker.ask('GET', '/__admin/health')).parked < LIMIT);
  const last = await worker.connect();
  await last.send(encodeRequest({ target: BASE + claimPath('default-pool', 'w') }));
  await until('it waits', async () => assertSuccess(await worker.ask('GET', '/__admin/health')).parked === LIMIT);
});

testCase('idle kept connections take no place', async (world) => {
  const worker = await Worker.start(world, { options: ['--requests-max', '2'] });
  const idle = await Promise.all(Array.from({ length: 20 }, () => worker.connect()));
  for (const connection of idle) {
    assertSuccess(await connection.ask({ target: `${BASE}/pools/default-pool/status` }));
  }
});
