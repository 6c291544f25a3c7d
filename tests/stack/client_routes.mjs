// SPDX-License-Identifier: MIT
//
// The routes of pods that clients call beyond those of the example API: the pool-scoped routes, usage,
// delete, staklink-start, repositories, environment, processes and exec.

import assert from 'node:assert/strict';

import { assertError, assertFreePod, assertPod, assertSuccess, assertTime, assertUsedPod } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { assertProcesses } from '../lib/pods.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const JSON_TYPE = { 'content-type': 'application/json' };
const SCOPED = '/pools/default-pool/workspaces';

// What clients send to a route that needs no body: nothing, a content type alone, an empty object with or without one.
const EMPTY_BODIES = [{}, { headers: JSON_TYPE }, { body: '', headers: JSON_TYPE }, { json: {} }, { body: '{}' }];

async function pod(stack, name) {
  return assertSuccess(await stack.ask('GET', `/workspaces/${name}`)).workspace;
}

function assertFields(value, types) {
  for (const [name, type] of Object.entries(types)) {
    assert.equal(value[name] === null ? 'null' : typeof value[name], type, `the type of ${name}`);
  }
}

stackCase('the pool-scoped routes answer as the plain ones, by id and by subdomain', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(['pod-pool-1-2', 'mock-pod-2'], async (name) => {
    const used = assertSuccess(await stack.ask('POST', `${SCOPED}/${name}/mark-used`, { json: { user_info: 'task-7' } }));
    const { message, ...fields } = used;
    assert.equal(typeof message, 'string');
    assert.deepEqual(fields, {
      success: true,
      workspace_id: 'pod-pool-1-2',
      pool_name: 'default-pool',
      usage_status: 'used',
      user_info: 'task-7',
      url: 'https://mock-pod-2.mock.sphinx.chat',
    });
    const shown = assertSuccess(await stack.ask('GET', `${SCOPED}/${name}`));
    assert.deepEqual(shown, assertSuccess(await stack.ask('GET', `/workspaces/${name}`)));
    assert.equal(shown.workspace.user_info, 'task-7');
    assert.equal(shown.workspace.claimedBy, null, 'user_info is not the claim');
    for (const action of ['release', 'mark-unused']) {
      const released = assertSuccess(await stack.ask('POST', `${SCOPED}/${name}/${action}`));
      assertFields(released, { message: 'string', workspace_id: 'string', pool_name: 'string' });
      assert.deepEqual([released.usage_status, released.action], ['unused', 'marked_unused']);
      assertFreePod(released.workspace);
    }
  });
});

stackCase('a route that needs no body accepts none, with and without a content type', async (world) => {
  const stack = await Stack.start(world);
  const paths = [
    `${SCOPED}/mock-pod-1/mark-used`, `${SCOPED}/mock-pod-1/mark-unused`, `${SCOPED}/mock-pod-1/release`,
    `${SCOPED}/mock-pod-1/staklink-start`, '/workspaces/mock-pod-1/mark-used', '/workspaces/mock-pod-1/release',
  ];
  for (const options of EMPTY_BODIES) {
    await forEachRow(paths, async (path) => assertSuccess(await stack.ask('POST', path, options)));
  }
  assertFreePod(await pod(stack, 'mock-pod-1'));
});

stackCase('a GET or DELETE with a content type, and even with a body, is answered like any other', async (world) => {
  const stack = await Stack.start(world);
  const paths = [
    '/pools', '/pools/default-pool', '/pools/default-pool/status', SCOPED, `${SCOPED}/mock-pod-1`,
    `${SCOPED}/mock-pod-1/usage`, `${SCOPED}/mock-pod-1/processes`, '/pools/default-pool/workspace?workspaceId=w',
  ];
  await forEachRow(paths, async (path) => {
    assertSuccess(await stack.ask('GET', path, { headers: JSON_TYPE }));
    assertSuccess(await stack.ask('GET', path, { json: {} }));
  });
  assertSuccess(await stack.ask('DELETE', `${SCOPED}/mock-pod-5`, { headers: JSON_TYPE }));
  assertSuccess(await stack.ask('DELETE', '/pools/default-pool', { json: {} }));
});

