// SPDX-License-Identifier: MIT
//
// POST __admin/reset, GET __admin/health

import assert from 'node:assert/strict';

import { assertError, assertSuccess, assertTime, claimPath, statusPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

stackCase('health shows the state of the worker', async (world) => {
  const stack = await Stack.start(world);
  const { success, version, uptimeMs, clock, ...rest } = assertSuccess(await stack.ask('GET', '/__admin/health'));
  assert.match(version, /^\d+\.\d+\.\d+/);
  assert.ok(Number.isInteger(uptimeMs) && uptimeMs >= 0 && uptimeMs < 60_000, String(uptimeMs));
  assert.deepEqual(rest, {
    status: 'ok',
    worker: '1',
    generation: rest.generation,
    tenants: 0,
    pools: 1,
    pods: 5,
    faultsArmed: 0,
    parked: 0,
  });
  assert.ok(Number.isInteger(rest.generation));
  assert.equal(clock.mode, 'real');
  assertTime(clock.now, 'clock.now');
  const later = assertSuccess(await stack.ask('GET', '/__admin/health'));
  assert.ok(later.uptimeMs >= uptimeMs);
});

stackCase('health and the start line show the name of the worker', async (world) => {
  const stack = await Stack.start(world, { options: ['--worker-name', 'left-2'] });
  assert.equal(assertSuccess(await stack.ask('GET', '/__admin/health')).worker, 'left-2');
  assert.match(stack.worker.lines[0], / started version=\S+ worker=left-2$/);
});

stackCase('a reset drops everything, answers with the numbers, and ids start again', async (world) => {
  const stack = await Stack.start(world);
  const before = assertSuccess(await stack.ask('GET', '/__admin/health')).generation;
  for (let round = 1; round <= 3; round++) {
    for (let n = 1; n <= 6; n++) {
      const workspace = await stack.claim('default-pool', 'w');
      assert.equal(workspace.id, `pod-pool-1-${n}`);
    }
    assert.equal(assertSuccess(await stack.ask('GET', statusPath('other'))).pool.id, 'pool-2');
    const { message, ...rest } = assertSuccess(await stack.ask('POST', '/__admin/reset'));
    assert.equal(typeof message, 'string');
    assert.deepEqual(rest, { success: true, dropped: { pools: 2, pods: 9 }, generation: before + round });
    await stack.assertPool('default-pool', { total: 5, used: 0 });
    const { pools, pods, generation } = assertSuccess(await stack.ask('GET', '/__admin/health'));
    assert.deepEqual({ pools, pods, generation }, { pools: 1, pods: 5, generation: before + round });
  }
});

stackCase('after a reset every route answers 404 for an earlier pod', async (world) => {
  const stack = await Stack.start(world);
  const { id } = await stack.claim('other', 'w');
  assertSuccess(await stack.ask('POST', '/workspaces/mock-pod-1/update', { json: { repositories: ['o/a'] } }));
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  assertError(await stack.ask('GET', `/workspaces/${id}`), 404, 'pod_not_found');
  assert.deepEqual(assertSuccess(await stack.ask('GET', '/workspaces/mock-pod-1')).workspace.repositories, []);
});

stackCase('reset accepts no body or an empty object, and refuses any other', async (world) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'w');
  assertError(await stack.ask('POST', '/__admin/reset', { body: 'now' }), 400, 'bad_json');
  await stack.assertPool('default-pool', { total: 5, used: 1 });
  await forEachRow([{}, { json: {} }], async (options) => {
    assertSuccess(await stack.ask('POST', '/__admin/reset', options));
  });
});

stackCase('resets and claims at the same time break nothing', async (world) => {
  const stack = await Stack.start(world);
  const calls = Array.from({ length: 400 }, (_, i) =>
    i % 20 === 0 ? stack.ask('POST', '/__admin/reset') : stack.ask('GET', claimPath(`pool-${i % 7}`, `w-${i}`)),
  );
  for (const answer of await Promise.all(calls)) assertSuccess(answer);
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  const { pools, pods } = assertSuccess(await stack.ask('GET', '/__admin/health'));
  assert.deepEqual({ pools, pods }, { pools: 1, pods: 5 });
});
