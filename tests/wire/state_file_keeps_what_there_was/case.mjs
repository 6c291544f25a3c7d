// SPDX-License-Identifier: MIT
//
// With --state a worker continues where another one has stopped, for every tenant. At its end it logs whether the state is kept.

import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';

import { assertError, assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase, until } from '../../lib/case.mjs';
import { Worker, WORKER } from '../../lib/worker.mjs';

const claimed = async (worker, prefix, owner) =>
  assertSuccess(await worker.ask('GET', prefix + claimPath('default-pool', owner))).workspace;

const claim = async (worker, prefix, owner) => (await claimed(worker, prefix, owner)).id;

const tenantsOf = async (worker) =>
  assertSuccess(await worker.ask('GET', '/__admin/tenants')).tenants.map((tenant) => tenant.name);

testCase('pools, pods, users, settings and scripts are there after a restart, and ids continue', async (world) => {
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
  assert.match(second.lines.at(-1), /Z stopped claims=3 kept=yes$/);
});

testCase('each tenant is there again, except a deleted one', async (world) => {
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

const clockOf = async (worker, prefix = '') => assertSuccess(await worker.ask('GET', `${prefix}/__admin/clock`));

const change = async (worker, prefix, json) =>
  assertSuccess(await worker.ask('PUT', `${prefix}/__admin/clock`, { body: JSON.stringify(json) }));

testCase('the clock of each tenant continues as it was, and a reset is kept too', async (world) => {
  const options = ['--state', world.path('state.db')];
  const first = await Worker.start(world, { options });
  await change(first, '', { action: 'freeze' });
  const { now } = await change(first, '', { action: 'advance', by: '30m' });
  for (const prefix of ['/~ahead', '/~reset']) await change(first, prefix, { action: 'set', to: '2040-01-01T00:00:00Z' });
  await change(first, '/~behind', { action: 'freeze' });
  const resumed = await change(first, '/~behind', { action: 'resume' });
  assertSuccess(await first.ask('POST', '/~reset/__admin/reset'));
  await first.kill();

  const second = await Worker.start(world, { options });
  const { now: shown, mode } = await clockOf(second);
  assert.deepEqual([shown, mode], [now, 'frozen']);
  assert.equal((await claimed(second, '', 'w')).claimedAt, now);
  const ahead = await clockOf(second, '/~ahead');
  assert.ok(Date.parse(ahead.now) >= Date.parse('2040-01-01T00:00:00Z') && ahead.mode === 'real', ahead.now);
  assert.ok(Date.parse((await clockOf(second, '/~behind')).now) >= Date.parse(resumed.now));
  assert.ok(Math.abs(Date.parse((await clockOf(second, '/~reset')).now) - Date.now()) < 60_000);
});

testCase('a clock that was being moved continues from where it was, and arrives', async (world) => {
  const options = ['--state', world.path('state.db'), '--log-level', 'error'];
  const pods = 5_000;
  const first = await Worker.start(world, { options });
  const { now: start } = await change(first, '', { action: 'freeze' });
  const atMs = (n) => Date.parse(start) + n + 1;
  const rows = Array.from({ length: pods }, (_, n) => ({ number: n + 1, pool: 'p', usage: 'used', dueAt: new Date(atMs(n)) }));
  const document = { schemaVersion: 1, pods: rows, pools: [{ number: 1, name: 'p' }] };
  assertSuccess(await first.ask('PUT', '/__admin/state', { body: JSON.stringify(document) }));
  const moving = change(first, '', { action: 'advance', by: '1h' }).catch(() => {});
  const before = await until('the clock is being moved', async () => {
    const { now } = await clockOf(first);
    return now !== start && now;
  });
  await first.kill();
  await moving;

  const second = await Worker.start(world, { options });
  for (let last = before, now; last !== new Date(Date.parse(start) + 3_600_000).toISOString(); last = now) {
    ({ now } = await clockOf(second));
    assert.ok(now >= last, `${now} is before ${last}`);
    const { used_workspaces: used } = assertSuccess(await second.ask('GET', '/pools/p/status?simple=true')).pool;
    assert.ok(pods - used >= Math.min(pods, Date.parse(now) - Date.parse(start) - 1), `${used} are used at ${now}`);
  }
});

testCase('at its end a worker logs the number of claims, and whether they are kept', async (world) => {
  for (const [options, kept] of [[[], 'no'], [['--state', world.path('claims.db')], 'yes']]) {
    const worker = await Worker.start(world, { options });
    for (const prefix of ['', '', '/~a']) await claim(worker, prefix, 'w');
    assertSuccess(await worker.ask('POST', '/workspaces/mock-pod-1/release'));
    await worker.stop();
    assert.match(worker.lines.at(-1), new RegExp(`Z stopped claims=2 kept=${kept}$`));
  }
});

testCase('a worker that is started without a standard error does not use a state file as one', async (world) => {
  const program = world.path('without-standard-error');
  await writeFile(program, '#!/bin/sh\nexec "$WORKER" "$@" 2>&-\n', { mode: 0o755 });
  const options = ['--state', world.path('state.db')];
  const worker = await Worker.start(world, { program, options, env: { WORKER } });
  await claim(worker, '', 'w');
  await worker.stop();
  assert.equal(await readFile(world.path('state.db.lock'), 'utf8'), '');
});
