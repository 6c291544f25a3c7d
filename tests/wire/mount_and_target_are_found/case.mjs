// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../../lib/api.mjs';
import { forEachRow, testCase } from '../../lib/case.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const STATUS = '/pools/default-pool/status';

async function ask(worker, request) {
  return (await worker.connect()).ask(request);
}

testCase('the front end names the mount', async (world) => {
  const worker = await Worker.start(world);
  await forEachRow(['/x', '/some/where/else', '/api/mock'], async (mount) => {
    const params = { POOL_MANAGER_MOUNT: mount };
    assertSuccess(await ask(worker, { target: mount + STATUS, params }));
    for (const target of [STATUS, `${mount}y${STATUS}`, `/y${mount}${STATUS}`]) {
      const { error } = assertError(await ask(worker, { target, params }), 404, 'outside_mount');
      assert.ok(error.includes(mount), error);
    }
  });
});

testCase('without one it is the option, by default the source document\'s', async (world) => {
  const plain = await Worker.start(world);
  assertSuccess(await ask(plain, { target: BASE + STATUS }));
  const { error } = assertError(await ask(plain, { target: STATUS }), 404, 'outside_mount');
  assert.ok(error.includes(BASE), error);

  const moved = await Worker.start(world, { options: ['--mount', '/moved'], socketPath: world.path('moved.sock') });
  assertSuccess(await ask(moved, { target: `/moved${STATUS}` }));
  assertError(await ask(moved, { target: BASE + STATUS }), 404, 'outside_mount', /\/moved/);
  assertSuccess(await ask(moved, { target: `/front${STATUS}`, params: { POOL_MANAGER_MOUNT: '/front' } }));
});

testCase('the mount itself, with and without its slash, is no route', async (world) => {
  const worker = await Worker.start(world);
  await forEachRow([BASE, `${BASE}/`, `${BASE}?x=1`], async (target) => {
    assertError(await ask(worker, { target }), 404, 'not_found');
  });
});

testCase('an absolute target is taken apart', async (world) => {
  const worker = await Worker.start(world);
  await forEachRow(['http://localhost', 'https://h.example:8443', 'http://[::1]:80', 'HTTP://user@h'], async (origin) => {
    assertSuccess(await ask(worker, { target: origin + BASE + STATUS }));
  });
  await forEachRow(['http://localhost', 'http://localhost?x', 'http:///'], async (target) => {
    assertError(await ask(worker, { target }), 404, 'outside_mount');
  });
});

testCase('the mount is matched raw: an escape in it is another path', async (world) => {
  const worker = await Worker.start(world);
  const mounts = ['/api/mock/pool%2Dmanager', '/api/mock/../mock/pool-manager', '//api/mock/pool-manager'];
  await forEachRow(mounts, async (mount) => {
    assertError(await ask(worker, { target: mount + STATUS }), 404, 'outside_mount');
  });
});

testCase('PATH_INFO counts only where there is no REQUEST_URI', async (world) => {
  const worker = await Worker.start(world);
  // It comes without the mount (RFC 3875, section 4.1.5).
  assertSuccess(await ask(worker, { params: { PATH_INFO: STATUS } }));
  const both = { target: `${BASE}/nowhere`, params: { PATH_INFO: STATUS } };
  assertError(await ask(worker, both), 404, 'not_found');
  const query = { params: { PATH_INFO: '/pools/default-pool/workspace', QUERY_STRING: 'workspaceId=w%20x' } };
  assert.equal(assertSuccess(await ask(worker, query)).workspace.claimedBy, 'w x');
});

testCase('SCRIPT_NAME, DOCUMENT_URI and QUERY_STRING do not change what REQUEST_URI says', async (world) => {
  const worker = await Worker.start(world);
  const params = { SCRIPT_NAME: '/x', DOCUMENT_URI: '/y', PATH_INFO: '/z', QUERY_STRING: 'workspaceId=wrong' };
  const target = `${BASE}/pools/default-pool/workspace?workspaceId=right`;
  assert.equal(assertSuccess(await ask(worker, { target, params })).workspace.claimedBy, 'right');
});
