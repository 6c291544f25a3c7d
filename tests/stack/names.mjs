// SPDX-License-Identifier: MIT
//
// Names of pools are free text: what a client sends comes back byte for byte, through nginx and the worker.

import assert from 'node:assert/strict';

import { assertPoolStatus, assertSuccess, assertUsedPod } from '../lib/api.mjs';
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
  ['..', '..'],
  ['.', '.'],
  ['%2E%2E', '..'],
  ['%2e%2e%2fetc%2fpasswd', '../etc/passwd'],
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

stackCase('names that differ in a byte are different pools', async (world) => {
  const stack = await Stack.start(world);
  const names = [...new Set(NAMES.map(([, name]) => name))];
  const ids = new Set();
  for (const [encoded] of NAMES) ids.add(assertSuccess(await stack.ask('GET', `/pools/${encoded}/status`)).pool.id);
  assert.equal(ids.size, names.length);
});

stackCase('workspaceIds that look like something else are only text', async (world) => {
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
