// SPDX-License-Identifier: MIT
//
// Workers on a second host, a network namespace, behind nginx/scale-out.conf on this one: one that is killed, and a host that vanishes.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

import { assertError, assertSuccess } from '../lib/api.mjs';
import { times } from '../lib/case.mjs';
import { ClaimHistory, prefixOf, tenantNames } from '../lib/claim_history.mjs';
import { enterOwnNetwork, kernelOfPage, LINUX, OtherHost, setKernel } from '../lib/hosts.mjs';
import { stackCase } from '../lib/stack.mjs';
import { HAS_WEBSOCKETS } from '../lib/web_socket.mjs';
import { killUnderLoad, loseHostUnderLoad, loseLinkUnderLoad, tenantsOf } from '../lib/worker_failures.mjs';
import { Workers } from '../lib/workers.mjs';

const skip = await enterOwnNetwork(fileURLToPath(import.meta.url));
const TENANTS = tenantNames(40);
const ROUNDS = times(4, 100); // the claims of each tenant in each phase
const REMOTE = ['2', '3'];
const OPTIONS = { skip, timeoutMs: times(90_000, 1_800_000) };

// Starts worker 1 beside nginx, and 2 and 3 on the other host.
async function startOnTwoHosts(world, { kernel = LINUX, ...settings } = {}) {
  await setKernel(kernel);
  const host = await OtherHost.start(world);
  const elsewhere = Object.fromEntries(REMOTE.map((name) => [name, host]));
  const workers = await Workers.start(world, { elsewhere, ...settings });
  const homes = await workers.homesOf(TENANTS);
  const history = new ClaimHistory(workers.stack, TENANTS, {
    errors: { 502: 'bad_gateway', 504: 'gateway_timeout' }, patienceMs: 60_000,
  });
  return { host, workers, homes, history };
}

stackCase('a worker on another host has WebSockets, and can be asked by its name', async (world) => {
  const { workers, homes } = await startOnTwoHosts(world, { options: ['--pod-url', 'path'] });
  for (const name of workers.names) {
    assert.equal(assertSuccess(await workers.askByName(name)).worker, name);
    if (HAS_WEBSOCKETS) await workers.assertSocketOf(tenantsOf(homes, [name])[0]);
  }
}, OPTIONS);

stackCase('a worker on another host is killed under load: only its tenants get errors until it is back', async (world) => {
  const { workers, homes, history } = await startOnTwoHosts(world);
  await killUnderLoad(workers, history, homes, { name: '2', rounds: ROUNDS });
}, OPTIONS);

for (const [where, behindRouter, status, code] of [['beside', false, 502, 'bad_gateway'], ['behind a router', true, 504, 'gateway_timeout']]) {
  stackCase(`a new request to a host that has vanished, ${where}, is answered after the connect timeout at the latest`, async (world) => {
    const { host, workers, homes } = await startOnTwoHosts(world);
    await workers.stack.nginx.reload(0); // without kept connections
    await host.vanish({ behindRouter });
    const [tenant] = tenantsOf(homes, REMOTE);
    const start = performance.now();
    assertError(await workers.stack.ask('GET', `${prefixOf(tenant)}/__admin/health`), status, code);
    const ms = performance.now() - start;
    assert.ok(ms < 7_000 && (!behindRouter || ms > 4_900), `${ms} ms`);
  }, OPTIONS);
}

for (const [where, behindRouter] of times([['behind a router', true]], [['beside', false], ['behind a router', true]])) {
  stackCase(`the link to a host ${where} is lost under load: its tenants wait until it is back, and others are served`, async (world) => {
    const { host, workers, homes, history } = await startOnTwoHosts(world);
    await loseLinkUnderLoad(workers, history, homes, { host, names: REMOTE, behindRouter, rounds: ROUNDS });
  }, OPTIONS);
}

for (const [where, behindRouter] of times([['beside', false]], [['beside', false], ['behind a router', true]])) {
  stackCase(`a host ${where} loses its power under load: its tenants get errors until it is back, and others are served`, async (world) => {
    const { host, workers, homes, history } = await startOnTwoHosts(world, { kernel: await kernelOfPage() });
    await loseHostUnderLoad(workers, history, homes, { host, names: REMOTE, behindRouter, rounds: ROUNDS });
  }, OPTIONS);
}
