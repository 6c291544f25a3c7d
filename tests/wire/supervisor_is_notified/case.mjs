// SPDX-License-Identifier: MIT
//
// systemd's Type=notify: what the worker sends to $NOTIFY_SOCKET, and when.

import assert from 'node:assert/strict';

import { assertSuccess } from '../../lib/api.mjs';
import { forEachRow, testCase, until } from '../../lib/case.mjs';
import { Connection, encodeRequest } from '../../lib/fcgi.mjs';
import { startSupervisor } from '../../lib/supervisor.mjs';
import { BASE, cleanEnvironment, runWorker, spawnTracked, Worker, WORKER } from '../../lib/worker.mjs';

const READY = /^READY=1\|STATUS=serving, version \d+\.\d+\.\d+, state in memory$/;
const READY_WITH_FILE = /^READY=1\|STATUS=serving, version \d+\.\d+\.\d+, state in a file$/;

testCase('after READY=1 a request is answered', async (world) => {
  const supervisor = await startSupervisor(world);
  const socketPath = world.path('worker.sock');
  const child = spawnTracked(WORKER, ['--listen', `unix:${socketPath}`], {
    env: cleanEnvironment(supervisor.env),
    stdio: 'ignore',
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  await until('the first datagram', () => supervisor.received().length > 0);
  const connection = await Connection.open(socketPath);
  world.atEnd(() => connection.destroy());
  await connection.send(encodeRequest({ target: `${BASE}/pools` }));
  assertSuccess(await connection.answer());
  child.kill('SIGTERM');
  assert.equal(await exited, 0);
  assert.match(supervisor.received()[0], READY);
});

testCase('READY=1 is sent once, nothing at SIGHUP, STOPPING=1 at SIGTERM', async (world) => {
  const supervisor = await startSupervisor(world);
  const worker = await Worker.start(world, { env: supervisor.env, options: ['--state', world.path('state.db')] });
  worker.signal('SIGHUP');
  await worker.assertServes();
  await until('the first datagram', () => supervisor.received().length > 0);
  assert.equal(supervisor.received().length, 1);
  assert.match(supervisor.received()[0], READY_WITH_FILE);
  assert.equal((await worker.stop()).code, 0);
  await until('the second datagram', () => supervisor.received().length > 1);
  assert.deepEqual(supervisor.received().slice(1), ['STOPPING=1|STATUS=answering the requests that have arrived']);
});

testCase('a start that fails sends its sentence as STATUS=, and no READY=1', async (world) => {
  const supervisor = await startSupervisor(world);
  const listen = ['--listen', `unix:${world.path('worker.sock')}`];
  const rows = [
    [64, [...listen, '--body-max', 'many']],
    [64, [...listen, '--pod-url', 'nowhere']],
    [71, ['--listen', `unix:${world.path('none/worker.sock')}`]],
    [73, [...listen, '--state', world.path('none/state.db')]],
  ];
  await forEachRow(rows, async ([status, options]) => {
    const before = supervisor.received().length;
    const { code, stderr } = await runWorker(options, { env: supervisor.env });
    assert.equal(code, status);
    await until('its datagram', () => supervisor.received().length > before);
    assert.deepEqual(supervisor.received().slice(before), [stderr.replace('pool-manager-mock: ', 'STATUS=').trim()]);
  });
  const worker = await Worker.start(world, { env: supervisor.env });
  await until('the datagram of the one that starts', () => supervisor.received().length > rows.length);
  assert.match(supervisor.received().at(-1), READY);
  await worker.assertServes();
});

testCase('a supervisor that cannot be notified is an error in the log, and the worker serves', async (world) => {
  const worker = await Worker.start(world, { env: { NOTIFY_SOCKET: world.path('nobody.sock') } });
  await worker.assertServes();
  const told = () => worker.lines.filter((line) => line.includes('supervisor-not-notified'));
  const lines = await until('the error is in the log', () => told().length > 0 && told());
  assert.equal(lines.length, 1);
  assert.match(lines[0], /❌.*No such file or directory"$/);
});
