// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import net from 'node:net';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase, until } from '../../lib/case.mjs';
import { beginRequest, Connection, record, requestRecords, TYPE } from '../../lib/fcgi.mjs';
import { HAS_WEBSOCKETS } from '../../lib/web_socket.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const DESCRIPTORS = 64;

async function open(world, worker, count) {
  const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(worker.socketPath)));
  world.atEnd(() => connections.forEach((connection) => connection.destroy()));
  return connections;
}

testCase('a new client is served although there are more idle connections than descriptors', async (world) => {
  const worker = await Worker.start(world, { limits: `-n ${DESCRIPTORS}` });
  const idle = await open(world, worker, 3 * DESCRIPTORS);
  for (let i = 0; i < 10; i++) await worker.assertServes();
  for (const connection of idle) connection.destroy();
  await worker.assertServes();
});

// Opens connections that each begin a request, until the worker uses `count` descriptors. Returns the connections.
async function takeDescriptors(world, worker, count) {
  const clients = [];
  while ((await worker.descriptorsCount(DESCRIPTORS)) < count) {
    const [client] = await open(world, worker, 1);
    await client.send(Buffer.concat([beginRequest(1, { keep: false }), record(TYPE.GET_VALUES, 0)]));
    await client.management(); // so that the worker has read it
    clients.push(client);
  }
  return clients;
}

// Opens twice as many connections as there are descriptors. Each has sent its bytes before the worker can accept it.
async function queue(world, worker, bytes) {
  worker.signal('SIGSTOP');
  const clients = await open(world, worker, 2 * DESCRIPTORS);
  await Promise.all(clients.map((client, n) => client.send(bytes(n))));
  worker.signal('SIGCONT');
  return clients;
}

testCase('when requests use every descriptor, each can end, and then others are served', async (world) => {
  const worker = await Worker.start(world, { limits: `-n ${DESCRIPTORS}` });
  const inside = await takeDescriptors(world, worker, DESCRIPTORS);
  const request = (n) => requestRecords({ target: BASE + claimPath('default-pool', `w-${n}`), keep: false });
  const outside = await queue(world, worker, (n) => Buffer.concat(request(n)));
  await Promise.all(inside.map((client, n) => client.send(Buffer.concat(request(n).slice(1)))));
  const answers = await Promise.all([...inside, ...outside].map((client) => client.answer()));
  const pods = new Set(answers.map((answer) => assertSuccess(answer).workspace.id));
  assert.equal(pods.size, answers.length);
});

testCase('the connection with the last descriptor is not closed before it can send', async (world) => {
  const worker = await Worker.start(world, { limits: `-n ${DESCRIPTORS}` });
  await takeDescriptors(world, worker, DESCRIPTORS - 1);
  const [client] = await open(world, worker, 1);
  await until('it is accepted', async () => (await worker.descriptorsCount(DESCRIPTORS)) === DESCRIPTORS);
  assertSuccess(await client.ask({ target: BASE + claimPath('default-pool', 'w'), keep: false }));
});

testCase('without a free descriptor the worker does not spin', async (world) => {
  const worker = await Worker.start(world, { limits: `-n ${DESCRIPTORS}` });
  await takeDescriptors(world, worker, DESCRIPTORS);
  await queue(world, worker, () => beginRequest(1));
  if (HAS_WEBSOCKETS) net.connect({ path: `${worker.socketPath}.live` }).on('error', () => {});
  const used = await worker.cpuMsDuring(500);
  assert.ok(used < 250, `${used} ms of CPU in 500 ms of doing nothing`);
});
