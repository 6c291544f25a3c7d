// SPDX-License-Identifier: MIT
//
// __admin/settings and __admin/pools/{pool}: pools that run out, pods that take their time or fail, claims that end.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

async function say(stack, pool, json, prefix = '') {
  const path = pool === '' ? 'settings' : `pools/${pool}`;
  return assertSuccess(await stack.ask('PATCH', `${prefix}/__admin/${path}`, { json }));
}

const status = async (stack, pool) => assertSuccess(await stack.ask('GET', `${statusPath(pool)}?simple=true`)).status;

async function statesOf(stack, pool) {
  const { workspaces } = assertSuccess(await stack.ask('GET', `/pools/${pool}/workspaces`));
  return workspaces.map(({ state }) => state).join(' ');
}

// Returns the counts of a pool: running, pending, failed, used, unused, all.
async function assertCounts(stack, pool, ...expected) {
  const { running_vms, pending_vms, failed_vms, used_vms, unused_vms, current_vms } = await status(stack, pool);
  assert.deepEqual([running_vms, pending_vms, failed_vms, used_vms, unused_vms, current_vms], expected);
}

stackCase('an exhausted pool refuses claims as configured, until a pod is released', async (world) => {
  const stack = await Stack.start(world);
  await say(stack, 'p', { newPoolPods: 1, onExhausted: 'reject' });
  const { id } = await stack.claim('p', 'first');
  await forEachRow([503, 429, 409, 404], async (rejectStatus) => {
    await say(stack, 'p', { rejectStatus, retryAfter: 7 });
    const refused = await stack.ask('GET', claimPath('p', 'second'));
    assertError(refused, rejectStatus, 'exhausted');
    assert.equal(refused.headers['retry-after'], '7');
  });
  await assertCounts(stack, 'p', 1, 0, 0, 1, 0, 1);
  assertSuccess(await stack.ask('POST', `/workspaces/${id}/release`));
  assert.equal((await stack.claim('p', 'second')).id, id);
});

stackCase('settings apply to their pools, in their tenant only', async (world) => {
  const stack = await Stack.start(world);
  await say(stack, '', { newPoolPods: 2, onExhausted: 'reject' });
  await say(stack, 'q', { newPoolPods: 1 });
  assert.equal((await status(stack, 'p')).current_vms, 2);
  assert.equal((await status(stack, 'q')).current_vms, 1);
  assert.equal(assertSuccess(await stack.ask('GET', `/~a${statusPath('p')}`)).status.current_vms, 3);
  const { settings, own } = assertSuccess(await stack.ask('GET', '/__admin/pools/q'));
  assert.deepEqual([settings.newPoolPods, settings.onExhausted, own], [1, 'reject', { newPoolPods: 1 }]);
  assertSuccess(await stack.ask('DELETE', '/pools/q'));
  assert.deepEqual(assertSuccess(await stack.ask('GET', '/__admin/pools/q')).own, {});
});

stackCase('a reset removes the settings, unless it keeps them', async (world) => {
  const stack = await Stack.start(world);
  await say(stack, '', { maxPods: 7 });
  await say(stack, 'p', { maxPods: 8 });
  const maxPods = async (path) => assertSuccess(await stack.ask('GET', `/__admin/${path}`)).settings.maxPods;
  assertSuccess(await stack.ask('POST', '/__admin/reset?keep=settings'));
  assert.deepEqual([await maxPods('settings'), await maxPods('pools/p')], [7, 8]);
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  assert.deepEqual([await maxPods('settings'), await maxPods('pools/p')], [null, null]);
});

stackCase('a pool never has more than maxPods pods', async (world) => {
  const stack = await Stack.start(world);
  await say(stack, 'p', { maxPods: 2 });
  await stack.claim('p', 'first');
  await stack.claim('p', 'second');
  assertError(await stack.ask('GET', claimPath('p', 'third')), 503, 'exhausted');
  assertError(await stack.ask('POST', '/pools/p/scale', { json: { minimum_vms: 3 } }), 503, 'pod_limit', /^the limit of 2 pods in pool p is reached \(maxPods\); delete one$/);
  await say(stack, 'q', { maxPods: 2 });
  assertError(await stack.ask('POST', '/pools', { json: { name: 'q', minimum_vms: 3 } }), 503, 'pod_limit', /^3 pods would exceed the limit of 2 in pool q \(maxPods\)$/);
  await say(stack, 'p', { maxPods: null });
  await stack.claim('p', 'third');
  await assertCounts(stack, 'p', 3, 0, 0, 3, 0, 3);
});

