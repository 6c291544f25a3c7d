// SPDX-License-Identifier: MIT
//
// Claims that wait for a pod (`onExhausted: queue`): which claim gets it, and how else a wait ends.

import assert from 'node:assert/strict';
import http from 'node:http';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { forEachRow, PATIENCE_MS, until } from '../lib/case.mjs';
import { assertStale, setFaults, untilParked } from '../lib/faults.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';
import { queueUp, WaitingClaim } from '../lib/waiting.mjs';

const POOL = 'busy';
const QUIET = { options: ['--log-level', 'error'] };

async function change(stack, settings, pool = POOL) {
  return assertSuccess(await stack.ask('PATCH', `/__admin/pools/${pool}`, { json: settings }));
}

async function release(stack, id) {
  return assertSuccess(await stack.ask('POST', `/workspaces/${id}/release`));
}

async function scale(stack, count) {
  assertSuccess(await stack.ask('POST', `/pools/${POOL}/scale`, { json: { minimum_vms: count } }));
}

// Makes a pool with one pod, which `holder` has claimed. Further claims wait up to an hour.
async function startBusy(world, settings = {}) {
  const stack = await Stack.start(world, QUIET);
  await change(stack, { newPoolPods: 1, onExhausted: 'queue', claimTimeout: '1h', ...settings });
  return { stack, held: await stack.claim(POOL, 'holder') };
}

// Asserts that a waiting claim was answered with a pod, and returns the pod.
async function assertServed(claim, id) {
  const { workspace } = assertSuccess(await claim.answer(PATIENCE_MS));
  assert.equal(workspace.claimedBy, claim.workspaceId);
  if (id !== undefined) assert.equal(workspace.id, id);
  return workspace;
}

function countAnswered(claims) {
  return claims.filter((claim) => claim.isAnswered).length;
}

stackCase('a released pod goes to exactly one waiting claim, the oldest', async (world) => {
  const { stack, held } = await startBusy(world);
  const waiting = await queueUp(stack, POOL, 50);
  for (const [place, claim] of waiting.entries()) {
    await release(stack, held.id);
    await assertServed(claim, held.id);
    await untilParked(stack, waiting.length - place - 1);
    await stack.assertPool(POOL, { total: 1, used: 1 });
    assert.equal(countAnswered(waiting), place + 1);
  }
});

stackCase('pods that are freed together go to as many claims, the oldest first', async (world) => {
  const { stack, held } = await startBusy(world);
  const waiting = await queueUp(stack, POOL, 8);
  await scale(stack, 5);
  const number = (workspace) => Number(workspace.id.split('-').pop());
  const got = [];
  for (const claim of waiting.slice(0, 4)) got.push(number(await assertServed(claim)));
  assert.deepEqual(got, [1, 2, 3, 4].map((n) => number(held) + n));
  await untilParked(stack, 4);
  assert.equal(countAnswered(waiting), 4);
});

stackCase('a client that disconnects loses its place and never gets a pod', async (world) => {
  const { stack, held } = await startBusy(world);
  const waiting = await queueUp(stack, POOL, 10);
  const [stay, go] = [1, 0].map((rest) => waiting.filter((_, place) => place % 2 === rest));
  for (const claim of go) claim.hangUp();
  await untilParked(stack, stay.length);
  for (const [place, claim] of stay.entries()) {
    await release(stack, held.id);
    await assertServed(claim, held.id);
    assert.equal(countAnswered(stay), place + 1);
  }
  await release(stack, held.id);
  await stack.assertPool(POOL, { total: 1, used: 0 });
});

stackCase('if the first client disconnects while the pod is freed, one of the two claims gets the pod', async (world) => {
  const { stack, held } = await startBusy(world);
  for (let round = 0; round < 20; round++) {
    const [first, second] = await queueUp(stack, POOL, 2, `round-${round}`);
    const released = release(stack, held.id);
    first.hangUp();
    await released;
    const answered = await until('one of the two has it', async () => {
      const { workspace } = assertSuccess(await stack.ask('GET', `/workspaces/${held.id}`));
      return [first, second].find((claim) => claim.workspaceId === workspace.claimedBy);
    });
    if (answered === first) await release(stack, held.id); // it got the pod before it disconnected
    await assertServed(second, held.id);
    await stack.assertPool(POOL, { total: 1, used: 1 });
  }
});

stackCase('no new claim overtakes a waiting one', async (world) => {
  const { stack, held } = await startBusy(world);
  for (let round = 0; round < 10; round++) {
    const [first] = await queueUp(stack, POOL, 1, `round-${round}`);
    const released = release(stack, held.id);
    const late = Array.from({ length: 8 }, (_, n) => new WaitingClaim(stack, POOL, `late-${n}`));
    await released;
    await assertServed(first, held.id);
    await untilParked(stack, late.length);
    assert.equal(countAnswered(late), 0);
    for (const claim of late) claim.hangUp();
    await untilParked(stack, 0);
  }
});

