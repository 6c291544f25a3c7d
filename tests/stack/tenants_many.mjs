// SPDX-License-Identifier: MIT
//
// Thousands of tenants: the memory that they take while idle, and what is left of them after their deletion.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { PATIENCE_MS, testCase, until } from '../lib/case.mjs';
import { assertStale, FOR_EVER, setFaults, untilParked } from '../lib/faults.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';
import { WaitingClaim } from '../lib/waiting.mjs';
import { Worker } from '../lib/worker.mjs';

const TENANTS = 1_000;
const QUIET = ['--log-level', 'error'];

function forEachTenant(count, ask) {
  const names = Array.from({ length: count }, (_, n) => `tenant-${n}`);
  const next = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) await ask(name);
  };
  return Promise.all(Array.from({ length: 8 }, next));
}

function makeTenants(ask, count) {
  return forEachTenant(count, async (name) => {
    const { pool } = assertSuccess(await ask('GET', `/~${name}${statusPath('default-pool')}`));
    assert.deepEqual([pool.id, pool.total_workspaces, pool.used_workspaces], ['pool-1', 5, 0]);
  });
}

function deleteTenants(ask, count) {
  return forEachTenant(count, async (name) => assertSuccess(await ask('DELETE', `/__admin/tenants/${name}`)));
}

stackCase(`${TENANTS} idle tenants take less than 1 MiB each, and nothing after their deletion`, async (world, t) => {
  const stack = await Stack.start(world, { options: QUIET });
  const ask = (method, path) => stack.ask(method, path);
  await stack.claim('default-pool', 'before');
  const before = await stack.worker.memoryKiB();
  await makeTenants(ask, TENANTS);
  const with1000 = await stack.worker.memoryKiB();
  assertError(await ask('GET', `/~one-more${statusPath('default-pool')}`), 503, 'tenant_limit');
  assert.equal((await stack.claim('default-pool', 'among them')).id, 'pod-pool-1-2');
  await deleteTenants(ask, TENANTS);
  const { tenants, pods } = assertSuccess(await ask('GET', '/__admin/health'));
  assert.deepEqual([tenants, pods], [0, 5]);
  await makeTenants(ask, TENANTS);
  const again = await stack.worker.memoryKiB();
  t.diagnostic(`${(with1000 - before) / TENANTS} KiB a tenant, ${(again - with1000) / TENANTS} more the second time`);
  const isSanitized = (await stack.worker.memoryPeakKiB()) === 0;
  if (isSanitized) return;
  assert.ok(with1000 - before < TENANTS * 1024, 'KiB a tenant');
  assert.ok(again - with1000 < (with1000 - before) / 4, 'those that were deleted have left their memory');
}, { timeoutMs: 120_000 });

testCase('a deleted tenant leaves no descriptor and no file', async (world) => {
  const worker = await Worker.start(world, { options: [...QUIET, '--state', world.path('state')] });
  const ask = (method, path) => worker.ask(method, path);
  await makeTenants(ask, 1);
  await deleteTenants(ask, 1);
  const [descriptors, files] = [await worker.descriptorsCount(), await readdir(world.directory)];
  await makeTenants(ask, 20);
  assert.ok((await worker.descriptorsCount()) >= descriptors + 20, 'each has its file open');
  await deleteTenants(ask, 20);
  await worker.untilDescriptors('are what they were', (count) => count <= descriptors);
  assert.deepEqual(await readdir(world.directory), files);
});