stackCase('a pod of another pool is a 404 on every pool-scoped route, and stays as it is', async (world) => {
  const stack = await Stack.start(world);
  assertSuccess(await stack.ask('GET', '/pools/other/status'));
  const claimed = await stack.claim('default-pool', 'w');
  const rows = [
    ['GET', ''], ['DELETE', ''], ['GET', '/usage'], ['GET', '/processes'], ['POST', '/mark-used'], ['POST', '/mark-unused'],
    ['POST', '/release'], ['POST', '/staklink-start'], ['POST', '/repositories', { repositories: ['o/r'] }],
    ['POST', '/environment', { environment: { A: 'b' } }],
  ];
  await forEachRow(rows, async ([method, action, json]) => {
    for (const name of [claimed.id, claimed.subdomain, 'pod-pool-2-99']) {
      const answer = await stack.ask(method, `/pools/other/workspaces/${name}${action}`, { json });
      assertError(answer, 404, 'pod_not_found');
    }
  });
  assert.deepEqual(await pod(stack, claimed.id), claimed);
});

stackCase('pools are found by names that need encoding', async (world) => {
  const stack = await Stack.start(world);
  const names = ['team/a', 'ü🎭', 'a b+c', '100%', 'x?y#z', '...', 'pools', "it's;a=b&c"];
  await forEachRow(names, async (name) => {
    const path = `/pools/${encodeURIComponent(name)}`;
    assert.equal(assertSuccess(await stack.ask('GET', path)).config.pool_name, name);
    const claimed = await stack.claim(name, 'w');
    assert.equal(claimed.poolName, name);
    const usage = assertSuccess(await stack.ask('GET', `${path}/workspaces/${claimed.id}/usage`));
    assert.equal(usage.pool_name, name);
    assert.equal(assertSuccess(await stack.ask('PUT', path, { json: { branch_name: 'b' } })).pool.name, name);
    assertSuccess(await stack.ask('DELETE', path));
  });
});

stackCase('usage shows whether a pod is used, its user_info, and since when', async (world) => {
  const stack = await Stack.start(world);
  const usage = async () => assertSuccess(await stack.ask('GET', `${SCOPED}/mock-pod-1/usage`));
  const names = { success: true, workspace_id: 'pod-pool-1-1', pool_name: 'default-pool' };
  assert.deepEqual(await usage(), { ...names, usage_status: 'unused', user_info: null, marked_at: null });
  const claimed = await stack.claim('default-pool', 'w');
  const { marked_at, ...used } = await usage();
  assert.deepEqual(used, { ...names, usage_status: 'used', user_info: null });
  assertTime(marked_at, 'marked_at');
  assert.equal(marked_at, claimed.marked_at);
  await stack.ask('POST', `${SCOPED}/mock-pod-1/mark-used`, { json: { user_info: 'task-7' } });
  assert.equal((await usage()).user_info, 'task-7');
});

stackCase('a pod is deleted whether used or not, and its number is not used again', async (world) => {
  const stack = await Stack.start(world);
  const claimed = await stack.claim('default-pool', 'stuck');
  await forEachRow([claimed.id, 'mock-pod-2'], async (name) => {
    const { message, ...fields } = assertSuccess(await stack.ask('DELETE', `${SCOPED}/${name}`));
    assert.equal(typeof message, 'string');
    const id = name.replace('mock-pod-', 'pod-pool-1-');
    assert.deepEqual(fields, { success: true, workspace_id: id, pool_name: 'default-pool' });
    assertError(await stack.ask('GET', `/workspaces/${name}`), 404, 'pod_not_found');
    assertError(await stack.ask('DELETE', `${SCOPED}/${name}`), 404, 'pod_not_found');
  });
  await stack.assertPool('default-pool', { total: 3, used: 0, minimum: 5 });
  const ids = [];
  for (let n = 0; n < 4; n++) ids.push((await stack.claim('default-pool', 'w')).id);
  assert.deepEqual(ids, ['pod-pool-1-3', 'pod-pool-1-4', 'pod-pool-1-5', 'pod-pool-1-6']);
});

stackCase('staklink-start names what was started', async (world) => {
  const stack = await Stack.start(world);
  const value = assertSuccess(await stack.ask('POST', `${SCOPED}/mock-pod-1/staklink-start`));
  assertFields(value, { message: 'string', namespace: 'string', pod_name: 'string', output: 'string' });
  assert.deepEqual([value.workspace_id, value.pool_name], ['pod-pool-1-1', 'default-pool']);
});