stackCase('each pool of each tenant has its own queue', async (world) => {
  const { stack, held } = await startBusy(world);
  const settings = { newPoolPods: 1, onExhausted: 'queue', claimTimeout: '1h' };
  await change(stack, settings, 'other');
  await stack.claim('other', 'holder');
  assertSuccess(await stack.ask('PATCH', `/~tenant/__admin/pools/${POOL}`, { json: settings }));
  assertSuccess(await stack.ask('GET', `/~tenant${claimPath(POOL, 'holder')}`));
  const others = [new WaitingClaim(stack, 'other', 'w'), new WaitingClaim(stack, POOL, 'w', { prefix: '/~tenant' })];
  await untilParked(stack, 1);
  await untilParked(stack, 1, '/~tenant');
  await release(stack, held.id);
  await stack.claim(POOL, 'at once');
  await untilParked(stack, 1);
  await untilParked(stack, 1, '/~tenant');
  assert.equal(countAnswered(others), 0);
});

stackCase('a claim that times out gets the configured refusal, and no pod later', async (world) => {
  const { stack, held } = await startBusy(world, { claimTimeout: '40ms' });
  const rows = [
    [{}, 503, '1'],
    [{ rejectStatus: 429, retryAfter: 7 }, 429, '7'],
    [{ rejectStatus: 409, retryAfter: 0 }, 409, undefined],
    [{ rejectStatus: 404, retryAfter: 86_400 }, 404, '86400'],
  ];
  await forEachRow(rows, async ([settings, status, retryAfter]) => {
    await change(stack, settings);
    const claims = ['a', 'b', 'c'].map((name) => new WaitingClaim(stack, POOL, name));
    for (const claim of claims) {
      const answer = await claim.answer(PATIENCE_MS);
      assertError(answer, status, 'exhausted', /^pool [a-z-]+ had no free pod within 40ms \(claimTimeout\)$/);
      assert.equal(answer.headers['retry-after'], retryAfter);
    }
  });
  await release(stack, held.id);
  await stack.assertPool(POOL, { total: 1, used: 0 });
});

stackCase('a reset answers waiting claims, and the new pods go to later claims', async (world) => {
  const { stack } = await startBusy(world);
  const waiting = await queueUp(stack, POOL, 5);
  assertSuccess(await stack.ask('POST', '/__admin/reset?keep=settings'));
  for (const claim of waiting) assertStale(await claim.answer(PATIENCE_MS));
  await untilParked(stack, 0);
  assert.equal((await stack.claim(POOL, 'new')).id, 'pod-pool-2-6');
});

stackCase('a reset of the pool alone gives its pods to the waiting claims', async (world) => {
  const { stack, held } = await startBusy(world);
  const waiting = await queueUp(stack, POOL, 3);
  assertSuccess(await stack.ask('POST', `/__admin/pools/${POOL}/reset`));
  await assertServed(waiting[0], held.id);
  await untilParked(stack, 2);
});

stackCase('a stopping worker answers waiting claims', async (world) => {
  const { stack } = await startBusy(world);
  const waiting = await queueUp(stack, POOL, 20);
  const { code, ms } = await stack.worker.stop();
  for (const claim of waiting) assertError(await claim.answer(PATIENCE_MS), 503, 'stopping');
  assert.equal(code, 0);
  assert.ok(ms < 1_000, `it took ${Math.round(ms)} ms`);
});

stackCase('changed settings apply to waiting claims too', async (world) => {
  const { stack, held } = await startBusy(world);
  const refused = await queueUp(stack, POOL, 3);
  await change(stack, { onExhausted: 'reject', rejectStatus: 429, retryAfter: 3 });
  for (const claim of refused) {
    const answer = await claim.answer(PATIENCE_MS);
    assertError(answer, 429, 'exhausted');
    assert.equal(answer.headers['retry-after'], '3');
  }
  await change(stack, { onExhausted: 'queue' });
  const waiting = await queueUp(stack, POOL, 3);
  await change(stack, { onExhausted: 'create' });
  const pods = await Promise.all(waiting.map((claim) => assertServed(claim)));
  assert.equal(new Set([held, ...pods].map(({ id }) => id)).size, 4);
  await stack.assertPool(POOL, { total: 4, used: 4, minimum: 1 });
});

stackCase('changed settings for all pools apply to waiting claims, unless the pool has its own', async (world) => {
  const stack = await Stack.start(world, QUIET);
  const changeAll = async (json) => assertSuccess(await stack.ask('PATCH', '/__admin/settings', { json }));
  await changeAll({ newPoolPods: 1, onExhausted: 'queue', claimTimeout: '1h' });
  await stack.claim(POOL, 'holder');
  const [claim] = await queueUp(stack, POOL, 1);
  await changeAll({ onExhausted: null });
  await assertServed(claim);
});

