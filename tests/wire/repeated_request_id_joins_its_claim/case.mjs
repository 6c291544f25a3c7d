// SPDX-License-Identifier: MIT
//
// A front end that sends a request again uses the same REQUEST_ID, which no client can set.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase } from '../../lib/case.mjs';
import { encodeRequest } from '../../lib/fcgi.mjs';
import { Metrics } from '../../lib/metrics.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const ID = '0123456789abcdef0123456789abcdef';
const CLAIM = BASE + claimPath('default-pool', 'w');

function claim(requestId, target = CLAIM, extra = {}) {
  return { target, params: { REQUEST_ID: requestId }, ...extra };
}

async function usedCount(worker) {
  return assertSuccess(await worker.ask('GET', '/pools/default-pool/status')).pool.used_workspaces;
}

async function claimedPod(connection, request) {
  return assertSuccess(await connection.ask(request)).workspace;
}

testCase('the same id, method and target is the same claim', async (world) => {
  const worker = await Worker.start(world);
  const [one, two] = [await worker.connect(), await worker.connect()];
  const first = await claimedPod(one, claim(ID));
  assert.deepEqual(await claimedPod(one, claim(ID)), first);
  assert.deepEqual(await claimedPod(two, claim(ID)), first);
  assert.equal(await usedCount(worker), 1);
  const { served, repeated } = (await Metrics.of(worker)).by('claims_total');
  assert.deepEqual({ served, repeated }, { served: 1, repeated: 2 });
});

testCase('a claim whose client has gone away is joined too', async (world) => {
  const worker = await Worker.start(world);
  const gone = await worker.connect();
  await gone.send(encodeRequest(claim(ID)));
  gone.destroy();
  const again = await claimedPod(await worker.connect(), claim(ID));
  assert.equal(again.id, 'pod-pool-1-1');
  assert.equal(await usedCount(worker), 1);
});

testCase('repeats that arrive together make one claim', async (world) => {
  const worker = await Worker.start(world);
  const connections = await Promise.all(Array.from({ length: 20 }, () => worker.connect()));
  worker.signal('SIGSTOP');
  await Promise.all(connections.map((connection) => connection.send(encodeRequest(claim(ID)))));
  worker.signal('SIGCONT');
  const answers = await Promise.all(connections.map((connection) => connection.answer()));
  assert.equal(new Set(answers.map((answer) => assertSuccess(answer).workspace.id)).size, 1);
  assert.equal(await usedCount(worker), 1);
});

testCase('requests with another target, another id, or no id are separate claims', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const requests = [
    claim(ID),
    claim(ID, BASE + claimPath('default-pool', 'other')),
    claim(ID, `${CLAIM}&more`),
    claim(`${ID}0`),
    claim(''),
    claim(''),
    { target: CLAIM },
    { target: CLAIM },
  ];
  const pods = [];
  for (const request of requests) pods.push((await claimedPod(connection, request)).id);
  assert.equal(new Set(pods).size, requests.length, pods.join(' '));
});

testCase('a HEAD neither makes nor joins a claim', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  assert.equal((await connection.ask(claim(ID, CLAIM, { method: 'HEAD' }))).status, 200);
  assert.equal(await usedCount(worker), 0);
  await claimedPod(connection, claim(ID));
  assert.equal(await usedCount(worker), 1);
});

testCase('a repeat of a claim that has ended since is an error', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const { id } = await claimedPod(connection, claim(ID));
  assertSuccess(await connection.ask({ method: 'POST', target: `${BASE}/workspaces/${id}/release` }));
  assertError(await connection.ask(claim(ID)), 409, 'claim_gone');
  assert.equal(await usedCount(worker), 0);

  const next = await claimedPod(connection, { target: BASE + claimPath('default-pool', 'next') });
  assert.equal(next.id, id, 'another workspace has claimed the pod');
  assertError(await connection.ask(claim(ID)), 409, 'claim_gone');
  assert.equal(await usedCount(worker), 1);
});

testCase('a reset forgets the ids', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await claimedPod(connection, claim(ID, BASE + claimPath('gone-pool', 'w')));
  assertSuccess(await connection.ask({ method: 'POST', target: `${BASE}/__admin/reset` }));
  await claimedPod(connection, claim(ID));
  assert.equal(await usedCount(worker), 1);
  assertSuccess(await connection.ask({ method: 'POST', target: `${BASE}/__admin/reset` }));
  assert.equal((await claimedPod(connection, claim(ID))).id, 'pod-pool-1-1');
  assert.equal(await usedCount(worker), 1);
});

testCase('a client cannot set the id through a header', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const params = { HTTP_REQUEST_ID: ID, HTTP_X_REQUEST_ID: ID };
  const pods = [];
  for (let i = 0; i < 2; i++) pods.push((await claimedPod(connection, { target: CLAIM, params })).id);
  assert.equal(new Set(pods).size, 2);
});
