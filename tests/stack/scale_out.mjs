// SPDX-License-Identifier: MIT
//
// Three workers behind nginx/scale-out.conf: a worker that is killed, one that is added, and tenants that are taken along. The history
// of the claims, as the clients saw it, is compared with the states at the end.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { forEachRow, times, until } from '../lib/case.mjs';
import { Receiver, Relay } from '../lib/receiver.mjs';
import { run, sourceFile, stackCase } from '../lib/stack.mjs';
import { OPCODE, WebSocketClient, WEBSOCKETS_ARE_MISSING } from '../lib/web_socket.mjs';
import { Workers } from '../lib/workers.mjs';
import { BASE } from '../lib/worker.mjs';

const TENANTS = ['', ...Array.from({ length: 39 }, (_, n) => `t${n}`)]; // '' is the default tenant
const ROUNDS = times(4, 100); // the claims of each tenant in each phase
const DEFAULTS = [];
const HOSTS = ['--pod-url', 'host'];

const prefixOf = (tenant) => (tenant === '' ? '' : `/~${tenant}`);

// Returns the name of the worker that has a tenant, as nginx chooses it.
async function homeOf(stack, tenant) {
  return assertSuccess(await stack.ask('GET', `${prefixOf(tenant)}/__admin/health`)).worker;
}

async function homesOf(stack) {
  return new Map(await Promise.all(TENANTS.map(async (tenant) => [tenant, await homeOf(stack, tenant)])));
}

// The claims of clients: {tenant, workspaceId, status, pod}, where `pod` is missing if the answer was an error.
class History {
  claims = [];
  #stack;

  constructor(stack) {
    this.#stack = stack;
  }

  // Claims a pod. Every second claim names its tenant in the header instead of the path.
  async claim(tenant) {
    const claim = { tenant, workspaceId: `w-${this.claims.length}` };
    this.claims.push(claim);
    const byHeader = this.claims.length % 2 === 0 && tenant !== '';
    const headers = byHeader ? { 'X-Mock-Tenant': tenant } : {};
    const path = (byHeader ? '' : prefixOf(tenant)) + claimPath('default-pool', claim.workspaceId);
    const answer = await this.#stack.ask('GET', path, { headers });
    claim.status = answer.status;
    if (answer.status === 200) claim.pod = assertSuccess(answer).workspace;
    else assertError(answer, 502, 'bad_gateway');
  }

  // Each tenant makes claims, one after the other, `rounds` at least and until `isOver()`.
  async load(rounds, isOver = () => true) {
    const client = async (tenant) => {
      for (let n = 0; n < rounds || !isOver(); n++) await this.claim(tenant);
    };
    await Promise.all(TENANTS.map(client));
  }

  // The claims that were answered with an error so far.
  get errors() {
    return this.claims.filter(({ status }) => status !== undefined && status !== 200);
  }

