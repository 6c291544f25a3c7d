// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../../lib/api.mjs';
import { forEachRow, testCase } from '../../lib/case.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const MIB = 1024 * 1024;

// Returns a JSON object of exactly `bytes` bytes.
function bodyOf(bytes) {
  const [head, tail] = ['{"repositories":["o/r"],"ignored":"', '"}'];
  return head + 'x'.repeat(bytes - head.length - tail.length) + tail;
}

testCase('a body over 1 MiB is answered 413, and the connection stays usable', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const update = { method: 'POST', target: `${BASE}/workspaces/pod-pool-1-1/update` };
  assertSuccess(await connection.ask({ ...update, body: bodyOf(MIB) }));
  assertError(await connection.ask({ ...update, body: bodyOf(MIB + 1) }), 413, 'body_too_large');
  assertError(await connection.ask({ ...update, body: bodyOf(20 * MIB), contentLength: '-1' }), 413, 'body_too_large');
  assertSuccess(await connection.ask({ ...update, body: '{"repositories":[]}' }));
});

testCase('--body-max sets the limit', async (world) => {
  const worker = await Worker.start(world, { options: ['--body-max', '1000'] });
  const connection = await worker.connect();
  await forEachRow([undefined, '-1'], async (contentLength) => {
    const update = { method: 'POST', target: `${BASE}/workspaces/pod-pool-1-1/update`, contentLength };
    assertSuccess(await connection.ask({ ...update, body: bodyOf(1000) }));
    assertError(await connection.ask({ ...update, body: bodyOf(1001) }), 413, 'body_too_large');
  });
});

testCase('a body over the limit is not stored while it arrives', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const before = await worker.memoryPeakKiB();
  const body = bodyOf(60 * MIB);
  assertError(
    await connection.ask({ method: 'POST', target: `${BASE}/workspaces/pod-pool-1-1/update`, body }),
    413,
    'body_too_large',
  );
  const growth = (await worker.memoryPeakKiB()) - before;
  assert.ok(growth < 8 * 1024, `the worker grew by ${growth} KiB`);
});