stackCase('new pods go from pending over starting to running by the clock, and can be claimed when they run', async (world) => {
  const stack = await Stack.start(world);
  const start = Date.parse((await stack.moveClock({ action: 'freeze' })).now);
  await say(stack, 'p', { newPoolPods: 1, progression: { mode: 'time', pending: '2s', starting: '3s' } });
  assertError(await stack.ask('GET', claimPath('p', 'early')), 503, 'exhausted');
  await assertCounts(stack, 'p', 0, 1, 0, 0, 0, 1);
  const { fired } = await stack.moveClock({ action: 'advance', by: '4999ms' });
  const at = (ms) => new Date(start + ms).toISOString();
  assert.deepEqual(fired, [{ at: at(2000), what: 'starting', pod: 'pod-pool-2-6' }]);
  assert.equal(await statesOf(stack, 'p'), 'starting');
  assertError(await stack.ask('GET', claimPath('p', 'early')), 503, 'exhausted');
  assert.deepEqual((await stack.moveClock({ action: 'advance', by: '1ms' })).fired, [
    { at: at(5000), what: 'running', pod: 'pod-pool-2-6' },
  ]);
  assert.equal((await stack.claim('p', 'w')).id, 'pod-pool-2-6');
  assertError(await stack.ask('GET', claimPath('p', 'late')), 503, 'exhausted');
  await assertCounts(stack, 'p', 1, 1, 0, 1, 0, 2);
});

stackCase('new pods advance by looks: only answers that show them count', async (world) => {
  const stack = await Stack.start(world);
  await say(stack, 'p', { newPoolPods: 2, progression: { mode: 'manual', looks: 3 } });
  await assertCounts(stack, 'p', 0, 2, 0, 0, 0, 2);
  assert.equal((await stack.ask('HEAD', '/pools/p/workspaces')).status, 200);
  assert.equal(await statesOf(stack, 'p'), 'pending pending');
  assertSuccess(await stack.ask('GET', statusPath('p')));
  assert.equal(assertSuccess(await stack.ask('GET', '/workspaces/mock-pod-6')).state, 'starting');
  assertError(await stack.ask('GET', `/pools/default-pool/workspaces/mock-pod-7`), 404, 'pod_not_found');
  assert.equal(await statesOf(stack, 'p'), 'running starting');
  assert.equal(await statesOf(stack, 'p'), 'running running');
  await assertCounts(stack, 'p', 2, 0, 0, 0, 2, 2);
});

stackCase('failNext makes the next pods fail at the end of their progression, and no claim gets them', async (world) => {
  const stack = await Stack.start(world);
  await stack.moveClock({ action: 'freeze' });
  await say(stack, 'p', { newPoolPods: 3, failNext: 2, progression: { mode: 'time', pending: '1s' } });
  await assertCounts(stack, 'p', 0, 3, 0, 0, 0, 3);
  assert.equal(assertSuccess(await stack.ask('GET', '/__admin/pools/p')).own.failNext, 0);
  const { fired } = await stack.moveClock({ action: 'advance', by: '1s' });
  assert.deepEqual(fired.map(({ what }) => what), ['failed', 'failed', 'running']);
  assert.equal(await statesOf(stack, 'p'), 'failed failed running');
  await assertCounts(stack, 'p', 1, 0, 2, 0, 1, 3);
  assert.equal((await stack.claim('p', 'w')).id, 'pod-pool-2-8');
});

stackCase('a claim ends by itself, as if its pod had been released', async (world) => {
  const stack = await Stack.start(world);
  const start = Date.parse((await stack.moveClock({ action: 'freeze' })).now);
  await say(stack, '', { leaseTtl: '10m' });
  const pod = await stack.claim('default-pool', 'w');
  assert.equal(pod.expiresAt, new Date(start + 600_000).toISOString());
  assert.equal(pod.remainingMs, 600_000);
  const { workspace: own } = assertSuccess(await stack.ask('GET', `${claimPath('default-pool', 'own')}&ttl=1h`));
  assert.equal(own.remainingMs, 3_600_000);
  assertSuccess(await stack.ask('POST', `/workspaces/${pod.id}/update`, { json: { repositories: ['o/r'] } }));
  await stack.moveClock({ action: 'advance', by: '4m' });
  const show = async ({ id }) => assertSuccess(await stack.ask('GET', `/workspaces/${id}`)).workspace;
  assert.equal((await show(pod)).remainingMs, 360_000);
  await stack.moveClock({ action: 'advance', by: '6m' });
  const ended = await show(pod);
  assert.deepEqual(
    [ended.usage_status, ended.claimedBy, ended.repositories, 'expiresAt' in ended, 'remainingMs' in ended],
    ['free', null, [], false, false],
  );
  assert.equal((await show(own)).remainingMs, 3_000_000);
  assert.equal((await stack.claim('default-pool', 'again')).id, pod.id);
});

