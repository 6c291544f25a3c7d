// SPDX-License-Identifier: MIT
//
// GET and PUT __admin/clock: the time of a tenant's state.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { forEachRow, until } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const MINUTE_MS = 60_000;
const LEASES = 200_000;

async function now(stack, prefix = '') {
  return Date.parse(assertSuccess(await stack.ask('GET', `${prefix}/__admin/clock`)).now);
}

async function claim(stack, target) {
  return assertSuccess(await stack.ask('GET', target)).workspace;
}

stackCase('a frozen clock stops every time stamp', async (world) => {
  const stack = await Stack.start(world);
  const { now: frozen, mode } = await stack.moveClock({ action: 'freeze' });
  assert.equal(mode, 'frozen');
  for (let n = 0; n < 3; n++) {
    const workspace = await claim(stack, claimPath('default-pool', 'w'));
    assert.equal(workspace.claimedAt, frozen);
  }
  assert.equal((await stack.moveClock({ action: 'freeze' })).now, frozen);
  const resumed = await stack.moveClock({ action: 'resume' });
  assert.equal(resumed.mode, 'real');
  assert.ok(Date.parse(resumed.now) - Date.parse(frozen) < 50, 'it goes on from where it stood');
});

stackCase('a clock is advanced and set, frozen or running, and time stamps follow', async (world) => {
  const stack = await Stack.start(world);
  const before = await now(stack);
  await stack.moveClock({ action: 'advance', by: '30m' });
  const later = await now(stack);
  assert.ok(later - before >= 30 * MINUTE_MS && later - before < 31 * MINUTE_MS);
  await stack.moveClock({ action: 'freeze' });
  const there = await stack.moveClock({ action: 'set', to: '2040-02-29T12:00:00.000Z' });
  assert.deepEqual([there.now, there.mode, there.fired], ['2040-02-29T12:00:00.000Z', 'frozen', []]);
  assert.equal((await claim(stack, claimPath('default-pool', 'w'))).claimedAt, there.now);
  assert.equal((await stack.moveClock({ action: 'advance', by: 1 })).now, '2040-02-29T12:00:00.001Z');
});

stackCase('advancing the clock ends leases in the order of their times, and lists them', async (world) => {
  const stack = await Stack.start(world);
  const at = (ms) => new Date(start + ms).toISOString();
  const start = Date.parse((await stack.moveClock({ action: 'freeze' })).now);
  const late = await claim(stack, `${claimPath('default-pool', 'late')}&ttl=4s`);
  const early = await claim(stack, `${claimPath('default-pool', 'early')}&ttl=1s`);
  const { fired } = await stack.moveClock({ action: 'advance', by: '30m' });
  assert.deepEqual(fired, [
    { at: at(1000), what: 'lease-expired', pod: early.id },
    { at: at(4000), what: 'lease-expired', pod: late.id },
  ]);
  assert.equal(assertSuccess(await stack.ask('GET', '/pools/default-pool/status')).status.used_vms, 0);
  assert.deepEqual((await stack.moveClock({ action: 'advance', by: '30m' })).fired, []);
});

stackCase('a lease ends by itself on time', async (world) => {
  const stack = await Stack.start(world);
  const { id } = await claim(stack, `${claimPath('default-pool', 'w')}&ttl=50ms`);
  await until('the lease ends', async () => {
    return assertSuccess(await stack.ask('GET', `/workspaces/${id}`)).workspace.usage_status === 'free';
  });
});

stackCase('the clock does not go back, and a malformed change is refused', async (world) => {
  const stack = await Stack.start(world);
  await stack.moveClock({ action: 'freeze' });
  const before = await now(stack);
  await forEachRow(
    [
      {},
      { action: 'stop' },
      { action: 'advance' },
      { action: 'advance', by: '-1s' },
      { action: 'advance', by: '1s', to: '2040-01-01T00:00:00Z' },
      { action: 'set', to: '2001-01-01T00:00:00.000Z' },
      { action: 'set', to: 'tomorrow' },
      { action: 'set', by: '1s' },
      { action: 'freeze', by: '1s' },
    ],
    async (json) => assertError(await stack.ask('PUT', '/__admin/clock', { json }), 400, 'bad_field'),
  );
  assert.equal(await now(stack), before);
});