  // Compares the claims of a tenant with its state: none is doubled, none that was answered is lost, and no pod is used without a claim.
  async check(tenant) {
    const claims = this.claims.filter((claim) => claim.tenant === tenant);
    const byPod = new Map();
    for (const { pod, workspaceId } of claims.filter(({ pod }) => pod)) {
      assert.ok(!byPod.has(pod.id), `tenant "${tenant}": ${pod.id} was given to ${byPod.get(pod.id)} and to ${workspaceId}`);
      byPod.set(pod.id, workspaceId);
    }
    const status = assertSuccess(await this.#stack.ask('GET', prefixOf(tenant) + statusPath('default-pool')));
    const used = new Map(status.workspaces.filter((row) => row.status === 'used').map((row) => [row.id, row.claimed_by]));
    for (const [id, workspaceId] of byPod) assert.equal(used.get(id), workspaceId, `tenant "${tenant}": ${id}`);
    const failed = new Set(claims.filter(({ pod }) => !pod).map(({ workspaceId }) => workspaceId));
    for (const [id, owner] of used) {
      if (!byPod.has(id)) assert.ok(failed.has(owner), `tenant "${tenant}": ${id} is used by ${owner}, whose claim was answered`);
    }
  }

  async checkAll() {
    await forEachRow(TENANTS, (tenant) => this.check(tenant));
  }
}

// Asserts that each tenant exists at one worker only. Asks the workers themselves.
async function assertOneHome(workers, homes) {
  for (const name of workers.names) {
    const answer = await workers.worker(name).ask('GET', '/__admin/tenants');
    const here = assertSuccess(answer).tenants.map((tenant) => tenant.name).filter((tenant) => TENANTS.includes(tenant) && tenant !== '');
    const expected = TENANTS.filter((tenant) => tenant !== '' && homes.get(tenant) === name);
    assert.deepEqual(here.sort(), expected.sort(), `the tenants of worker ${name}`);
  }
}

stackCase('a worker is killed under load: only its tenants get errors until it is back, and no claim is doubled or lost', async (world) => {
  const workers = await Workers.start(world, DEFAULTS);
  const { stack } = workers;
  const homes = await homesOf(stack);
  assert.deepEqual([...new Set(homes.values())].sort(), ['1', '2', '3'], 'each worker has tenants');
  const history = new History(stack);
  await history.load(ROUNDS);
  assert.deepEqual(history.errors, []);

  const victim = homes.get(''); // so the default tenant is among those that fail
  let isBack = false;
  const load = history.load(ROUNDS, () => isBack);
  load.catch(() => {});
  await workers.worker(victim).kill();
  const failed = () => new Set(history.errors.map(({ tenant }) => tenant));
  const its = TENANTS.filter((tenant) => homes.get(tenant) === victim);
  const haveFailed = until('each of its tenants has had an error', () => its.every((tenant) => failed().has(tenant)));
  await Promise.race([haveFailed, load]); // a load that fails rejects here
  await workers.add(victim);
  isBack = true;
  await load;
  for (const tenant of failed()) assert.equal(homes.get(tenant), victim, `tenant "${tenant}" has a worker that was not killed`);

  const before = history.errors.length;
  await history.load(ROUNDS);
  assert.equal(history.errors.length, before, 'no error after it is back');
  assert.deepEqual(await homesOf(stack), homes);
  await assertOneHome(workers, homes);
  await history.checkAll();
});

stackCase('without max_fails=0 the tenants of a killed worker begin anew at others, which the comparison finds', async (world) => {
  const workers = await Workers.start(world, DEFAULTS, (text) => text.replaceAll(' max_fails=0', ''));
  const { stack } = workers;
  const history = new History(stack);
  await history.load(ROUNDS);
  await history.checkAll();
  await workers.worker(await homeOf(stack, '')).kill();
  await history.load(ROUNDS);
  await assert.rejects(history.checkAll(), /was given to w-\d+ and to w-\d+/);
});

// Runs the commands of the chapter "Take a tenant along", with this case's addresses. `step` is the number of the block.
async function takeAlong(workers, world, tenant, from, step) {
  const document = await readFile(sourceFile('docs', 'scale-out.md'), 'utf8');
  const chapter = /\n## Take a tenant along\n[^]*?(?=\n## )/.exec(document)[0];
  const commands = [...chapter.matchAll(/```sh\n([^]*?)```/g)][step][1]
    .replaceAll('tenant.json', world.path(`${tenant}.json`)).replace('127.0.0.1:8079/2/', `127.0.0.1:${workers.port}/${from}/`);
  const { host, port } = workers.stack;
  await run('/bin/sh', ['-euc', commands], { env: { BASE: `http://${host}:${port}${BASE}`, TENANT: tenant } });
}

stackCase('a worker is added: only its own tenants move, and they can be taken along', async (world) => {
  const workers = await Workers.start(world, DEFAULTS);
  const { stack } = workers;
  const named = TENANTS.filter((tenant) => tenant !== '');
  const history = new History(stack);
  await history.load(ROUNDS);
  const before = await homesOf(stack);
  for (const tenant of named) await takeAlong(workers, world, tenant, '', 0);

  await workers.add('4');
  await workers.tellNginxOfFour();
  const after = await homesOf(stack);
  const moved = named.filter((tenant) => after.get(tenant) !== before.get(tenant));
  assert.ok(moved.length > 0 && moved.length < named.length / 2, `${moved.length} of ${named.length} moved`);
  for (const tenant of moved) assert.equal(after.get(tenant), '4');
  for (const tenant of moved) await takeAlong(workers, world, tenant, before.get(tenant), 1);
  await assertOneHome(workers, after);

  if (after.get('') !== before.get('')) { // the default tenant has moved: it begins anew
    history.claims = history.claims.filter(({ tenant }) => tenant !== '');
  }
  await history.load(ROUNDS);
  assert.deepEqual(history.errors, []);
  await history.checkAll();
});

// Sends a GET to a pod's own host.
function askHost(stack, url, headers = {}) {
  const { host, pathname } = new URL(url);
  return stack.request('GET', pathname, { headers: { host, ...headers } });
}

for (const [form, options] of [['pods.localhost', HOSTS], ['mock.sphinx.chat', DEFAULTS]]) {
  stackCase(`a pod's own host leads to the worker of its tenant: ${form}`, async (world) => {
    const workers = await Workers.start(world, options);
    const { stack } = workers;
    await forEachRow(['', 'a', 'b', 'c', 'd', 'e-1', 'f-2-x', 'g'], async (tenant) => {
      const claimed = await stack.ask('GET', prefixOf(tenant) + claimPath('default-pool', `of-${tenant}`));
      const { url, portMappings } = assertSuccess(claimed).workspace;
      for (const [address, port] of [[portMappings['15552'], 15552], ...(/-\d+$/.test(tenant) ? [] : [[url, null]])]) {
        const echo = assertSuccess(await askHost(stack, `${address}/_echo`, { 'X-Mock-Tenant': 'other' }));
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
  const workers = await Workers.start(world, DEFAULTS);
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
    const home = workers.worker(await homeOf(stack, ''));
    assert.equal(assertSuccess(await home.ask('GET', `/pools/~${tenant}/status`)).pool.used_workspaces, 1);
  });
});

stackCase('a WebSocket reaches the worker that has issued its ticket', async (world) => {
  const workers = await Workers.start(world, ['--pod-url', 'path']);
  const { stack } = workers;
  const homes = await homesOf(stack);
  for (const name of workers.names) {
    const tenant = TENANTS.find((one) => homes.get(one) === name);
    await stack.ask('GET', prefixOf(tenant) + claimPath('default-pool', 'w'));
    const pod = tenant === '' ? 'mock-pod-1' : `mock-pod-1--${tenant}`;
    const echo = await WebSocketClient.open(stack, `${prefixOf(tenant)}/_pod/${pod}/8080/_echo`);
    echo.send(OPCODE.TEXT, name);
    assert.equal((await echo.next()).payload.toString(), name);
  }
}, { skip: WEBSOCKETS_ARE_MISSING });

stackCase('each worker can be asked by its name, by this machine only', async (world) => {
  const workers = await Workers.start(world, DEFAULTS);
  const { stack, port } = workers;
  for (const name of workers.names) {
    const answer = await stack.request('GET', `/${name}/__admin/health`, { port, agent: false });
    assert.equal(assertSuccess(answer).worker, name);
  }
  const health = (options) => stack.request('GET', '/1/__admin/health', { port, agent: false, ...options });
  assertError(await health({ localAddress: '127.0.0.2' }), 403, 'forbidden');
  assertError(await health({ headers: { host: 'evil.example' } }), 403, 'forbidden');
  assertError(await stack.request('GET', '/9/__admin/health', { port, agent: false }), 502, 'bad_gateway');
});

stackCase('a relay for each worker makes the deliveries of all tenants', async (world) => {
  const workers = await Workers.start(world, DEFAULTS);
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
