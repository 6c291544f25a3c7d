// SPDX-License-Identifier: MIT
//
// Failures of several workers under the load of a history of claims, and an added worker: what the clients see, and that nothing is doubled
// or lost. Each function loads before, meanwhile and after, at least `rounds` claims of each tenant, and then compares the history with the
// states.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { until } from './case.mjs';
import { run, sourceFile } from './stack.mjs';
import { BASE } from './worker.mjs';

const STUCK_MS = 1000;
const CONNECT_TIMEOUT_MS = 5000; // fastcgi_connect_timeout in pass.conf

// Asserts that the tenants of other workers than these had no errors, and did not wait for the workers that failed.
function assertOthersServed(claims, homes, names) {
  for (const { tenant, status, podStatus, at, endedAt } of claims.filter(({ tenant }) => !names.includes(homes.get(tenant)))) {
    assert.deepEqual([status, podStatus], [200, 200], `tenant "${tenant}" has a worker that did not fail`);
    assert.ok(endedAt - at < CONNECT_TIMEOUT_MS, `tenant "${tenant}" has waited for ${endedAt - at} ms`);
  }
}

// Asserts that there are no more errors, that no tenant has moved, and that the states have all claims as their clients saw them.
async function assertWhole(workers, history, homes, rounds) {
  const before = history.errors.length;
  await history.load(rounds);
  assert.equal(history.errors.length, before, 'no error after it is back');
  assert.deepEqual(await workers.homesOf(history.tenants), homes);
  await workers.assertOneHome(homes);
  await history.checkAll();
}

export const tenantsOf = (homes, names) => [...homes.keys()].filter((tenant) => names.includes(homes.get(tenant)));

// Loads while `lose()` takes the workers `names` away and `giveBack()` gives them back. Returns {claims, lostAt, backAt}: the claims
// meanwhile, and the times at which both began.
async function failUnderLoad(workers, history, homes, { names, rounds }, lose, giveBack) {
  await history.load(rounds);
  assert.deepEqual(history.errors, []);
  const times = {};
  const claims = await history.loadDuring(rounds, async () => {
    times.lostAt = performance.now();
    await lose();
    times.backAt = performance.now();
    await giveBack();
  });
  assertOthersServed(claims, homes, names);
  await assertWhole(workers, history, homes, rounds);
  return { claims, ...times };
}

// Kills a worker, and starts it again when each of its tenants has had an error.
export function killUnderLoad(workers, history, homes, { name, rounds }) {
  return failUnderLoad(workers, history, homes, { names: [name], rounds }, async () => {
    await workers.worker(name).kill();
    await history.untilFailed(tenantsOf(homes, [name]));
  }, () => workers.add(name));
}

// Takes away the host of the workers `names` until each of their tenants waits for an answer, and gives it back with its workers as they
// were.
export function loseLinkUnderLoad(workers, history, homes, { host, names, behindRouter, rounds }) {
  return failUnderLoad(workers, history, homes, { names, rounds }, async () => {
    await host.vanish({ behindRouter });
    await until('each of its tenants waits', () => tenantsOf(homes, names).every((tenant) => history.hasWaitedMs(tenant) > STUCK_MS));
  }, () => host.comeBack());
}

// The same for a host that loses its power, until each tenant has had an error: its workers end without a word, and start again.
export function loseHostUnderLoad(workers, history, homes, { host, names, behindRouter, rounds }) {
  return failUnderLoad(workers, history, homes, { names, rounds }, async () => {
    await host.vanish({ behindRouter });
    for (const name of names) await workers.worker(name).kill();
    await history.untilFailed(tenantsOf(homes, names));
  }, async () => {
    await host.comeBack();
    for (const name of names) await workers.add(name);
  });
}

// Runs the commands of the chapter "Take a tenant along", with these addresses. `step` is the number of the block.
async function takeAlong(workers, tenant, from, step) {
  const document = await readFile(sourceFile('docs', 'scale-out.md'), 'utf8');
  const chapter = /\n## Take a tenant along\n[^]*?(?=\n## )/.exec(document)[0];
  const commands = [...chapter.matchAll(/```sh\n([^]*?)```/g)][step][1]
    .replaceAll('tenant.json', workers.world.path(`${tenant}.json`)).replace('127.0.0.1:8079/2/', `127.0.0.1:${workers.port}/${from}/`);
  const { host, port } = workers.stack;
  await run('/bin/sh', ['-euc', commands], { env: { BASE: `http://${host}:${port}${BASE}`, TENANT: tenant } });
}

// Adds the worker 4, and takes the tenants that move along. Returns {tenants, moved, takenMs}: how many there are and have moved, without
// the default tenant, and the mean time that the commands of the page took for one.
export async function addWorker(workers, history, rounds) {
  const named = history.tenants.filter((tenant) => tenant !== '');
  await history.load(rounds);
  const before = await workers.homesOf(history.tenants);
  let start = performance.now();
  for (const tenant of named) await takeAlong(workers, tenant, '', 0);
  const exportMs = (performance.now() - start) / named.length;

  await workers.add('4');
  await workers.tellNginxOfFour();
  const after = await workers.homesOf(history.tenants);
  const moved = named.filter((tenant) => after.get(tenant) !== before.get(tenant));
  for (const tenant of moved) assert.equal(after.get(tenant), '4');
  start = performance.now();
  for (const tenant of moved) await takeAlong(workers, tenant, before.get(tenant), 1);
  const importMs = moved.length > 0 ? (performance.now() - start) / moved.length : 0;
  await workers.assertOneHome(after);

  if (after.get('') !== before.get('')) history.forget(''); // the default tenant has moved: it begins anew
  await history.load(rounds);
  assert.deepEqual(history.errors, []);
  await history.checkAll();
  return { tenants: named.length, moved: moved.length, takenMs: exportMs + importMs };
}