stackCase('repositories are stored and shown', async (world) => {
  const stack = await Stack.start(world);
  const json = { repositories: ['https://github.com/o/site.git'], branches: ['main'] };
  const value = assertSuccess(await stack.ask('POST', `${SCOPED}/mock-pod-1/repositories`, { json }));
  assertPod(value.workspace);
  const shown = await pod(stack, 'mock-pod-1');
  assert.deepEqual([shown.repositories, shown.branches], [json.repositories, json.branches]);
  assert.deepEqual([shown.primaryRepo, shown.repoName], [json.repositories[0], 'site']);
  const bad = { repositories: ['o/r', 7] };
  const answer = await stack.ask('POST', `${SCOPED}/mock-pod-1/repositories`, { json: bad });
  assertError(answer, 400, 'bad_field', /^repositories\[1\]: expected a string, not a number$/);
});

stackCase('the environment replaces the one before, is shown masked, and ends with the use', async (world) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'w');
  const set = (environment) => stack.ask('POST', `${SCOPED}/mock-pod-1/environment`, { json: { environment } });
  const rows = [
    [{ API_KEY: 'secret-value', S: 'abcd', E: '', ü: 'grün!' }, { API_KEY: 'se********ue', S: '****', E: '', ü: 'gr*n!' }],
    [{ B: '12345' }, { B: '12*45' }],
  ];
  await forEachRow(rows, async ([environment, masked]) => {
    const value = assertSuccess(await set(environment));
    assert.deepEqual(value.workspace.environment, masked);
    assert.deepEqual((await pod(stack, 'mock-pod-1')).environment, masked);
  });
  assertSuccess(await set({}));
  assertUsedPod(await pod(stack, 'mock-pod-1'), 'w');
  await set({ B: '12345' });
  const released = assertSuccess(await stack.ask('POST', '/workspaces/mock-pod-1/release'));
  assertFreePod(released.workspace);
});

stackCase('a bad environment or command is refused by its field, and changes nothing', async (world) => {
  const stack = await Stack.start(world);
  const before = await pod(stack, 'mock-pod-1');
  const environment = `${SCOPED}/mock-pod-1/environment`;
  const rows = [
    [environment, {}, /^environment: required$/],
    [environment, { environment: ['A=b'] }, /^environment: expected an object, not an array$/],
    [environment, { environment: { A: 'x', B: 7 } }, /^environment\.B: expected a string, not a number$/],
    [environment, { environment: { A: null } }, /^environment\.A: expected a string, not null$/],
    [environment, { environment: { '': 'x' } }, /^environment/],
    ['/exec/mock-pod-1', {}, /^command: required$/],
    ['/exec/mock-pod-1', { command: ['ls'] }, /^command: expected a string, not an array$/],
    ['/exec/mock-pod-1', { command: '' }, /^command: is empty$/],
  ];
  await forEachRow(rows, async ([path, json, sentence]) => {
    assertError(await stack.ask('POST', path, { json }), 400, 'bad_field', sentence);
  });
  assert.deepEqual(await pod(stack, 'mock-pod-1'), before);
});

stackCase('processes are those of the control port', async (world) => {
  const stack = await Stack.start(world);
  const value = assertSuccess(await stack.ask('GET', `${SCOPED}/mock-pod-1/processes`));
  assert.equal(value.podId, 'pod-pool-1-1');
  assertProcesses(value.processes, ['frontend', 'staklink-proxy']);
});

stackCase('exec returns the command and runs nothing', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(['ls -la', 'echo "ü\n" > /tmp/x', '$(exit 1)'], async (command) => {
    for (const name of ['pod-pool-1-1', 'mock-pod-1']) {
      const value = assertSuccess(await stack.ask('POST', `/exec/${name}`, { json: { command } }));
      const expected = { success: true, output: `[mock] ${command}`, exitCode: 0, command, podId: 'pod-pool-1-1' };
      assert.deepEqual(value, expected);
    }
  });
  assertError(await stack.ask('POST', '/exec/mock-pod-9', { json: { command: 'ls' } }), 404, 'pod_not_found');
});

stackCase('--vocabulary real calls a free pod unused in its own shape', async (world) => {
  const stack = await Stack.start(world, { options: ['--vocabulary', 'real'] });
  const list = assertSuccess(await stack.ask('GET', SCOPED)).workspaces;
  for (const item of list) assertFreePod(item, 'unused');
  assertFreePod(await pod(stack, 'mock-pod-1'), 'unused');
  assertUsedPod(await stack.claim('default-pool', 'w'), 'w');
  const released = assertSuccess(await stack.ask('POST', `${SCOPED}/mock-pod-1/release`));
  assertFreePod(released.workspace, 'unused');
  assert.equal(released.usage_status, 'unused');
});
