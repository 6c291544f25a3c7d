// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { testCase, until, within } from '../../lib/case.mjs';
import { encodeRequest } from '../../lib/fcgi.mjs';
import { BASE, openUnreadPipe, Worker } from '../../lib/worker.mjs';

const BATCH = 500;

// Enough requests for more lines than the pipe and the worker's own memory for them (1 MiB) hold.
async function ask(connection, count) {
  const workspace = 'w'.repeat(200);
  const release = encodeRequest({ target: BASE + claimPath('default-pool', workspace) });
  for (let sent = 0; sent < count; sent += BATCH) {
    await connection.send(Buffer.concat(Array(BATCH).fill(release)));
    for (let i = 0; i < BATCH; i++) assertSuccess(await connection.answer());
  }
}

testCase('a pipe that nobody reads costs lines, which are told when it is read again', async (world) => {
  const pipe = await openUnreadPipe(world.path('stderr'));
  world.atEnd(() => pipe.close());
  const worker = await Worker.start(world, { stderr: pipe.fd });
  const connection = await worker.connect();
  await within(20_000, '10,000 claims', ask(connection, 10_000));

  let text = '';
  const reader = createReadStream(null, { fd: pipe.fd, encoding: 'utf8', autoClose: false });
  reader.on('data', (chunk) => (text += chunk));
  reader.on('error', () => {});
  world.atEnd(() => worker.kill()); // the reader ends with the last writer
  await until('the lines that were kept', () => text.length > 1024 * 1024);
  await until('the count of those that were not', async () => {
    assertSuccess(await worker.ask('GET', '/pools/default-pool/status?simple=true'));
    return /log-lines-lost lines=[1-9]\d*/.test(text);
  });
  for (const line of text.split('\n').slice(0, -1)) {
    assert.match(line, /^(🎭|✅|❌) \[Mock Pool Manager\] /, 'a whole line');
  }
});

testCase('a reader that has gone costs lines, not the worker', async (world) => {
  const worker = await Worker.start(world);
  worker.closeStandardError();
  const connection = await worker.connect();
  await ask(connection, BATCH);
  await worker.assertServes();
});
