// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { times, until } from '../lib/case.mjs';
import { parseLogLine } from '../lib/log.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const CLIENTS = 32;

// Claims repeatedly with `clients` clients, each claim for its own workspace, until `over` returns true. Returns the claims
// that were answered: workspace -> pod. Any other answer must be nginx's own 502.
function claimUntil(stack, over) {
  const answered = new Map();
  let refused = 0;
  const client = async (c) => {
    for (let n = 0; !over(); n++) {
      const workspaceId = `w-${c}-${n}`;
      const answer = await stack.ask('GET', claimPath('default-pool', workspaceId));
      if (answer.status === 502) {
        assertError(answer, 502, 'bad_gateway');
        refused++;
        continue;
      }
      const { workspace } = assertSuccess(answer);
      assert.equal(workspace.claimedBy, workspaceId);
      answered.set(workspaceId, workspace.id);
    }
  };
  const done = Promise.all(Array.from({ length: CLIENTS }, (_, c) => client(c)));
  return { answered, done, refusedCount: () => refused };
}

// Returns the claims that the worker committed, from its log: workspace -> pod.
function committedClaims(worker) {
  const requests = worker.lines.filter((line) => line.includes(' method=')).map(parseLogLine);
  const claims = requests.filter(({ event, fields }) => event === 'claim' && fields.status === '200');
  return new Map(claims.map(({ fields }) => [fields.workspace, fields.pod]));
}

async function stopUnderLoad(stack) {
  let over = false;
  const load = claimUntil(stack, () => over);
  await until('the load runs', () => load.answered.size > 500);
  const { code, signal, ms } = await stack.worker.stop();
  await until('nginx tells that nobody answers', () => load.refusedCount() > CLIENTS);
  over = true;
  await load.done;
  assert.deepEqual({ code, signal }, { code: 0, signal: null });
  assert.ok(ms < 1_000, `it took ${Math.round(ms)} ms`);
  const committed = committedClaims(stack.worker);
  assert.ok(committed.size > 500, `${committed.size} claims in the log`);
  assert.deepEqual([...load.answered].sort(), [...committed].sort());
  assertError(await stack.ask('GET', '/__admin/health'), 502, 'bad_gateway');
}

stackCase('SIGTERM under load cuts no answer, every committed claim is answered, and then nginx answers 502', async (world) => {
  const stack = await Stack.start(world);
  for (let round = 0; round < times(1, 100); round++) {
    if (round > 0) await stack.startWorkerAnew();
    await stopUnderLoad(stack);
  }
});

stackCase('after a restart on the same socket a fresh state is served', async (world) => {
  const stack = await Stack.start(world);
  for (let n = 0; n < 7; n++) await stack.claim('default-pool', 'w');
  assert.equal((await stack.worker.stop()).code, 0);
  assertError(await stack.ask('GET', '/__admin/health'), 502, 'bad_gateway');
  await stack.startWorkerAnew();
  await stack.assertPool('default-pool', { total: 5, used: 0 });
  assert.equal((await stack.claim('default-pool', 'w')).id, 'pod-pool-1-1');
});

stackCase('kill -9 under load: nginx answers 502, and a new worker serves on the same socket', async (world) => {
  const stack = await Stack.start(world);
  for (let round = 0; round < times(3, 200); round++) {
    let over = false;
    const load = claimUntil(stack, () => over);
    await until('the load runs', () => load.answered.size > 200);
    await stack.worker.kill();
    await until('nginx tells that nobody answers', () => load.refusedCount() > 0);
    over = true;
    await load.done;
    await stack.startWorkerAnew();
    const workspace = await stack.claim('default-pool', 'first');
    assert.equal(workspace.id, 'pod-pool-1-1', 'the first claim of a new state');
  }
});
