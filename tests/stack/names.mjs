// SPDX-License-Identifier: MIT
//
// Names of pools are free text: a name comes back byte for byte through nginx and the worker.

import assert from 'node:assert/strict';

import { assertError, assertPoolStatus, assertSuccess, assertUsedPod } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const NAMES = [
  ['plain', 'plain'],
  ['with%20space', 'with space'],
  ['%20', ' '],
  ['a+b', 'a+b'],
  ['a%2Bb', 'a+b'],
  ['a%2Fb', 'a/b'],
  ['%2F', '/'],
  ['a%2Fworkspaces', 'a/workspaces'],
  ['%2F%2F', '//'],
  ['%2Fetc%2Fpasswd', '/etc/passwd'],
  ['a%2F', 'a/'],
  ['...', '...'],
  ['..a', '..a'],
  ['a..', 'a..'],
  ['.%2Fa', './a'],
  ['a%2F.', 'a/.'],
  ['a%2F..%2Fb', 'a/../b'],
  ['a%2Fb%2F..', 'a/b/..'],
  ['a%2F%2F.%2F..%2Fb', 'a//./../b'],
  ['..%5C..%5Cx', '..\\..\\x'],
  ['%252E%252E', '%2E%2E'],
  ['..%252F..', '..%2F..'],
  ['..%3F', '..?'],
  ['..%23', '..#'],
  ['%EF%BC%8E%EF%BC%8E', '\uff0e\uff0e'],
  ['a%2541', 'a%41'],
  ['a%25zz', 'a%zz'],
  ['a%3Fb%23c', 'a?b#c'],
  ['a;b=c&d', 'a;b=c&d'],
  ['%C3%BC', 'ü'],
  ['%F0%9F%8E%AD', '🎭'],
  ['%EF%BB%BFbom', '\ufeffbom'],
  ['%E2%80%A8', '\u2028'],
  ['e%CC%81', 'e\u0301'],
  ['%22quoted%22', '"quoted"'],
  ['back%5Cslash', 'back\\slash'],
  ["it's", "it's"],
  ["'%20OR%201=1%20--", "' OR 1=1 --"],
  ["x');DROP%20TABLE%20pools;--", "x');DROP TABLE pools;--"],
  ['%25s%25n%25p', '%s%n%p'],
  ['%3Cscript%3Ealert(1)%3C/script%3E'.replaceAll('/', '%2F'), '<script>alert(1)</script>'],
  ['%7B%22a%22:1%7D', '{"a":1}'],
  ['null', 'null'],
  ['__admin', '__admin'],
  ['workspaces', 'workspaces'],
  ['pool-1', 'pool-1'],
  ['DEFAULT-POOL', 'DEFAULT-POOL'],
  ['a.php', 'a.php'],
  [`${'%C3%BC'.repeat(63)}xy`, `${'ü'.repeat(63)}xy`],
];

stackCase('a name comes back as it was sent, from every route', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(NAMES, async ([encoded, name]) => {
    const { workspace } = assertSuccess(await stack.ask('GET', `/pools/${encoded}/workspace?workspaceId=w`));
    assert.equal(assertUsedPod(workspace, 'w').poolName, name);
    const status = assertSuccess(await stack.ask('GET', `/pools/${encoded}/status`));
    assert.equal(status.pool_name, name);
    const list = assertSuccess(await stack.ask('GET', `/pools/${encoded}/workspaces`));
    assert.equal(list.pool_name, name);
    assert.ok(list.workspaces.some((pod) => pod.id === workspace.id));
    const again = assertSuccess(await stack.ask('POST', '/pools', { json: { name } }), 200);
    assert.equal(again.pool.name, name, 'the same pool by the name in a body');
  });
});

// As dot segments these leave nothing or lead above their segment, so nginx would choose another location.
const UNCARRIED = [
  ['.', 'nothing'], ['..', 'above'], ['./', 'nothing'], ['./.', 'nothing'], ['/.', 'nothing'], ['a/..', 'nothing'],
  ['a//..', 'nothing'], ['a/./..', 'nothing'], ['a/../', 'nothing'], ['a/../b/..', 'nothing'], ['../x', 'above'],
  ['/..', 'above'], ['//../a', 'above'], ['../etc/passwd', 'above'], ['../../x', 'above'], ['a/../..', 'above'],
  ['a/../../a', 'above'], ['a//../../b', 'above'], ['../../../../../../../x', 'above'],
].map(([name, trouble]) => [name, trouble === 'above' ? /leads to another path/ : /is empty in a path/]);

// Encodes a name, also its dots: a client would resolve them otherwise.
const escape = (name) => encodeURIComponent(name).replaceAll('.', '%2E');

