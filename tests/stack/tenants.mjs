// SPDX-License-Identifier: MIT
//
// Tenants: separate states in one worker.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { forEachRow, until } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const NAMES = ['a', 'suite-1', 'x'.repeat(32)];

async function podsOf(stack, prefix) {
  return assertSuccess(await stack.ask('GET', `${prefix}/pools/default-pool/workspaces`)).workspaces;
}

stackCase('each tenant looks like a fresh worker to its clients', async (world) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'mine');
  for (const name of NAMES) {
    const { workspace } = assertSuccess(await stack.ask('GET', `/~${name}${claimPath('default-pool', 'w')}`));
    assert.equal(workspace.id, 'pod-pool-1-1');
    assert.equal(workspace.subdomain, `mock-pod-1--${name}`);
    const found = assertSuccess(await stack.ask('GET', `/~${name}/workspaces/${workspace.subdomain}`));
    assert.equal(found.workspace.id, workspace.id);
  }
  assert.equal((await podsOf(stack, ''))[0].claimedBy ?? 'mine', 'mine');
});

stackCase('the header selects a tenant, and a tenant in the path wins', async (world) => {
  const stack = await Stack.start(world);
  const headers = { 'X-Mock-Tenant': 'by-header' };
  const first = assertSuccess(await stack.ask('GET', claimPath('default-pool', 'w'), { headers }));
  assert.equal(first.workspace.subdomain, 'mock-pod-1--by-header');
  const second = assertSuccess(await stack.ask('GET', `/~by-path${claimPath('default-pool', 'w')}`, { headers }));
  assert.equal(second.workspace.subdomain, 'mock-pod-1--by-path');
  const encoded = assertSuccess(await stack.ask('GET', `/%7Eby-path${claimPath('default-pool', 'w')}`));
  assert.equal(encoded.workspace.subdomain, 'mock-pod-2--by-path');
});

stackCase('a tenant written with escapes is the same tenant', async (world) => {
  const stack = await Stack.start(world);
  const spellings = ['/~abc', '/~a%62c', '/%7Eabc', '/%7e%61%62%63', '/~%61bc'];
  for (const [i, prefix] of spellings.entries()) {
    const { workspace } = assertSuccess(await stack.ask('GET', prefix + claimPath('default-pool', 'w')));
    assert.equal(workspace.subdomain, `mock-pod-${i + 1}--abc`, prefix);
  }
  assertError(await stack.ask('GET', '/~a%2Fb/pools'), 400, 'bad_name');
  assertError(await stack.ask('GET', '/~%20/pools'), 400, 'bad_name');
  const { tenants } = assertSuccess(await stack.ask('GET', '/__admin/tenants'));
  assert.deepEqual(tenants.map(({ name }) => name).filter(Boolean), ['abc']);
});

