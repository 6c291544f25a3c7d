// SPDX-License-Identifier: MIT
//
// GET workspaces/{pod}, POST workspaces/{pod}/update, mark-used, mark-unused, release

import assert from 'node:assert/strict';

import { assertError, assertFreePod, assertPod, assertSuccess, assertUsedPod } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

async function pod(stack, name = 'pod-pool-1-1') {
  return assertSuccess(await stack.ask('GET', `/workspaces/${name}`)).workspace;
}

stackCase('a pod is shown at the top level and as workspace, by id and by subdomain', async (world) => {
  const stack = await Stack.start(world);
  const claimed = await stack.claim('default-pool', 'w');
  await forEachRow(['pod-pool-1-1', 'mock-pod-1'], async (name) => {
    const { success, workspace, ...fields } = assertSuccess(await stack.ask('GET', `/workspaces/${name}`));
    assert.equal(success, true);
    assert.deepEqual(workspace, claimed);
    assert.deepEqual(fields, claimed);
  });
  assertFreePod(await pod(stack, 'mock-pod-5'));
});

stackCase('an unknown pod is 404 on every route of a pod', async (world) => {
  const stack = await Stack.start(world);
  const names = [
    'pod-pool-1-6', 'pod-pool-2-1', 'pod-pool-1-01', 'pod-pool-01-1', 'pod-pool-1-0', 'pod-pool-1-', 'pod-pool-1',
    'pod-1-1', 'mock-pod-6', 'mock-pod-0', 'mock-pod-01', 'mock-pod-', 'mock-pod-+1', 'MOCK-POD-1', 'pod-pool-1-1%20',
    '%20mock-pod-1', 'mock-pod-1.mock.sphinx.chat', 'mock-pod-18446744073709551617',
    'pod-pool-1-99999999999999999999', '1', 'default-pool', '%C3%BC',
  ];
  await forEachRow(names, async (name) => {
    assertError(await stack.ask('GET', `/workspaces/${name}`), 404, 'pod_not_found');
    const update = await stack.ask('POST', `/workspaces/${name}/update`, { json: { repositories: [] } });
    assertError(update, 404, 'pod_not_found');
    for (const action of ['mark-used', 'mark-unused', 'release']) {
      assertError(await stack.ask('POST', `/workspaces/${name}/${action}`), 404, 'pod_not_found');
    }
  });
  await stack.assertPool('default-pool', { total: 5, used: 0 });
});

stackCase('an update stores repositories, as texts or as objects, and shows them', async (world) => {
  const stack = await Stack.start(world);
  const site = 'https://github.com/owner/site.git';
  const rows = [
    [{ repositories: ['owner/repo1', 'owner/repo2'] }, ['owner/repo1', 'owner/repo2'], [], 'repo1'],
    [{ repositories: [site], branches: ['main'] }, [site], ['main'], 'site'],
    [{ repositories: [{ url: 'o/a', branch: 'dev' }, { url: 'o/b' }] }, ['o/a', 'o/b'], ['dev', ''], 'a'],
    [{ repositories: [{ url: 'o/a' }, 'o/b'], branches: ['x', 'y'] }, ['o/a', 'o/b'], ['x', 'y'], 'a'],
    [{ repositories: ['plain'], branches: [], unknown: { field: [1] } }, ['plain'], [], 'plain'],
    [{ repositories: [] , branches: [] }, [], [], ''],
    [{ repositories: ['ü/🎭"\\\u0001'], branches: [] }, ['ü/🎭"\\\u0001'], [], '🎭"\\\u0001'],
  ];
  await forEachRow(rows, async ([json, repositories, branches, repoName]) => {
    const value = assertSuccess(await stack.ask('POST', '/workspaces/pod-pool-1-1/update', { json }));
    assert.equal(typeof value.message, 'string');
    assertPod(value.workspace);
    assert.deepEqual(value.workspace.repositories, repositories);
    assert.deepEqual(value.workspace.branches, branches);
    assert.equal(value.workspace.repoName, repoName);
    assert.deepEqual(await pod(stack), value.workspace);
  });
});

