// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess, assertUsedPod, claimPath } from '../../lib/api.mjs';
import { testCase, within } from '../../lib/case.mjs';
import { encodeRequest } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const PODS = 5_000;
const LIST = { target: `${BASE}/pools/default-pool/workspaces` };

async function start(world) {
  const worker = await Worker.start(world, { options: ['--log-level', 'error'] });
  await worker.fill('default-pool', PODS);
  return worker;
}

testCase('clients that do not read a list of 5,000 pods delay nobody, and get it complete later', async (world) => {
  const worker = await start(world);
  const slow = await Promise.all(Array.from({ length: 10 }, () => worker.connect({ paused: true })));
  await Promise.all(slow.map((connection) => connection.send(encodeRequest(LIST))));

  const busy = await worker.connect();
  const serve = async () => {
    for (let i = 0; i < 200; i++) {
      assertSuccess(await busy.ask({ target: BASE + claimPath('other', `w-${i}`) }));
    }
  };
  await within(3_000, '200 claims beside them', serve());

  for (const connection of slow) {
    assert.equal(connection.bytesReceived, 0, 'the test has read nothing yet');
    connection.resume();
  }
  for (const connection of slow) {
    const { workspaces, pool_name: name } = assertSuccess(await connection.answer());
    assert.equal(name, 'default-pool');
    assert.equal(workspaces.length, PODS);
    workspaces.forEach((pod, i) => assert.equal(pod.id, `pod-pool-1-${i + 1}`));
    assertUsedPod(workspaces[PODS - 1], 'filler');
  }
});

testCase('a list whose state is reset meanwhile ends as valid JSON, without a pod of the new state', async (world) => {
  const worker = await start(world);
  const slow = await worker.connect({ paused: true });
  await slow.send(encodeRequest(LIST));
  await worker.assertServes(); // by now the list has begun
  assertSuccess(await worker.ask('POST', '/__admin/reset'));
  await worker.fill('default-pool', PODS, 'later');
  slow.resume();
  const { workspaces } = assertSuccess(await slow.answer());
  assert.ok(workspaces.length > 0 && workspaces.length <= PODS, `${workspaces.length} pods`);
  for (const pod of workspaces) assertUsedPod(pod, 'filler');
});

testCase('clients that go away in the middle of a list leave nothing behind', async (world) => {
  const worker = await start(world);
  const before = await worker.descriptorsCount();
  const slow = await Promise.all(Array.from({ length: 20 }, () => worker.connect({ paused: true })));
  await Promise.all(slow.map((connection) => connection.send(encodeRequest(LIST))));
  await worker.assertServes();
  for (const connection of slow) connection.destroy();
  await worker.untilDescriptors('are back to what they were', (count) => count <= before);
  await worker.assertServes();
});
