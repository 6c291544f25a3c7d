// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { forEachRow, testCase } from '../../lib/case.mjs';
import { encodeRequest, PROTOCOL_STATUS, ROLE } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const CLAIM = BASE + claimPath('default-pool', 'w');

testCase('a role other than Responder is refused, and the connection stays usable', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await forEachRow([0, ROLE.AUTHORIZER, ROLE.FILTER, 4, 65535], async (role) => {
    const refused = await connection.ask({ target: CLAIM, role, body: 'thrown away' });
    assert.equal(refused.protocolStatus, PROTOCOL_STATUS.UNKNOWN_ROLE);
    assert.equal(refused.stdout.length, 0);
    const { pool } = assertSuccess(await connection.ask({ target: `${BASE}/pools/default-pool/status` }));
    assert.equal(pool.used_workspaces, 0);
  });
});

testCase('a refused role on a connection that is not kept closes it', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await connection.offer(encodeRequest({ target: CLAIM, role: 9, keep: false }));
  assert.equal((await connection.answer()).protocolStatus, PROTOCOL_STATUS.UNKNOWN_ROLE);
  await connection.closed();
});
