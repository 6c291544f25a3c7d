// SPDX-License-Identifier: MIT
//
// If the state has no room for a turn's changes, none of them is made, and each request of the turn is answered with an error.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath } from '../../lib/api.mjs';
import { forEachRow, testCase } from '../../lib/case.mjs';
import { encodeRequest } from '../../lib/fcgi.mjs';
import { BASE, runWorker, Worker } from '../../lib/worker.mjs';

const CLIENTS = 16;

// Lets all clients claim in one turn. Returns their answers.
async function claimTogether(worker, clients, round) {
  worker.signal('SIGSTOP');
  await Promise.all(
    clients.map((connection, n) =>
      connection.send(encodeRequest({ target: BASE + claimPath('default-pool', `w-${round}-${n}`) })),
    ),
  );
  worker.signal('SIGCONT');
  return Promise.all(clients.map((connection) => connection.answer()));
}

// Fills a state up to its limit, and checks its content.
async function fillToTheEnd(world, stateMax) {
  const worker = await Worker.start(world, {
    options: ['--state-max', String(stateMax), '--log-level', 'error'],
    socketPath: world.path(`${stateMax}.sock`),
  });
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => worker.connect()));
  const claimed = new Map();
  const refused = [];
  for (let round = 0; refused.length === 0; round++) {
    assert.ok(round < 2_000, 'the state has no end');
    for (const answer of await claimTogether(worker, clients, round)) {
      if (answer.status !== 200) refused.push(answer);
      else claimed.set(answer.json.workspace.id, answer.json.workspace.claimedBy);
    }
  }
  for (const answer of refused) assertError(answer, 503, 'state_limit', /--state-max/);
  await assertUsed(worker, claimed);
  return worker;
}

// Asserts that only these pods are used: id -> workspace.
async function assertUsed(worker, claimed) {
  const { workspaces } = assertSuccess(await worker.ask('GET', '/pools/default-pool/status'));
  const used = workspaces.filter((row) => row.status === 'used').map((row) => [row.id, row.claimed_by]);
  assert.deepEqual(used.sort(), [...claimed].sort(), 'the answered claims are those in the state');
}

// The limits differ by a page, so that the limit is reached at another point of the turn each time.
testCase('when the state is full, claims are answered 503, and none is made', async (world) => {
  await forEachRow([240, 244, 248, 252, 256], (kibibytes) => fillToTheEnd(world, kibibytes * 1024));
});

testCase('a full state still serves what it has, and a reset makes room', async (world) => {
  const worker = await fillToTheEnd(world, 240 * 1024);
  assertSuccess(await worker.ask('POST', '/workspaces/mock-pod-3/release'));
  assert.equal(assertSuccess(await worker.ask('GET', claimPath('default-pool', 'after'))).workspace.id, 'pod-pool-1-3');
  assertSuccess(await worker.ask('POST', '/__admin/reset'));
  assert.equal(assertSuccess(await worker.ask('GET', claimPath('default-pool', 'new'))).workspace.id, 'pod-pool-1-1');
});

testCase('a limit that is too small for the start state ends the start', async (world) => {
  await forEachRow([1, 4095, 4096], async (bytes) => {
    const options = ['--listen', `unix:${world.path('never.sock')}`, '--state-max', String(bytes)];
    const { code, stderr } = await runWorker(options);
    assert.equal(code, 70);
    assert.match(stderr, /^pool-manager-mock: the state can't be opened: [^\n]* full\n$/);
  });
});
