// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../../lib/api.mjs';
import { testCase } from '../../lib/case.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

// The system lets no file of the worker's grow past 8 blocks of 512 bytes, the one in which libfcgi decodes included.
testCase('a request for whose bytes there is no room is a 503, and the connection goes on', async (world) => {
  const worker = await Worker.start(world, { limits: "-f 8 && trap '' XFSZ" });
  const connection = await worker.connect();
  const update = { method: 'POST', target: `${BASE}/workspaces/pod-pool-1-1/update` };
  for (let i = 0; i < 3; i++) {
    const body = JSON.stringify({ repositories: ['owner/one', 'x'.repeat(5_000)] });
    const refused = await connection.ask({ ...update, body });
    assertError(refused, 503, 'no_memory');
    const { workspace } = assertSuccess(await connection.ask({ target: `${BASE}/workspaces/pod-pool-1-1` }));
    assert.deepEqual(workspace.repositories, i === 0 ? [] : ['owner/two']);
    assertSuccess(await connection.ask({ ...update, body: JSON.stringify({ repositories: ['owner/two'] }) }));
  }
});
