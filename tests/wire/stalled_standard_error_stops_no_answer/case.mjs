// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase, until, within } from '../../lib/case.mjs';
import { encodeRequest } from '../../lib/fcgi.mjs';
import { parseLogLine } from '../../lib/log.mjs';
import { Metrics } from '../../lib/metrics.mjs';
import { BASE, openUnreadPipe, Worker } from '../../lib/worker.mjs';

const BATCH = 500;

// Enough requests for more lines than the pipe and the worker's buffer (1 MiB) hold.
async function ask(connection, count) {
  const workspace = 'w'.repeat(200);
  const claim = encodeRequest({ target: BASE + claimPath('default-pool', workspace) });
  for (let sent = 0; sent < count; sent += BATCH) {
    await connection.send(Buffer.concat(Array(BATCH).fill(claim)));
    for (let i = 0; i < BATCH; i++) assertSuccess(await connection.answer());
  }
}

testCase('a pipe that nobody reads loses lines, and their number is logged when it is read again', async (world) => {
  const pipe = await openUnreadPipe(world.path('stderr'));
  world.atEnd(() => pipe.close());
  const worker = await Worker.start(world, { stderr: pipe.fd });
  const connection = await worker.connect();
  await within(20_000, '10,000 claims', ask(connection, 10_000));

  assert.ok((await Metrics.of(worker)).get('log_dropped_total') > 0);
  let text = '';
  await until('the lines that were kept, and the count of those that were not', async () => {
    assertSuccess(await connection.ask({ target: `${BASE}/pools/default-pool/status?simple=true` }));
    text += pipe.read();
    return text.length > 1024 * 1024 && /log-lines-lost lines=[1-9]\d*\n/.test(text);
  });
  text.split('\n').slice(0, -1).forEach(parseLogLine); // all of them are complete
});

testCase('a pipe that nobody reads does not delay the end', async (world) => {
  const pipe = await openUnreadPipe(world.path('stderr'));
  world.atEnd(() => pipe.close());
  const worker = await Worker.start(world, { stderr: pipe.fd });
  await ask(await worker.connect(), 1_000);
  const { code, ms } = await worker.stop();
  assert.equal(code, 0);
  assert.ok(ms < 1_000, `it took ${Math.round(ms)} ms`);
});

testCase('if the reader has gone, lines are lost, and the worker survives', async (world) => {
  const worker = await Worker.start(world);
  worker.closeStandardError();
  const connection = await worker.connect();
  await ask(connection, BATCH);
  await worker.assertServes();
});
