// SPDX-License-Identifier: MIT
//
// A state file that is in use, damaged or foreign: one sentence, a specific exit status, and not a byte is changed.

import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { forEachRow, overwrite, testCase } from '../../lib/case.mjs';
import { runWorker, Worker } from '../../lib/worker.mjs';

const EX_DATAERR = 65;
const EX_CANTCREAT = 73;
const EX_TEMPFAIL = 75;
const EX_CONFIG = 78;
const PAGE_BYTES = 4096;

function start(world, file, options = []) {
  return runWorker(['--listen', `unix:${world.path('never.sock')}`, '--state', file, ...options]);
}

async function assertRefused(world, file, code, sentence) {
  const before = await readFile(file).catch(() => null);
  const ended = await start(world, file);
  assert.deepEqual({ code: ended.code, signal: ended.signal }, { code, signal: null }, ended.stderr);
  assert.match(ended.stderr, /^pool-manager-mock: [^\n]+\n$/, 'one sentence');
  assert.match(ended.stderr, sentence);
  assert.ok(ended.stderr.includes(file), ended.stderr);
  assert.deepEqual(await readFile(file).catch(() => null), before, 'the file is as it was');
}

// Returns a state file that a worker has closed properly.
async function makeFile(world) {
  const file = world.path('state.db');
  const worker = await Worker.start(world, { options: ['--state', file] });
  await worker.fill('filled', 500);
  await worker.stop();
  return file;
}

function number(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

testCase('a second worker with the file ends with 75, and the first one still serves', async (world) => {
  const file = world.path('state.db');
  const worker = await Worker.start(world, { options: ['--state', file] });
  await assertRefused(world, file, EX_TEMPFAIL, /another process uses this state file/);
  await worker.assertServes();
  await worker.kill();
  const heir = await Worker.start(world, { options: ['--state', file] });
  await heir.assertServes();
});

// The offsets in the header: https://www.sqlite.org/fileformat.html#the_database_header
testCase('each kind of file that is not a state of this version has its sentence and status', async (world) => {
  const file = await makeFile(world);
  const sound = world.path('sound.db');
  await copyFile(file, sound);
  const rows = [
    [0, Buffer.from('no database'), EX_DATAERR, /is damaged .*--state-damaged=set-aside/],
    [20 * PAGE_BYTES, Buffer.alloc(PAGE_BYTES), EX_DATAERR, /is damaged/],
    [60, number(0), EX_CONFIG, /an older version .*export/],
    [60, number(99), EX_CONFIG, /a newer version .*export/],
    [68, number(7), EX_CONFIG, /another program/],
  ];
  await forEachRow(rows, async ([at, bytes, code, sentence]) => {
    await copyFile(sound, file);
    await overwrite(file, at, bytes);
    await assertRefused(world, file, code, sentence);
  });
});

testCase('a damaged file is set aside with --state-damaged, and the log has its new name', async (world) => {
  const file = world.path('state.db');
  await writeFile(file, 'this was a state once, or was it?');
  const worker = await Worker.start(world, { options: ['--state', file, '--state-damaged=set-aside'] });
  const answer = assertSuccess(await worker.ask('GET', claimPath('default-pool', 'w')));
  assert.equal(answer.workspace.id, 'pod-pool-1-1');
  const aside = (await readdir(world.directory)).filter((name) => /^state\.db\.damaged-\d{8}T\d{6}Z$/.test(name));
  assert.equal(aside.length, 1);
  assert.equal(await readFile(world.path(aside[0]), 'utf8'), 'this was a state once, or was it?');
  await worker.stop();
  assert.ok(worker.lines.some((line) => line.includes(`damaged-state-set-aside path=${world.path(aside[0])}`)));
});

testCase('a file that cannot be made ends the start with 73', async (world) => {
  await assertRefused(world, world.path('nowhere/state.db'), EX_CANTCREAT, /the folder \S+nowhere does not exist/);
});