stackCase('when a lease ends its pod goes to a waiting claim, whether the clock is moved or runs', async (world) => {
  const { stack, held } = await startBusy(world);
  await release(stack, held.id);
  assertSuccess(await stack.ask('GET', `${claimPath(POOL, 'leased')}&ttl=500ms`));
  const [first] = await queueUp(stack, POOL, 1, 'first');
  await assertServed(first, held.id);
  await release(stack, held.id);
  await stack.moveClock({ action: 'freeze' });
  assertSuccess(await stack.ask('GET', `${claimPath(POOL, 'leased')}&ttl=10m`));
  const [second] = await queueUp(stack, POOL, 1, 'second');
  const { fired } = await stack.moveClock({ action: 'advance', by: '10m' });
  assert.deepEqual(fired.map(({ what, pod }) => [what, pod]), [['lease-expired', held.id]]);
  await assertServed(second, held.id);
});

stackCase('a lease begins when the claim gets its pod, not when it is sent', async (world) => {
  const { stack, held } = await startBusy(world);
  await stack.moveClock({ action: 'freeze' });
  await change(stack, { leaseTtl: '10m' });
  const [claim] = await queueUp(stack, POOL, 1);
  const { now } = await stack.moveClock({ action: 'advance', by: '7m' });
  await release(stack, held.id);
  const { workspace } = assertSuccess(await claim.answer(PATIENCE_MS));
  assert.equal(workspace.claimedAt, now);
  assert.equal(Date.parse(workspace.expiresAt), Date.parse(now) + 600_000);
  assert.equal(workspace.remainingMs, 600_000);
});

stackCase('a pod that begins to run goes to a waiting claim', async (world) => {
  const { stack } = await startBusy(world);
  await stack.moveClock({ action: 'freeze' });
  await change(stack, { progression: { mode: 'time', pending: '1m', starting: '1m' } });
  const [first] = await queueUp(stack, POOL, 1, 'first');
  await scale(stack, 2);
  await stack.moveClock({ action: 'advance', by: '90s' });
  await untilParked(stack, 1);
  await stack.moveClock({ action: 'advance', by: '30s' });
  await assertServed(first);
  await change(stack, { progression: { mode: 'manual', looks: 1 } });
  const [second] = await queueUp(stack, POOL, 1, 'second');
  await scale(stack, 3);
  await stack.ask('GET', `/pools/${POOL}/workspaces`);
  await assertServed(second);
});

stackCase('a deleted pod leaves claims waiting; a deleted pool is made again for them', async (world) => {
  const { stack, held } = await startBusy(world);
  const waiting = await queueUp(stack, POOL, 4);
  assertSuccess(await stack.ask('DELETE', `/pools/${POOL}/workspaces/${held.id}`));
  await untilParked(stack, 4);
  assertSuccess(await stack.ask('DELETE', `/pools/${POOL}`));
  const pods = await Promise.all(waiting.map((claim) => assertServed(claim)));
  assert.deepEqual(pods.map(({ id }) => id), [7, 8, 9, 10].map((n) => `pod-pool-3-${n}`));
});

stackCase('rules of phase after apply to a waiting claim when it is answered', async (world) => {
  const { stack, held } = await startBusy(world);
  const [claim] = await queueUp(stack, POOL, 1);
  await setFaults(stack, [{ id: 'lost', match: { operation: 'claim' }, phase: 'after', answer: { status: 500 } }]);
  await release(stack, held.id);
  assertError(await claim.answer(PATIENCE_MS), 500, 'fault');
  const { workspace } = assertSuccess(await stack.ask('GET', `/workspaces/${held.id}`));
  assert.equal(workspace.claimedBy, claim.workspaceId);
});

stackCase('the journal shows a waiting claim as not answered yet', async (world) => {
  const { stack, held } = await startBusy(world);
  const [claim] = await queueUp(stack, POOL, 1);
  const entry = async () => assertSuccess(await stack.ask('GET', '/__admin/requests?operation=claim&after=1')).requests[0];
  const { status, pod, durationMs, delivered } = await entry();
  assert.deepEqual([status, pod, durationMs, delivered], [0, null, null, null]);
  await release(stack, held.id);
  await assertServed(claim, held.id);
  const answered = await entry();
  assert.deepEqual([answered.status, answered.pod, answered.delivered], [200, held.id, true]);
  assert.equal(answered.workspaceId, claim.workspaceId);
});

stackCase('64 clients share five pods, and no two hold the same one', async (world) => {
  const stack = await Stack.start(world, QUIET);
  await change(stack, { onExhausted: 'queue', claimTimeout: '1h' }, 'default-pool');
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
  await stack.assertPool('default-pool', { total: 5, used: 0 });
});
