// SPDX-License-Identifier: MIT
//
// The case that clients get wrong most often: a claim is committed and its answer is lost. `leaks` lists the pod until it is
// released.

import assert from 'node:assert/strict';

import { assertSuccess, claimPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { assertFaulted, setFaults } from '../lib/faults.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

async function leakedPods(stack, prefix = '') {
  const { leaks } = assertSuccess(await stack.ask('GET', `${prefix}/__admin/leaks`));
  return leaks.map((leak) => leak.pod);
}

function claimLost(stack, answer, prefix = '') {
  const rule = { id: 'lost', match: { operation: 'claim' }, times: 1, phase: 'after', answer };
  return setFaults(stack, [rule], prefix);
}

// Sends a claim whose answer is not a pod, or whose connection ends.
async function claimInVain(stack, prefix = '') {
  const target = prefix + claimPath('default-pool', 'lost');
  const answer = await stack.ask('GET', target, { agent: false }).catch((error) => error);
  if (answer instanceof Error) assert.equal(answer.code, 'ECONNRESET');
  else assert.equal(answer.headers['x-mock-fault'], 'lost');
}

const LOSSES = [{ connection: 'close' }, { connection: 'reset' }, { status: 500 }, { truncate: 0.3 }, { garbage: true }];

stackCase('a claim whose answer is lost holds its pod, and leaks lists the pod until it is released', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(LOSSES, async (answer) => {
    await claimLost(stack, answer);
    await claimInVain(stack);
    await stack.assertPool('default-pool', { total: 5, used: 1 });
    assert.deepEqual(await leakedPods(stack), ['pod-pool-1-1']);
    const second = await stack.claim('default-pool', 'found');
    assert.equal(second.id, 'pod-pool-1-2', 'a client that tries again gets another pod');
    assert.deepEqual(await leakedPods(stack), ['pod-pool-1-1']);
    for (const pod of ['pod-pool-1-1', second.id]) assertSuccess(await stack.ask('POST', `/workspaces/${pod}/release`));
    assert.deepEqual(await leakedPods(stack), []);
    assertSuccess(await stack.ask('POST', '/__admin/reset'));
  });
});

stackCase('a claim that never ran leaks nothing', async (world) => {
  const stack = await Stack.start(world);
  await setFaults(stack, [{ id: 'never', match: { operation: 'claim' }, answer: { status: 500 } }]);
  assertFaulted(await stack.ask('GET', claimPath('default-pool', 'w')), 'never', 500);
  await stack.assertPool('default-pool', { total: 5, used: 0 });
  assert.deepEqual(await leakedPods(stack), []);
});

stackCase('a rule of phase after with a pod matches the claim of that pod', async (world) => {
  const stack = await Stack.start(world);
  const match = { operation: 'claim', pod: 'mock-pod-2' };
  await setFaults(stack, [{ id: 'second', match, phase: 'after', answer: { status: 502 } }]);
  assert.equal((await stack.claim('default-pool', 'w')).id, 'pod-pool-1-1');
  assertFaulted(await stack.ask('GET', claimPath('default-pool', 'w')), 'second', 502);
  assert.equal((await stack.claim('default-pool', 'w')).id, 'pod-pool-1-3');
  assert.deepEqual(await leakedPods(stack), ['pod-pool-1-2']);
});

stackCase('each tenant lists its own leaks only', async (world) => {
  const stack = await Stack.start(world);
  await claimLost(stack, { connection: 'close' }, '/~one');
  await claimInVain(stack, '/~one');
  assert.deepEqual(await leakedPods(stack, '/~one'), ['pod-pool-1-1']);
  assert.deepEqual(await leakedPods(stack, '/~two'), []);
  assert.deepEqual(await leakedPods(stack), []);
});

stackCase('the journal names the rule and shows that the answer was not delivered', async (world) => {
  const stack = await Stack.start(world);
  await claimLost(stack, { connection: 'close' });
  await claimInVain(stack);
  await stack.claim('default-pool', 'b');
  const { requests } = assertSuccess(await stack.ask('GET', '/__admin/requests'));
  assert.deepEqual(
    requests.map(({ operation, pod, workspaceId, fault, delivered }) => [operation, pod, workspaceId, fault, delivered]),
    [['claim', 'pod-pool-1-1', 'lost', 'lost', false], ['claim', 'pod-pool-1-2', 'b', null, true]],
  );
});
