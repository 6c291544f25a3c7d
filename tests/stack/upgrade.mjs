// SPDX-License-Identifier: MIT
//
// Handshakes of WebSockets where there is none, and other upgrades, which are offers that may be ignored. tests/stack/web_sockets.mjs has
// the WebSockets that there are.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';
import { HAS_WEBSOCKETS, handshake } from '../lib/web_socket.mjs';

const POD = '/_pod/mock-pod-1';

function upgrading(upgrade) {
  return { headers: { Connection: 'Upgrade', Upgrade: upgrade, 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'x' } };
}

async function start(world) {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'w');
  return stack;
}

stackCase('a WebSocket handshake at a route without one is a 501 that says why, and claims nothing', async (world) => {
  const stack = await start(world);
  const paths = [`${POD}/3000/ws`, `${POD}/3000`, `${POD}/15552/jlist`, `${POD}/15551`, POD, '/__admin/events/wait', claimPath('p', 'w')];
  await forEachRow(paths, async (path) => {
    for (const upgrade of ['websocket', 'WebSocket', 'h2c, websocket']) {
      assertError(await stack.ask('GET', path, upgrading(upgrade)), 501, 'no_live_door', /^there is no WebSocket at this path$/);
    }
  });
  assertError(await stack.ask('GET', '/_pod/nobody/3000', upgrading('websocket')), 404, 'pod_not_found');
  assertError(await stack.ask('GET', '/nowhere', upgrading('websocket')), 404, 'not_found');
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

if (!HAS_WEBSOCKETS) {
  stackCase('a worker that is built without WebSockets refuses each handshake, and says why', async (world) => {
    const stack = await start(world);
    const paths = ['/__admin/events', '/pools/default-pool/events', `${POD}/15552/_echo`, `${POD}/15551/ws`];
    await forEachRow(paths, async (path) => {
      const answer = await stack.ask('GET', path, { headers: handshake() });
      assertError(answer, 501, 'no_live_door', /^this worker was built without WebSockets \(wslay and libmd\)$/);
    });
    assertSuccess(await stack.ask('GET', '/__admin/events'));
  });
}
