// SPDX-License-Identifier: MIT
//
// The index of the API, at the address that serve prints, and the index of the control API.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { setFaults } from '../lib/faults.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

const INDEXES = ['', '/', '/__admin', '/__admin/'];

stackCase('both roots show the index, with or without a slash, and its links work', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(INDEXES, async (path) => {
    const { service, version, links } = assertSuccess(await stack.ask('GET', path));
    assert.deepEqual([service, typeof version], ['pool-manager-mock', 'string']);
    for (const [name, link] of Object.entries(links)) {
      assert.ok(link.startsWith(`${BASE}/`), link);
      if (link.includes('{') || name === 'claim' || name.endsWith('/wait')) continue;
      assert.equal((await stack.request('GET', link)).status, 200, link);
    }
  });
  const { links } = assertSuccess(await stack.ask('GET', '/'));
  assert.equal(links.claim, `${BASE}/pools/{pool}/workspace`);
  assert.equal(links.admin, `${BASE}/__admin/`);
  assert.equal(assertSuccess(await stack.ask('GET', '/__admin/')).links.health, `${BASE}/__admin/health`);
});

stackCase('an index takes GET, HEAD and OPTIONS only, and no other path is an index', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(INDEXES, async (path) => {
    const head = await stack.ask('HEAD', path);
    assert.deepEqual([head.status, head.text], [200, '']);
    assert.equal((await stack.ask('OPTIONS', path)).status, 204);
    const refused = await stack.ask('POST', path, { json: {} });
    assertError(refused, 405, 'method_not_allowed');
    assert.equal(refused.headers.allow, 'GET, HEAD, OPTIONS');
  });
  await forEachRow(['/x', '/pools/', '/__admin/x', '/__admin/health/', '/__admins', '/;', '/%20'], async (path) => {
    assertError(await stack.ask('GET', path), 404, 'not_found');
  });
  for (const path of ['//', '/__admin//']) assert.equal((await stack.ask('GET', path)).status, 404, path);
});

stackCase('the index of a tenant that does not exist answers, also if pods have addresses below a public URL', async (world) => {
  const publicUrl = `http://mock.example${BASE}`;
  const stack = await Stack.start(world, { options: ['--pod-url', 'path', '--public-url', publicUrl] });
  await forEachRow(['/~t/', '/~t/__admin/'], async (path) => assertSuccess(await stack.ask('GET', path)));
});

stackCase('an index makes no tenant, and its links have the tenant\'s path', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(['/~t', '/~t/', '/%7et/'], async (path) => {
    const { links } = assertSuccess(await stack.ask('GET', path));
    assert.equal(links.pools, `${BASE}/~t/pools`);
  });
  const headers = { 'x-mock-tenant': 't' };
  assert.equal(assertSuccess(await stack.ask('GET', '/', { headers })).links.pools, `${BASE}/~t/pools`);
  assertSuccess(await stack.ask('GET', '/~t/__admin/'));
  assert.deepEqual(assertSuccess(await stack.ask('GET', '/__admin/tenants')).tenants, []);
  assertSuccess(await stack.ask('GET', '/~t/pools'));
  assert.equal(assertSuccess(await stack.ask('GET', '/~t/')).links.pools, `${BASE}/~t/pools`);
  assertError(await stack.ask('GET', '/~T_/'), 400, 'bad_name');
});

stackCase('an index meets no fault, is not in the journal, and needs no token', async (world) => {
  const stack = await Stack.start(world, { options: ['--require-auth'] });
  await setFaults(stack, [{ answer: { status: 503 } }, { phase: 'after', answer: { status: 503 } }]);
  for (const path of INDEXES) assertSuccess(await stack.ask('GET', path));
  assert.deepEqual(assertSuccess(await stack.ask('GET', '/__admin/requests')).requests, []);
});

