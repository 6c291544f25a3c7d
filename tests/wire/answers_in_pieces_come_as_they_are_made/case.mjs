// SPDX-License-Identifier: MIT
//
// Answers in pieces, by the worker of parking_worker.c.

import assert from 'node:assert/strict';

import { assertSuccess } from '../../lib/api.mjs';
import { testCase, until, within } from '../../lib/case.mjs';
import { encodeRequest, record, TYPE } from '../../lib/fcgi.mjs';
import { BASE, PARKING_WORKER, Worker } from '../../lib/worker.mjs';

const PIECE_BYTES = 64 * 1024;

function start(world, settings) {
  return Worker.start(world, { program: PARKING_WORKER, ...settings });
}

testCase('the first piece is sent before the last one is made', async (world) => {
  const worker = await start(world);
  const long = await worker.connect();
  await long.send(encodeRequest({ target: `${BASE}/drip/1000/40` }));
  await until('the first piece, long before the thousandth', () => long.stdoutSoFar() > 0);
  const began = performance.now();
  const answer = await (await worker.connect()).ask({ target: `${BASE}/drip/10/40` });
  assert.ok(performance.now() - began >= 400);
  assert.equal(answer.text, '\n'.repeat(10));
  assert.ok(answer.recordsCount >= 11, 'a record for each piece');
});

testCase('the connection stays usable after such an answer', async (world) => {
  const worker = await start(world);
  const connection = await worker.connect();
  for (let count = 1; count <= 20; count++) {
    assert.equal((await connection.ask({ target: `${BASE}/drip/${count}/1` })).text, '\n'.repeat(count));
  }
});

testCase('pieces of many answers are sent alternately', async (world) => {
  const worker = await start(world);
  const connections = await Promise.all(Array.from({ length: 50 }, () => worker.connect()));
  const answers = connections.map((connection) => connection.ask({ target: `${BASE}/drip/10/20` }));
  for (const answer of await within(2_000, '50 answers of 200 ms', Promise.all(answers))) {
    assert.equal(answer.text, '\n'.repeat(10));
  }
});

testCase('a piece of any size is sent completely', async (world) => {
  const worker = await start(world);
  const connection = await worker.connect();
  const { body } = await connection.ask({ target: `${BASE}/flood/100` });
  assert.equal(body.length, 100 * PIECE_BYTES);
  for (let at = 0; at < body.length; at += PIECE_BYTES) assert.equal(body[at + PIECE_BYTES - 1], 10);
});

testCase('a client that does not read makes the worker pause, not fill its memory', async (world) => {
  const worker = await start(world);
  const before = await worker.memoryPeakKiB();
  const slow = await worker.connect({ paused: true });
  await slow.send(encodeRequest({ target: `${BASE}/flood/100000` }));
  for (let i = 0; i < 200; i++) assertSuccess(await worker.ask('GET', '/health'));
  const growth = (await worker.memoryPeakKiB()) - before;
  assert.ok(growth < 2 * 1024, `the worker grew by ${growth} KiB`);
  const used = await worker.cpuMsDuring(200);
  assert.ok(used < 100, `${used} ms of CPU in 200 ms of waiting for the reader`);
});

testCase('fast answers in pieces delay no other request', async (world) => {
  const worker = await start(world);
  const readers = await Promise.all(Array.from({ length: 10 }, () => worker.connect()));
  const floods = readers.map((connection) => connection.ask({ target: `${BASE}/flood/300` }));
  const busy = await worker.connect();
  const serve = async () => {
    for (let i = 0; i < 20; i++) assertSuccess(await busy.ask({ target: `${BASE}/health` }));
  };
  await within(5_000, '20 answers beside them', serve());
  for (const answer of await Promise.all(floods)) assert.equal(answer.body.length, 300 * PIECE_BYTES);
});

testCase('an abort between pieces ends the answer, and the connection stays usable', async (world) => {
  const worker = await start(world);
  const connection = await worker.connect();
  await connection.send(encodeRequest({ target: `${BASE}/drip/1000/20` }));
  await until('the first piece', () => connection.stdoutSoFar() > 0);
  await connection.send(record(TYPE.ABORT_REQUEST, 1));
  const cut = await within(1_000, 'the end of the aborted answer', connection.answer());
  assert.ok(cut.body.length < 1000);
  assert.equal(assertSuccess(await connection.ask({ target: `${BASE}/health` })).parked, 0);
});

testCase('an answer that breaks off closes the connection, without the end of a complete answer', async (world) => {
  const worker = await start(world);
  for (const pieces of [0, 1, 3]) {
    const connection = await worker.connect();
    await connection.send(encodeRequest({ target: `${BASE}/break/${pieces}` }));
    await connection.closed();
    await assert.rejects(connection.answer(), /closed/);
  }
});

testCase('an answer in pieces that a stop cuts off has no end of a complete answer', async (world) => {
  const worker = await start(world);
  const connection = await worker.connect();
  await connection.send(encodeRequest({ target: `${BASE}/drip/1000/20` }));
  await until('the first piece', () => connection.stdoutSoFar() > 0);
  worker.signal('SIGTERM');
  await connection.closed();
  await assert.rejects(connection.answer(), /closed/);
  const { code, ms } = await worker.end();
  assert.equal(code, 0);
  assert.ok(ms < 1_000, `it took ${Math.round(ms)} ms`);
});
