// SPDX-License-Identifier: MIT
//
// --park-timeout: without it a request that waits for ever, perhaps for a client that is gone, would keep its place for ever.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { FOR_EVER, setFaults, untilParked } from '../lib/faults.mjs';
import { BEARER } from '../lib/pods.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const claim = (stack, pool = 'default-pool') => stack.ask('GET', claimPath(pool, 'w'), { agent: false });

stackCase('a request that waits too long is a 503, whatever it waits for', async (world) => {
  const stack = await Stack.start(world, { options: ['--park-timeout', '150ms'] });
  await stack.say('PATCH', '/__admin/pools/full', { maxPods: 3, onExhausted: 'queue' });
  for (let i = 0; i < 3; i++) await stack.claim('full', 'w');
  const waiting = [
    [[{ match: { operation: 'claim' }, answer: { hang: true } }], () => claim(stack)],
    [[{ match: { operation: 'claim' }, phase: 'after', answer: { hang: true } }], () => claim(stack)],
    [[{ match: { operation: 'claim' }, delay: FOR_EVER }], () => claim(stack)],
    [[{ match: { operation: 'claim' }, phase: 'after', delay: FOR_EVER }], () => claim(stack)],
    [[], () => claim(stack, 'full')],
    [[], () => stack.ask('GET', '/__admin/requests/wait?count=1000&timeout=4m')],
  ];
  await forEachRow(waiting, async ([rules, ask]) => {
    await setFaults(stack, rules);
    const begun = performance.now();
    assertError(await ask(), 503, 'parked_too_long', /--park-timeout/);
    assert.ok(performance.now() - begun >= 149);
    await untilParked(stack, 0);
  });
  // Two requests ran: they have claimed pods, and their clients do not know it.
  const { leaks } = await stack.say('GET', '/__admin/leaks');
  assert.equal(leaks.length, 2);
});

stackCase('a freed pod goes to a claim that still waits, not to one that has timed out', async (world) => {
  const stack = await Stack.start(world, { options: ['--park-timeout', '150ms'] });
  await stack.say('PATCH', '/__admin/pools/full', { maxPods: 3, onExhausted: 'queue' });
  const pods = [];
  for (let i = 0; i < 3; i++) pods.push(await stack.claim('full', 'w'));
  assertError(await claim(stack, 'full'), 503, 'parked_too_long');
  const waiting = claim(stack, 'full');
  await untilParked(stack, 1);
  await stack.say('POST', `/workspaces/${pods[1].id}/release`);
  const answer = await waiting;
  if (answer.status === 200) assert.equal(assertSuccess(answer).workspace.id, pods[1].id);
  else assertError(answer, 503, 'parked_too_long');
});

stackCase('an answer that makes progress is not ended, however long it takes', async (world) => {
  const stack = await Stack.start(world, { options: ['--park-timeout', '300ms'] });
  await stack.claim('default-pool', 'w');
  const control = '/_pod/mock-pod-1/15552';
  const { token } = assertSuccess(
    await stack.ask('POST', `${control}/session`, { json: { sessionId: 's' }, headers: BEARER }),
  );
  const replies = [{ text: 'abcdefgh', pieces: 8, delay: '100ms' }];
  assertSuccess(await stack.ask('PUT', '/__admin/goose', { json: { replies } }));
  const begun = performance.now();
  const answer = await stack.ask('POST', `${control}/stream/s?token=${token}`, { json: { prompt: 'x' } });
  assert.match(answer.text, /\[DONE\]|"finish"/);
  assert.ok(performance.now() - begun > 600);
});

stackCase('0 means no limit', async (world) => {
  const stack = await Stack.start(world, { options: ['--park-timeout', '0'] });
  await setFaults(stack, [{ match: { operation: 'claim' }, delay: { type: 'fixed', ms: 300 } }]);
  assertSuccess(await claim(stack));
});