stackCase('an inspection of pods counts no look, and makes no pool and no tenant', async (world) => {
  const stack = await Stack.start(world);
  assertSuccess(await stack.ask('PATCH', '/__admin/pools/p', { json: { progression: { mode: 'manual', looks: 2 } } }));
  assertSuccess(await stack.ask('POST', '/pools', { json: { name: 'p' } }), 201);
  const look = async (query = '') => assertSuccess(await stack.ask('GET', `/__admin/pools/p/pods${query}`));
  for (let n = 0; n < 4; n++) {
    const { pool, pods } = await look();
    assert.deepEqual([pool, pods.map(({ subdomain, state }) => [subdomain, state])],
      ['p', [['mock-pod-6', 'pending'], ['mock-pod-7', 'pending'], ['mock-pod-8', 'pending']]]);
  }
  const page = await look('?limit=2');
  assert.deepEqual([page.pods.length, page.nextCursor], [2, 'pod-pool-2-7']);
  const rest = await look(`?limit=2&cursor=${page.nextCursor}`);
  assert.deepEqual([rest.pods.length, rest.nextCursor], [1, null]);
  assert.equal(assertSuccess(await stack.ask('GET', '/pools/p/workspaces')).workspaces[0].state, 'pending');
  assert.equal((await look()).pods[0].state, 'starting', 'the API\'s list is a look');
  assertError(await stack.ask('GET', '/__admin/pools/nopool/pods'), 404, 'pool_not_found', /there is no pool nopool/);
  assertError(await stack.ask('GET', '/~t/__admin/pools/p/pods'), 404, 'pool_not_found', /there is no pool p/);
  assert.deepEqual(assertSuccess(await stack.ask('GET', '/~t/__admin/queue')).queue, []);
  assertError(await stack.ask('GET', '/__admin/pools/p/pods?limit=0'), 400, 'bad_query');
  assertError(await stack.ask('GET', '/__admin/pools/p/pods?page=1'), 400, 'bad_query');
  assert.equal(assertSuccess(await stack.ask('GET', '/pools')).pools.length, 2);
  assert.deepEqual(assertSuccess(await stack.ask('GET', '/__admin/tenants')).tenants, []);
});

stackCase('the queue shows the waiting claims of all pools, the oldest first', async (world) => {
  const stack = await Stack.start(world);
  const queue = async () => assertSuccess(await stack.ask('GET', '/__admin/queue')).queue;
  const settings = { newPoolPods: 1, onExhausted: 'queue', claimTimeout: '1h' };
  assertSuccess(await stack.ask('PATCH', '/__admin/settings', { json: settings }));
  assertSuccess(await stack.ask('PUT', '/__admin/clock', { json: { action: 'freeze' } }));
  for (const pool of ['a', 'b']) assertSuccess(await stack.ask('GET', claimPath(pool, 'first')));
  assert.deepEqual(await queue(), []);
  const waiting = [];
  for (const [pool, workspace] of [['b', 'w1'], ['a', 'w2'], ['b', 'w3']]) {
    waiting.push(stack.ask('GET', claimPath(pool, workspace)));
    while ((await queue()).length < waiting.length);
    assertSuccess(await stack.ask('PUT', '/__admin/clock', { json: { action: 'advance', by: '1s' } }));
  }
  const shown = await queue();
  assert.deepEqual(shown.map(({ pool, workspaceId }) => [pool, workspaceId]), [['b', 'w1'], ['a', 'w2'], ['b', 'w3']]);
  assert.equal(Date.parse(shown[2].since) - Date.parse(shown[0].since), 2000);
  for (const { requestId } of shown) assert.match(requestId, /^[0-9a-f]{32}$/);
  assertSuccess(await stack.ask('POST', '/workspaces/mock-pod-7/release'));
  assertSuccess(await waiting[0]);
  assert.deepEqual((await queue()).map(({ workspaceId }) => workspaceId), ['w2', 'w3']);
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  for (const claim of waiting.slice(1)) assertError(await claim, 503, 'stale');
  assert.deepEqual(await queue(), []);
});
