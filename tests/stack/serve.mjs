// SPDX-License-Identifier: MIT
//
// `bootstrap serve` as people and scripts run it: its address, its ready file, its exit and its messages.

import assert from 'node:assert/strict';
import { lookup } from 'node:dns/promises';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';

import { assertSuccess } from '../lib/api.mjs';
import { forEachRow, until, within } from '../lib/case.mjs';
import { request } from '../lib/http.mjs';
import { Receiver } from '../lib/receiver.mjs';
import { sourceFile, stackCase } from '../lib/stack.mjs';
import { socketCase, WebSocketClient } from '../lib/web_socket.mjs';
import { BASE, cleanEnvironment, spawnTracked } from '../lib/worker.mjs';

// The first build may have to wait for another; a start itself takes a second.
const PATIENCE_MS = 60_000;

class Serve {
  stdout = '';
  stderr = '';
  #child;

  constructor(world, options = [], { host, port = '0', env = {} } = {}) {
    this.readyFile = world.path(`ready-${Math.random()}`);
    const inherited = cleanEnvironment({
      PORT: port,
      TMPDIR: world.directory,
      BUILD: process.env.POOL_MANAGER_TEST_BUILD,
      ...(host ? { HOST: host } : {}),
      ...env,
    });
    for (const name of ['MAKEFLAGS', 'MFLAGS', 'MAKELEVEL']) delete inherited[name];
    const args = ['serve', '--ready-file', this.readyFile, ...options];
    this.#child = spawnTracked(sourceFile('bootstrap'), args, { env: inherited, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const name of ['stdout', 'stderr']) {
      this.#child[name].setEncoding('utf8').on('data', (text) => (this[name] += text));
    }
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve({ code, signal }));
    });
    world.onFailure(() => [`serve: ${this.stdout}${this.stderr}`]);
    world.atEnd(() => this.stop());
  }

  // The base URL, once the service answers.
  async ready() {
    await until('serve is ready or has ended', () => existsSync(this.readyFile) || this.#hasEnded(), PATIENCE_MS);
    assert.ok(!this.#hasEnded(), 'serve has ended');
    const text = await readFile(this.readyFile, 'utf8');
    assert.match(text, /^http:\/\/\S+\n$/);
    return new URL(text.trim());
  }

  #hasEnded() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  // The lines that it wrote to standard error, without that of a build.
  get sentences() {
    return this.stderr.split('\n').filter((line) => line && !/^bootstrap: building/.test(line));
  }

  end() {
    return within(PATIENCE_MS, 'the end of serve', this.ended);
  }

  stop() {
    this.#child.kill('SIGTERM');
    return this.end();
  }
}

async function health(url) {
  const answer = await request({ host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port, method: 'GET', target: `${url.pathname}/__admin/health` });
  return assertSuccess(answer);
}

async function runsTo(code, serve) {
  assert.deepEqual(await serve.end(), { code, signal: null });
}

stackCase('PORT=0 takes a free port, the ready file names it, and SIGTERM leaves nothing behind', async (world) => {
  const serve = new Serve(world);
  const url = await serve.ready();
  assert.equal(url.hostname, '127.0.0.1');
  assert.equal(url.pathname, BASE);
  await health(url);
  await until('the address is printed', () => serve.stdout.includes(`is at ${url.href}\n`));
  assert.deepEqual(await serve.stop(), { code: 0, signal: null });
  assert.equal(existsSync(serve.readyFile), false);
  assert.deepEqual(await readdir(world.directory), []);
  await assert.rejects(health(url), /ECONNREFUSED/);
});

socketCase('it has WebSockets without a further option', async (world) => {
  const url = await new Serve(world).ready();
  const socket = await WebSocketClient.open({ world, host: url.hostname, port: url.port }, '/__admin/events');
  assert.equal((await socket.messages(1))[0].type, 'stream.open');
});

stackCase('two concurrent services share no port', async (world) => {
  const serves = [new Serve(world), new Serve(world)];
  const urls = await Promise.all(serves.map((serve) => serve.ready()));
  assert.notEqual(urls[0].port, urls[1].port);
  for (const url of urls) await health(url);
});

stackCase('a stale ready file is removed before the service starts', async (world) => {
  const stale = world.path('stale');
  await writeFile(stale, 'http://127.0.0.1:1/\n');
  await runsTo(64, new Serve(world, [`--ready-file=${stale}`, '--pods-max', 'abc']));
  assert.equal(existsSync(stale), false);
});

stackCase('a ready file that can\'t be written ends serve, with one sentence that names the file', async (world) => {
  const serve = new Serve(world, [`--ready-file=${world.path('missing/ready')}`, '--log-level', 'error']);
  await runsTo(1, serve);
  assert.deepEqual(serve.sentences, [`bootstrap: the ready file could not be written: ${world.path('missing/ready')}`]);
});

stackCase('HOST chooses the address', async (world) => {
  const rows = [['127.0.0.2', '127.0.0.2'], ['0.0.0.0', '127.0.0.1']];
  if (await lookup('localhost').catch(() => null)) rows.push(['localhost', 'localhost']); // a bare root has no /etc/hosts
  if (await hasLoopback6()) rows.push(['::1', '[::1]'], ['[::1]', '[::1]']);
  await forEachRow(rows, async ([host, hostname]) => {
    const serve = new Serve(world, [], { host });
    const url = await serve.ready();
    assert.equal(url.hostname, hostname);
    if (host !== '127.0.0.2') await health(url); // the fence admits 127.0.0.1 and ::1 only
    await serve.stop();
  });
});

function hasLoopback6() {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(0, '::1', () => server.close(() => resolve(true)));
  });
}

