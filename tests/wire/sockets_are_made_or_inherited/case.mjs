// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';

import { assertSuccess } from '../../lib/api.mjs';
import { forEachRow, testCase } from '../../lib/case.mjs';
import { Connection, encodeRequest } from '../../lib/fcgi.mjs';
import { freePort } from '../../lib/ports.mjs';
import { BASE, runWorker, Worker } from '../../lib/worker.mjs';

testCase('a unix socket is open to its owner and group by default', async (world) => {
  const rows = [[[], 0o660], [['--socket-mode', '0600'], 0o600], [['--socket-mode', '666'], 0o666]];
  await forEachRow(rows, async ([options, mode]) => {
    const worker = await Worker.start(world, { options });
    assert.equal((await stat(worker.socketPath)).mode & 0o777, mode);
    await worker.assertServes();
    const { code } = await worker.stop();
    assert.equal(code, 0);
    assert.ok(!existsSync(worker.socketPath), 'the socket is removed');
  });
});

testCase('a socket that a killed worker left is replaced', async (world) => {
  const killed = await Worker.start(world);
  await killed.kill();
  assert.ok(existsSync(killed.socketPath));
  const worker = await Worker.start(world);
  await worker.assertServes();
});

testCase('a socket that another worker listens on is left alone', async (world) => {
  const worker = await Worker.start(world);
  const { code, stderr } = await runWorker(['--listen', `unix:${worker.socketPath}`]);
  assert.notEqual(code, 0);
  assert.match(stderr, /^[^\n]*worker\.sock[^\n]*\n$/, 'one line that names the socket');
  await worker.assertServes();
});

testCase('a file that is not a socket is left alone', async (world) => {
  const path = world.path('precious');
  await writeFile(path, 'precious');
  const { code, stderr } = await runWorker(['--listen', `unix:${path}`]);
  assert.notEqual(code, 0);
  assert.match(stderr, /^[^\n]*precious[^\n]*\n$/, 'one line that names the file');
  assert.ok((await stat(path)).isFile());
});

testCase('an unknown group is one sentence, and no socket is left', async (world) => {
  const path = world.path('worker.sock');
  const { code, stderr } = await runWorker(['--listen', `unix:${path}`, '--socket-group', 'no-such-group']);
  assert.notEqual(code, 0);
  assert.match(stderr, /^[^\n]*no-such-group[^\n]*\n$/);
  assert.ok(!existsSync(path));
});

testCase('a missing directory is one sentence', async (world) => {
  const { code, stderr } = await runWorker(['--listen', `unix:${world.path('none/worker.sock')}`]);
  assert.notEqual(code, 0);
  assert.match(stderr, /^[^\n]*none\/worker\.sock[^\n]*\n$/);
});

testCase('the socket can be inherited from spawn-fcgi, and is not removed', async (world) => {
  const worker = await Worker.start(world, { inherit: 'stdin' });
  await worker.assertServes();
  assert.equal((await worker.stop()).code, 0);
  assert.ok(existsSync(worker.socketPath), 'who made the socket removes it');
});

testCase('the socket can be inherited from systemd, and is not removed', async (world) => {
  const worker = await Worker.start(world, { inherit: 'systemd' });
  await worker.assertServes();
  assert.equal((await worker.stop()).code, 0);
  assert.ok(existsSync(worker.socketPath), 'who made the socket removes it');
});

testCase('the worker can listen on host:port', async (world) => {
  const port = await freePort();
  const worker = await Worker.start(world, { address: { host: '127.0.0.1', port } });
  const connection = await Connection.open({ host: '127.0.0.1', port });
  world.atEnd(() => connection.destroy());
  await connection.send(encodeRequest({ target: `${BASE}/pools/default-pool/status` }));
  assertSuccess(await connection.answer());
  await worker.assertServes();
  const taken = await runWorker(['--listen', `127.0.0.1:${port}`]);
  assert.notEqual(taken.code, 0);
  assert.match(taken.stderr, new RegExp(`^[^\\n]*${port}[^\\n]*\\n$`), 'one line that names the port');
});
