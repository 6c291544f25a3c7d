// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../../lib/api.mjs';
import { forEachRow, testCase, until } from '../../lib/case.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const STATUS = '/pools/default-pool/status';

async function ask(worker, request) {
  return (await worker.connect()).ask(request);
}

testCase('the mount of the front end is used', async (world) => {
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

testCase('without one the mount is that of the option, by default /api/mock/pool-manager', async (world) => {
  const plain = await Worker.start(world);
  assertSuccess(await ask(plain, { target: BASE + STATUS }));
  const { error } = assertError(await ask(plain, { target: STATUS }), 404, 'outside_mount');
  assert.ok(error.includes(BASE), error);

  const moved = await Worker.start(world, { options: ['--mount', '/moved'], socketPath: world.path('moved.sock') });
  assertSuccess(await ask(moved, { target: `/moved${STATUS}` }));
  assertError(await ask(moved, { target: BASE + STATUS }), 404, 'outside_mount', /\/moved/);
  assertSuccess(await ask(moved, { target: `/front${STATUS}`, params: { POOL_MANAGER_MOUNT: '/front' } }));
});

testCase('the mount itself, with and without a slash, is the index', async (world) => {
  const worker = await Worker.start(world);
  await forEachRow([BASE, `${BASE}/`, `${BASE}?x=1`], async (target) => {
    assert.equal(assertSuccess(await ask(worker, { target })).links.pools, `${BASE}/pools`);
  });
});

testCase('an absolute target is split into its parts', async (world) => {
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

testCase('PATH_INFO is used only without a REQUEST_URI', async (world) => {
  const worker = await Worker.start(world);
  // It does not include the mount (RFC 3875, section 4.1.5).
  assertSuccess(await ask(worker, { params: { PATH_INFO: STATUS } }));
  const both = { target: `${BASE}/nowhere`, params: { PATH_INFO: STATUS } };
  assertError(await ask(worker, both), 404, 'not_found');
  const query = { params: { PATH_INFO: '/pools/default-pool/workspace', QUERY_STRING: 'workspaceId=w%20x' } };
  assert.equal(assertSuccess(await ask(worker, query)).workspace.claimedBy, 'w x');
});

testCase('without REQUEST_URI, SCRIPT_NAME is the mount and PATH_INFO the rest', async (world) => {
  const worker = await Worker.start(world, { options: ['--pod-url', 'path'] });
  const host = { HTTP_HOST: 'h.test', QUERY_STRING: 'workspaceId=w' };
  const claim = '/pools/default-pool/workspace';
  const rows = [
    [{ SCRIPT_NAME: '/mocks', PATH_INFO: claim }, '/mocks'],
    [{ SCRIPT_NAME: '/mocks/', PATH_INFO: claim }, '/mocks'],
    [{ SCRIPT_NAME: '/mocks', PATH_INFO: `/mocks${claim}` }, '/mocks'],
    [{ SCRIPT_NAME: '', PATH_INFO: BASE + claim }, BASE],
    [{ PATH_INFO: BASE + claim }, BASE],
    [{ SCRIPT_NAME: '/wrong', PATH_INFO: claim, POOL_MANAGER_MOUNT: '/right' }, '/right'],
    [{ SCRIPT_NAME: '/wrong', PATH_INFO: `/right${claim}`, POOL_MANAGER_MOUNT: '/right' }, '/right'],
    [{ SCRIPT_NAME: '', PATH_INFO: claim, POOL_MANAGER_MOUNT: '' }, ''],
  ];
  await forEachRow(rows, async ([params, mount]) => {
    const { workspace } = assertSuccess(await ask(worker, { params: { ...host, ...params } }));
    assert.ok(workspace.url.startsWith(`http://h.test${mount}/_pod/`), workspace.url);
  });
});

testCase('a PATH_INFO is not decoded a second time', async (world) => {
  const worker = await Worker.start(world);
  const claim = (prefix) => ask(worker, { params: { PATH_INFO: `${prefix}/pools/50%25/workspace` } });
  assert.equal(assertSuccess(await claim('')).workspace.poolName, '50%25');
  assert.equal(assertSuccess(await claim('/~t')).workspace.subdomain, 'mock-pod-6--t');
  assertError(await claim('/~%74'), 400, 'bad_name');
  const pod = (path) => ask(worker, { params: { PATH_INFO: `/_pod/mock-pod-6/3000${path}` } });
  assertSuccess(await pod('/_echo'));
  assert.equal((await pod('/')).status, 200);
});

testCase('without REQUEST_URI and PATH_INFO, the error names what is missing', async (world) => {
  const worker = await Worker.start(world);
  const rows = [
    [{}, ''],
    [{ REQUEST_URI: '', PATH_INFO: '' }, ''],
    [{ SCRIPT_NAME: `${BASE}/by-script` }, 'by-script'],
    [{ SCRIPT_NAME: '/x', DOCUMENT_URI: `${BASE}/by-document` }, 'by-document'],
    [{ POOL_MANAGER_POD: 'mock-pod-1' }, ''],
  ];
  await forEachRow(rows, async ([params, path]) => {
    assertError(await ask(worker, { params }), 400, 'no_request_uri', /REQUEST_URI/);
    await until('its line is in the log', () => worker.lines.some((line) => line.includes('no_request_uri') && line.includes(path)));
  });
});

testCase('SCRIPT_NAME, DOCUMENT_URI and QUERY_STRING do not override REQUEST_URI', async (world) => {
  const worker = await Worker.start(world);
  const params = { SCRIPT_NAME: '/x', DOCUMENT_URI: '/y', PATH_INFO: '/z', QUERY_STRING: 'workspaceId=wrong' };
  const target = `${BASE}/pools/default-pool/workspace?workspaceId=right`;
  assert.equal(assertSuccess(await ask(worker, { target, params })).workspace.claimedBy, 'right');
});
