// SPDX-License-Identifier: MIT
//
// A pool that has no more pods to give, and whose claims wait in line.

import assert from 'node:assert/strict';
import http from 'node:http';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { assertStale, untilParked } from '../lib/faults.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const PODS = 5;
const QUIET = { options: ['--log-level', 'error'] };

async function settle(stack, settings) {
  assertSuccess(await stack.ask('PATCH', '/__admin/pools/default-pool', { json: settings }));
}

// A stack whose default pool queues and whose pods are all claimed; returns them.
async function startExhausted(world) {
  const stack = await Stack.start(world, QUIET);
  await settle(stack, { onExhausted: 'queue', maxPods: PODS, claimTimeout: '1h' });
  const pods = [];
  for (let n = 0; n < PODS; n++) pods.push((await stack.claim('default-pool', `first-${n}`)).id);
  return { stack, pods };
}

// A claim on a connection of its own, which waits behind so many others.
async function startWaiter(stack, workspaceId, before) {
  const agent = new http.Agent();
  const answer = stack.ask('GET', claimPath('default-pool', workspaceId), { agent });
  answer.catch(() => {});
  await untilParked(stack, before + 1);
  return { workspaceId, answer, hangUp: () => agent.destroy() };
}

async function startWaiters(stack, count) {
  const waiters = [];
  for (let n = 0; n < count; n++) waiters.push(await startWaiter(stack, `waiter-${n}`, n));
  return waiters;
}

async function release(stack, pod) {
  assertSuccess(await stack.ask('POST', `/workspaces/${pod}/release`));
}

async function assertGiven(waiter, pod) {
  const { workspace } = assertSuccess(await waiter.answer);
  assert.deepEqual([workspace.id, workspace.claimedBy], [pod, waiter.workspaceId]);
}

stackCase('a release hands its pod to who has waited longest, and to nobody else', async (world) => {
  const { stack, pods } = await startExhausted(world);
  const waiters = await startWaiters(stack, 40);
  for (const [n, waiter] of waiters.entries()) {
    const pod = pods[n % PODS];
    await release(stack, pod);
    await assertGiven(waiter, pod);
    await untilParked(stack, waiters.length - n - 1);
    await stack.assertPool('default-pool', { total: PODS, used: PODS });
  }
});

stackCase('releases at once are handed to as many, in their order', async (world) => {
  const { stack, pods } = await startExhausted(world);
  const waiters = await startWaiters(stack, 12);
  await Promise.all(pods.map((pod) => release(stack, pod)));
  const given = await Promise.all(waiters.slice(0, PODS).map((waiter) => waiter.answer));
  assert.deepEqual(given.map((answer) => assertSuccess(answer).workspace.id).sort(), pods);
  await untilParked(stack, waiters.length - PODS);
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  for (const waiter of waiters.slice(PODS)) assertStale(await waiter.answer);
});

stackCase('a client that hangs up loses its place, and no pod', async (world) => {
  const { stack, pods } = await startExhausted(world);
  const [first, second, third] = await startWaiters(stack, 3);
  second.hangUp();
  await assert.rejects(second.answer);
  await untilParked(stack, 2);
  await release(stack, pods[0]);
  await assertGiven(first, pods[0]);
  await release(stack, pods[1]);
  await assertGiven(third, pods[1]);
  await release(stack, pods[2]);
  await stack.assertPool('default-pool', { total: PODS, used: PODS - 1 });
});

stackCase('who has waited for claimTimeout is refused', async (world) => {
  const { stack } = await startExhausted(world);
  await settle(stack, { claimTimeout: '50ms', rejectStatus: 409, retryAfter: 3 });
  const answer = await stack.ask('GET', claimPath('default-pool', 'late'));
  assertError(answer, 409, 'exhausted');
  assert.equal(answer.headers['retry-after'], '3');
  await untilParked(stack, 0);
});

stackCase('64 clients share five pods by the queue, and no two hold one', async (world) => {
  const stack = await Stack.start(world, QUIET);
  await settle(stack, { onExhausted: 'queue', maxPods: PODS, claimTimeout: '1h' });
  const held = new Set();
  const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });
  world.atEnd(() => agent.destroy());
  const client = async (c) => {
    for (let n = 0; n < 20; n++) {
      const target = claimPath('default-pool', `client-${c}`);
      const { workspace } = assertSuccess(await stack.ask('GET', target, { agent }));
      assert.equal(workspace.claimedBy, `client-${c}`);
      assert.ok(!held.has(workspace.id), `${workspace.id} is held by another client`);
      held.add(workspace.id);
      await stack.ask('GET', statusPath('default-pool'), { agent });
      held.delete(workspace.id);
      assertSuccess(await stack.ask('POST', `/workspaces/${workspace.id}/release`, { agent }));
    }
  };
  await Promise.all(Array.from({ length: 64 }, (_, c) => client(c)));
  await stack.assertPool('default-pool', { total: PODS, used: 0 });
});
