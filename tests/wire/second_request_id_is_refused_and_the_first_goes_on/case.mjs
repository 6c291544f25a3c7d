// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase } from '../../lib/case.mjs';
import { encodeRequest, PROTOCOL_STATUS, requestRecords } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

testCase('a second id on a busy connection is refused at any point, and the first request is answered', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const first = requestRecords({ id: 1, target: BASE + claimPath('default-pool', 'first'), chunk: 40 });
  const second = encodeRequest({ id: 2, target: BASE + claimPath('default-pool', 'second') });
  for (let at = 1; at < first.length; at++) {
    await connection.send(Buffer.concat([...first.slice(0, at), second]));
    const refused = await connection.answer();
    assert.deepEqual([refused.id, refused.protocolStatus], [2, PROTOCOL_STATUS.CANT_MPX_CONN]);
    assert.equal(refused.stdout.length, 0);
    await connection.send(Buffer.concat(first.slice(at)));
    const answer = await connection.answer();
    assert.equal(answer.id, 1);
    assert.equal(assertSuccess(answer).workspace.claimedBy, 'first');
  }
  const { workspaces } = assertSuccess(await connection.ask({ target: `${BASE}/pools/default-pool/status` }));
  assert.ok(!workspaces.some((row) => row.claimed_by === 'second'), 'the refused request claimed nothing');
});

testCase('beginning the same id twice on a busy connection does no harm', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const [begin, ...rest] = requestRecords({ target: BASE + claimPath('default-pool', 'twice') });
  await connection.offer(Buffer.concat([begin, begin, ...rest]));
  const answer = await connection.answerOrClose();
  if (answer?.stdout.length > 0) assertSuccess(answer);
  const { pool } = assertSuccess(await worker.ask('GET', '/pools/default-pool/status'));
  assert.ok(pool.used_workspaces <= 1);
});
