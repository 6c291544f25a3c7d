// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import net from 'node:net';

import { assertError, assertSuccess, claimPath } from '../../lib/api.mjs';
import { forEachRow, PATIENCE_MS, testCase, until, within } from '../../lib/case.mjs';
import { beginRequest, nameValues, record, requestRecords, stream, TYPE, variables } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const BODY = JSON.stringify({ repositories: ['owner/changed'] });
const UPDATE = { method: 'POST', target: `${BASE}/workspaces/pod-pool-1-1/update`, body: BODY };
const MARK = { method: 'POST', target: `${BASE}/workspaces/pod-pool-1-1/mark-used`, contentLength: 0 };
const STATUS = { target: `${BASE}/pools/default-pool/status` };
const END = record(TYPE.STDIN, 1);

// The records of a request without the one that ends its body.
function endless(request) {
  return Buffer.concat(requestRecords(request).slice(0, -1));
}

testCase('a request is complete when its body is, with or without the record that ends the body', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await forEachRow([MARK, UPDATE, { ...UPDATE, chunk: 1 }, { ...STATUS, contentLength: 0 }], async (request) => {
    await connection.send(endless(request));
    assertSuccess(await connection.answer());
    assertSuccess(await connection.ask({ ...request }));
    for (const bytes of requestRecords(request).slice(0, -1)) await connection.send(bytes);
    assertSuccess(await connection.answer());
  });
});

testCase('a late end of a body is ignored, and the connection stays usable', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await forEachRow([END, Buffer.concat([END, END]), record(TYPE.STDIN, 1, '', { padding: 255 })], async (late) => {
    await connection.send(endless(UPDATE));
    assertSuccess(await connection.answer());
    await connection.send(late);
    await connection.send(Buffer.concat([endless(MARK), late, endless(MARK)]));
    for (let i = 0; i < 2; i++) assertSuccess(await connection.answer());
    assertSuccess(await connection.ask(STATUS));
  });
});

testCase('bytes of a body after its CONTENT_LENGTH are neither a part of it nor a request', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const claim = requestRecords({ target: BASE + claimPath('default-pool', 'smuggled') });
  await connection.send(endless(UPDATE));
  assertSuccess(await connection.answer());
  await connection.send(Buffer.concat([record(TYPE.STDIN, 1, Buffer.concat(claim)), END]));
  const { pool } = assertSuccess(await connection.ask(STATUS));
  assert.equal(pool.used_workspaces, 0);
});

testCase('a longer body is refused if all of it has arrived', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await connection.send(Buffer.concat([endless(UPDATE), record(TYPE.STDIN, 1, 'more'), END]));
  assertError(await connection.answer(), 400, 'bad_body_length');
  const { workspace } = assertSuccess(await connection.ask({ target: `${BASE}/workspaces/pod-pool-1-1` }));
  assert.deepEqual(workspace.repositories, []);
});

testCase('without a length the end of the body is awaited', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await forEachRow(['-1', '', null, '00', 'many'], async (contentLength) => {
    await connection.send(endless({ ...UPDATE, contentLength }));
    await connection.send(record(TYPE.GET_VALUES, 0));
    await connection.management(); // and no answer before it
    await connection.send(END);
    const answer = await connection.answer();
    if (contentLength === '00' || contentLength === 'many') assertError(answer, 400, 'bad_body_length');
    else assertSuccess(answer);
  });
});

testCase('if there are two CONTENT_LENGTHs, the later one is the length', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const pairs = Object.entries(variables({ ...UPDATE, contentLength: 1 }));
  const params = nameValues([...pairs, ['CONTENT_LENGTH', String(BODY.length)]]);
  await connection.send(
    Buffer.concat([beginRequest(1), ...stream(TYPE.PARAMS, 1, params), record(TYPE.STDIN, 1, BODY)]),
  );
  assertSuccess(await connection.answer());
});

testCase('a waiting request can be aborted after the late end of its body', async (world) => {
  const worker = await Worker.start(world);
  const fault = { match: { operation: 'claim' }, answer: { hang: true } };
  const made = await worker.ask('POST', '/__admin/faults', { body: JSON.stringify(fault) });
  assert.equal(made.status, 201, made.text);
  const connection = await worker.connect();
  await connection.send(endless({ target: BASE + claimPath('default-pool', 'gone'), contentLength: 0 }));
  await until('the claim waits', async () => (await worker.ask('GET', '/__admin/health')).json.parked === 1);
  await connection.send(Buffer.concat([END, record(TYPE.ABORT_REQUEST, 1)]));
  assert.equal((await connection.answer()).stdout.length, 0);
  assertSuccess(await connection.ask(STATUS));
});

// A front end with a connection for each request gets the whole answer, and can still send the end of the body.
testCase('a connection that is not kept accepts the late end of a body before it closes', async (world) => {
  const worker = await Worker.start(world);
  const socket = net.connect({ path: worker.socketPath, allowHalfOpen: true });
  world.atEnd(() => socket.destroy());
  let received = '';
  socket.on('data', (bytes) => (received += bytes.toString('latin1')));
  const ended = new Promise((resolve) => socket.once('end', resolve));
  const closed = new Promise((resolve, reject) => socket.once('close', resolve).once('error', reject));
  closed.catch(() => {});
  socket.write(endless({ ...UPDATE, keep: false }));
  await within(PATIENCE_MS, 'the end of the answer', ended);
  assert.match(received, /"success":true/);
  for (let i = 0; i < 3; i++) await new Promise((resolve) => socket.write(END, resolve));
  socket.end();
  await within(PATIENCE_MS, 'the close', closed);
  await worker.assertServes();
});
