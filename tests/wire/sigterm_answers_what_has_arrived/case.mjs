// SPDX-License-Identifier: MIT
//
// A stopped process does not read, so what is sent between SIGSTOP and SIGTERM has arrived before the stop begins.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

import { assertError, assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase, until, within } from '../../lib/case.mjs';
import { Connection, encodeRequest } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const EXIT_MS = 1_000;
const PODS = 5_000;

function claim(n) {
  return encodeRequest({ target: BASE + claimPath('default-pool', `w-${n}`) });
}

// Returns a worker that has begun to answer a list of PODS pods to a client that does not read.
async function startWithSlowReader(world) {
  const worker = await Worker.start(world, { options: ['--log-level', 'error'] });
  await worker.fill('default-pool', PODS);
  const connection = await worker.connect({ paused: true });
  await connection.send(encodeRequest({ target: `${BASE}/pools/default-pool/workspaces` }));
  await worker.assertServes();
  return { worker, connection };
}

async function assertAllAnswered(connections) {
  const answers = await Promise.all(connections.map((connection) => connection.answer()));
  const pods = answers.map((answer, n) => {
    const { workspace } = assertSuccess(answer);
    assert.equal(workspace.claimedBy, `w-${n}`);
    return workspace.id;
  });
  assert.equal(new Set(pods).size, connections.length, 'a pod for each');
}

async function endInTime(worker) {
  const { code, signal, ms } = await worker.end();
  assert.deepEqual({ code, signal }, { code: 0, signal: null });
  assert.ok(ms < EXIT_MS, `it took ${Math.round(ms)} ms`);
}

testCase('requests that have arrived are answered, and the worker exits 0 within a second', async (world) => {
  const worker = await Worker.start(world);
  const connections = await Promise.all(Array.from({ length: 100 }, () => worker.connect()));
  await worker.assertServes();
  worker.signal('SIGSTOP');
  await Promise.all(connections.map((connection, n) => connection.send(claim(n))));
  worker.signal('SIGTERM');
  worker.signal('SIGCONT');
  await assertAllAnswered(connections);
  await endInTime(worker);
  await Promise.all(connections.map((connection) => connection.closed()));
});

testCase('requests on connections that were not yet accepted are answered too', async (world) => {
  const worker = await Worker.start(world);
  worker.signal('SIGSTOP');
  const connections = await Promise.all(Array.from({ length: 300 }, () => Connection.open(worker.socketPath)));
  world.atEnd(() => connections.forEach((connection) => connection.destroy()));
  await Promise.all(connections.map((connection, n) => connection.send(claim(n))));
  worker.signal('SIGTERM');
  worker.signal('SIGCONT');
  await assertAllAnswered(connections);
  await endInTime(worker);
});

testCase('requests in a row on one connection are answered too', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await worker.assertServes();
  worker.signal('SIGSTOP');
  const count = 500;
  await connection.send(Buffer.concat(Array.from({ length: count }, (_, n) => claim(n))));
  worker.signal('SIGTERM');
  worker.signal('SIGCONT');
  await assertAllAnswered(Array(count).fill(connection));
  await endInTime(worker);
});

testCase('a list that is being read is answered whole', async (world) => {
  const { worker, connection } = await startWithSlowReader(world);
  worker.signal('SIGTERM');
  connection.resume();
  assert.equal(assertSuccess(await connection.answer()).workspaces.length, PODS);
  await endInTime(worker);
});

testCase('a worker that stops is not ready, and says so to who asks behind a long answer', async (world) => {
  const { worker, connection } = await startWithSlowReader(world);
  await connection.send(encodeRequest({ target: `${BASE}/__admin/ready` }));
  await connection.send(encodeRequest({ target: `${BASE}/__admin/metrics` }));
  worker.signal('SIGTERM');
  await until('it stops', () => existsSync(worker.socketPath) === false);
  connection.resume();
  assertSuccess(await connection.answer());
  assertError(await connection.answer(), 503, 'stopping');
  assert.match((await connection.answer()).text, /^pool_manager_mock_stopping 1$/m);
  await endInTime(worker);
});

testCase('idle, silent and half-sent connections do not delay the end', async (world) => {
  const worker = await Worker.start(world);
  const [idle, silent, half] = [await worker.connect(), await worker.connect(), await worker.connect()];
  assertSuccess(await idle.ask({ target: `${BASE}/pools/default-pool/status` }));
  await half.send(claim(0).subarray(0, 40));
  await worker.assertServes();
  worker.signal('SIGTERM');
  await endInTime(worker);
  await Promise.all([idle.closed(), silent.closed(), half.closed()]);
});

testCase('a client that does not read delays the end for at most a second', async (world) => {
  const { worker } = await startWithSlowReader(world);
  worker.signal('SIGTERM');
  await within(EXIT_MS + 500, 'the end of the worker', worker.end());
});

testCase('a second SIGTERM ends it at once', async (world) => {
  const { worker } = await startWithSlowReader(world);
  worker.signal('SIGTERM');
  await until('it takes no new connections', async () => (await worker.tryConnect()) === null);
  assert.ok(!worker.hasExited(), 'it waits for the reader');
  worker.signal('SIGTERM');
  const { signal, ms } = await worker.end();
  assert.ok(ms < 500, `it took ${Math.round(ms)} ms`);
  assert.ok(signal === null || signal === 'SIGTERM', `it died of ${signal}`);
});

testCase('SIGINT has the same effect as SIGTERM, and the socket is removed', async (world) => {
  const worker = await Worker.start(world);
  worker.signal('SIGINT');
  await endInTime(worker);
  assert.ok(!existsSync(worker.socketPath), 'the socket is still there');
});
