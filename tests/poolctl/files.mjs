// SPDX-License-Identifier: MIT
//
// Commands that send a file, and export, which writes one.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';

import { forEachRow, PATIENCE_MS, testCase, within } from '../lib/case.mjs';
import { assertDone, assertFailed, EXIT, ScriptedServer, startPoolctl } from '../lib/poolctl.mjs';

const LONG = JSON.stringify({ rows: Array.from({ length: 200_000 }, (_, i) => `row ${i}`) });

testCase('a file is sent unchanged, with its length', async (world) => {
  const server = await ScriptedServer.start(world, () => ({ json: { success: true, faults: [], fault: { id: 'f' } } }));
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

testCase('- is standard input, which is sent in chunks without a length', async (world) => {
  const server = await ScriptedServer.start(world, () => ({ json: { success: true, faults: [], fault: { id: 'f' } } }));
  const commands = [['import', '-'], ['faults', 'set'], ['faults', 'set', '-'], ['faults', 'add', '-']];
  await forEachRow(commands, async (args) => {
    assertDone(await server.run(args, { stdin: LONG }));
    const [request] = server.take();
    assert.equal(request.headers['transfer-encoding'], 'chunked');
    assert.ok(request.body === LONG, 'the body is the input');
  });
});

testCase('a file that can\'t be read is an error, and nothing is sent', async (world) => {
  const server = await ScriptedServer.start(world);
  await mkdir(world.path('folder'));
  assertFailed(await server.run(['import', world.path('none')]), EXIT.NO_INPUT, /none: No such file/);
  assertFailed(await server.run(['import', world.path('folder')]), EXIT.NO_INPUT, /folder: Is a directory/);
  assertFailed(await server.run(['faults', 'set', world.path('folder')]), EXIT.NO_INPUT, /folder: Is a directory/);
  assert.equal(server.take().length, 0);
});

testCase('a refusal of the document names the file', async (world) => {
  let code;
  const server = await ScriptedServer.start(world, () => ({ status: 400, json: { success: false, error: 'wrong', code } }));
  const path = world.path('file.json');
  await writeFile(path, '{');
  const rows = [['bad_json', `${path}: wrong (bad_json)`], ['bad_field', `${path}: wrong (bad_field)`], ['busy', 'wrong (busy)']];
  await forEachRow(rows, async ([given, sentence]) => {
    code = given;
    const ended = await server.run(['import', path]);
    assert.deepEqual([ended.code, ended.stderr], [EXIT.REFUSED, `poolctl: ${sentence}\n`]);
  });
  code = 'bad_json';
  assert.equal((await server.run(['import', '-'], { stdin: '{' })).stderr, 'poolctl: wrong (bad_json)\n');
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

testCase('a file with secrets can be read by its owner alone', async (world) => {
  const server = await ScriptedServer.start(world, () => ({ body: '{}' }));
  const path = world.path('state.json');
  await writeFile(path, 'of everybody');
  await chmod(path, 0o666);
  assertDone(await server.run(['export', '--secrets', path]));
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

testCase('a file is replaced as a whole, or not at all', async (world) => {
  let answer;
  const server = await ScriptedServer.start(world, () => answer);
  const path = world.path('state.json');
  await writeFile(path, 'before');
  const rows = [
    [{ status: 404, json: { success: false, error: 'no', code: 'tenant_not_found' } }, EXIT.REFUSED],
    [{ body: '<html>a page of somebody else</html>' }, EXIT.PROTOCOL],
    [{ body: '' }, EXIT.PROTOCOL],
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

testCase('a full disk leaves the file unchanged', async (world) => {
  const server = await ScriptedServer.start(world, () => ({ body: LONG }));
  const path = world.path('state.json');
  await writeFile(path, 'before');
  const ended = await server.run(['export', path], { shell: 'ulimit -f 64; exec "$@"' });
  assertFailed(ended, EXIT.IO_ERROR, /File too large/);
  assert.equal(await readFile(path, 'utf8'), 'before');
  assert.deepEqual(await readdir(world.directory), ['state.json']);
});

testCase('a replaced file keeps its mode, and a link still leads to it', async (world) => {
  const server = await ScriptedServer.start(world, () => ({ body: '{}' }));
  await mkdir(world.path('folder'));
  const path = world.path('folder/state.json');
  const link = world.path('link.json');
  await writeFile(path, 'before');
  await chmod(path, 0o640);
  await symlink('folder/state.json', link);
  assertDone(await server.run(['export', link]));
  assert.equal(await readlink(link), 'folder/state.json');
  assert.equal(await readFile(path, 'utf8'), '{}');
  assert.equal((await stat(path)).mode & 0o777, 0o640);
  assert.deepEqual(await readdir(world.path('folder')), ['state.json']);
});

// Starts an export and answers a part of it. Returns {child, ended, response}; the response is node's.
async function startExport(world, shell) {
  let begin;
  const begun = new Promise((resolve) => (begin = resolve));
  const server = await ScriptedServer.start(world, () => (response) => {
    response.writeHead(200, { 'content-length': LONG.length });
    response.write(LONG.slice(0, 100_000), () => begin(response));
  });
  const child = startPoolctl(['export', world.path('state.json')], { url: server.url, shell });
  const ended = within(PATIENCE_MS, 'its end', once(child, 'exit'));
  const response = await within(PATIENCE_MS, 'its request', begun);
  assert.equal((await readdir(world.directory)).length, 1);
  return { child, ended, response };
}

testCase('a signal leaves no incomplete file behind', async (world) => {
  const { child, ended } = await startExport(world);
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [null, 'SIGTERM']);
  assert.deepEqual(await readdir(world.directory), []);
});

testCase('a signal that is ignored stays ignored', async (world) => {
  const { child, ended, response } = await startExport(world, 'trap "" HUP; exec "$@"');
  child.kill('SIGHUP');
  response.end(LONG.slice(100_000));
  assert.deepEqual(await ended, [0, null]);
  assert.equal(await readFile(world.path('state.json'), 'utf8'), LONG);
});

testCase('a path that can\'t be written to is an error', async (world) => {
  const server = await ScriptedServer.start(world, () => ({ body: '{}' }));
  assertFailed(await server.run(['export', world.path('none/state.json')]), EXIT.CANT_CREATE, /none\/state\.json: its folder does not exist/);
  assertFailed(await server.run(['export', world.directory]), EXIT.CANT_CREATE, /Is a directory/);
  assertFailed(await server.run(['export', '/dev/full']), EXIT.IO_ERROR, /No space left/);
  await symlink('not there yet', world.path('link'));
  assertFailed(await server.run(['export', world.path('link')]), EXIT.CANT_CREATE, /link: the link leads to no file/);
  assert.deepEqual(await readdir(world.directory), ['link']);
});

testCase('a device is written to, and never replaced', async (world) => {
  const server = await ScriptedServer.start(world, () => ({ body: '{}' }));
  const link = world.path('null');
  await symlink('/dev/null', link);
  assertDone(await server.run(['export', link]));
  assert.ok((await stat(link)).isCharacterDevice());
});
