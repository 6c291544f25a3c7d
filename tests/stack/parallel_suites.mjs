// SPDX-License-Identifier: MIT
//
// Test suites that share a worker, each in its own tenant. Each gets the answers that it would get alone.

import assert from 'node:assert/strict';

import { assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { setFaults } from '../lib/faults.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const SUITES = 50;
const ROUNDS = 4;
const YEAR = '2099-01-01T00:00:00.000Z';

// Returns the journal without the fields that differ between runs.
function readJournal({ requests }) {
  return requests.map(({ requestId, path, durationMs, ...entry }) => entry);
}

// Runs a suite once in the tenant `name`, given in the path or in a header. Returns all its answers. The
// tenant is new before and after it.
async function runSuite(stack, name, inHeader = false) {
  const seen = [];
  const tenant = inHeader ? { headers: { 'X-Mock-Tenant': name } } : {};
  const ask = async (method, path, options) => {
    const answer = await stack.ask(method, inHeader ? path : `/~${name}${path}`, { ...options, ...tenant });
    const fault = answer.headers['x-mock-fault'] ?? null;
    seen.push([method, path, answer.status, fault, answer.text.replaceAll(name, 'NAME')]);
    return answer;
  };
  const clock = (change) => ask('PUT', '/__admin/clock', { json: change });
  await clock({ action: 'freeze' }).then(() => seen.pop()); // its time differs between suites
  await clock({ action: 'set', to: YEAR });
  await ask('POST', '/__admin/seed', { json: { seed: 5 } });
  await ask('PATCH', '/__admin/settings', { json: { leaseTtl: '10m', onExhausted: 'reject', newPoolPods: 2 } });
  await setFaults(stack, [
    { id: 'third', match: { operation: 'claim' }, skip: 2, times: 1, answer: { status: 500 } },
    { id: 'chance', match: { operation: 'status' }, probability: 0.5, answer: { status: 418 } },
  ], `/~${name}`);
  for (let n = 0; n < 4; n++) await ask('GET', claimPath('suite', `w-${n}`));
  for (let n = 0; n < 6; n++) await ask('GET', statusPath('suite'));
  await clock({ action: 'advance', by: '10m' });
  await ask('GET', '/pools/suite/workspaces');
  const journal = await ask('GET', '/__admin/requests');
  seen.at(-1).splice(-1, 1, readJournal(assertSuccess(journal)));
  await ask('POST', '/__admin/reset').then(() => seen.pop()); // its answer has the generation
  return seen;
}

stackCase(`${SUITES} concurrent suites get the answers that one gets alone`, async (world) => {
  const stack = await Stack.start(world, { options: ['--log-level', 'error'] });
  const alone = await runSuite(stack, 'alone');
  const statuses = (operation) => alone.filter(([, path]) => path.startsWith(operation)).map(([, , status]) => status);
  assert.deepEqual(statuses('/pools/suite/workspace?'), [200, 200, 500, 503], 'what the suite is about');
  const pod = await stack.claim('default-pool', 'bystander');
  const rounds = async (name, inHeader) => {
    for (let round = 0; round < ROUNDS; round++) assert.deepEqual(await runSuite(stack, name, inHeader), alone);
  };
  await Promise.all(Array.from({ length: SUITES }, (_, n) => rounds(`suite-${n}`, n % 2 === 1)));
  await stack.assertPool('default-pool', { total: 5, used: 1 });
  assert.equal(assertSuccess(await stack.ask('GET', `/workspaces/${pod.id}`)).workspace.claimedBy, 'bystander');
  const { pools, pods } = assertSuccess(await stack.ask('GET', '/__admin/health'));
  assert.deepEqual([pools, pods], [1, 5], 'none of the suites\' pools');
});
