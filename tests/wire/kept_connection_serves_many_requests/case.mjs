// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase, times } from '../../lib/case.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

testCase('a kept connection serves thousands of requests without growth', async (world) => {
  // the rings of the journal and the events are full before anything is measured
  const worker = await Worker.start(world, { options: ['--log-level', 'error', '--journal', '100', '--events', '100'] });
  const connection = await worker.connect();
  const cycle = async () => {
    const { workspace } = assertSuccess(await connection.ask({ target: BASE + claimPath('default-pool', 'w') }));
    assert.equal(workspace.id, 'pod-pool-1-1');
    const release = { method: 'POST', target: `${BASE}/workspaces/${workspace.id}/release`, body: '{}' };
    assertSuccess(await connection.ask(release));
  };
  for (let i = 0; i < 200; i++) await cycle();
  const before = await worker.memoryPeakKiB();
  for (let i = 0; i < times(2_000, 500_000); i++) await cycle();
  const growth = (await worker.memoryPeakKiB()) - before;
  assert.ok(growth < 1024, `the worker grew by ${growth} KiB`);
});

testCase('a connection that is not kept is closed after the answer', async (world) => {
  const worker = await Worker.start(world);
  for (let i = 0; i < 20; i++) {
    const connection = await worker.connect();
    assertSuccess(await connection.ask({ target: `${BASE}/pools/default-pool/status`, keep: false }));
    await connection.closed();
  }
});

testCase('a client that closes its kept connection leaves no descriptor behind', async (world) => {
  const worker = await Worker.start(world);
  const before = await worker.descriptorsCount();
  for (let i = 0; i < 50; i++) {
    const connection = await worker.connect();
    assertSuccess(await connection.ask({ target: `${BASE}/pools/default-pool/status` }));
    connection.destroy();
  }
  await worker.untilDescriptors('are back to what they were', (count) => count <= before);
});
