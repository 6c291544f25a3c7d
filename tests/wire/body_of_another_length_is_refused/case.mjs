// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../../lib/api.mjs';
import { forEachRow, testCase } from '../../lib/case.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const BODY = JSON.stringify({ repositories: ['owner/changed'] });
const UPDATE = { method: 'POST', target: `${BASE}/workspaces/pod-pool-1-1/update`, body: BODY };

testCase('a body of another length than CONTENT_LENGTH changes nothing, and the connection stays usable', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const lengths = [
    BODY.length + 1,
    BODY.length - 1,
    0,
    1,
    1_000_000,
    '99999999999999999999999',
    '18446744073709551616',
    'many',
    `${BODY.length}x`,
    `+${BODY.length}`,
    `-${BODY.length}`,
    `0x${BODY.length.toString(16)}`,
    '-2',
  ];
  await forEachRow(lengths, async (contentLength) => {
    assertError(await connection.ask({ ...UPDATE, contentLength }), 400, 'bad_body_length');
    const { workspace } = assertSuccess(await connection.ask({ target: `${BASE}/workspaces/pod-pool-1-1` }));
    assert.deepEqual(workspace.repositories, []);
  });
});

testCase('a missing body is not an empty one if a length is given', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const target = `${BASE}/workspaces/pod-pool-1-1/mark-used`;
  assertError(await connection.ask({ method: 'POST', target, contentLength: 2 }), 400, 'bad_body_length');
  assertSuccess(await connection.ask({ method: 'POST', target, contentLength: 0 }));
});

testCase('a GET whose body has another length is refused too, and claims nothing', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const target = `${BASE}/pools/default-pool/workspace`;
  assertError(await connection.ask({ target, body: 'abc', contentLength: 0 }), 400, 'bad_body_length');
  assertError(await connection.ask({ target, body: '', contentLength: 3 }), 400, 'bad_body_length');
  const { pool } = assertSuccess(await connection.ask({ target: `${BASE}/pools/default-pool/status` }));
  assert.equal(pool.used_workspaces, 0);
});

testCase('with a length of -1, an empty or a missing one, a body of any length is accepted', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await forEachRow(['-1', '', null], async (contentLength) => {
    const { workspace } = assertSuccess(await connection.ask({ ...UPDATE, contentLength }));
    assert.deepEqual(workspace.repositories, ['owner/changed']);
    const release = { method: 'POST', target: `${BASE}/workspaces/pod-pool-1-1/release`, contentLength };
    assertSuccess(await connection.ask(release));
  });
});