stackCase('a reset of one pool makes its first pods again, with their ids', async (world) => {
  const stack = await Stack.start(world);
  for (let n = 0; n < 6; n++) await stack.claim('default-pool', `w-${n}`);
  const other = await stack.claim('other', 'w');
  assertSuccess(await stack.ask('DELETE', '/pools/default-pool/workspaces/mock-pod-2'));
  const { pool } = assertSuccess(await stack.ask('POST', '/__admin/pools/default-pool/reset'));
  assert.deepEqual([pool.total_workspaces, pool.available_workspaces, pool.used_workspaces], [5, 5, 0]);
  const { workspaces } = assertSuccess(await stack.ask('GET', '/pools/default-pool/workspaces'));
  assert.deepEqual(workspaces.map(({ id }) => id), [1, 2, 3, 4, 5].map((k) => `pod-pool-1-${k}`));
  const { workspace } = assertSuccess(await stack.ask('GET', `/workspaces/${other.id}`));
  assert.equal(workspace.usage_status, 'used');
  assertError(await stack.ask('POST', '/__admin/pools/none/reset'), 404, 'pool_not_found');
});

stackCase('a duration that is too long is refused with the maximum, in every field', async (world) => {
  const stack = await Stack.start(world);
  const none = /: expected a duration such as "30m", not '.*'$/;
  const claim = (ttl) => ['GET', `${claimPath('default-pool', 'w')}&ttl=${ttl}`];
  const fault = (part) => ['POST', '/__admin/faults', { answer: { hang: true }, ...part }];
  const delay = (ms) => fault({ delay: { type: 'uniform', lowerMs: 1, upperMs: ms } });
  const rows = [
    [claim('10001h'), 'bad_query', /^ttl: at most 10000h, not '10001h'$/],
    [claim('1d'), 'bad_query', /^ttl: expected a duration such as "30m", not '1d'$/],
    [['GET', '/__admin/requests/wait?timeout=241s'], 'bad_query', /^timeout: at most 4m, not '241s'$/],
    [['PUT', '/__admin/clock', { action: 'advance', by: '876601h' }], 'bad_field', /^by: at most 876600h, not '876601h'$/],
    [['PUT', '/__admin/clock', { action: 'advance', by: '1y' }], 'bad_field', none],
    [fault({ ttl: '8761h' }), 'bad_field', /^ttl: at most 8760h, not '8761h'$/],
    [fault({ ttl: '' }), 'bad_field', none],
    [fault({ ttl: `${'9'.repeat(100)}h` }), 'bad_field', /^ttl: at most 8760h, not '9{40}\.\.\.'$/],
    [delay('61m'), 'bad_field', /^delay\.upperMs: at most 1h, not '61m'$/],
    [['PATCH', '/__admin/pools/p', { leaseTtl: '10001h' }], 'bad_field', /^leaseTtl: at most 10000h, not '10001h'$/],
    [['PUT', '/__admin/goose', { replies: [{ text: 't', delay: '61m' }] }], 'bad_field', /^replies\[0\]\.delay: at most 1h, not '61m'$/],
  ];
  await forEachRow(rows, async ([[method, path, json], code, sentence]) => {
    assertError(await stack.ask(method, path, { json }), 400, code, sentence);
  });
  await stack.assertPool('default-pool', { total: 5, used: 0 });
});

stackCase('a mistake in settings is refused by its field, and nothing is applied', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(
    [
      [{ maxPods: 1, onExausted: 'reject' }, /onExausted: unknown; did you mean onExhausted\?$/],
      [{ maxPods: 1, onExhausted: 'fail' }, /create, reject or queue, not 'fail'/],
      [{ maxPods: 1, rejectStatus: 500 }, /503, 429, 409 or 404/],
      [{ rejectStatus: 99999999999 }, /^rejectStatus: expected 503, 429, 409 or 404$/],
      [{ rejectStatus: -1 }, /^rejectStatus: expected 503, /],
      [{ leaseTtl: '10001h' }, /^leaseTtl: at most 10000h, not '10001h'$/],
      [{ leaseTtl: 36000000001 }, /^leaseTtl: expected a number from 0 to 36000000000, not 36000000001$/],
      [{ claimTimeout: '61m' }, /^claimTimeout: at most 1h, not '61m'$/],
      [{ claimTimeout: '1d' }, /^claimTimeout: expected a duration such as "30m", not '1d'$/],
      [{ progression: { mode: 'time', pending: '10001h' } }, /^progression.pending: at most 10000h, not '10001h'$/],
      [{ maxPods: 1, progression: { mode: 'time', looks: 2 } }, /progression\.looks: unknown/],
    ],
    async ([json, sentence]) => {
      assertError(await stack.ask('PATCH', '/__admin/settings', { json }), 400, 'bad_field', sentence);
    },
  );
  assert.deepEqual(assertSuccess(await stack.ask('GET', '/__admin/settings')).own, {});
});
