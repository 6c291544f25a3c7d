// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase } from '../../lib/case.mjs';
import { Connection, encodeRequest } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const DESCRIPTORS = 64;

async function open(world, worker, count) {
  const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(worker.socketPath)));
  world.atEnd(() => connections.forEach((connection) => connection.destroy()));
  return connections;
}

testCase('with more idle connections than descriptors a new client is served', async (world) => {
  const worker = await Worker.start(world, { limits: `-n ${DESCRIPTORS}` });
  const idle = await open(world, worker, 3 * DESCRIPTORS);
  for (let i = 0; i < 10; i++) await worker.assertServes();
  for (const connection of idle) connection.destroy();
  await worker.assertServes();
});

// Opens connections that send the first half of a request each, until the worker has no descriptor left: then it closes the only idle
// connection, the probe. Returns them.
async function takeAllDescriptors(world, worker, half) {
  const probe = await worker.connect();
  const clients = [];
  while (clients.length < DESCRIPTORS) {
    clients.push(...(await open(world, worker, 1)));
    await clients[clients.length - 1].send(half(clients.length - 1));
    await probe.offer(encodeRequest({ target: `${BASE}/__admin/health` }));
    if ((await probe.answerOrClose()) === null) return clients;
  }
  throw new Error(`${DESCRIPTORS} connections and the worker still has descriptors`);
}

testCase('with every descriptor taken by half a request, each can end, and others then come in', async (world) => {
  const worker = await Worker.start(world, { limits: `-n ${DESCRIPTORS}` });
  const bytes = (n) => encodeRequest({ target: BASE + claimPath('default-pool', `w-${n}`), keep: false });
  const inside = await takeAllDescriptors(world, worker, (n) => bytes(n).subarray(0, 50));
  const outside = await open(world, worker, 2 * DESCRIPTORS);
  await Promise.all(outside.map((connection, n) => connection.send(bytes(inside.length + n))));
  await Promise.all(inside.map((connection, n) => connection.send(bytes(n).subarray(50))));
  const answers = await Promise.all([...inside, ...outside].map((connection) => connection.answer()));
  const pods = new Set(answers.map((answer) => assertSuccess(answer).workspace.id));
  assert.equal(pods.size, answers.length);
});

testCase('while descriptors are short the worker does not spin', async (world) => {
  const worker = await Worker.start(world, { limits: `-n ${DESCRIPTORS}` });
  await takeAllDescriptors(world, worker, () => encodeRequest({ target: '/' }).subarray(0, 20));
  await open(world, worker, DESCRIPTORS);
  const used = await worker.cpuMsDuring(500);
  assert.ok(used < 250, `${used} ms of CPU in 500 ms of doing nothing`);
});