stackCase('a header that names two tenants selects none', async (world) => {
  const stack = await Stack.start(world);
  const ask = (path, values) => stack.ask('GET', path, { headers: { 'X-Mock-Tenant': values } });
  for (const values of [['aa', 'bb'], ['aa', 'aa'], ['aa', '']]) {
    assertError(await ask('/pools', values), 400, 'bad_name', /X-Mock-Tenant came twice/);
  }
  assertError(await ask('/pools', 'aa, bb'), 400, 'bad_name', /aa, bb is not a tenant's name, or the header came twice/);
  assert.equal((await ask('/~cc/pools', ['aa', 'bb'])).status, 200);
  const { tenants } = assertSuccess(await stack.ask('GET', '/__admin/tenants'));
  assert.deepEqual(tenants.map(({ name }) => name).filter(Boolean), ['cc']);
});

stackCase('a pod of one tenant is unknown in another', async (world) => {
  const stack = await Stack.start(world);
  assertSuccess(await stack.ask('GET', `/~a${claimPath('default-pool', 'w')}`));
  for (const name of ['mock-pod-1', 'mock-pod-1--b', 'mock-pod-1--a-', 'mock-pod-1-']) {
    assertError(await stack.ask('GET', `/~a/workspaces/${name}`), 404, 'pod_not_found');
  }
  assertError(await stack.ask('GET', '/workspaces/mock-pod-1--a'), 404, 'pod_not_found');
  assertSuccess(await stack.ask('GET', '/~a/workspaces/mock-pod-1--a'));
});

stackCase('a reset of one tenant leaves the others', async (world) => {
  const stack = await Stack.start(world);
  for (const prefix of ['', '/~a', '/~b']) {
    assertSuccess(await stack.ask('GET', prefix + claimPath('default-pool', 'w')));
  }
  assertSuccess(await stack.ask('POST', '/~a/__admin/reset'));
  const used = async (prefix) =>
    assertSuccess(await stack.ask('GET', prefix + statusPath('default-pool'))).status.used_vms;
  assert.deepEqual([await used(''), await used('/~a'), await used('/~b')], [1, 0, 1]);
  const generation = async (prefix) =>
    assertSuccess(await stack.ask('GET', `${prefix}/__admin/health`)).generation;
  assert.deepEqual([await generation(''), await generation('/~a'), await generation('/~b')], [0, 1, 0]);
});

stackCase('an invalid tenant name is refused, and one tenant too many is a 503', async (world) => {
  const stack = await Stack.start(world, { options: ['--tenants-max', '2'] });
  for (const name of ['', 'A', 'a_b', 'a.b', 'x'.repeat(33), '%41', 'ä']) {
    const answer = await stack.ask('GET', `/~${name}${statusPath('default-pool')}`);
    assertError(answer, 400, 'bad_name', /tenant/);
  }
  for (const name of ['a', 'b']) assertSuccess(await stack.ask('GET', `/~${name}${statusPath('default-pool')}`));
  assertError(await stack.ask('GET', `/~c${statusPath('default-pool')}`), 503, 'tenant_limit', /^2 tenants exist \(--tenants-max\); delete one$/);
  assertSuccess(await stack.ask('DELETE', '/__admin/tenants/a'));
  assertSuccess(await stack.ask('GET', `/~c${statusPath('default-pool')}`));
});

stackCase('a request that is refused before it runs makes no tenant', async (world) => {
  const stack = await Stack.start(world, { options: ['--admin-token', 'sesame', '--require-auth'] });
  const bearing = (token) => ({ headers: { Authorization: `Bearer ${token}` } });
  const refused = [
    [404, 'not_found', 'GET', '/~a/nowhere'],
    [405, 'method_not_allowed', 'DELETE', '/~a/pools'],
    [404, 'pod_not_found', 'GET', '/~a/_pod/mock-pod-1--a/'],
    [401, 'no_token', 'GET', '/~a/pools'],
    [401, 'bad_token', 'GET', '/~a/pools', bearing('guessed')],
    [401, 'bad_token', 'GET', '/~a/__admin/health', bearing('guessed')],
  ];
  for (const [status, code, method, path, options] of refused) {
    assertError(await stack.ask(method, path, options), status, code);
  }
  assert.equal((await stack.ask('OPTIONS', '/~a/pools')).status, 204);
  const list = async () => assertSuccess(await stack.ask('GET', '/__admin/tenants', bearing('sesame'))).tenants;
  assert.deepEqual(await list(), []);
  assertSuccess(await stack.ask('POST', '/~a/__admin/reset', bearing('sesame')));
  assert.deepEqual((await list()).map(({ name }) => name), ['a']);
});

stackCase('a request that only reads makes no tenant, and gets the answer of a fresh one', async (world) => {
  const stack = await Stack.start(world);
  const names = async () => (await stack.say('GET', '/__admin/tenants')).tenants.map(({ name }) => name);
  await forEachRow(['/__admin/health', '/__admin/state', '/__admin/requests', '/__admin/leaks', '/__admin/faults'], async (path) => {
    assert.equal((await stack.ask('GET', `/~t${path}`)).status, 200);
    assert.equal((await stack.ask('HEAD', `/~t${path}`)).status, 200);
    assert.deepEqual(await names(), []);
  });
  assert.equal((await stack.ask('HEAD', '/~t/pools/p/workspace')).status, 200);
  assertError(await stack.ask('GET', '/~t/__admin/snapshots/none'), 404, 'snapshot_not_found');
  assert.deepEqual(await names(), []);
  await stack.say('PATCH', '/~t/__admin/settings', { maxPods: 1 });
  await stack.say('GET', '/~t/__admin/health');
  assert.deepEqual(await names(), ['t'], 'one that was used stays');
});

stackCase('a request that waits in a tenant before its first use waits in the tenant that is used later', async (world) => {
  const stack = await Stack.start(world);
  const waiting = stack.ask('GET', '/~t/__admin/requests/wait?operation=claim&timeout=10s', { agent: false });
  await until('it waits', async () => (await stack.say('GET', '/~t/__admin/health')).parked === 1);
  await stack.say('GET', '/~t/pools/p/workspace?workspaceId=w');
  assert.equal(assertSuccess(await waiting).count, 1);
  assert.equal((await stack.say('GET', '/~t/__admin/requests')).requests.length, 1);
});

stackCase('a tenant whose state file can\'t be used is refused, and only the log names the file', async (world) => {
  const file = world.path('state.db');
  const stack = await Stack.start(world, { options: ['--state', file] });
  await writeFile(`${file}~broken.tenant`, 'no database, but for all that as long as the head of one is'.repeat(20));
  const answer = await stack.ask('GET', '/~broken/pools');
  assertError(answer, 500, 'state_damaged', /^the state file is damaged$/);
  const told = (line) => line.includes(`${file}~broken.tenant is damaged`);
  await until('the log tells which file it is', () => stack.worker.lines.some(told));
  assertSuccess(await stack.ask('GET', '/~sound/pools'));
});

stackCase('the default tenant lists and deletes the others, which can\'t list tenants', async (world) => {
  const stack = await Stack.start(world);
  assertSuccess(await stack.ask('GET', `/~a${claimPath('one', 'w')}`));
  assertSuccess(await stack.ask('GET', `/~b${claimPath('default-pool', 'w')}`));
  const list = async () => assertSuccess(await stack.ask('GET', '/__admin/tenants')).tenants;
  assert.deepEqual(await list(), [
    { name: 'a', pools: 2, pods: 8 },
    { name: 'b', pools: 1, pods: 5 },
  ]);
  assertError(await stack.ask('GET', '/~a/__admin/tenants'), 404, 'not_found');
  assertError(await stack.ask('DELETE', '/~a/__admin/tenants/b'), 404, 'not_found');
  assertError(await stack.ask('DELETE', '/__admin/tenants/c'), 404, 'tenant_not_found');
  assertSuccess(await stack.ask('DELETE', '/__admin/tenants/a'));
  assert.deepEqual((await list()).map(({ name }) => name), ['b']);
  const { workspace } = assertSuccess(await stack.ask('GET', `/~a${claimPath('default-pool', 'w')}`));
  assert.equal(workspace.id, 'pod-pool-1-1');
});

stackCase('tenants are deleted by a pattern, but never the default tenant', async (world) => {
  const stack = await Stack.start(world);
  for (const name of ['run-1', 'run-2', 'rerun', 'a']) assertSuccess(await stack.ask('GET', `/~${name}${claimPath('p', 'w')}`));
  await stack.claim('default-pool', 'stays');
  const list = async () => assertSuccess(await stack.ask('GET', '/__admin/tenants')).tenants.map(({ name }) => name);
  const remove = (query, prefix = '') => stack.ask('DELETE', `${prefix}/__admin/tenants${query}`);
  for (const query of ['', '?name=']) {
    assertError(await remove(query), 400, 'bad_query', /^name: required; a tenant's name, or a pattern such as run-\*$/);
  }
  assertError(await remove('?nam=*'), 400, 'bad_query', /name/);
  assertError(await remove('?name=*', '/~a'), 404, 'not_found');
  assert.deepEqual(await list(), ['run-1', 'run-2', 'rerun', 'a']);
  const rows = [
    ['?name=run-*', ['run-1', 'run-2'], ['rerun', 'a']],
    ['?name=none*', [], ['rerun', 'a']],
    ['?name=a', ['a'], ['rerun']],
    ['?name=*', ['rerun'], []],
    ['?name=*', [], []],
  ];
  await forEachRow(rows, async ([query, names, left]) => {
    const answer = assertSuccess(await remove(query));
    assert.deepEqual([answer.names, answer.deleted], [names, names.length]);
    assert.deepEqual(await list(), left);
  });
  const { pool } = assertSuccess(await stack.ask('GET', statusPath('default-pool')));
  assert.equal(pool.used_workspaces, 1, 'the default tenant is as it was');
});

stackCase('control routes require the admin token if it is set, and no other route does', async (world) => {
  const stack = await Stack.start(world, { options: ['--admin-token', 'sesame'] });
  const bearing = (token) => ({ headers: { Authorization: `Bearer ${token}` } });
  assert.match(assertError(await stack.ask('POST', '/__admin/reset'), 401, 'no_token').hint, /front end/);
  assertError(await stack.ask('POST', '/__admin/reset', bearing('sesam')), 401, 'bad_token');
  assertError(await stack.ask('GET', '/~a/__admin/health'), 401, 'no_token');
  assertSuccess(await stack.ask('POST', '/__admin/reset', bearing('sesame')));
  await stack.claim('default-pool', 'w');
});
