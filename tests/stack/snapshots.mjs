// SPDX-License-Identifier: MIT
//
// __admin/snapshots and --seed-state: states that can be restored.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';

import { assertError, assertSuccess, assertTime } from '../lib/api.mjs';
import { forEachRow, testCase } from '../lib/case.mjs';
import { run, Stack, stackCase } from '../lib/stack.mjs';
import { runWorker, Worker } from '../lib/worker.mjs';

const STATE = '/__admin/state?secrets=true';
const SNAPSHOTS = '/__admin/snapshots';

async function document(stack, path = STATE) {
  const answer = await stack.ask('GET', path);
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  return answer.text;
}

async function names(stack, prefix = '') {
  return (await stack.say('GET', prefix + SNAPSHOTS)).snapshots.map(({ name }) => name);
}

stackCase('a snapshot can be restored any number of times', async (world) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'before');
  const before = await document(stack);
  const { snapshot } = await stack.say('PUT', `${SNAPSHOTS}/one`, undefined, 201);
  const { at, ...rest } = snapshot;
  assertTime(at, 'at');
  assert.deepEqual(rest, { name: 'one', pools: 1, pods: 5 });
  for (let round = 1; round <= 2; round++) {
    await stack.claim('other', 'after');
    await stack.say('POST', '/auth/login', { username: 'u', password: 'p' });
    assert.notEqual(await document(stack), before);
    const { message, ...restored } = await stack.say('POST', `${SNAPSHOTS}/one/restore`);
    assert.equal(typeof message, 'string');
    assert.deepEqual(restored, { success: true, pools: 1, pods: 5, generation: round });
    assert.equal(await document(stack), before);
  }
  assert.equal((await stack.claim('default-pool', 'w')).id, 'pod-pool-1-2');
  assert.equal(await document(stack, `${SNAPSHOTS}/one?secrets=true`), before);
});

stackCase('snapshots are listed, the oldest first, replaced and deleted, and outlive a reset', async (world) => {
  const stack = await Stack.start(world);
  for (const name of ['b', 'a.1_X-', 'c']) await stack.say('PUT', `${SNAPSHOTS}/${name}`, {}, 201);
  assert.deepEqual(await names(stack), ['b', 'a.1_X-', 'c']);
  await stack.claim('other', 'w');
  assert.equal((await stack.say('PUT', `${SNAPSHOTS}/b`)).snapshot.pods, 8);
  assert.deepEqual(await names(stack), ['a.1_X-', 'c', 'b']);
  await stack.say('DELETE', `${SNAPSHOTS}/c`);
  await stack.say('POST', '/__admin/reset');
  assert.deepEqual(await names(stack), ['a.1_X-', 'b']);
  assert.equal((await stack.say('POST', `${SNAPSHOTS}/b/restore`)).pods, 8);
});

stackCase('a snapshot belongs to one tenant', async (world) => {
  const stack = await Stack.start(world);
  await stack.say('PUT', `/~one${SNAPSHOTS}/mine`, undefined, 201);
  assert.deepEqual(await names(stack), []);
  assert.deepEqual(await names(stack, '/~two'), []);
  assert.deepEqual(await names(stack, '/~one'), ['mine']);
  assertError(await stack.ask('POST', `${SNAPSHOTS}/mine/restore`), 404, 'snapshot_not_found');
});

stackCase('a tenant has at most 64 snapshots, and their names are plain', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(
    ['a%20b', 'a%2Fb', '%C3%A9', 'x'.repeat(65), 'a:b'].map((name) => ({ name })),
    async ({ name }) => assertError(await stack.ask('PUT', `${SNAPSHOTS}/${name}`), 400, 'bad_name', /64 characters/),
  );
  for (let n = 0; n < 64; n++) await stack.say('PUT', `${SNAPSHOTS}/s${n}`, undefined, 201);
  assertError(await stack.ask('PUT', `${SNAPSHOTS}/one-more`), 503, 'snapshot_limit', /^the limit of 64 snapshots is reached; delete one$/);
  await stack.say('PUT', `${SNAPSHOTS}/s0`);
  await stack.say('DELETE', `${SNAPSHOTS}/s1`);
  await stack.say('PUT', `${SNAPSHOTS}/one-more`, undefined, 201);
});

