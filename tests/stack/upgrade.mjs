// SPDX-License-Identifier: MIT
//
// FastCGI can't carry a WebSocket, and the answer to a handshake says so. Other upgrades are offers that may be ignored.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const POD = '/_pod/mock-pod-1';

function upgrading(upgrade) {
  return { headers: { Connection: 'Upgrade', Upgrade: upgrade, 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'x' } };
}

async function start(world) {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'w');
  return stack;
}

stackCase('a WebSocket handshake is a 501 that says why, on every route, and claims nothing', async (world) => {
  const stack = await start(world);
  const paths = [`${POD}/3000/ws`, `${POD}/3000`, `${POD}/15552/jlist`, `${POD}/15551`, `${POD}/_echo`, POD, '/events', claimPath('p', 'w')];
  await forEachRow(paths, async (path) => {
    for (const upgrade of ['websocket', 'WebSocket', 'h2c, websocket']) {
      assertError(await stack.ask('GET', path, upgrading(upgrade)), 501, 'no_live_door', /WebSockets are not supported here/);
    }
  });
  assertError(await stack.ask('GET', '/_pod/nobody/3000', upgrading('websocket')), 404, 'pod_not_found');
  const { pools } = assertSuccess(await stack.ask('GET', '/pools'));
  assert.deepEqual(pools.map(({ name }) => name), ['default-pool']);
});

stackCase('any other upgrade, or another method, is an ordinary request', async (world) => {
  const stack = await start(world);
  await forEachRow(['h2c', 'TLS/1.0', 'foo, bar', 'websockets', ''], async (upgrade) => {
    assertSuccess(await stack.ask('GET', statusPath('default-pool'), upgrading(upgrade)));
    assert.equal((await stack.ask('GET', `${POD}/3000/_echo`, upgrading(upgrade))).status, 200);
  });
  assertSuccess(await stack.ask('POST', '/pools', { json: { name: 'x' }, ...upgrading('websocket') }), 201);
});
