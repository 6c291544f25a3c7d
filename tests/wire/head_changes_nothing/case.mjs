// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess } from '../../lib/api.mjs';
import { forEachRow, testCase } from '../../lib/case.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

testCase('HEAD is answered for every path that GET has, without a body and without a change', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const health = async () => {
    const { generation, pools, pods } = assertSuccess(await connection.ask({ target: `${BASE}/__admin/health` }));
    return { generation, pools, pods };
  };
  const before = await health();
  const paths = [
    '/pools/default-pool/workspace?workspaceId=head',
    '/pools/new-pool/workspace',
    '/pools/new-pool/status',
    '/pools/new-pool/workspaces',
    '/pools/default-pool/workspaces',
    '/workspaces/pod-pool-1-1',
    '/__admin/health',
  ];
  await forEachRow(paths, async (path) => {
    const head = await connection.ask({ method: 'HEAD', target: BASE + path });
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
    assert.match(head.headers['content-type'], /^application\/json/);
    assert.equal(head.headers['cache-control'], 'no-store');
    assert.deepEqual(await health(), before);
  });
  const { pool } = assertSuccess(await connection.ask({ target: `${BASE}/pools/default-pool/status` }));
  assert.equal(pool.used_workspaces, 0);
});

testCase('HEAD is refused as GET is, without a body', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const rows = [
    ['/nowhere', 404],
    ['/workspaces/none', 404],
    ['/pools/%zz/status', 400],
    ['/users', 405],
    ['/pools/%00/status', 400],
  ];
  await forEachRow(rows, async ([path, status]) => {
    const head = await connection.ask({ method: 'HEAD', target: BASE + path });
    assert.equal(head.status, status);
    assert.equal(head.body.length, 0);
  });
});

testCase('a full pool answers the HEAD of a claim without making a pod', async (world) => {
  const worker = await Worker.start(world, { options: ['--default-pool-pods', '1'] });
  const connection = await worker.connect();
  assertSuccess(await connection.ask({ target: `${BASE}/pools/default-pool/workspace` }));
  assert.equal((await connection.ask({ method: 'HEAD', target: `${BASE}/pools/default-pool/workspace` })).status, 200);
  const { pool } = assertSuccess(await connection.ask({ target: `${BASE}/pools/default-pool/status` }));
  assert.equal(pool.total_workspaces, 1);
});
