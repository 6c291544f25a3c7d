// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess } from '../../lib/api.mjs';
import { testCase } from '../../lib/case.mjs';
import { encodeRequest, record, TYPE } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const PODS = 5_000; // their list is far larger than what the sockets hold

testCase('an aborted list stops, and the connection stays usable', async (world) => {
  const worker = await Worker.start(world, { options: ['--log-level', 'error'] });
  await worker.fill('default-pool', PODS);
  const connection = await worker.connect({ paused: true });
  await connection.send(encodeRequest({ target: `${BASE}/pools/default-pool/workspaces` }));
  await worker.assertServes(); // by now the list has begun
  await connection.send(record(TYPE.ABORT_REQUEST, 1));
  await worker.assertServes(); // by now the abort has been read
  connection.resume();
  const cut = await connection.answer();
  assert.ok(cut.stdout.length > 0 && cut.stdout.length < PODS * 500, `${cut.stdout.length} bytes came despite the abort`);
  const { pool } = assertSuccess(await connection.ask({ target: `${BASE}/pools/default-pool/status?simple=true` }));
  assert.equal(pool.total_workspaces, PODS);
});
