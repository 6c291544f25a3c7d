// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import http from 'node:http';

import { assertPoolStatus, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const QUIET = { options: ['--log-level', 'error'] };

function assertNoDouble(pods) {
  assert.equal(new Set(pods).size, pods.length, 'a pod was handed out twice');
}

stackCase('64 clients that claim at once get one pod each', async (world) => {
  const stack = await Stack.start(world, QUIET);
  const [clients, claims] = [64, 25];
  const client = async (c) => {
    const pods = [];
    for (let n = 0; n < claims; n++) {
      const workspace = await stack.claim('default-pool', `client-${c}-${n}`);
      assert.equal(workspace.claimedBy, `client-${c}-${n}`, 'the answer to another request');
      pods.push(workspace.id);
    }
    return pods;
  };
  const pods = (await Promise.all(Array.from({ length: clients }, (_, c) => client(c)))).flat();
  assertNoDouble(pods);
  const total = clients * claims;
  const status = await stack.assertPool('default-pool', { total, used: total, minimum: 5 });
  const holders = new Map(status.workspaces.map((row) => [row.id, row.claimed_by]));
  for (const pod of pods) assert.match(holders.get(pod), /^client-/);
});

stackCase('64 clients that claim and release never hold the same pod at once', async (world) => {
  const stack = await Stack.start(world, QUIET);
  const held = new Set();
  const client = async (c) => {
    for (let n = 0; n < 15; n++) {
      const workspace = await stack.claim('shared', `client-${c}`);
      assert.ok(!held.has(workspace.id), `${workspace.id} is held by another client`);
      held.add(workspace.id);
      const shown = assertSuccess(await stack.ask('GET', `/workspaces/${workspace.id}`)).workspace;
      assert.equal(shown.claimedBy, `client-${c}`);
      held.delete(workspace.id);
      assertSuccess(await stack.ask('POST', `/workspaces/${workspace.id}/release`));
    }
  };
  await Promise.all(Array.from({ length: 64 }, (_, c) => client(c)));
  const { pool } = assertSuccess(await stack.ask('GET', statusPath('shared')));
  assert.equal(pool.used_workspaces, 0);
  assert.ok(pool.total_workspaces <= 64, `${pool.total_workspaces} pods for 64 clients`);
});

stackCase('a new pool is made once, even if many clients ask for it at once', async (world) => {
  const stack = await Stack.start(world, QUIET);
  const answers = await Promise.all(Array.from({ length: 64 }, () => stack.ask('GET', statusPath('race'))));
  const shown = answers.map((answer) => assertPoolStatus(assertSuccess(answer), 'race', { total: 3, used: 0 }));
  const ids = new Set(shown.map(({ pool }) => pool.id));
  assert.deepEqual([...ids], ['pool-2']);
});

stackCase('1,000 kept connections are served and stay open', async (world) => {
  const stack = await Stack.start(world, QUIET);
  const count = 1_000;
  const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: count });
  world.atEnd(() => agent.destroy());
  const round = (name) =>
    Promise.all(Array.from({ length: count }, (_, n) => stack.ask('GET', claimPath(name, `w-${n}`), { agent })));
  const pods = [];
  for (const [n, name] of ['one', 'two', 'three'].entries()) {
    const answers = await round(name);
    answers.forEach((answer, w) => assert.equal(assertSuccess(answer).workspace.claimedBy, `w-${w}`));
    pods.push(...answers.map((answer) => answer.json.workspace.id));
    const reused = answers.filter((answer) => answer.reusedConnection).length;
    assert.ok(n === 0 ? reused === 0 : reused === count, `${reused} of ${count} connections were kept`);
  }
  assertNoDouble(pods);
});