stackCase('an update without branches leaves them unchanged', async (world) => {
  const stack = await Stack.start(world);
  const update = (json) => stack.ask('POST', '/workspaces/mock-pod-2/update', { json });
  assertSuccess(await update({ repositories: ['o/a'], branches: ['main'] }));
  const { workspace } = assertSuccess(await update({ repositories: ['o/b'] }));
  assert.deepEqual([workspace.repositories, workspace.branches], [['o/b'], ['main']]);
});

stackCase('an update changes neither the pod\'s use nor another pod', async (world) => {
  const stack = await Stack.start(world);
  const claimed = await stack.claim('default-pool', 'w');
  assertSuccess(await stack.ask('POST', `/workspaces/${claimed.id}/update`, { json: { repositories: ['o/a'] } }));
  const after = assertUsedPod(await pod(stack), 'w');
  assert.equal(after.claimedAt, claimed.claimedAt);
  assertFreePod(await pod(stack, 'mock-pod-2'));
});

stackCase('a bad field of an update is refused by its path, and nothing changes', async (world) => {
  const stack = await Stack.start(world);
  const kept = { repositories: ['o/kept'], branches: ['kept'] };
  assertSuccess(await stack.ask('POST', '/workspaces/mock-pod-1/update', { json: kept }));
  const rows = [
    [{}, /^repositories: required/],
    [{ repositories: null }, /^repositories: /],
    [{ repositories: 'o/r' }, /^repositories: expected an array, not a string$/],
    [{ repositories: { 0: 'o/r' } }, /^repositories: expected an array, not an object$/],
    [{ repositories: ['o/a', 'o/b', 3] }, /^repositories\[2\]: expected a string, not a number$/],
    [{ repositories: [null] }, /^repositories\[0\]: expected a string, not null$/],
    [{ repositories: [['o/a']] }, /^repositories\[0\]: expected a string, not an array$/],
    [{ repositories: [{}] }, /^repositories\[0\]\.url: required$/],
    [{ repositories: [{ url: 1 }] }, /^repositories\[0\]\.url: expected a string, not a number$/],
    [{ repositories: [{ url: 'o/a', branch: false }] }, /^repositories\[0\]\.branch: expected a string, not a boolean$/],
    [{ repositories: ['o/a'], branches: 'main' }, /^branches: expected an array, not a string$/],
    [{ repositories: ['o/a'], branches: ['main', {}] }, /^branches\[1\]: expected a string, not an object$/],
    [{ repositories: Array(1001).fill('o/a') }, /^repositories: more than 1000 elements$/],
    [{ repositories: ['x'.repeat(262145)] }, /^repositories\[0\]: longer than 262144 bytes$/],
    [[], /^the body: expected a JSON object, not an array$/],
    ['text', /^the body: expected a JSON object, not a string$/],
    [null, /^the body: expected a JSON object, not null$/],
  ];
  await forEachRow(rows, async ([json, sentence]) => {
    assertError(await stack.ask('POST', '/workspaces/mock-pod-1/update', { json }), 400, 'bad_field', sentence);
  });
  const { repositories, branches } = await pod(stack);
  assert.deepEqual([repositories, branches], [['o/kept'], ['kept']]);
});

