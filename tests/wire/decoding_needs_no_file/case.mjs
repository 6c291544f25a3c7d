// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess } from '../../lib/api.mjs';
import { testCase } from '../../lib/case.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

testCase('long requests are decoded though no file of the worker may grow past 8 blocks of 512 bytes', async (world) => {
  const worker = await Worker.start(world, { limits: "-f 8 && trap '' XFSZ" });
  const connection = await worker.connect();
  const target = `${BASE}/workspaces/pod-pool-1-1`;
  for (let i = 0; i < 3; i++) {
    const repositories = ['owner/one', 'x'.repeat(20_000 + i)];
    assertSuccess(await connection.ask({ method: 'POST', target: `${target}/update`, body: JSON.stringify({ repositories }) }));
    assert.deepEqual(assertSuccess(await connection.ask({ target })).workspace.repositories, repositories);
  }
});
