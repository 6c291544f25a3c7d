// SPDX-License-Identifier: MIT
//
// With --state a worker goes on where another has stopped, for every tenant; without, it says what is lost with it.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';

import { assertError, assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase } from '../../lib/case.mjs';
import { Worker } from '../../lib/worker.mjs';

const claim = async (worker, prefix, owner) =>
  assertSuccess(await worker.ask('GET', prefix + claimPath('default-pool', owner))).workspace.id;

const tenantsOf = async (worker) =>
  assertSuccess(await worker.ask('GET', '/__admin/tenants')).tenants.map((tenant) => tenant.name);

testCase('pools, pods, users, settings and scripts are there after a restart, and ids go on', async (world) => {
  const options = ['--state', world.path('state.db')];
  const first = await Worker.start(world, { options });
  const body = (value) => ({ body: JSON.stringify(value), params: { CONTENT_TYPE: 'application/json' } });
  assert.equal(await claim(first, '', 'w'), 'pod-pool-1-1');
  const user = assertSuccess(
    await first.ask('POST', '/auth/login', body({ username: 'u', password: 'p' })),
  );
  assertSuccess(await first.ask('PATCH', '/__admin/settings', body({ newPoolPods: 1 })));
  assertSuccess(await first.ask('DELETE', '/pools/default-pool/workspaces/mock-pod-5'));
  await first.stop();

  const second = await Worker.start(world, { options: [...options, '--require-auth'] });
  const headers = { HTTP_AUTHORIZATION: `Bearer ${user.token}` };
  const ask = async (method, target) => assertSuccess(await second.ask(method, target, { params: headers }));
  assert.equal((await ask('GET', claimPath('default-pool', 'v'))).workspace.id, 'pod-pool-1-2');
  assert.equal((await ask('GET', claimPath('new', 'v'))).workspace.id, 'pod-pool-2-6');
  assert.equal((await ask('GET', '/pools/new/status')).status.current_vms, 1);
  await second.stop();
  assert.match(second.lines.at(-1), /Z stopped$/);
});

testCase('each tenant is there again, and one that was deleted is not', async (world) => {
  const options = ['--state', world.path('state.db')];
  const first = await Worker.start(world, { options });
  for (const name of ['a', 'a-wal', 'gone']) assert.equal(await claim(first, `/~${name}`, 'w'), 'pod-pool-1-1');
  assertSuccess(await first.ask('DELETE', '/__admin/tenants/gone'));
  await first.kill();

  const second = await Worker.start(world, { options });
  assert.deepEqual((await tenantsOf(second)).sort(), ['a', 'a-wal']);
  for (const name of ['a', 'a-wal']) assert.equal(await claim(second, `/~${name}`, 'w'), 'pod-pool-1-2');
  assert.equal(await claim(second, '', 'w'), 'pod-pool-1-1');
  assert.equal(await claim(second, '/~gone', 'w'), 'pod-pool-1-1');
  assertSuccess(await second.ask('DELETE', '/__admin/tenants/a'));
  assertSuccess(await second.ask('DELETE', '/__admin/tenants/gone'));
  assertError(await second.ask('DELETE', '/__admin/tenants/a'), 404, 'tenant_not_found');
  await second.stop();
  const left = (await readdir(world.directory)).filter((name) => name.startsWith('state.db'));
  assert.deepEqual(left.sort(), ['state.db', 'state.db.lock', 'state.db~a-wal.tenant']);
});

testCase('a worker in memory says at its end how many claims are lost', async (world) => {
  const worker = await Worker.start(world);
  for (const prefix of ['', '', '/~a']) await claim(worker, prefix, 'w');
  assertSuccess(await worker.ask('POST', '/workspaces/mock-pod-1/release'));
  await worker.stop();
  assert.match(worker.lines.at(-1), /Z stopped claimsLost=2$/);
});
