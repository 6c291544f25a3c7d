// SPDX-License-Identifier: MIT
//
// nginx/admin-fence.conf admits only clients of this machine. A client at 127.0.0.2 stands for another machine.

import assert from 'node:assert/strict';

import { assertByWorker, assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const STRANGER = { agent: false, localAddress: '127.0.0.2' };

stackCase('the control API is open to this machine and closed to others', async (world) => {
  const stack = await Stack.start(world);
  assertSuccess(await stack.ask('GET', '/__admin/health'));
  const rows = [
    ['GET', '/__admin/health'],
    ['POST', '/__admin/reset'],
    ['GET', '/__admin'],
    ['GET', '/__admin/'],
    ['GET', '/__admin/x'],
  ];
  await forEachRow(rows, async ([method, path]) => {
    assertError(await stack.ask(method, path, STRANGER), 403, 'forbidden');
  });
});

stackCase('a tenant\'s control API is closed to other machines too', async (world) => {
  const stack = await Stack.start(world);
  const paths = [
    '/~t/__admin/reset', '/~t/__admin', '/~t/__admin/', '/~t/__admin/state', '/%7et/__admin/reset', '/%7Et/%5f_admin/reset',
    '/~%74/__admin/reset', '//~t/__admin/reset', '/~t//__admin/reset', '/~t/x/../__admin/reset', '/./~t/./__admin/reset',
    '/~/__admin/reset', '/~t%0A/__admin/reset', '/%0A/../~t/__admin/reset', '/~%0A%0A/__admin/%0A', '/~%C3%BC/__admin/reset',
    '/~t%2F__admin/reset', '/~t/__admin%2Freset', '/~t/__admin%0A', '/~t/__admin/reset?x=/',
    '/~t/__admin/snapshots/../reset', '/~t/__admin/pools/../reset',
  ];
  await forEachRow(paths, async (path) => {
    assertError(await stack.ask('POST', path, STRANGER), 403, 'forbidden');
  });
});

stackCase('the API itself is open to all, in a tenant too', async (world) => {
  const stack = await Stack.start(world);
  assertSuccess(await stack.ask('GET', claimPath('default-pool', 'w'), STRANGER));
  const paths = ['/~t/pools/p/status', '/~t', '/~t/', '/~t/pools/__admin/status', '/~t/x/__admin/reset', '/~t/__administer'];
  await forEachRow(paths, async (path) => {
    const [here, elsewhere] = [await stack.ask('GET', path), await stack.ask('GET', path, STRANGER)];
    assertByWorker(elsewhere);
    assert.equal(elsewhere.status, here.status);
  });
});

stackCase('no other spelling of the path gets past the fence', async (world) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'w');
  const paths = [
    '/%5f%5fadmin/reset', '/_%5Fadmin/reset', '//__admin/reset', '/x/../__admin/reset', '/./__admin/reset',
    '/__admin//reset', '/__admin/%72eset', '/__admin/reset?x', '/__admin/x/../reset', '/__admin/../__admin/reset',
    '/__admin%2Freset', '/__ADMIN/reset', '/__admin/../pools/../__admin/reset',
    '/x%2F..%2F__admin%2Freset', '/__admin;/reset', '/__admin/snapshots/../reset', '/__admin/../~t/__admin/reset',
    '/~t/../__admin/reset', '/~t/__admin/../../__admin/reset', '/~t/x/__admin/../../__admin/reset',
    '/~t/__admin/pools/../../reset', '/~t;/__admin/reset', '/~t\\__admin/reset',
  ];
  await forEachRow(paths, async (path) => {
    const answer = await stack.ask('POST', path, STRANGER);
    assert.ok([400, 403, 404].includes(answer.status), `${answer.status}: ${answer.text}`);
  });
  await stack.assertPool('default-pool', { total: 5, used: 1 });
});

// nginx decodes these and goes up a segment; for the worker they are a pool's name, whose control API would be open.
stackCase('a name that leads out of the fenced path is refused', async (world) => {
  const stack = await Stack.start(world);
  const names = ['..%2f..', '%2e%2e%2F%2E.', 'x%2f..%2f..%2f..'];
  await forEachRow(names.flatMap((name) => [`/__admin/pools/${name}`, `/~t/__admin/pools/${name}`]), async (path) => {
    assertError(await stack.ask('PATCH', path, { ...STRANGER, json: { maxPods: 1 } }), 400, 'bad_name', /\{pool\} in the path leads to another path/);
  });
  assertSuccess(await stack.ask('PATCH', '/__admin/pools/..x%2f...%2fy..', { json: { maxPods: 1 } }));
});