stackCase('an unknown snapshot is a 404', async (world) => {
  const stack = await Stack.start(world);
  for (const [method, path] of [['GET', ''], ['DELETE', ''], ['POST', '/restore']]) {
    assertError(await stack.ask(method, `${SNAPSHOTS}/none${path}`), 404, 'snapshot_not_found');
  }
});

const SEED = {
  schemaVersion: 1,
  counters: { lastPod: 50 },
  pools: [{ number: 2, name: 'seeded', createdAt: '2026-01-01T00:00:00.000Z' }],
  pods: [{ number: 7, pool: 'seeded', usage: 'used', claimedBy: 'w', createdAt: '2026-01-01T00:00:00.000Z' }],
  users: [{ name: 'ann', password: 'p', createdAt: '2026-01-01T00:00:00.000Z' }],
};

async function startSeeded(world) {
  const seed = world.path('seed.json');
  await writeFile(seed, JSON.stringify(SEED));
  return Stack.start(world, { options: ['--seed-state', seed] });
}

stackCase('a state begins as the start state, in a tenant too, and a reset returns to it', async (world) => {
  const stack = await startSeeded(world);
  const before = await document(stack);
  assert.equal(JSON.parse(before).pods[0].claimedBy, 'w');
  assert.equal(await document(stack, `/~other${STATE}`), before);
  assert.equal((await stack.claim('seeded', 'next')).id, 'pod-pool-2-51');
  await stack.claim('default-pool', 'w');
  const { dropped } = await stack.say('POST', '/__admin/reset');
  assert.deepEqual(dropped, { pools: 2, pods: 5 });
  assert.equal(await document(stack), before);
});

stackCase('a reset to the start state keeps the settings on request', async (world) => {
  const stack = await startSeeded(world);
  const before = await document(stack);
  await stack.say('PATCH', '/__admin/settings', { maxPods: 9 });
  await stack.claim('seeded', 'w');
  await stack.say('POST', '/__admin/reset?keep=settings');
  const settings = [{ pool: '', settings: { maxPods: 9 } }];
  assert.deepEqual(JSON.parse(await document(stack)), { ...JSON.parse(before), settings });
  await stack.say('POST', '/__admin/reset');
  assert.equal(await document(stack), before);
});

testCase('an invalid start state ends the start with a sentence and exit status 65', async (world) => {
  const seed = world.path('seed.json');
  await forEachRow(
    [
      { text: '', sentence: /seed\.json: \/schemaVersion: required$/ },
      { text: '[]', sentence: /seed\.json: the body: expected a JSON object, not an array$/ },
      { text: '{"schemaVersion":9}', sentence: /seed\.json: \/schemaVersion: expected 1, / },
      { text: '{"schemaVersion":1,"pods":[{"number":1,"pool":"x"}]}', sentence: /: \/pods\/0\/pool: / },
    ],
    async ({ text, sentence }) => {
      await writeFile(seed, text);
      const { code, stderr } = await runWorker(['--listen', `unix:${world.path('s')}`, '--seed-state', seed]);
      assert.equal(code, 65);
      assert.match(stderr.trimEnd(), sentence);
      assert.equal(stderr.trimEnd().split('\n').length, 1);
    },
  );
  const { code, stderr } = await runWorker(['--listen', `unix:${world.path('s')}`, '--seed-state', world.path('none')]);
  assert.equal(code, 65);
  assert.match(stderr, /none: No such file or directory$/m);
});

testCase('the start state may come from a pipe', async (world) => {
  const pipe = world.path('seed.fifo');
  await run('mkfifo', [pipe]);
  const document = { schemaVersion: 1, pools: [{ number: 1, name: 'piped' }], pods: [{ number: 1, pool: 'piped' }] };
  const [worker] = await Promise.all([
    Worker.start(world, { options: ['--seed-state', pipe] }),
    writeFile(pipe, JSON.stringify(document)),
  ]);
  assert.equal(assertSuccess(await worker.ask('GET', '/pools/piped/status')).pool.total_workspaces, 1);
});
