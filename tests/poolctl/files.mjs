// SPDX-License-Identifier: MIT
//
// Commands that send a file, and export, which writes one.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';

import { forEachRow, PATIENCE_MS, testCase, until, within } from '../lib/case.mjs';
import { assertDone, assertFailed, EXIT, ScriptedServer, startPoolctl } from '../lib/poolctl.mjs';

const LONG = JSON.stringify({ rows: Array.from({ length: 200_000 }, (_, i) => `row ${i}`) });

testCase('a file is sent as it is, with its length', async (world) => {
  const server = await ScriptedServer.start(world, () => ({ json: { success: true, faults: [], fault: {} } }));
  await writeFile(world.path('file.json'), LONG);
  const rows = [['import', 'PUT'], ['faults set', 'PUT'], ['faults add', 'POST']];
  await forEachRow(rows, async ([command, method]) => {
    assertDone(await server.run([...command.split(' '), 'file.json'], { cwd: world.directory }));
    const [request] = server.take();
    assert.equal(request.method, method);
    assert.equal(request.headers['content-length'], String(LONG.length));
    assert.equal(request.headers['content-type'], 'application/json');
    assert.ok(request.body === LONG, 'the body is the file');
  });
});

testCase('- is standard input, which is sent in pieces of no known length', async (world) => {
  const server = await ScriptedServer.start(world, () => ({ json: { success: true, faults: [], fault: {} } }));
  const commands = [['import', '-'], ['faults', 'set'], ['faults', 'set', '-'], ['faults', 'add', '-']];
  await forEachRow(commands, async (args) => {
    assertDone(await server.run(args, { stdin: LONG }));
    const [request] = server.take();
    assert.equal(request.headers['transfer-encoding'], 'chunked');
    assert.ok(request.body === LONG, 'the body is the input');
  });
});

testCase('a file that can\'t be read is told, and nothing is sent', async (world) => {
  const server = await ScriptedServer.start(world);
  await mkdir(world.path('folder'));
  assertFailed(await server.run(['import', world.path('none')]), EXIT.NO_INPUT, /none: No such file/);
  assertFailed(await server.run(['import', world.path('folder')]), EXIT.NO_INPUT, /Is a directory/);
  assert.equal(server.take().length, 0);
});

testCase('a refusal before the end of a long file is the answer', async (world) => {
  const refusal = { success: false, error: 'too long', code: 'body_too_large' };
  const server = await ScriptedServer.start(world);
  server.refuseAtOnce(413, refusal);
  await writeFile(world.path('file.json'), LONG);
  assertFailed(await server.run(['import', world.path('file.json')]), EXIT.REFUSED, /too long \(body_too_large\)/);
});

testCase('export writes the file, or standard output', async (world) => {
  const server = await ScriptedServer.start(world, () => ({ body: LONG }));
  assert.equal(assertDone(await server.run(['export'])), LONG);
  assert.equal(assertDone(await server.run(['export', '-', '--json'])), LONG);
  const path = world.path('state.json');
  assert.equal(assertDone(await server.run(['export', path])), '');
  assert.equal(await readFile(path, 'utf8'), LONG);
  assert.equal((await stat(path)).mode & 0o777, 0o666 & ~process.umask());
  assert.equal(assertDone(await server.run(['--json', 'export', world.path('again.json')])), '');
  assert.deepEqual((await readdir(world.directory)).sort(), ['again.json', 'state.json']);
});

testCase('a file with secrets is its owner\'s alone', async (world) => {
  const server = await ScriptedServer.start(world, () => ({ body: '{}' }));
  const path = world.path('state.json');
  await writeFile(path, 'of everybody');
  await chmod(path, 0o666);
  assertDone(await server.run(['export', '--secrets', path]));
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

testCase('a file is replaced whole or not at all', async (world) => {
  let answer;
  const server = await ScriptedServer.start(world, () => answer);
  const path = world.path('state.json');
  await writeFile(path, 'before');
  const rows = [
    [{ status: 404, json: { success: false, error: 'no', code: 'not_found' } }, EXIT.REFUSED],
    [(response) => response.destroy(), EXIT.UNAVAILABLE],
    [(response) => {
      response.writeHead(200, { 'content-length': LONG.length });
      response.write(LONG.slice(0, 100_000), () => response.destroy());
    }, EXIT.UNAVAILABLE],
  ];
  await forEachRow(rows, async ([given, status]) => {
    answer = given;
    assertFailed(await server.run(['export', path]), status, /./);
    assert.equal(await readFile(path, 'utf8'), 'before');
    assert.deepEqual(await readdir(world.directory), ['state.json']);
  });
});

testCase('a signal leaves no half a file behind', async (world) => {
  const server = await ScriptedServer.start(world, () => (response) => {
    response.writeHead(200, { 'content-length': LONG.length });
    response.write(LONG.slice(0, 100_000));
  });
  const child = startPoolctl(['export', world.path('state.json')], { url: server.url });
  const ended = once(child, 'exit');
  await until('it writes', async () => (await readdir(world.directory)).length > 0);
  child.kill('SIGTERM');
  assert.deepEqual(await within(PATIENCE_MS, 'its end', ended), [null, 'SIGTERM']);
  assert.deepEqual(await readdir(world.directory), []);
});

testCase('a place that can\'t be written to is told', async (world) => {
  const server = await ScriptedServer.start(world, () => ({ body: '{}' }));
  assertFailed(await server.run(['export', world.path('none/state.json')]), EXIT.CANT_CREATE, /No such file/);
  assertFailed(await server.run(['export', world.directory]), EXIT.CANT_CREATE, /Is a directory/);
  assertFailed(await server.run(['export', '/dev/full']), EXIT.IO_ERROR, /No space left/);
});

testCase('a device is written to, and never replaced', async (world) => {
  const server = await ScriptedServer.start(world, () => ({ body: '{}' }));
  const link = world.path('null');
  await symlink('/dev/null', link);
  assertDone(await server.run(['export', link]));
  assert.ok((await stat(link)).isCharacterDevice());
});
