// SPDX-License-Identifier: MIT
//
// Three workers behind nginx/scale-out.conf: a worker that is killed, one that is added, and tenants that are taken along. The history
// of the claims, as the clients saw it, is compared with the states at the end.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { forEachRow, times } from '../lib/case.mjs';
import { askHost, ClaimHistory, prefixOf, tenantNames } from '../lib/claim_history.mjs';
import { Receiver, Relay } from '../lib/receiver.mjs';
import { stackCase } from '../lib/stack.mjs';
import { WEBSOCKETS_ARE_MISSING } from '../lib/web_socket.mjs';
import { addWorker, killUnderLoad } from '../lib/worker_failures.mjs';
import { Workers } from '../lib/workers.mjs';

const TENANTS = tenantNames(40);
const ROUNDS = times(4, 100); // the claims of each tenant in each phase
const DEFAULTS = [];
const HOSTS = ['--pod-url', 'host'];

stackCase('a worker is killed under load: only its tenants get errors until it is back, and no claim is doubled or lost', async (world) => {
  const workers = await Workers.start(world);
  const homes = await workers.homesOf(TENANTS);
  assert.deepEqual([...new Set(homes.values())].sort(), ['1', '2', '3'], 'each worker has tenants');
  const history = new ClaimHistory(workers.stack, TENANTS);
  await killUnderLoad(workers, history, homes, { name: homes.get(''), rounds: ROUNDS }); // so the default tenant is among those that fail
});

stackCase('without max_fails=0 the tenants of a killed worker begin anew at others, which the comparison finds', async (world) => {
  const workers = await Workers.start(world, { change: (text) => text.replaceAll(' max_fails=0', '') });
  const history = new ClaimHistory(workers.stack, TENANTS);
  await history.load(ROUNDS);
  await history.checkAll();
  await workers.worker(await workers.homeOf('')).kill();
  await history.load(ROUNDS);
  await assert.rejects(history.checkAll(), /was given to w-\d+ and to w-\d+/);
});

stackCase('a worker is added: only its own tenants move, and they can be taken along', async (world) => {
  const workers = await Workers.start(world);
  const { tenants, moved } = await addWorker(workers, new ClaimHistory(workers.stack, TENANTS), ROUNDS);
  assert.ok(moved > 0 && moved < tenants / 2, `${moved} of ${tenants} moved`);
});

for (const [form, options] of [['pods.localhost', HOSTS], ['mock.sphinx.chat', DEFAULTS]]) {
  stackCase(`a pod's own host leads to the worker of its tenant: ${form}`, async (world) => {
    const workers = await Workers.start(world, { options });
    const { stack } = workers;
    await forEachRow(['', 'a', 'b', 'c', 'd', 'e-1', 'f-2-x', 'g'], async (tenant) => {
      const claimed = await stack.ask('GET', prefixOf(tenant) + claimPath('default-pool', `of-${tenant}`));
      const { url, portMappings } = assertSuccess(claimed).workspace;
      for (const [address, port] of [[portMappings['15552'], 15552], ...(/-\d+$/.test(tenant) ? [] : [[url, null]])]) {
        const echo = assertSuccess(await askHost(stack, `${address}/_echo`, { headers: { 'X-Mock-Tenant': 'other' } }));
        assert.deepEqual([echo.claimedBy, echo.port], [`of-${tenant}`, port]);
      }
    });
    for (const name of workers.names) {
      const { tenants } = assertSuccess(await workers.worker(name).ask('GET', '/__admin/tenants'));
      assert.ok(!tenants.some((tenant) => tenant.name === 'other'));
    }
  });
}

stackCase('each spelling of a tenant leads to the same worker', async (world) => {
  const workers = await Workers.start(world);
  const { stack } = workers;
  await forEachRow(['abc', 'abd', 'abe', 'abf', 'abg', 'abh'], async (tenant) => {
    const [, , last] = tenant;
    const spellings = [`/~${tenant}`, `/~a%62${last}`, `/%7Eab${last}`, `/%7e%61%62${last}`];
    for (const [n, prefix] of spellings.entries()) {
      const { workspace } = assertSuccess(await stack.ask('GET', prefix + claimPath('default-pool', 'w')));
      assert.equal(workspace.subdomain, `mock-pod-${n + 1}--${tenant}`);
    }
    const headers = { 'X-Mock-Tenant': tenant };
    assert.equal(assertSuccess(await stack.ask('GET', claimPath('default-pool', 'w'), { headers })).workspace.id, 'pod-pool-1-5');
    // A pool of that name is no tenant.
    assertSuccess(await stack.ask('GET', `/pools/~${tenant}/workspace`));
    const home = workers.worker(await workers.homeOf(''));
    assert.equal(assertSuccess(await home.ask('GET', `/pools/~${tenant}/status`)).pool.used_workspaces, 1);
  });
});

stackCase('a WebSocket reaches the worker that has issued its ticket', async (world) => {
  const workers = await Workers.start(world, { options: ['--pod-url', 'path'] });
  const homes = await workers.homesOf(TENANTS);
  for (const name of workers.names) await workers.assertSocketOf(TENANTS.find((tenant) => homes.get(tenant) === name));
}, { skip: WEBSOCKETS_ARE_MISSING });

stackCase('each worker can be asked by its name, by this machine only', async (world) => {
  const workers = await Workers.start(world);
  for (const name of workers.names) assert.equal(assertSuccess(await workers.askByName(name)).worker, name);
  assertError(await workers.askByName('1', { localAddress: '127.0.0.2' }), 403, 'forbidden');
  assertError(await workers.askByName('1', { headers: { host: 'evil.example' } }), 403, 'forbidden');
  assertError(await workers.askByName('9'), 502, 'bad_gateway');
});

stackCase('a relay for each worker makes the deliveries of all tenants', async (world) => {
  const workers = await Workers.start(world);
  const { stack, port } = workers;
  const receiver = await Receiver.start(world);
  for (const name of workers.names) Relay.start(stack, '--url', `http://127.0.0.1:${port}/${name}`, '--target', `t=${receiver.origin}/t`);
  await forEachRow(TENANTS, async (tenant) => {
    const admin = `${prefixOf(tenant)}/__admin`;
    await stack.say('PUT', `${admin}/callbacks`, [{ on: 'pod.failed', to: 't' }]);
    await stack.say('PATCH', `${admin}/settings`, { failNext: 1 });
    await stack.say('POST', `${prefixOf(tenant)}/pools`, { name: 'failing', minimum_vms: 1 }, 201);
    await stack.say('GET', `${admin}/deliveries/wait?state=delivered&timeout=9s`);
  });
  assert.equal(new Set(receiver.requests.map(({ body }) => body.podId)).size, TENANTS.length);
  assert.equal(receiver.requests.length, TENANTS.length);
});
