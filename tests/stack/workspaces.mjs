// SPDX-License-Identifier: MIT
//
// GET pools/{pool}/workspaces

import assert from 'node:assert/strict';

import { assertError, assertFreePod, assertSuccess, assertUsedPod } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

stackCase('the list shows each pod in its usual shape, in the order of creation', async (world) => {
  const stack = await Stack.start(world);
  const claimed = await stack.claim('default-pool', 'w');
  const value = assertSuccess(await stack.ask('GET', '/pools/default-pool/workspaces'));
  assert.deepEqual(Object.keys(value).sort(), ['pool_name', 'success', 'workspaces']);
  assert.equal(value.pool_name, 'default-pool');
  const [first, ...others] = value.workspaces;
  assert.deepEqual(first, claimed, 'the same pod as the claim showed');
  assertUsedPod(first, 'w');
  others.forEach((pod, i) => assert.equal(assertFreePod(pod).id, `pod-pool-1-${i + 2}`));
  assert.equal(others.length, 4);
});

stackCase('an unknown pool is made', async (world) => {
  const stack = await Stack.start(world);
  const { workspaces } = assertSuccess(await stack.ask('GET', '/pools/new/workspaces'));
  assert.deepEqual(workspaces.map((pod) => pod.poolName), ['new', 'new', 'new']);
});

stackCase('a list is paged with limit and cursor until next_cursor is null', async (world) => {
  const stack = await Stack.start(world, { options: ['--default-pool-pods', '25'] });
  await forEachRow([1, 7, 24, 25, 26, 1000], async (limit) => {
    const ids = [];
    let cursor = '';
    do {
      const value = assertSuccess(await stack.ask('GET', `/pools/default-pool/workspaces?limit=${limit}${cursor}`));
      assert.ok(value.workspaces.length > 0 && value.workspaces.length <= limit);
      ids.push(...value.workspaces.map((pod) => assertFreePod(pod).id));
      assert.ok('next_cursor' in value);
      cursor = value.next_cursor === null ? null : `&cursor=${encodeURIComponent(value.next_cursor)}`;
    } while (cursor !== null);
    assert.deepEqual(ids, Array.from({ length: 25 }, (_, i) => `pod-pool-1-${i + 1}`));
  });
});

stackCase('paging skips no pod if one is made meanwhile, and never shows a pod of another pool', async (world) => {
  const stack = await Stack.start(world, { options: ['--default-pool-pods', '4'] });
  const first = assertSuccess(await stack.ask('GET', '/pools/default-pool/workspaces?limit=3'));
  assertSuccess(await stack.ask('GET', '/pools/other/workspaces'));
  for (let n = 0; n < 5; n++) await stack.claim('default-pool', 'w');
  const query = `limit=3&cursor=${first.next_cursor}`;
  const rest = assertSuccess(await stack.ask('GET', `/pools/default-pool/workspaces?${query}`));
  const ids = [...first.workspaces, ...rest.workspaces].map((pod) => pod.id);
  assert.deepEqual(ids, ['pod-pool-1-1', 'pod-pool-1-2', 'pod-pool-1-3', 'pod-pool-1-4', 'pod-pool-1-8']);
  assert.equal(rest.next_cursor, null);
});

stackCase('a bad limit or cursor is refused', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    ['limit=0', /^limit: /],
    ['limit=-1', /^limit: /],
    ['limit=1001', /^limit: /],
    ['limit=1.5', /^limit: /],
    ['limit=many', /^limit: /],
    ['limit=%zz', /^limit: /],
    ['limit=99999999999999999999', /^limit: /],
    ['limit=2&cursor=nonsense', /^cursor: /],
    ['limit=2&cursor=%zz', /^cursor: /],
  ];
  await forEachRow(rows, async ([query, sentence]) => {
    assertError(await stack.ask('GET', `/pools/never/workspaces?${query}`), 400, 'bad_query', sentence);
  });
  assert.equal(assertSuccess(await stack.ask('GET', '/__admin/health')).pools, 1, 'and makes no pool');
});

stackCase('a list of thousands of pods is complete', async (world) => {
  const stack = await Stack.start(world, { options: ['--log-level', 'error'] });
  await stack.worker.fill('default-pool', 5000);
  const answers = await Promise.all(Array.from({ length: 4 }, () => stack.ask('GET', '/pools/default-pool/workspaces')));
  for (const answer of answers) {
    const { workspaces } = assertSuccess(answer);
    assert.equal(workspaces.length, 5000);
    workspaces.forEach((pod, i) => assert.equal(pod.id, `pod-pool-1-${i + 1}`));
  }
  const status = assertSuccess(await stack.ask('GET', '/pools/default-pool/status'));
  assert.equal(status.workspaces.length, 5000);
});
