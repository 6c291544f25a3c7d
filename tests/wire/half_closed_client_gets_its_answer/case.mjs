// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { forEachRow, testCase } from '../../lib/case.mjs';
import { encodeRequest } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

testCase('a client that has shut down its writing side gets its answer, then the close', async (world) => {
  const worker = await Worker.start(world, { options: ['--default-pool-pods', '1000'] });
  await forEachRow([true, false], async (keep) => {
    const connection = await worker.connect();
    const requests = ['one', 'two'].map((w) => encodeRequest({ target: BASE + claimPath('default-pool', w) }));
    const list = encodeRequest({ target: `${BASE}/pools/default-pool/workspaces`, keep });
    await connection.send(Buffer.concat([...requests, list]));
    await connection.end();
    assert.equal(assertSuccess(await connection.answer()).workspace.claimedBy, 'one');
    assert.equal(assertSuccess(await connection.answer()).workspace.claimedBy, 'two');
    assert.equal(assertSuccess(await connection.answer()).workspaces.length, 1000);
    await connection.closed();
  });
});

testCase('many such clients at once get all their answers', async (world) => {
  const worker = await Worker.start(world);
  const clients = await Promise.all(Array.from({ length: 50 }, () => worker.connect()));
  worker.signal('SIGSTOP');
  const claim = (id) => encodeRequest({ id, target: BASE + claimPath('default-pool', `w-${id}`) });
  const three = Buffer.concat([1, 2, 3].map(claim));
  await Promise.all(clients.map((connection) => connection.send(three).then(() => connection.end())));
  worker.signal('SIGCONT');
  for (const connection of clients) {
    for (const id of [1, 2, 3]) assert.equal(assertSuccess(await connection.answer()).workspace.claimedBy, `w-${id}`);
    await connection.closed();
  }
});

testCase('a request that a shutdown cuts off does not run, and the connection is closed', async (world) => {
  const worker = await Worker.start(world);
  const bytes = encodeRequest({ target: BASE + claimPath('default-pool', 'half') });
  for (let at = 0; at < bytes.length; at += 7) {
    const connection = await worker.connect();
    await connection.send(bytes.subarray(0, at));
    await connection.end();
    await connection.closed();
  }
  const { pool } = assertSuccess(await worker.ask('GET', '/pools/default-pool/status'));
  assert.equal(pool.used_workspaces, 0);
});