stackCase('each tenant has its own clock, and a reset returns it to real time', async (world) => {
  const stack = await Stack.start(world);
  await stack.moveClock({ action: 'set', to: '2040-01-01T00:00:00.000Z' }, '/~a');
  assert.ok(Math.abs((await now(stack)) - Date.now()) < MINUTE_MS);
  assert.ok((await now(stack, '/~a')) >= Date.parse('2040-01-01T00:00:00.000Z'));
  assertSuccess(await stack.ask('POST', '/~a/__admin/reset'));
  assert.ok(Math.abs((await now(stack, '/~a')) - Date.now()) < MINUTE_MS);
});

// Makes a state in which `count` leases end a millisecond apart, the first just after `startMs`.
function manyLeases(count, startMs) {
  const pods = [];
  for (let number = 1; pods.length < count; number++) {
    if (/15551|15552/.test(String(number))) continue;
    pods.push({ number, pool: 'leased', usage: 'used', claimedBy: 'w', dueAt: new Date(startMs + pods.length + 1) });
  }
  return JSON.stringify({ schemaVersion: 1, pods, pools: [{ number: 1, name: 'leased' }] });
}

async function startWithLeases(world, count) {
  const stack = await Stack.start(world, { options: ['--log-level', 'error'] });
  const startMs = Date.parse((await stack.moveClock({ action: 'freeze' })).now);
  const body = manyLeases(count, startMs);
  assertSuccess(await stack.ask('PUT', '/__admin/state', { body, patienceMs: MINUTE_MS }));
  return { stack, startMs };
}

const advance = (stack) =>
  stack.ask('PUT', '/__admin/clock', { json: { action: 'advance', by: '30m' }, patienceMs: MINUTE_MS });

async function usedPods(stack) {
  return assertSuccess(await stack.ask('GET', '/pools/leased/status?simple=true')).pool.used_workspaces;
}

async function endManyLeases(world) {
  const { stack, startMs } = await startWithLeases(world, LEASES);
  const before = await stack.worker.memoryPeakKiB();
  let done = false;
  const advancing = advance(stack).finally(() => (done = true));
  const seen = [];
  while (!done) seen.push({ atMs: await now(stack), used: await usedPods(stack) });
  const { fired } = assertSuccess(await advancing);
  const onTheWay = seen.filter(({ used }) => used > 0 && used < LEASES);
  assert.ok(onTheWay.length > 10, `others were answered ${onTheWay.length} times on the way`);
  for (const { atMs, used } of onTheWay) assert.ok(LEASES - used >= atMs - startMs - 1, 'what is due has happened');
  assert.equal(fired.length, LEASES);
  fired.forEach(({ at }, n) => assert.equal(Date.parse(at), startMs + n + 1));
  assert.deepEqual([await now(stack), await usedPods(stack)], [startMs + 30 * MINUTE_MS, 0]);
  const grownKiB = (await stack.worker.memoryPeakKiB()) - before;
  assert.ok(grownKiB < 8 * 1024, `${grownKiB} KiB more for a list of ${LEASES}`);
}

stackCase('other requests are answered while a move of the clock ends 200,000 leases', endManyLeases, {
  timeoutMs: 4 * MINUTE_MS,
});

stackCase('a reset during a move of the clock ends the list, and the clock is real again', async (world) => {
  const { stack } = await startWithLeases(world, 50_000);
  const advancing = advance(stack);
  await until('the clock is on its way', async () => (await usedPods(stack)) < 50_000);
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  assert.ok(Math.abs((await now(stack)) - Date.now()) < MINUTE_MS);
  const { fired } = assertSuccess(await advancing);
  assert.ok(fired.length > 0 && fired.length < 50_000, `${fired.length} in the list`);
  assert.equal((await stack.claim('default-pool', 'w')).id, 'pod-pool-1-1');
});
