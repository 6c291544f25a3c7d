// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { mkdir, readFile, rename } from 'node:fs/promises';

import { assertSuccess } from '../../lib/api.mjs';
import { testCase, until } from '../../lib/case.mjs';
import { Worker } from '../../lib/worker.mjs';

function contents(path) {
  return readFile(path, 'utf8').catch(() => '');
}

testCase('after SIGHUP lines go to a new file with the same name', async (world) => {
  const path = world.path('worker.log');
  const worker = await Worker.start(world, { options: ['--log-file', path] });
  const ask = async (name) => {
    assertSuccess(await worker.ask('GET', `/pools/${name}/status`));
    await until(`the line of ${name}`, async () => (await contents(path)).includes(name));
  };
  await ask('before');
  await rename(path, `${path}.1`);
  worker.signal('SIGHUP');
  await until('the new file', async () => (await readFile(path, 'utf8').catch(() => null)) !== null);
  await ask('after');
  assert.doesNotMatch(await contents(path), /before/);
  assert.match(await contents(`${path}.1`), /before/);
  assert.doesNotMatch(await contents(`${path}.1`), /after/);
  assert.deepEqual(worker.lines, [], 'nothing goes to standard error');
});

testCase('SIGHUP without a log file, or with a file that cannot be opened, does no harm', async (world) => {
  const plain = await Worker.start(world);
  plain.signal('SIGHUP');
  await plain.assertServes();

  const path = world.path('worker.log');
  const other = await Worker.start(world, {
    options: ['--log-file', path],
    socketPath: world.path('other.sock'),
  });
  await rename(path, `${path}.1`);
  await mkdir(path);
  other.signal('SIGHUP');
  await other.assertServes();
  await until('lines still go to the old file', async () => (await contents(`${path}.1`)).includes('still-here'));
});