stackCase('idle tenants are forgotten and their memory freed, but not a tenant with a waiting request', async (world, t) => {
  const stack = await Stack.start(world, { options: ['--tenant-idle', '2s'] });
  const ask = (method, path) => stack.ask(method, path);
  const settings = { newPoolPods: 1, onExhausted: 'queue', claimTimeout: '1h' };
  assertSuccess(await stack.ask('PATCH', '/~waited/__admin/settings', { json: settings }));
  assertSuccess(await stack.ask('GET', `/~waited${claimPath('busy', 'holder')}`));
  const waiting = new WaitingClaim(stack, 'busy', 'w', { prefix: '/~waited' });
  const names = async () => assertSuccess(await ask('GET', '/__admin/tenants')).tenants.map(({ name }) => name);
  const untilForgotten = () => until('the idle ones are forgotten', async () => (await names()).length <= 1);
  const rounds = [];
  for (let round = 0; round < 2; round++) {
    await makeTenants(ask, 200);
    const kib = await stack.worker.memoryKiB();
    rounds.push({ kib, count: (await names()).length });
    await untilForgotten();
  }
  assert.deepEqual(await names(), ['waited']);
  t.diagnostic(`KiB, and tenants: ${JSON.stringify(rounds)}`);
  const [first, second] = rounds;
  const isSlow = first.count < 201; // the first are forgotten while the last are made
  if (!isSlow) assert.ok(second.kib < first.kib * 1.25, 'the second 200 take the memory of the first');
  const told = stack.worker.lines.filter((line) => /\] \S+ tenant-forgotten tenant=tenant-7$/.test(line));
  assert.equal(told.length, 2);
  assertSuccess(await stack.ask('POST', '/~waited/workspaces/pod-pool-2-6/release'));
  assertSuccess(await waiting.answer(PATIENCE_MS));
  await until('the last is forgotten', async () => (await names()).length === 0);
}, { timeoutMs: 60_000 });

testCase('a tenant with a state file is not forgotten', async (world) => {
  const worker = await Worker.start(world, { options: ['--tenant-idle', '1ms', '--state', world.path('state.db')] });
  assertSuccess(await worker.ask('GET', `/~kept${claimPath('default-pool', 'w')}`));
  assertSuccess(await worker.ask('GET', '/__admin/requests/wait?count=1&timeout=50ms').then(() => worker.ask('GET', '/__admin/health')));
  const { workspaces } = assertSuccess(await worker.ask('GET', `/~kept${statusPath('default-pool')}`));
  assert.equal(workspaces[0].claimed_by, 'w');
});

stackCase('a request that waits in a deleted tenant is answered 503, and the next one finds a new tenant', async (world) => {
  const stack = await Stack.start(world, { options: QUIET });
  const settings = { newPoolPods: 1, onExhausted: 'queue', claimTimeout: '1h' };
  for (const prefix of ['/~ends', '/~stays']) {
    assertSuccess(await stack.ask('PATCH', `${prefix}/__admin/settings`, { json: settings }));
    assertSuccess(await stack.ask('GET', prefix + claimPath('busy', 'holder')));
  }
  const waiting = ['/~ends', '/~ends', '/~stays'].map((prefix) => new WaitingClaim(stack, 'busy', 'w', { prefix }));
  await untilParked(stack, 2, '/~ends');
  await untilParked(stack, 1, '/~stays');
  await setFaults(stack, [{ match: { operation: 'status' }, phase: 'after', delay: FOR_EVER }], '/~ends');
  const sleeping = stack.ask('GET', `/~ends${statusPath('busy')}`, { agent: false });
  await untilParked(stack, 3, '/~ends');
  assertSuccess(await stack.ask('DELETE', '/__admin/tenants/ends'));
  for (const claim of waiting.slice(0, 2)) assertStale(await claim.answer(PATIENCE_MS));
  assertStale(await sleeping);
  await untilParked(stack, 1, '/~stays');
  await untilParked(stack, 0, '/~ends');
  const { workspace } = assertSuccess(await stack.ask('GET', `/~ends${claimPath('busy', 'w')}`));
  assert.deepEqual([workspace.id, workspace.claimedBy], ['pod-pool-2-6', 'w']);
  assertSuccess(await stack.ask('POST', '/~stays/workspaces/pod-pool-2-6/release'));
  assertSuccess(await waiting[2].answer(PATIENCE_MS));
});
