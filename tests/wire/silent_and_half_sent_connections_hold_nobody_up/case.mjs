// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase, within } from '../../lib/case.mjs';
import { encodeRequest } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const SILENT = 400;
const HALF_SENT = 100;

function connections(worker, count) {
  return Promise.all(Array.from({ length: count }, () => worker.connect()));
}

function half(n) {
  const bytes = encodeRequest({ target: BASE + claimPath('half', `half-${n}`) });
  const at = 1 + ((n * 7) % (bytes.length - 1));
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

testCase('400 silent and 100 half-sent connections delay nobody, and the half-sent requests can be completed', async (world) => {
  const worker = await Worker.start(world);
  await connections(worker, SILENT);
  const waiting = await connections(worker, HALF_SENT);
  await Promise.all(waiting.map((connection, n) => connection.send(half(n)[0])));

  const busy = await worker.connect();
  const serve = async () => {
    for (let i = 0; i < 300; i++) {
      const answer = await busy.ask({ target: BASE + claimPath('default-pool', `w-${i}`) });
      assert.equal(assertSuccess(answer).workspace.claimedBy, `w-${i}`);
    }
  };
  await within(3_000, '300 claims beside them', serve());

  await Promise.all(waiting.map((connection, n) => connection.send(half(n)[1])));
  const answers = await Promise.all(waiting.map((connection) => connection.answer()));
  const pods = new Set(answers.map((answer) => assertSuccess(answer).workspace.id));
  assert.equal(pods.size, HALF_SENT);
});
