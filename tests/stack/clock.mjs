// SPDX-License-Identifier: MIT
//
// GET and PUT __admin/clock: a state's time.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { forEachRow, until } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const MINUTE_MS = 60_000;

async function move(stack, change, prefix = '') {
  return assertSuccess(await stack.ask('PUT', `${prefix}/__admin/clock`, { json: change }));
}

async function now(stack, prefix = '') {
  return Date.parse(assertSuccess(await stack.ask('GET', `${prefix}/__admin/clock`)).now);
}

async function claim(stack, target) {
  return assertSuccess(await stack.ask('GET', target)).workspace;
}

stackCase('a frozen clock stands, and every time stamp with it', async (world) => {
  const stack = await Stack.start(world);
  const { now: frozen, mode } = await move(stack, { action: 'freeze' });
  assert.equal(mode, 'frozen');
  for (let n = 0; n < 3; n++) {
    const workspace = await claim(stack, claimPath('default-pool', 'w'));
    assert.equal(workspace.claimedAt, frozen);
  }
  assert.equal((await move(stack, { action: 'freeze' })).now, frozen);
  const resumed = await move(stack, { action: 'resume' });
  assert.equal(resumed.mode, 'real');
  assert.ok(Date.parse(resumed.now) - Date.parse(frozen) < 50, 'it goes on from where it stood');
});

stackCase('the clock is advanced and set, standing or going, and time stamps follow', async (world) => {
  const stack = await Stack.start(world);
  const before = await now(stack);
  await move(stack, { action: 'advance', by: '30m' });
  const later = await now(stack);
  assert.ok(later - before >= 30 * MINUTE_MS && later - before < 31 * MINUTE_MS);
  await move(stack, { action: 'freeze' });
  const there = await move(stack, { action: 'set', to: '2040-02-29T12:00:00.000Z' });
  assert.deepEqual([there.now, there.mode, there.fired], ['2040-02-29T12:00:00.000Z', 'frozen', []]);
  assert.equal((await claim(stack, claimPath('default-pool', 'w'))).claimedAt, there.now);
  assert.equal((await move(stack, { action: 'advance', by: 1 })).now, '2040-02-29T12:00:00.001Z');
});

stackCase('advancing ends leases in the order of their times, and lists them', async (world) => {
  const stack = await Stack.start(world);
  const at = (ms) => new Date(start + ms).toISOString();
  const start = Date.parse((await move(stack, { action: 'freeze' })).now);
  const late = await claim(stack, `${claimPath('default-pool', 'late')}&ttl=4s`);
  const early = await claim(stack, `${claimPath('default-pool', 'early')}&ttl=1s`);
  const { fired } = await move(stack, { action: 'advance', by: '30m' });
  assert.deepEqual(fired, [
    { at: at(1000), what: 'lease-expired', pod: early.id },
    { at: at(4000), what: 'lease-expired', pod: late.id },
  ]);
  assert.equal(assertSuccess(await stack.ask('GET', '/pools/default-pool/status')).status.used_vms, 0);
  assert.deepEqual((await move(stack, { action: 'advance', by: '30m' })).fired, []);
});

stackCase('a lease ends by itself when its time comes', async (world) => {
  const stack = await Stack.start(world);
  const { id } = await claim(stack, `${claimPath('default-pool', 'w')}&ttl=50ms`);
  await until('the lease ends', async () => {
    return assertSuccess(await stack.ask('GET', `/workspaces/${id}`)).workspace.usage_status === 'free';
  });
});

stackCase('the clock does not go back, and a change that is none is refused', async (world) => {
  const stack = await Stack.start(world);
  await move(stack, { action: 'freeze' });
  const before = await now(stack);
  await forEachRow(
    [
      {},
      { action: 'stop' },
      { action: 'advance' },
      { action: 'advance', by: '-1s' },
      { action: 'advance', by: '1s', to: '2040-01-01T00:00:00Z' },
      { action: 'set', to: '2001-01-01T00:00:00.000Z' },
      { action: 'set', to: 'tomorrow' },
      { action: 'set', by: '1s' },
      { action: 'freeze', by: '1s' },
    ],
    async (json) => assertError(await stack.ask('PUT', '/__admin/clock', { json }), 400, 'bad_field'),
  );
  assert.equal(await now(stack), before);
});

stackCase('each tenant has its own clock, and a reset gives real time back', async (world) => {
  const stack = await Stack.start(world);
  await move(stack, { action: 'set', to: '2040-01-01T00:00:00.000Z' }, '/~a');
  assert.ok(Math.abs((await now(stack)) - Date.now()) < MINUTE_MS);
  assert.ok((await now(stack, '/~a')) >= Date.parse('2040-01-01T00:00:00.000Z'));
  assertSuccess(await stack.ask('POST', '/~a/__admin/reset'));
  assert.ok(Math.abs((await now(stack, '/~a')) - Date.now()) < MINUTE_MS);
});