stackCase('an error of the worker ends serve with the worker\'s sentence and exit status, and nothing else', async (world) => {
  const rows = [
    [64, ['--pods-max', 'abc'], /^pool-manager-mock: --pods-max: /],
    [64, ['--no-such-option'], /^pool-manager-mock: --no-such-option: /],
    [73, ['--state', world.path('none/state')], /^pool-manager-mock: .*none\/state/],
  ];
  await forEachRow(rows, async ([code, options, sentence]) => {
    const serve = new Serve(world, options);
    await runsTo(code, serve);
    assert.equal(serve.sentences.length, 1, serve.stderr);
    assert.match(serve.sentences[0], sentence);
  });
});

stackCase('--check shows the options of the worker, and starts nothing', async (world) => {
  const serve = new Serve(world, ['--check', '--pods-max', '3']);
  assert.deepEqual(await within(PATIENCE_MS, 'the end of serve', serve.ended), { code: 0, signal: null });
  assert.match(serve.stdout, /^--pods-max +3 +flag$/m);
  assert.deepEqual([serve.sentences, existsSync(serve.readyFile)], [[], false]);
});

stackCase('a worker that is killed ends serve with its status and one sentence', async (world) => {
  const serve = new Serve(world);
  await serve.ready();
  const [pid] = await workersIn(world.directory);
  process.kill(pid, 'SIGKILL');
  await runsTo(137, serve);
  assert.equal(serve.sentences.at(-1), 'bootstrap: the worker has ended by itself (status 137), so nginx is stopped too');
});

// The processes that listen on a socket below the directory.
async function workersIn(directory) {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = [];
  for (const pid of pids) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(`--listen\0unix:${directory}/`) && !line.includes('setpriv')) found.push(Number(pid));
  }
  return found;
}

for (const [name, where] of [['a variable', () => ({ POOL_MANAGER_ADMIN_TOKEN: 'open-sesame' })], ['a file', tokenFile]]) {
  stackCase(`with --callbacks a relay runs beside, with its options and the token in ${name}, and ends with serve`, async (world) => {
    const receiver = await Receiver.start(world);
    const serve = new Serve(world, ['--callbacks', '--target', `t=${receiver.origin}/t`, '--log-level', 'error'], {
      env: { POOLCTL_API_TOKEN: 'api-token', ...(await where(world)) },
    });
    const url = await serve.ready();
    const say = async (method, path, json) => assertSuccess(await request({
      host: url.hostname, port: url.port, method, target: BASE + path, json, headers: { authorization: 'Bearer open-sesame' },
    }), method === 'POST' ? 201 : 200);
    await say('PUT', '/__admin/callbacks', [{ on: 'pod.failed', to: 't' }]);
    await say('PATCH', '/__admin/settings', { failNext: 1 });
    await say('POST', '/pools', { name: 'failing', minimum_vms: 1 });
    await say('GET', '/__admin/deliveries/wait?state=delivered&timeout=9s');
    assert.equal(receiver.requests[0].headers['x-api-token'], 'api-token');
    assert.match(serve.stdout, /^[0-9a-f]{8}\.1 200$/m);
    await serve.stop();
    await until('the relay has ended', async () => !(await relays(url.port)).length);
  });
}

async function tokenFile(world) {
  await writeFile(world.path('token'), 'open-sesame\n');
  return { POOL_MANAGER_ADMIN_TOKEN_FILE: world.path('token') };
}

// Returns the process ids of the relays of a service.
async function relays(port) {
  const found = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes('\0relay\0') && line.includes(`:${port}/`)) found.push(Number(pid));
  }
  return found;
}

stackCase('a relay that ends ends serve, with one sentence', async (world) => {
  const wrong = new Serve(world, ['--callbacks', '--target', 't=http://example.org/']);
  await runsTo(1, wrong);
  assert.match(wrong.stderr, /^poolctl: --target [^\n]*add --allow-host for it$/m);
  assert.match(wrong.stderr, /^bootstrap: the relay has ended by itself \(status 64\), so the service is stopped too$/m);
});

stackCase('options that serve sets itself are refused', async (world) => {
  const rows = [['--listen', 'x'], ['--listen=x'], ['-l', 'x'], ['-lx'], ['--lis=x'], ['--mount', '/x'], ['-M', '/x'], ['--ready-file'],
    ['--target', 't=http://localhost/'], ['--allow-host']];
  await forEachRow(rows, async (options) => {
    const serve = new Serve(world, options);
    await runsTo(64, serve);
    assert.equal(serve.sentences.length, 1, serve.stderr);
    assert.ok(serve.sentences[0].startsWith(`bootstrap: ${options[0]}`), serve.stderr);
  });
});

stackCase('a port in use and an invalid port are named', async (world) => {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.atEnd(() => server.close());
  const { port } = server.address();
  const taken = new Serve(world, [], { port: String(port) });
  await runsTo(1, taken);
  assert.match(taken.stderr, new RegExp(`^bootstrap: port ${port} on 127\\.0\\.0\\.1 is in use; choose another: PORT=`));
  await forEachRow(['x', '-1', '65536', '080', '1e3'], async (word) => {
    const serve = new Serve(world, [], { port: word });
    await runsTo(1, serve);
    assert.equal(serve.stderr, `bootstrap: PORT is not a port number (1 to 65535, or 0 for a free one): ${word}\n`);
  });
});

stackCase('a missing TMPDIR does not matter', async (world) => {
  const serve = new Serve(world, [], { env: { TMPDIR: world.path('none') } });
  await health(await serve.ready());
});