stackCase('mark-used takes a free pod, keeps a claim, and stores user_info', async (world) => {
  const stack = await Stack.start(world);
  const markUsed = async (name, options) =>
    assertSuccess(await stack.ask('POST', `/workspaces/${name}/mark-used`, options));

  const first = await markUsed('mock-pod-3', { json: { user_info: 'task-1' } });
  const { success, message, ...rest } = first;
  assert.equal(typeof message, 'string');
  assert.deepEqual(rest, {
    workspace_id: 'pod-pool-1-3',
    pool_name: 'default-pool',
    usage_status: 'used',
    user_info: 'task-1',
    url: 'https://mock-pod-3.mock.sphinx.chat',
  });
  const used = await pod(stack, 'mock-pod-3');
  assert.deepEqual([used.usage_status, used.claimedBy, used.user_info], ['used', null, 'task-1']);

  await markUsed('mock-pod-3', {});
  assert.deepEqual(await pod(stack, 'mock-pod-3'), used, 'once more changes nothing');
  await markUsed('mock-pod-3', { json: { user_info: 'task-2' } });
  assert.deepEqual(await pod(stack, 'mock-pod-3'), { ...used, user_info: 'task-2' });

  const claimed = await stack.claim('default-pool', 'w');
  await markUsed(claimed.id, { json: { user_info: 'task-3' } });
  assert.deepEqual(await pod(stack, claimed.id), { ...claimed, user_info: 'task-3' }, 'the claim and its time are kept');
  await stack.assertPool('default-pool', { total: 5, used: 2 });
});

stackCase('mark-used needs no body, and accepts any JSON object', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    {},
    { body: '' },
    { body: '{}' },
    { json: {} },
    { json: { user_info: null } },
    { json: { other: [1, 2] } },
    { body: ' {} ', headers: { 'content-type': 'text/plain' } },
  ];
  await forEachRow(rows, async (options) => {
    assert.equal(assertSuccess(await stack.ask('POST', '/workspaces/mock-pod-1/mark-used', options)).user_info, null);
  });
});

stackCase('a bad user_info is refused, and the pod stays free', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow([5, true, [], {}], async (value) => {
    const answer = await stack.ask('POST', '/workspaces/mock-pod-1/mark-used', { json: { user_info: value } });
    assertError(answer, 400, 'bad_field', /^user_info: expected a string, not an? [a-z]+$/);
  });
  assertError(await stack.ask('POST', '/workspaces/mock-pod-1/mark-used', { json: [] }), 400, 'bad_field', /^the body: /);
  assertFreePod(await pod(stack));
});

for (const action of ['release', 'mark-unused']) {
  stackCase(`${action} frees a pod and forgets its use`, async (world) => {
    const stack = await Stack.start(world);
    const { id } = await stack.claim('default-pool', 'w');
    assertSuccess(await stack.ask('POST', `/workspaces/${id}/mark-used`, { json: { user_info: 'task' } }));
    const json = { repositories: ['o/a'], branches: ['b'] };
    assertSuccess(await stack.ask('POST', `/workspaces/${id}/update`, { json }));
    await forEachRow([id, 'mock-pod-1', 'pod-pool-1-4'], async (name) => {
      const { message, workspace, ...rest } = assertSuccess(await stack.ask('POST', `/workspaces/${name}/${action}`));
      assert.equal(typeof message, 'string');
      assertFreePod(workspace);
      assert.deepEqual(rest, {
        success: true,
        workspace_id: workspace.id,
        pool_name: 'default-pool',
        usage_status: 'unused',
        action: 'marked_unused',
      });
      assert.deepEqual(await pod(stack, name), workspace);
    });
    await stack.assertPool('default-pool', { total: 5, used: 0 });
  });
}

stackCase('release accepts no body, an empty body or an object, and refuses others', async (world) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'w');
  assertError(await stack.ask('POST', '/workspaces/mock-pod-1/release', { body: '{' }), 400, 'bad_json');
  assertUsedPod(await pod(stack), 'w');
  await forEachRow([{}, { body: '' }, { json: {} }, { json: { why: 'done' } }], async (options) => {
    assertSuccess(await stack.ask('POST', '/workspaces/mock-pod-1/release', options));
  });
});

stackCase('--vocabulary=real calls a free pod unused in the shape of a pod', async (world) => {
  const stack = await Stack.start(world, { options: ['--vocabulary=real'] });
  const { workspaces } = assertSuccess(await stack.ask('GET', '/pools/default-pool/workspaces'));
  for (const one of workspaces) assertFreePod(one, 'unused');
  assertUsedPod(await stack.claim('default-pool', 'w'), 'w');
  assertFreePod(assertSuccess(await stack.ask('POST', '/workspaces/mock-pod-1/release')).workspace, 'unused');
});
