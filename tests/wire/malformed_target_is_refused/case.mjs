// SPDX-License-Identifier: MIT
//
// Targets that nginx would refuse, but other front ends pass on.

import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../../lib/api.mjs';
import { forEachRow, testCase } from '../../lib/case.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

async function assertNothingMade(connection) {
  const { pools, pods } = assertSuccess(await connection.ask({ target: `${BASE}/__admin/health` }));
  assert.deepEqual({ pools, pods }, { pools: 1, pods: 5 });
}

testCase('a malformed escape in the path is 400', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const targets = [
    '/pools/%/status', '/pools/%4/status', '/pools/%zz/status', '/pools/%4g/status', '/pools/a%', '/%/%',
    '/workspaces/%%34',
  ];
  await forEachRow(targets, async (target) => {
    assertError(await connection.ask({ target: BASE + target }), 400, 'bad_encoding');
  });
  await assertNothingMade(connection);
});

testCase('a NUL in a name, escaped or raw, is 400', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await forEachRow(['/pools/a%00b/status', '/pools/%00/workspace', '/workspaces/mock-pod-1%00'], async (target) => {
    assertError(await connection.ask({ target: BASE + target }), 400, 'bad_name');
  });
  const raw = await connection.ask({ target: `${BASE}/pools/a\0b/status` });
  assert.ok(raw.status >= 400 && raw.status < 500, raw.text);
  await assertNothingMade(connection);
});

testCase('raw bytes that a target may not contain are bytes of a name', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const named = assertSuccess(await connection.ask({ target: `${BASE}/pools/ü "x"/status` }));
  assert.equal(named.pool_name, 'ü "x"');
  await forEachRow(['/pools/a\nb/status', '/pools/a\x7fb/status', '/pools/\u0085/status'], async (target) => {
    assertError(await connection.ask({ target: BASE + target }), 400, 'bad_name');
  });
});

testCase('a target that is not a path is 404', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await forEachRow(['*', 'pools', '?', '#', 'api/mock/pool-manager/pools', '://', 'http://', ' '], async (target) => {
    assertError(await connection.ask({ target }), 404, 'outside_mount');
  });
});

testCase('a path over its limit is 414, whatever else is wrong with it', async (world) => {
  const worker = await Worker.start(world, { options: ['--path-max', '100'] });
  const connection = await worker.connect();
  const path = (bytes) => `${BASE}/pool/`.padEnd(bytes, 'a');
  assertError(await connection.ask({ target: path(100) }), 404, 'not_found');
  const long = path(101);
  const targets = [long, `${long}?x`, `/${'b'.repeat(100)}`, `http://host${long}`, `${path(90)}${'%'.repeat(20)}`];
  await forEachRow(targets, async (target) => {
    assertError(await connection.ask({ target }), 414, 'path_too_long', /100/);
  });
  const query = `?workspaceId=w&${'q'.repeat(5_000)}`;
  assertSuccess(await connection.ask({ target: `${BASE}/pools/a/workspace${query}` }));
});
