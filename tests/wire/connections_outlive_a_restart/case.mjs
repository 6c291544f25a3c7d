// SPDX-License-Identifier: MIT
//
// What the worker stores with its supervisor when it stops, and that the next worker goes on with it. tests/systemd/ does the same with
// a real systemd.

import assert from 'node:assert/strict';
import net from 'node:net';

import { assertError, assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase, until } from '../../lib/case.mjs';
import { Connection, encodeRequest, requestRecords } from '../../lib/fcgi.mjs';
import { startSupervisor } from '../../lib/supervisor.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const IDLE = 300; // more than a message to the supervisor can have
const STORED = /^FDSTORE=1\|FDNAME=connection \+(\d+)$/;

function claim(workspaceId, request = {}) {
  return encodeRequest({ target: BASE + claimPath('default-pool', workspaceId), ...request });
}

// Returns how many connections the supervisor has been given to store.
function storedCount(supervisor) {
  return supervisor.received().reduce((sum, line) => sum + Number(STORED.exec(line)?.[1] ?? 0), 0);
}

// Opens a connection that was once accepted, by this process, and is passed on by its descriptor `fd`. `forget` closes that one.
async function openAccepted(world, name) {
  const server = net.createServer({ pauseOnConnect: true });
  const accepted = new Promise((resolve) => server.once('connection', resolve));
  await new Promise((resolve) => server.listen(world.path(name), resolve));
  const client = await Connection.open(world.path(name));
  const socket = await accepted;
  server.close();
  world.atEnd(() => client.destroy());
  world.atEnd(() => socket.destroy());
  return { client, fd: socket._handle.fd, forget: () => socket.destroy() };
}

testCase('at a stop idle connections are stored, and others once their request is answered', async (world) => {
  const supervisor = await startSupervisor(world);
  const worker = await Worker.start(world, { env: supervisor.env });
  const idle = await Promise.all(Array.from({ length: IDLE }, () => worker.connect()));
  await idle[0].send(claim('w'));
  assertSuccess(await idle[0].answer());
  const [waiting, halfSent] = [await worker.connect(), await worker.connect()];
  await waiting.send(encodeRequest({ target: `${BASE}/__admin/requests/wait?count=1000` }));
  await halfSent.send(claim('half').subarray(0, 100));
  await worker.assertServes();
  assert.equal((await worker.stop()).code, 0);
  assertError(await waiting.answer(), 503, 'stopping');
  await until('all are stored', () => storedCount(supervisor) === IDLE + 1);
  const messages = supervisor.received().filter((line) => STORED.test(line));
  assert.equal(messages[0], 'FDSTORE=1|FDNAME=connection +253');
});

testCase('a connection is not stored if a part of its last request may follow', async (world) => {
  const supervisor = await startSupervisor(world);
  const worker = await Worker.start(world, { env: supervisor.env });
  const [connection] = [await worker.connect(), await worker.connect()];
  const records = requestRecords({ method: 'POST', target: `${BASE}/pools`, body: '{"name":"p"}' });
  await connection.send(Buffer.concat(records.slice(0, -1))); // without the record that ends the body
  assertSuccess(await connection.answer(), 201);
  assert.equal((await worker.stop()).code, 0);
  await connection.closed();
  await until('connections are stored', () => storedCount(supervisor) > 0);
  assert.equal(storedCount(supervisor), 1, 'the other one is');
});

testCase('the next worker answers what was sent meanwhile, and clears the store', async (world) => {
  const supervisor = await startSupervisor(world);
  const stored = [await openAccepted(world, 'a'), await openAccepted(world, 'b')];
  await stored[0].client.send(claim('meanwhile'));
  const worker = await Worker.start(world, { inherit: 'systemd', connections: stored.map(({ fd }) => fd), env: supervisor.env });
  assert.equal(assertSuccess(await stored[0].client.answer()).workspace.claimedBy, 'meanwhile');
  await stored[1].client.send(claim('later'));
  assert.equal(assertSuccess(await stored[1].client.answer()).workspace.claimedBy, 'later');
  await until('the store is cleared', () => supervisor.received().includes('FDSTOREREMOVE=1|FDNAME=connection'));
  stored.forEach(({ forget }) => forget());
  assert.equal((await worker.stop()).code, 0);
  await until('they are stored again', () => storedCount(supervisor) === 2);
  await Promise.all(stored.map(({ client }) => client.closed()));
});

testCase('a stored connection that the worker closes is watched no more, though a copy keeps it open', async (world) => {
  const { client, fd } = await openAccepted(world, 'a');
  const worker = await Worker.start(world, { inherit: 'systemd', connections: [fd] });
  await client.send(Buffer.alloc(64, 0xff)); // no FastCGI, so the worker closes its descriptor
  await until('it is closed', () => worker.lines.some((line) => line.includes('connection-closed')));
  await client.send(claim('nobody'));
  const spent = await worker.cpuMsDuring(200);
  assert.ok(spent < 100, `the worker is busy: ${spent} ms`);
  await worker.assertServes();
});
