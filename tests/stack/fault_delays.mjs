// SPDX-License-Identifier: MIT
//
// A delay holds up only the request that it delays. The tests assert that a delay lasted long enough, never that something was fast.

import assert from 'node:assert/strict';
import http from 'node:http';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { assertStale, FOR_EVER, setFaults, untilParked } from '../lib/faults.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const QUIET = { options: ['--log-level', 'error'] };
const SLEEPERS = 2_000;

stackCase('each kind of delay lasts as long as it should', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    [{ type: 'fixed', ms: 80 }, 80],
    [{ type: 'fixed', ms: '80ms' }, 80],
    [{ type: 'uniform', lowerMs: 60, upperMs: 90 }, 60],
    [{ type: 'lognormal', medianMs: 70, sigma: 0 }, 70],
    [{ type: 'lognormal', medianMs: 1, sigma: 10, maxMs: 50 }, 0],
    [{ type: 'lognormal', medianMs: 3_600_000, sigma: 0, maxMs: 75 }, 75],
  ];
  await forEachRow(rows, async ([delay, leastMs]) => {
    await setFaults(stack, [{ id: 'wait', match: { operation: 'status' }, delay }]);
    const begun = performance.now();
    const answer = await stack.ask('GET', statusPath('default-pool'));
    const tookMs = performance.now() - begun;
    assertSuccess(answer);
    assert.equal(answer.headers['x-mock-fault'], 'wait');
    assert.ok(tookMs >= leastMs - 1, `${tookMs} ms`);
  });
});

stackCase('a delay of phase before comes before the handler, a delay of phase after comes behind it', async (world) => {
  const stack = await Stack.start(world);
  for (const [phase, used] of [['before', 0], ['after', 1]]) {
    await setFaults(stack, [{ match: { operation: 'claim' }, phase, delay: FOR_EVER }]);
    const sleeping = stack.ask('GET', claimPath('default-pool', 'w'), { agent: false });
    await untilParked(stack, 1);
    await stack.assertPool('default-pool', { total: 5, used });
    assertSuccess(await stack.ask('POST', '/__admin/reset'));
    assertStale(await sleeping);
  }
});

// Sends delayed claims, each on its own connection.
function startSleepers(stack, count) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });
  stack.world.atEnd(() => agent.destroy());
  return Array.from({ length: count }, (_, n) => stack.ask('GET', claimPath('default-pool', `w-${n}`), { agent }));
}

stackCase(`while ${SLEEPERS} claims are delayed all other requests are answered, and a reset ends the delays`, async (world) => {
  const stack = await Stack.start(world, QUIET);
  await setFaults(stack, [{ match: { operation: 'claim' }, delay: FOR_EVER }]);
  const sleepers = startSleepers(stack, SLEEPERS);
  await untilParked(stack, SLEEPERS);
  await stack.assertPool('default-pool', { total: 5, used: 0 });
  assertSuccess(await stack.ask('POST', '/pools', { json: { pool_name: 'made-meanwhile' } }), 201);
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  const answers = await Promise.all(sleepers);
  answers.forEach(assertStale);
  await untilParked(stack, 0);
  await stack.assertPool('default-pool', { total: 5, used: 0 });
});

stackCase('a reset of one tenant ends the delays of that tenant only', async (world) => {
  const stack = await Stack.start(world);
  const claim = claimPath('default-pool', 'w');
  const sleepers = [];
  for (const prefix of ['/~one', '/~two']) {
    await setFaults(stack, [{ match: { operation: 'claim' }, delay: FOR_EVER }], prefix);
    sleepers.push(stack.ask('GET', prefix + claim, { agent: false }));
    await untilParked(stack, 1, prefix);
  }
  await untilParked(stack, 0);
  assertSuccess(await stack.ask('POST', '/~one/__admin/reset'));
  assertStale(await sleepers[0]);
  await untilParked(stack, 1, '/~two');
  assertSuccess(await stack.ask('POST', '/~two/__admin/reset'));
  assertStale(await sleepers[1]);
});

stackCase('a stopping worker answers delayed requests', async (world) => {
  const stack = await Stack.start(world, QUIET);
  await setFaults(stack, [
    { match: { operation: 'claim' }, delay: FOR_EVER },
    { match: { operation: 'status' }, answer: { hang: true } },
  ]);
  const sleepers = startSleepers(stack, 200);
  sleepers.push(stack.ask('GET', statusPath('default-pool'), { agent: false }));
  await untilParked(stack, sleepers.length);
  const { code, ms } = await stack.worker.stop();
  for (const answer of await Promise.all(sleepers)) assertError(answer, 503, 'stopping');
  assert.equal(code, 0);
  assert.ok(ms < 1_000, `it took ${Math.round(ms)} ms`);
});

stackCase('a stopping worker answers a delayed claim that has run with its pod, however long the delay', async (world) => {
  const file = world.path('state.db');
  const stack = await Stack.start(world, { options: ['--state', file] });
  const late = { phase: 'after', delay: FOR_EVER };
  await setFaults(stack, [
    { ...late, match: { operation: 'claim', pool: 'default-pool' } },
    { ...late, match: { operation: 'claim', pool: 'dribbled' }, answer: { dribble: { bytesPerSecond: 1 } } },
    { ...late, match: { operation: 'claim', pool: 'lost' }, answer: { status: 500 } },
  ]);
  const pools = ['default-pool', 'dribbled', 'lost'];
  const sleepers = pools.map((pool) => stack.ask('GET', claimPath(pool, 'w'), { agent: false }));
  await untilParked(stack, sleepers.length);
  await stack.worker.stop();
  const [delayed, dribbled, lost] = await Promise.all(sleepers);
  for (const answer of [delayed, dribbled]) assert.equal(assertSuccess(answer).workspace.claimedBy, 'w');
  assertError(lost, 503, 'stopping');
});