stackCase('a pool is found, and its pods released and deleted, by its name', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(NAMES.map(([, name]) => [name]), async ([name]) => {
    const pool = `/pools/${encodeURIComponent(name)}`;
    const before = (await stack.ask('POST', '/pools', { json: { name } })).status;
    assert.ok([200, 201].includes(before), 'made, or made by its other spelling');
    assert.equal(assertSuccess(await stack.ask('GET', pool)).config.pool_name, name);
    const { workspace } = assertSuccess(await stack.ask('GET', `${pool}/workspace?workspaceId=w`));
    assertSuccess(await stack.ask('POST', `${pool}/workspaces/${workspace.id}/release`));
    assertSuccess(await stack.ask('PATCH', `/__admin${pool}`, { json: { maxPods: 9 } }));
    assertSuccess(await stack.ask('POST', `/__admin${pool}/reset`));
    assertSuccess(await stack.ask('DELETE', pool));
    assertSuccess(await stack.ask('POST', '/users', { json: { username: name, password: 'p', email: 'e@x' } }), 201);
    assertSuccess(await stack.ask('DELETE', `/users/${encodeURIComponent(name)}`));
  });
  const control = '/_pod/mock-pod-1/15552';
  const headers = { authorization: 'Bearer mock-password' };
  assertSuccess(await stack.ask('GET', '/pools/default-pool/workspace?workspaceId=w'));
  await forEachRow(NAMES.map(([, name]) => [name]), async ([name]) => {
    const opened = await stack.ask('POST', `${control}/session`, { json: { sessionId: name }, headers });
    assertSuccess(opened);
    const page = await stack.ask('GET', `/_pod/mock-pod-1/15551/api/sessions/${encodeURIComponent(name)}`);
    assert.equal(page.status, 200, page.text);
  });
});

stackCase('a name that no path can contain is refused everywhere', async (world) => {
  const stack = await Stack.start(world);
  const before = assertSuccess(await stack.ask('GET', '/pools')).pools;
  const document = (part) => ({ json: { schemaVersion: 1, pools: [{ number: 1, name: 'p' }], ...part } });
  assertSuccess(await stack.ask('GET', '/pools/default-pool/workspace?workspaceId=w'));
  const pod = (sessions) => [{ number: 1, pool: 'p', usage: 'used', gooseSince: '2026-01-01T00:00:00.000Z', sessions }];
  await forEachRow(UNCARRIED, async ([name, trouble]) => {
    const refused = async (field, method, path, options, code = 'bad_field') => {
      const { error } = assertError(await stack.ask(method, path, options), 400, code, trouble);
      assert.ok(error.startsWith(`${field}: `) || error.startsWith(`${field} in the path `), error);
    };
    await refused('name', 'POST', '/pools', { json: { name } });
    await refused('pool_name', 'POST', '/pools', { json: { pool_name: name, minimum_vms: 2 } });
    await refused('username', 'POST', '/users', { json: { username: name, password: 'p', email: 'e@x' } });
    await refused('username', 'POST', '/auth/login', { json: { username: name, password: 'p' } });
    await refused('sessionId', 'POST', '/_pod/mock-pod-1/15552/session', {
      json: { sessionId: name }, headers: { authorization: 'Bearer mock-password' },
    });
    await refused('/pools/0/name', 'PUT', '/__admin/state', { json: { schemaVersion: 1, pools: [{ number: 1, name }] } });
    await refused('/users/0/name', 'PUT', '/__admin/state', document({ users: [{ name }] }));
    await refused('/settings/0/pool', 'PUT', '/__admin/state', document({ settings: [{ pool: name, settings: {} }] }));
    await refused('/pods/0/sessions/0/id', 'PUT', '/__admin/state', document({ pods: pod([{ number: 1, id: name }]) }));
    // For such a path nginx may choose another location, or none, before the worker sees the name.
    for (const path of [`/pools/${escape(name)}/status`, `/pools/${escape(name)}/workspace`, `/__admin/pools/${escape(name)}`,
      `/users/${escape(name)}`, `/__admin/snapshots/${escape(name)}`]) {
      const method = path.startsWith('/users') ? 'DELETE' : path.includes('snapshots') ? 'PUT' : 'GET';
      const { status, json } = await stack.ask(method, path);
      assert.ok(status === 400 || status === 404, `${path}: ${status}`);
      if (json.code === 'bad_name') assert.match(json.error, trouble);
    }
  });
  assert.deepEqual(assertSuccess(await stack.ask('GET', '/pools')).pools.map(({ name }) => name), before.map(({ name }) => name));
});

stackCase('names that differ in a byte are different pools', async (world) => {
  const stack = await Stack.start(world);
  const names = [...new Set(NAMES.map(([, name]) => name))];
  const ids = new Set();
  for (const [encoded] of NAMES) ids.add(assertSuccess(await stack.ask('GET', `/pools/${encoded}/status`)).pool.id);
  assert.equal(ids.size, names.length);
});

stackCase('a workspaceId is plain text, whatever it looks like', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(NAMES.map(([, name]) => name), async (name) => {
    const { workspace } = assertSuccess(
      await stack.ask('GET', `/pools/default-pool/workspace?workspaceId=${encodeURIComponent(name)}`),
    );
    assertUsedPod(workspace, name);
  });
  const status = assertSuccess(await stack.ask('GET', '/pools/default-pool/status'));
  assertPoolStatus(status, 'default-pool', { total: NAMES.length, used: NAMES.length, minimum: 5 });
});
