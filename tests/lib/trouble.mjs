// SPDX-License-Identifier: MIT
//
// Workers that fail under the load of a history of claims: what its clients see, and that nothing is doubled or lost.

import assert from 'node:assert/strict';

import { until } from './case.mjs';

const STUCK_MS = 1000;
const CONNECT_TIMEOUT_MS = 5000; // fastcgi_connect_timeout in pass.conf

// Asserts that the tenants of other workers than these had no errors, and did not wait for the workers that failed.
function assertOthersServed(claims, homes, names) {
  for (const { tenant, status, podStatus, ms } of claims.filter(({ tenant }) => !names.includes(homes.get(tenant)))) {
    assert.deepEqual([status, podStatus], [200, 200], `tenant "${tenant}" has a worker that did not fail`);
    assert.ok(ms < CONNECT_TIMEOUT_MS, `tenant "${tenant}" has waited for ${ms} ms`);
  }
}

// Asserts that the trouble is over: no more errors, no tenant that moved, and all claims as their clients saw them.
async function assertWhole(workers, history, homes, rounds) {
  const before = history.errors.length;
  await history.load(rounds);
  assert.equal(history.errors.length, before, 'no error after it is back');
  assert.deepEqual(await workers.homesOf(history.tenants), homes);
  await workers.assertOneHome(homes);
  await history.checkAll();
}

export const tenantsOf = (homes, names) => [...homes.keys()].filter((tenant) => names.includes(homes.get(tenant)));

// Kills a worker under load, and starts it again when each of its tenants has had an error. Each tenant makes `rounds` claims at least
// before, meanwhile and after. Returns the claims meanwhile.
export async function killUnderLoad(workers, history, homes, victim, rounds) {
  await history.load(rounds);
  assert.deepEqual(history.errors, []);
  const meanwhile = await history.loadDuring(rounds, async () => {
    await workers.worker(victim).kill();
    await history.untilFailed(tenantsOf(homes, [victim]));
    await workers.add(victim);
  });
  assertOthersServed(meanwhile, homes, [victim]);
  await assertWhole(workers, history, homes, rounds);
  return meanwhile;
}

// Takes away the host of the workers `names` until each of their tenants waits for an answer, and then gives it back with its workers
// as they were. Returns the claims meanwhile.
export async function loseLinkUnderLoad(workers, history, homes, { host, names, behindRouter, rounds, untilBack = async () => {} }) {
  await history.load(rounds);
  const meanwhile = await history.loadDuring(rounds, async () => {
    await host.vanish({ behindRouter });
    await until('each of its tenants waits', () => tenantsOf(homes, names).every((tenant) => history.hasWaitedMs(tenant) > STUCK_MS));
    await untilBack();
    await host.comeBack();
  });
  assertOthersServed(meanwhile, homes, names);
  await assertWhole(workers, history, homes, rounds);
  return meanwhile;
}

// The same for a host that loses its power, until each tenant has had an error: its workers end without a word, and start again.
export async function loseHostUnderLoad(workers, history, homes, { host, names, behindRouter, rounds }) {
  await history.load(rounds);
  const meanwhile = await history.loadDuring(rounds, async () => {
    await host.vanish({ behindRouter });
    for (const name of names) await workers.worker(name).kill();
    await history.untilFailed(tenantsOf(homes, names));
    await host.comeBack();
    for (const name of names) await workers.add(name);
  });
  assertOthersServed(meanwhile, homes, names);
  await assertWhole(workers, history, homes, rounds);
  return meanwhile;
}
