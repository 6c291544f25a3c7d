// SPDX-License-Identifier: MIT
//
// GET pools/{pool}/workspace

import assert from 'node:assert/strict';

import { assertError, assertSuccess, assertUsedPod, claimPath, statusPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

stackCase('a claim gives the first free pod, in the shape that clients read', async (world) => {
  const stack = await Stack.start(world);
  const answer = await stack.ask('GET', claimPath('default-pool', 'workspace-123'));
  const value = assertSuccess(answer);
  assert.deepEqual(Object.keys(value), ['success', 'workspace']);
  const pod = assertUsedPod(value.workspace, 'workspace-123');
  assert.deepEqual([pod.id, pod.poolName], ['pod-pool-1-1', 'default-pool']);
  assert.equal(pod.user_info, null, 'a claim is not user_info');
});

stackCase('claims go through the pool in the order of creation, then make pods one by one', async (world) => {
  const stack = await Stack.start(world);
  for (let n = 1; n <= 8; n++) {
    const workspace = await stack.claim('default-pool', `w-${n}`);
    assert.equal(workspace.id, `pod-pool-1-${n}`);
    assert.equal(workspace.claimedBy, `w-${n}`);
  }
  await stack.assertPool('default-pool', { total: 8, used: 8, minimum: 5 });
});

stackCase('a claim of an unknown pool makes it with three pods', async (world) => {
  const stack = await Stack.start(world);
  const workspace = await stack.claim('my-pool', 'w');
  assert.deepEqual([workspace.id, workspace.poolName], ['pod-pool-2-6', 'my-pool']);
  await stack.assertPool('my-pool', { total: 3, used: 1 });
});

stackCase('a released pod is claimed again before a younger one', async (world) => {
  const stack = await Stack.start(world);
  for (let n = 1; n <= 3; n++) await stack.claim('default-pool', `w-${n}`);
  assertSuccess(await stack.ask('POST', '/workspaces/pod-pool-1-2/release'));
  const workspace = await stack.claim('default-pool', 'next');
  assert.equal(workspace.id, 'pod-pool-1-2');
});

stackCase('the workspace is read from the query, decoded once as a form', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    ['', 'unknown-workspace'],
    ['?', 'unknown-workspace'],
    ['?workspaceId=', 'unknown-workspace'],
    ['?other=1', 'unknown-workspace'],
    ['?workspaceId=a', 'a'],
    ['?workspaceId=a&workspaceId=b', 'a'],
    ['?workspaceId=&workspaceId=b', 'unknown-workspace'],
    ['?x=%zz&workspaceId=a', 'a'],
    ['?workspaceId=a+b%2Bc', 'a b+c'],
    ['?workspaceId=a%2Fb%3Fc%26d', 'a/b?c&d'],
    ['?workspaceId=%2541', '%41'],
    ['?workspace%49d=a', 'a'],
    ['?workspaceId=%C3%BC%F0%9F%8E%AD', 'ü🎭'],
    ['?workspaceId=a=b=c', 'a=b=c'],
    ['?workspaceId=%22%5C%27%3C', '"\\\'<'],
    [`?workspaceId=${'x'.repeat(256)}`, 'x'.repeat(256)],
    [`?workspaceId=${'%C3%BC'.repeat(128)}`, 'ü'.repeat(128)],
  ];
  await forEachRow(rows, async ([query, claimedBy]) => {
    const { workspace } = assertSuccess(await stack.ask('GET', `/pools/default-pool/workspace${query}`));
    assertUsedPod(workspace, claimedBy);
  });
});

stackCase('a bad workspaceId is refused and claims nothing', async (world) => {
  const stack = await Stack.start(world);
  const values = [
    '%', '%2', '%zz', '%00', 'a%0Ab', '%7F', '%C2%85', '%FF', '%C3', '%ED%A0%80', 'x'.repeat(257), '%C3%BC'.repeat(129),
  ];
  await forEachRow(values, async (value) => {
    const answer = await stack.ask('GET', `/pools/default-pool/workspace?workspaceId=${value}`);
    assertError(answer, 400, 'bad_query', /^workspaceId: /);
  });
  await stack.assertPool('default-pool', { total: 5, used: 0 });
});

stackCase('a refused claim makes no pool', async (world) => {
  const stack = await Stack.start(world);
  assertError(await stack.ask('GET', '/pools/never/workspace?workspaceId=%zz'), 400, 'bad_query');
  assert.equal(assertSuccess(await stack.ask('GET', '/__admin/health')).pools, 1);
});

stackCase('any credentials are accepted, and none are needed', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    {}, { authorization: 'Bearer anything' }, { authorization: 'Basic eDp5' }, { 'x-api-key': 'k' }, { cookie: 'a=b' },
  ];
  await forEachRow(rows, async (headers) => {
    assertSuccess(await stack.ask('GET', claimPath('default-pool', 'w'), { headers }));
  });
});

stackCase('a limit of pods or pools that an option sets is a 503', async (world) => {
  const stack = await Stack.start(world, { options: ['--pods-max', '9', '--pools-max', '2'] });
  for (let n = 0; n < 6; n++) await stack.claim('default-pool', 'w');
  assertSuccess(await stack.ask('GET', statusPath('second')));
  await forEachRow(
    [
      ['GET', claimPath('default-pool', 'w'), 'pod_limit', 'the limit of 9 pods is reached (--pods-max); delete one'],
      ['GET', claimPath('third', 'w'), 'pool_limit', 'the limit of 2 pools is reached (--pools-max); delete one'],
    ],
    async ([method, path, code, sentence]) => {
      assert.equal(assertError(await stack.ask(method, path), 503, code).error, sentence);
    },
  );
  const { pools, pods } = assertSuccess(await stack.ask('GET', '/__admin/health'));
  assert.deepEqual({ pools, pods }, { pools: 2, pods: 9 });
});
