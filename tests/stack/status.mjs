// SPDX-License-Identifier: MIT
//
// GET pools/{pool}/status

import assert from 'node:assert/strict';

import { assertPoolStatus, assertSuccess, statusPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

stackCase('a fresh worker has default-pool with five free pods', async (world) => {
  const stack = await Stack.start(world);
  const value = await stack.assertPool('default-pool', { total: 5, used: 0 });
  assert.equal(value.pool.id, 'pool-1');
  assert.deepEqual(
    value.workspaces,
    [1, 2, 3, 4, 5].map((k) => ({
      id: `pod-pool-1-${k}`,
      status: 'free',
      claimed_by: null,
      claimed_at: null,
      url: `https://mock-pod-${k}.mock.sphinx.chat`,
    })),
  );
});

stackCase('claims and releases are counted and shown', async (world) => {
  const stack = await Stack.start(world);
  const claimed = await stack.claim('default-pool', 'workspace-123');
  const used = await stack.assertPool('default-pool', { total: 5, used: 1 });
  assert.deepEqual(used.workspaces[0], {
    id: claimed.id,
    status: 'used',
    claimed_by: 'workspace-123',
    claimed_at: claimed.claimedAt,
    url: claimed.url,
  });
  assertSuccess(await stack.ask('POST', `/workspaces/${claimed.id}/release`));
  const free = await stack.assertPool('default-pool', { total: 5, used: 0 });
  assert.equal(free.workspaces[0].claimed_at, null);
});

stackCase('simple=true leaves the list out, anything else does not', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    ['?simple=true', true],
    ['?simple=true&simple=false', true],
    ['?simple=false&simple=true', false],
    ['?simple=', false],
    ['?simple=TRUE', false],
    ['?simple=1', false],
  ];
  await forEachRow(rows, async ([query, simple]) => {
    const value = assertSuccess(await stack.ask('GET', statusPath('default-pool') + query));
    assertPoolStatus(value, 'default-pool', { total: 5, used: 0, simple });
  });
});

stackCase('an unknown pool is made with three pods, and only once', async (world) => {
  const stack = await Stack.start(world);
  for (const _ of [1, 2]) {
    const value = await stack.assertPool('new', { total: 3, used: 0 });
    assert.equal(value.pool.id, 'pool-2');
    assert.deepEqual(value.workspaces.map((row) => row.id), ['pod-pool-2-6', 'pod-pool-2-7', 'pod-pool-2-8']);
  }
});

stackCase('options set the pools and pods at the start', async (world) => {
  const options = ['--default-pool', 'first pool', '--default-pool-pods', '2', '--new-pool-pods', '4'];
  const stack = await Stack.start(world, { options });
  const first = assertSuccess(await stack.ask('GET', statusPath('first pool')));
  assert.equal(assertPoolStatus(first, 'first pool', { total: 2, used: 0 }).pool.id, 'pool-1');
  await stack.assertPool('default-pool', { total: 4, used: 0 });
});
