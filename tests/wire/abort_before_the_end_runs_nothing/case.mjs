// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase } from '../../lib/case.mjs';
import { record, requestRecords, TYPE } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

testCase('a request that is aborted before its end does not run, and the connection stays usable', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const records = requestRecords({ target: BASE + claimPath('default-pool', 'gone'), body: 'x'.repeat(50), chunk: 30 });
  for (let at = 1; at < records.length; at++) {
    await connection.send(Buffer.concat([...records.slice(0, at), record(TYPE.ABORT_REQUEST, 1)]));
    const aborted = await connection.answer();
    assert.equal(aborted.id, 1);
    assert.equal(aborted.stdout.length, 0, `aborted after record ${at}`);
    const { pool } = assertSuccess(await connection.ask({ target: `${BASE}/pools/default-pool/status` }));
    assert.equal(pool.used_workspaces, 0, `aborted after record ${at}`);
  }
});

testCase('an abort of an unknown request is ignored', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await connection.send(record(TYPE.ABORT_REQUEST, 1));
  const claim = requestRecords({ target: BASE + claimPath('default-pool', 'w') });
  await connection.send(Buffer.concat([claim[0], record(TYPE.ABORT_REQUEST, 2), ...claim.slice(1)]));
  const answer = await connection.answer();
  assert.equal(answer.id, 1);
  assert.equal(assertSuccess(answer).workspace.claimedBy, 'w');
});

testCase('an abort of a request on a connection that is not kept closes it', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const [begin, params] = requestRecords({ target: BASE + claimPath('default-pool', 'w'), keep: false });
  await connection.offer(Buffer.concat([begin, params, record(TYPE.ABORT_REQUEST, 1)]));
  await connection.closed();
});
