// SPDX-License-Identifier: MIT
//
// Requests that wait, in the worker of parking_worker.c.

import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../../lib/api.mjs';
import { testCase, until, within } from '../../lib/case.mjs';
import { encodeRequest, record, TYPE } from '../../lib/fcgi.mjs';
import { BASE, PARKING_WORKER, Worker } from '../../lib/worker.mjs';

const LONG_MS = 60_000;

function start(world, settings) {
  return Worker.start(world, { program: PARKING_WORKER, ...settings });
}

function wait(ms, more = {}) {
  return { target: `${BASE}/wait/${ms}`, ...more };
}

async function parkedCount(worker) {
  return assertSuccess(await worker.ask('GET', '/health')).parked;
}

function untilParked(worker, count) {
  return until(`${count} requests are parked`, async () => (await parkedCount(worker)) === count);
}

// Returns a connection whose request is parked for longer than the case lasts.
async function park(worker, count = 1) {
  const connections = await Promise.all(Array.from({ length: count }, () => worker.connect()));
  for (const connection of connections) await connection.send(encodeRequest(wait(LONG_MS)));
  await untilParked(worker, count);
  return connections;
}

testCase('requests are answered in the order in which they are due, and none too early', async (world) => {
  const worker = await start(world);
  const delays = [120, 30, 90, 60, 30, 150, 0, 1];
  const connections = await Promise.all(delays.map(() => worker.connect()));
  const order = [];
  worker.signal('SIGSTOP'); // so that all of them begin at the same time
  await Promise.all(delays.map((ms, n) => connections[n].send(encodeRequest(wait(ms)))));
  const began = performance.now();
  worker.signal('SIGCONT');
  await Promise.all(
    delays.map(async (ms, n) => {
      assert.equal((await connections[n].answer()).status, 200);
      assert.ok(performance.now() - began >= ms, `${ms} ms came after ${performance.now() - began}`);
      order.push(ms);
    }),
  );
  assert.deepEqual(order, [...delays].sort((a, b) => a - b));
});

testCase('a thousand waiting requests delay no other request', async (world) => {
  const worker = await start(world);
  await park(worker, 1_000);
  for (let i = 0; i < 50; i++) assert.equal(await parkedCount(worker), 1_000);
});

testCase('a thousand requests that are due within a tenth of a second are all answered', async (world) => {
  const worker = await start(world);
  const connections = await Promise.all(Array.from({ length: 1_000 }, () => worker.connect()));
  const answers = connections.map((connection, n) => connection.ask(wait(n % 97)));
  for (const answer of await Promise.all(answers)) assert.equal(answer.status, 200);
  assert.equal(await parkedCount(worker), 0);
});

testCase('a waiting request does not count as an open request', async (world) => {
  const worker = await start(world, { options: ['--requests-max', '1'] });
  const connection = await worker.connect();
  const waiting = connection.ask(wait(300));
  await until('it waits', async () => (await parkedCount(worker)) === 1);
  assertSuccess(await worker.ask('GET', '/health'));
  assert.equal((await waiting).status, 200);
});

testCase('a request after a waiting one on the same connection waits too', async (world) => {
  const worker = await start(world);
  const connection = await worker.connect();
  const [first, second] = [encodeRequest(wait(100, { id: 1 })), encodeRequest({ id: 2, target: `${BASE}/health` })];
  await connection.send(Buffer.concat([first, second]));
  assert.equal((await connection.answer()).id, 1);
  const answer = await connection.answer();
  assert.equal(answer.id, 2);
  assert.equal(assertSuccess(answer).parked, 0);
});

testCase('an abort ends the wait, and the connection stays usable', async (world) => {
  const worker = await start(world);
  const [connection] = await park(worker);
  await connection.send(record(TYPE.ABORT_REQUEST, 1));
  const aborted = await connection.answer();
  assert.deepEqual([aborted.id, aborted.stdout.length], [1, 0]);
  assert.equal(assertSuccess(await connection.ask({ target: `${BASE}/health` })).parked, 0);
});

testCase('an abort of another request does not end the wait', async (world) => {
  const worker = await start(world);
  const connection = await worker.connect();
  await connection.send(Buffer.concat([encodeRequest(wait(100)), record(TYPE.ABORT_REQUEST, 2)]));
  const answer = await connection.answer();
  assert.deepEqual([answer.id, answer.status], [1, 200]);
});

testCase('clients that go away are forgotten', async (world) => {
  const worker = await start(world);
  const before = await worker.descriptorsCount();
  const connections = await park(worker, 100);
  for (const connection of connections) connection.destroy();
  await untilParked(worker, 0);
  await worker.untilDescriptors('are back to what they were', (count) => count <= before);
});

testCase('a client that has shut down its writing side still gets its answer', async (world) => {
  const worker = await start(world);
  const connection = await worker.connect();
  await connection.send(encodeRequest(wait(100)));
  await connection.end();
  assert.equal((await connection.answer()).status, 200);
  await connection.closed();
});

testCase('a reset ends the waits, with the code stale', async (world) => {
  const worker = await start(world);
  const connections = await park(worker, 20);
  assertSuccess(await worker.ask('POST', '/reset'));
  for (const connection of connections) {
    const answer = await connection.answer();
    assertError(answer, 503, 'stale');
    assert.equal(answer.headers['x-mock-stale'], '1');
    assert.match(answer.headers['retry-after'] ?? '', /^\d+$/);
  }
  const { parked } = assertSuccess(await connections[0].ask({ target: `${BASE}/health` }));
  assert.equal(parked, 0);
});

testCase('SIGTERM ends the waits, with the code stopping', async (world) => {
  const worker = await start(world);
  const connections = await park(worker, 20);
  worker.signal('SIGTERM');
  for (const connection of connections) {
    assertError(await connection.answer(), 503, 'stopping');
    await connection.closed();
  }
  const { code, ms } = await worker.end();
  assert.equal(code, 0);
  assert.ok(ms < 1_000, `it took ${Math.round(ms)} ms`);
});

testCase('while requests wait the worker sleeps', async (world) => {
  const worker = await start(world);
  await park(worker, 50);
  const used = await worker.cpuMsDuring(300);
  assert.ok(used < 100, `${used} ms of CPU in 300 ms of waiting`);
});

testCase('a request that does not arrive in time is dropped', async (world) => {
  const worker = await start(world, { options: ['--receive-timeout', '50ms'] });
  const [half, idle] = [await worker.connect(), await worker.connect()];
  await half.send(encodeRequest(wait(0)).subarray(0, 40));
  await within(2_000, 'the end of the half-sent request', half.closed());
  assert.equal((await idle.ask(wait(200))).status, 200, 'neither an idle connection nor one with a waiting request has a deadline');
});

testCase('an answer that is not read in time is dropped', async (world) => {
  const worker = await start(world, { options: ['--send-timeout', '50ms'] });
  const before = await worker.descriptorsCount();
  const slow = await worker.connect({ paused: true });
  await slow.send(encodeRequest({ target: `${BASE}/flood/1000` }));
  await worker.untilDescriptors('are back to what they were', (count) => count <= before);
});
