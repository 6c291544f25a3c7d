// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { forEachRow, testCase } from '../../lib/case.mjs';
import { encodeRequest, nameValues, record, requestRecords, TYPE, variables } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const SMUGGLED = encodeRequest({ target: BASE + claimPath('default-pool', 'smuggled') });

async function assertNothingSmuggled(connection) {
  const { pool } = assertSuccess(await connection.ask({ target: `${BASE}/pools/default-pool/status` }));
  assert.equal(pool.used_workspaces, 0);
}

testCase('a FastCGI request inside a body never runs, even if the body is not read', async (world) => {
  const worker = await Worker.start(world, { options: ['--body-max', '4000'] });
  const connection = await worker.connect();
  const large = Buffer.concat(Array(50).fill(SMUGGLED));
  const rows = [
    { method: 'GET', target: '/pools/default-pool/status' },
    { method: 'HEAD', target: '/pools/default-pool/workspace' },
    { method: 'GET', target: '/nowhere' },
    { method: 'DELETE', target: '/pools/default-pool/status' },
    { method: 'OPTIONS', target: '/pools/default-pool/status' },
    { method: 'POST', target: '/pools' },
    { method: 'POST', target: '/workspaces/pod-pool-1-1/release' },
    { method: 'POST', target: '/workspaces/none/update' },
    { method: 'GET', target: '/pools/%zz/status' },
  ];
  await forEachRow(rows, async ({ method, target }) => {
    for (const body of [SMUGGLED, large]) {
      for (const contentLength of [undefined, '-1', 0, 5]) {
        await connection.ask({ method, target: BASE + target, body, contentLength });
        await assertNothingSmuggled(connection);
      }
    }
  });
});

testCase('a request at the start of a record of a body never runs', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  for (let before = 0; before < 40; before++) {
    const body = Buffer.concat([Buffer.alloc(before, 'x'), SMUGGLED]);
    const answer = await connection.ask({ method: 'POST', target: `${BASE}/pools`, body, chunk: Math.max(1, before) });
    assert.equal(answer.status, 400, answer.text);
    await assertNothingSmuggled(connection);
  }
});

testCase('a request inside padding never runs', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const params = record(TYPE.PARAMS, 1, nameValues(variables({ target: `${BASE}/pools/default-pool/status` })));
  const padding = Buffer.alloc(255);
  assert.ok(SMUGGLED.copy(padding) === SMUGGLED.length, 'the request does not fit');
  const padded = Buffer.concat([params, padding]);
  padded.writeUInt8(padding.length, 6);
  const [begin, , ...rest] = requestRecords({ target: '/' });
  await connection.send(Buffer.concat([begin, padded, ...rest]));
  assertSuccess(await connection.answer());
  await assertNothingSmuggled(connection);
});
