// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess } from '../../lib/api.mjs';
import { testCase } from '../../lib/case.mjs';
import { encodeRequest } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const PROBE = encodeRequest({ target: `${BASE}/__admin/health` });

// An update whose answer identifies its request.
function update(repository) {
  return encodeRequest({
    method: 'POST',
    target: `${BASE}/workspaces/pod-pool-1-1/update`,
    body: JSON.stringify({ repositories: [repository] }),
    params: { HTTP_X_LONG: 'x'.repeat(130) }, // a value whose length takes four bytes
    padding: 3,
  });
}

// The worker reads in the order of arrival. So once a probe is answered, what was sent before it has been read in a separate read.
async function sendInParts(connection, probe, parts) {
  for (const part of parts) {
    await connection.send(part);
    await probe.send(PROBE);
    await probe.answer();
  }
}

testCase('a request cut in two at every byte is answered', async (world) => {
  const worker = await Worker.start(world);
  const [connection, probe] = [await worker.connect(), await worker.connect()];
  for (let at = 1; at < update('o/r-000').length; at++) {
    const repository = `o/r-${String(at).padStart(3, '0')}`;
    const bytes = update(repository);
    await sendInParts(connection, probe, [bytes.subarray(0, at)]);
    await connection.send(bytes.subarray(at));
    const { workspace } = assertSuccess(await connection.answer());
    assert.deepEqual(workspace.repositories, [repository], `cut at ${at}`);
  }
});

testCase('a request that comes byte by byte is answered', async (world) => {
  const worker = await Worker.start(world);
  const [connection, probe] = [await worker.connect(), await worker.connect()];
  const bytes = update('o/slow');
  await sendInParts(connection, probe, Array.from(bytes, (byte) => Buffer.from([byte])));
  const { workspace } = assertSuccess(await connection.answer());
  assert.deepEqual(workspace.repositories, ['o/slow']);
});
