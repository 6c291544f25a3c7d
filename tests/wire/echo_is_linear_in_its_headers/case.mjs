// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase } from '../../lib/case.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const FEW = 2_000;
const MANY = 16_000;

function echo(count) {
  const params = Object.fromEntries(Array.from({ length: count }, (_, i) => [`HTTP_${i}`, 'v']));
  return { target: `${BASE}/_pod/mock-pod-1/3000/_echo`, params };
}

// Returns the least CPU time of several answers, in milliseconds.
async function cost(worker, connection, count) {
  const spent = async () => Number((await readFile(`/proc/${worker.pid}/schedstat`, 'utf8')).split(' ')[0]) / 1e6;
  let least = Infinity;
  for (let i = 0; i < 5; i++) {
    const before = await spent();
    const { headers } = (await connection.ask(echo(count))).json;
    assert.equal(Object.keys(headers).length, count);
    least = Math.min(least, (await spent()) - before);
  }
  return least;
}

// Eight times as many headers take eight times as long, not sixty-four times.
testCase('16,000 headers cost about eight times what 2,000 do', async (world) => {
  const worker = await Worker.start(world, { options: ['--log-level', 'error'] });
  const connection = await worker.connect();
  assertSuccess(await connection.ask({ target: BASE + claimPath('default-pool', 'w') }));
  const [few, many] = [await cost(worker, connection, FEW), await cost(worker, connection, MANY)];
  assert.ok(many < 24 * few, `${few} ms and ${many} ms`);
});
