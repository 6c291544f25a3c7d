// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase } from '../../lib/case.mjs';
import { encodeRequest } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

function claim(n) {
  return encodeRequest({ id: n, target: BASE + claimPath('default-pool', `w-${n}`) });
}

testCase('three requests in one write are answered in order', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await connection.send(Buffer.concat([claim(1), claim(2), claim(3)]));
  for (const n of [1, 2, 3]) {
    const answer = await connection.answer();
    assert.equal(answer.id, n);
    const { workspace } = assertSuccess(answer);
    assert.deepEqual([workspace.claimedBy, workspace.id], [`w-${n}`, `pod-pool-1-${n}`]);
  }
});

testCase('many requests at once are answered in order', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const count = 2_000;
  await connection.send(Buffer.concat(Array.from({ length: count }, (_, i) => claim(i + 1))));
  for (let n = 1; n <= count; n++) {
    const answer = await connection.answer();
    assert.equal(answer.id, n);
    assert.equal(assertSuccess(answer).workspace.claimedBy, `w-${n}`);
  }
});

testCase('requests behind a long list wait for its end', async (world) => {
  const worker = await Worker.start(world, { options: ['--default-pool-pods', '1000'] });
  const connection = await worker.connect();
  const list = encodeRequest({ id: 9, target: `${BASE}/pools/default-pool/workspaces` });
  await connection.send(Buffer.concat([claim(1), list, claim(2), list]));
  assert.equal(assertSuccess(await connection.answer()).workspace.claimedBy, 'w-1');
  const used = ({ workspaces }) => workspaces.filter((pod) => pod.usage_status === 'used').length;
  assert.equal(used(assertSuccess(await connection.answer())), 1);
  assert.equal(assertSuccess(await connection.answer()).workspace.claimedBy, 'w-2');
  assert.equal(used(assertSuccess(await connection.answer())), 2);
});

testCase('a request after one that does not keep the connection does not run', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const last = encodeRequest({ id: 1, target: `${BASE}/pools/default-pool/status`, keep: false });
  await connection.offer(Buffer.concat([last, claim(2)]));
  assertSuccess(await connection.answer());
  await connection.closed();
  const { pool } = assertSuccess(await worker.ask('GET', '/pools/default-pool/status'));
  assert.equal(pool.used_workspaces, 0);
});
