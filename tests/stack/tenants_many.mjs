// SPDX-License-Identifier: MIT
//
// Tenants by the thousand: what they take at rest, and what is left of them when they are deleted.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { PATIENCE_MS, testCase } from '../lib/case.mjs';
import { assertStale, FOR_EVER, setFaults, untilParked } from '../lib/faults.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';
import { WaitingClaim } from '../lib/waiting.mjs';
import { Worker } from '../lib/worker.mjs';

const TENANTS = 1_000;
const QUIET = ['--log-level', 'error'];

// What it holds in memory now, in KiB.
async function memoryKiB(worker) {
  const status = await readFile(`/proc/${worker.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]);
}

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

stackCase(`${TENANTS} tenants at rest take less than 1 MiB each, and nothing when they are deleted`, async (world, t) => {
  const stack = await Stack.start(world, { options: QUIET });
  const ask = (method, path) => stack.ask(method, path);
  await stack.claim('default-pool', 'before');
  const before = await memoryKiB(stack.worker);
  await makeTenants(ask, TENANTS);
  const with1000 = await memoryKiB(stack.worker);
  assertError(await ask('GET', `/~one-more${statusPath('default-pool')}`), 503, 'tenant_limit');
  assert.equal((await stack.claim('default-pool', 'among them')).id, 'pod-pool-1-2');
  await deleteTenants(ask, TENANTS);
  const { tenants, pods } = assertSuccess(await ask('GET', '/__admin/health'));
  assert.deepEqual([tenants, pods], [0, 5]);
  await makeTenants(ask, TENANTS);
  const again = await memoryKiB(stack.worker);
  t.diagnostic(`${(with1000 - before) / TENANTS} KiB a tenant, ${(again - with1000) / TENANTS} more the second time`);
  const isSanitized = (await stack.worker.memoryPeakKiB()) === 0;
  if (isSanitized) return;
  assert.ok(with1000 - before < TENANTS * 1024, 'KiB a tenant');
  assert.ok(again - with1000 < (with1000 - before) / 4, 'those that were deleted have left their memory');
}, { timeoutMs: 120_000 });

testCase('a tenant that is deleted leaves no descriptor and no file', async (world) => {
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

stackCase('who waits in a tenant that is deleted is told so, and the next finds a new one', async (world) => {
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
