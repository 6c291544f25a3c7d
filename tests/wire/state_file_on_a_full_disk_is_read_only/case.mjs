// SPDX-License-Identifier: MIT
//
// A state file that can't grow: changes are answered 503, reads still work, and changes work again once there is room. A file size limit
// simulates the full disk.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath, statusPath } from '../../lib/api.mjs';
import { testCase, until } from '../../lib/case.mjs';
import { Metrics } from '../../lib/metrics.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const claim = (worker, owner) => worker.ask('GET', claimPath('default-pool', owner));

async function usedBy(worker) {
  const { workspaces } = assertSuccess(await worker.ask('GET', statusPath('default-pool')));
  return workspaces.filter((row) => row.status === 'used').map((row) => row.claimed_by);
}

// Sends `count` claims. Returns the workspaces that got a pod, and the answers of the refused claims.
async function claimTimes(worker, count, prefix) {
  const claimed = [];
  const refused = [];
  for (let n = 0; n < count; n++) {
    const answer = await claim(worker, `${prefix}-${n}`);
    if (answer.status === 200) claimed.push(`${prefix}-${n}`);
    else refused.push(answer);
  }
  return { claimed, refused };
}

testCase('a full disk makes the service read-only until there is room', async (world) => {
  const options = ['--state', world.path('state.db')];
  const worker = await Worker.start(world, { options, limits: '-S -f 600' });
  const { claimed, refused } = await claimTimes(worker, 100, 'w');
  assert.ok(claimed.length > 5);
  assertError(refused[0], 503, 'not_committed');
  assertError(refused.find((answer) => answer.json.code !== 'not_committed'), 503, 'state_file', /can't be written/);
  for (const answer of refused) {
    assert.equal(answer.status, 503, answer.text);
    assert.equal(answer.headers['retry-after'], '1');
  }
  assert.deepEqual(await usedBy(worker), claimed);
  assertSuccess(await worker.ask('GET', '/__admin/health'));
  assertError(await worker.ask('GET', '/__admin/ready'), 503, 'state_file', /the state file of the default tenant can't be written/);
  assertSuccess(await worker.ask('GET', '/~other/__admin/ready'));
  assert.equal((await Metrics.of(worker)).get('state_file_readonly'), 1);
  assert.equal((await worker.ask('HEAD', claimPath('default-pool', 'shown'))).status, 200);

  await worker.limitFiles('unlimited');
  await until('claims succeed again', async () => (await claim(worker, 'in-time')).status === 200);
  assertSuccess(await worker.ask('GET', '/__admin/ready'));
  assert.equal((await Metrics.of(worker)).get('state_file_readonly'), 0);
  await worker.kill();
  const heir = await Worker.start(world, { options });
  assert.deepEqual(await usedBy(heir), [...claimed, 'in-time']);
});

testCase('a clock on a full disk stays unchanged', async (world) => {
  const worker = await Worker.start(world, { options: ['--state', world.path('state.db')] });
  const clock = (change) => worker.ask('PUT', '/__admin/clock', { body: JSON.stringify(change) });
  const shown = async () => assertSuccess(await worker.ask('GET', '/__admin/clock'));
  assertSuccess(await clock({ action: 'freeze' }));
  assertSuccess(await worker.ask('GET', `${claimPath('default-pool', 'w')}&ttl=50ms`));
  const before = await shown();
  await worker.limitFiles(4096);
  assertError(await clock({ action: 'advance', by: '10s' }), 503, 'not_committed');
  assertError(await clock({ action: 'advance', by: '10s' }), 503, 'state_file');
  assertError(await clock({ action: 'resume' }), 503, 'state_file');
  assertError(await worker.ask('POST', '/__admin/reset'), 503, 'state_file');
  assert.deepEqual(await shown(), before);
  assert.deepEqual(await usedBy(worker), ['w']);
});

testCase('what falls due on a full disk waits for room, and reads still work', async (world) => {
  const worker = await Worker.start(world, { options: ['--state', world.path('state.db')] });
  const claimed = assertSuccess(await worker.ask('GET', `${claimPath('default-pool', 'w')}&ttl=2s`));
  await worker.limitFiles(4096);
  assertError(await claim(worker, 'too-early'), 503, 'not_committed');
  const over = Date.parse(claimed.workspace.expiresAt);
  await until('the lease has expired', async () => {
    return Date.parse(assertSuccess(await worker.ask('GET', '/__admin/clock')).now) > over;
  });
  for (let n = 0; n < 3; n++) assert.deepEqual(await usedBy(worker), ['w']);
  assertError(await claim(worker, 'too-early'), 503, 'state_file');
  await worker.limitFiles('unlimited');
  await until('the lease has ended', async () => (await usedBy(worker)).length === 0);
});

testCase('a long document that cannot be stored is refused like a short one', async (world) => {
  const options = ['--state', world.path('state.db')];
  const worker = await Worker.start(world, { options, limits: '-S -f 600' });
  const put = (pools) => worker.ask('PUT', '/__admin/state', { body: JSON.stringify({ schemaVersion: 1, pools }) });
  const many = Array.from({ length: 4000 }, (_, n) => ({ number: n + 1, name: `pool-of-some-length-${n}` }));
  await claimTimes(worker, 100, 'w');
  for (const pools of [many.slice(0, 1), many]) {
    await until(`${pools.length} pools are refused`, async () => (await put(pools)).json.code === 'state_file');
  }
  assertSuccess(await worker.ask('GET', '/__admin/health'));
});

testCase('a waiting request does not see an import that could not be stored', async (world) => {
  const worker = await Worker.start(world, { options: ['--state', world.path('state.db')], limits: '-S -f 600' });
  const pools = Array.from({ length: 4000 }, (_, n) => ({ number: n + 1, name: `pool-of-some-length-${n}` }));
  const connection = await worker.connect();
  const waiting = connection.ask({ target: `${BASE}/__admin/requests/wait?count=1&timeout=1m` });
  waiting.catch(() => {}); // the case ends without it where it fails
  await until('it waits', async () => assertSuccess(await worker.ask('GET', '/__admin/health')).parked === 1);
  const body = JSON.stringify({ schemaVersion: 1, pools });
  assertError(await worker.ask('PUT', '/__admin/state', { body }), 503, 'not_committed');
  await worker.limitFiles('unlimited');
  await claim(worker, 'in-time');
  assert.equal(assertSuccess(await waiting).count, 1);
});
