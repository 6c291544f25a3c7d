// SPDX-License-Identifier: MIT
//
// The worker under test as a process. It is started in the case's directory on a unix socket, and stopped at the case's end. A worker
// that still runs when a case passes has to exit with 0 on SIGTERM, so every case also finds crashes, and leaks under the sanitizers.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { closeSync, constants, createWriteStream, openSync, readSync } from 'node:fs';
import { readdir, readFile, rename } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import { promisify } from 'node:util';

import { PATIENCE_MS, until, within } from './case.mjs';
import { Connection, encodeRequest, record, TYPE } from './fcgi.mjs';

export const BASE = '/api/mock/pool-manager';

export const WORKER = process.env.POOL_MANAGER_TEST_WORKER;

// The worker of tests/wire/parking_worker.c.
export const PARKING_WORKER = process.env.POOL_MANAGER_TEST_PARKING_WORKER;

const alive = new Set();
const FILL_BATCH = 500;

function killAll() {
  for (const child of alive) child.kill('SIGKILL');
}

process.on('exit', killAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(128 + os.constants.signals[signal]));
}

// Starts a process that ends with this one at the latest.
export function spawnTracked(command, args, options) {
  const child = spawn(command, args, options);
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  child.once('error', () => alive.delete(child));
  return child;
}

// Returns the environment of this process without the worker's variables.
export function cleanEnvironment(extra = {}) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(POOL_MANAGER_|LISTEN_|NOTIFY_)/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...extra };
}

// Runs a worker that ends by itself, such as with --help. Returns {code, signal, stdout, stderr}. `stdout` is a file for its standard
// output, `program` another program.
export async function runWorker(options, { env = {}, stdout = null, program = WORKER } = {}) {
  assert.ok(WORKER, 'POOL_MANAGER_TEST_WORKER names no worker');
  const file = stdout === null ? null : openSync(stdout, 'w');
  const child = spawnTracked(program, options, {
    env: cleanEnvironment(env),
    stdio: ['ignore', file ?? 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of Object.keys(output)) {
    child[name]?.setEncoding('utf8').on('data', (text) => (output[name] += text));
  }
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  try {
    return await within(PATIENCE_MS, `the end of the worker with ${options.join(' ')}`, ended);
  } finally {
    child.kill('SIGKILL');
    if (file !== null) closeSync(file);
  }
}

// Splits a stream of bytes into lines.
class Lines {
  list = [];
  #rest = '';

  add(text) {
    const parts = (this.#rest + text).split('\n');
    this.#rest = parts.pop();
    this.list.push(...parts);
  }
}

export class Worker {
  #child;
  #lines = new Lines();
  #expectEnd = false;

  // Starts a worker and waits until it serves.
  //   options     additional arguments
  //   env         additional variables
  //   program     the program; by default the worker
  //   socketPath  the socket; by default a file in the case's directory
  //   address     {host, port} to listen on instead of a socket
  //   live        where to listen for WebSockets; by default at a socket beside the other one
  //   host        the other host (hosts.mjs) on which it runs
  //   inherit     'stdin' (as spawn-fcgi does) or 'systemd': the socket is made here and passed on
  //   connections descriptors to pass on with it, as systemd does with those that a worker has stored
  //   limits      arguments of ulimit, such as '-n 64', which sets the soft and the hard limit
  //   stderr      a descriptor for its standard error; by default its lines are kept in `lines`
  static async start(world, settings = {}) {
    const worker = new Worker(world, settings);
    await worker.#start();
    return worker;
  }

  constructor(world, settings) {
    this.world = world;
    this.settings = settings;
    this.program = 'program' in settings ? settings.program : WORKER;
    this.socketPath = settings.socketPath ?? world.path('worker.sock');
    this.address = settings.address ?? this.socketPath;
  }

  get pid() {
    return this.#child.pid;
  }

  // The complete lines of its standard error so far.
  get lines() {
    return this.#lines.list;
  }

  async #start() {
    assert.ok(this.program, 'the environment names no worker');
    const { inherit, stderr, connections = [] } = this.settings;
    const stdio = ['ignore', 'ignore', stderr ?? 'pipe'];
    let socket = null;
    if (inherit) {
      socket = await makeListeningSocket(this.socketPath);
      stdio[inherit === 'stdin' ? 0 : 3] = socket.fd;
      stdio.push(...connections);
    }
    const line = this.#commandLine();
    const { command, args } = this.settings.host?.command(line.command, line.args) ?? line;
    this.#child = spawnTracked(command, args, {
      cwd: this.world.directory,
      env: cleanEnvironment(this.settings.env),
      stdio,
    });
    this.#watch();
    this.world.atEnd((passed) => this.#finish(passed));
    this.world.onFailure(() => this.lines.slice(-20).map((line) => `worker: ${line.slice(0, 300)}`));
    if (socket) await socket.release();
    await this.#waitUntilItServes();
  }

  #commandLine() {
    const { inherit, limits, address, live = `unix:${this.socketPath}.live`, connections = [], options = [] } = this.settings;
    const listen = address ? `${address.host}:${address.port}` : `unix:${this.socketPath}`;
    const args = [...(inherit ? [] : ['--listen', listen, '--live', live]), ...options];
    if (!limits && inherit !== 'systemd') return { command: this.program, args };
    const steps = limits ? [`ulimit ${limits}`] : [];
    if (inherit === 'systemd') {
      const names = ['worker.socket', ...connections.map(() => 'connection')];
      steps.push(`LISTEN_PID=$$ LISTEN_FDS=${names.length} LISTEN_FDNAMES=${names.join(':')}`);
      steps.push('export LISTEN_PID LISTEN_FDS LISTEN_FDNAMES');
    }
    steps.push('exec "$0" "$@"');
    return { command: '/bin/sh', args: ['-c', steps.join(' && '), this.program, ...args] };
  }

  #watch() {
    const child = this.#child;
    if (child.stderr) {
      const copy = createWriteStream(this.world.path('worker.stderr'), { flags: 'a' });
      copy.on('error', () => {});
      child.stderr.pipe(copy);
      child.stderr.setEncoding('utf8').on('data', (text) => this.#lines.add(text));
    }
    this.exited = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.closed = new Promise((resolve) => child.once('close', resolve));
    this.exited.catch(() => {});
  }

  // Waits until the worker serves. A connection is not enough: the system accepts it before the worker is ready.
  async #waitUntilItServes() {
    await until('the worker takes connections', async () => {
      if (this.hasExited()) {
        await this.closed;
        throw new Error(`the worker ended at its start: ${this.lines.join(' / ')}`);
      }
      return (await this.tryConnect()) !== null;
    });
    const connection = await Connection.open(this.address);
    await connection.send(record(TYPE.GET_VALUES, 0));
    await connection.management();
    connection.destroy();
  }

  hasExited() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  // Connects and disconnects. Returns null if nobody listens.
  tryConnect() {
    return new Promise((resolve) => {
      const socket = net.connect(typeof this.address === 'string' ? { path: this.address } : this.address);
      socket.once('error', () => resolve(null));
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
    });
  }

  // Returns a connection, which is closed at the case's end.
  async connect(options) {
    const connection = await Connection.open(this.address, options);
    this.world.atEnd(() => connection.destroy());
    return connection;
  }

  // Sends one request on a new connection. `target` is below BASE; a target in `request` replaces it.
  async ask(method, target, request = {}) {
    const connection = await Connection.open(this.address);
    try {
      await connection.send(encodeRequest({ method, target: BASE + target, keep: false, ...request }));
      return await connection.answer();
    } finally {
      connection.destroy();
    }
  }

  // Claims `count` pods of a pool for `workspaceId`. The pool makes the pods that are missing.
  async fill(pool, count, workspaceId = 'filler') {
    const connection = await this.connect();
    const claim = encodeRequest({ target: `${BASE}/pools/${pool}/workspace?workspaceId=${workspaceId}` });
    for (let asked = 0; asked < count; asked += FILL_BATCH) {
      const batch = Math.min(FILL_BATCH, count - asked);
      await connection.send(Buffer.concat(Array(batch).fill(claim)));
      for (let i = 0; i < batch; i++) assert.equal((await connection.answer()).status, 200);
    }
    connection.destroy();
  }

  // Asserts that the process that was started still runs and serves.
  async assertServes() {
    assert.ok(!this.hasExited(), `the worker has ended: ${this.lines.slice(-5).join(' / ')}`);
    const answer = await this.ask('GET', '/pools/still-here/workspace?workspaceId=still-here');
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.json.workspace.id, /^pod-pool-\d+-\d+$/);
    const released = await this.ask('POST', `/workspaces/${answer.json.workspace.id}/release`);
    assert.equal(released.status, 200, released.text);
  }

  async #memoryKiB(name) {
    const status = await readFile(`/proc/${this.pid}/status`, 'utf8');
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)[1]);
  }

  // Returns its present memory in KiB.
  memoryKiB() {
    return this.#memoryKiB('VmRSS');
  }

  // Returns the peak of its memory, in KiB. Returns 0 under the sanitizers, whose own memory would distort it.
  async memoryPeakKiB() {
    const maps = await readFile(`/proc/${this.pid}/maps`, 'utf8');
    return maps.includes('libasan') ? 0 : this.#memoryKiB('VmHWM');
  }

  // Returns the CPU time that it uses within `ms` milliseconds, in milliseconds.
  async cpuMsDuring(ms) {
    const spent = async () => Number((await readFile(`/proc/${this.pid}/schedstat`, 'utf8')).split(' ')[0]) / 1e6;
    const before = await spent();
    await new Promise((resolve) => setTimeout(resolve, ms));
    return (await spent()) - before;
  }

  // Does not count descriptors above `limit`: it may have inherited some, and ulimit -n does not count them.
  async descriptorsCount(limit = Infinity) {
    return (await readdir(`/proc/${this.pid}/fd`)).filter((name) => Number(name) < limit).length;
  }

  untilDescriptors(what, condition) {
    return until(`its descriptors ${what}`, async () => condition(await this.descriptorsCount()));
  }

  // Limits the size of its files from now on, in bytes or 'unlimited': a full disk, or one with room again.
  async limitFiles(bytes) {
    await promisify(execFile)('prlimit', ['--pid', String(this.pid), `--fsize=${bytes}:`]);
  }

  // Makes each later write to its standard error fail.
  closeStandardError() {
    this.#child.stderr.destroy();
  }

  signal(name) {
    this.#expectEnd ||= name !== 'SIGHUP' && name !== 'SIGSTOP' && name !== 'SIGCONT';
    process.kill(this.pid, name);
  }

  // Waits for its end, and until all of its standard error has been read. Returns {code, signal, ms}.
  async end(ms = PATIENCE_MS) {
    const start = performance.now();
    this.#expectEnd = true;
    const exit = await within(ms, 'the end of the worker', this.exited);
    const took = performance.now() - start;
    await this.closed;
    return { ...exit, ms: took };
  }

  // Sends SIGTERM and waits for the end.
  async stop(ms = PATIENCE_MS) {
    this.signal('SIGTERM');
    return this.end(ms);
  }

  async kill() {
    this.signal('SIGKILL');
    return this.end();
  }

  async #finish(passed) {
    try {
      if (!passed || this.#expectEnd) return;
      assert.ok(!this.hasExited(), 'the worker ended although nobody told it to');
      const { code, signal } = await this.stop();
      assert.deepEqual({ code, signal }, { code: 0, signal: null }, 'the end of the worker');
    } finally {
      this.#child.kill('SIGKILL');
      await this.exited.catch(() => {});
    }
  }
}

// Returns a listening unix socket whose descriptor can be passed on. libuv removes its path on close, so the file gets its name
// afterwards.
async function makeListeningSocket(path) {
  const server = net.createServer();
  const first = `${path}.made`;
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(first, resolve);
  });
  await rename(first, path);
  return {
    fd: server._handle.fd,
    release: () => new Promise((resolve) => server.close(resolve)),
  };
}

// A pipe that is read only on demand: `fd` is its writing end, and read() returns the text that is in it now.
export async function openUnreadPipe(path) {
  const made = spawn('mkfifo', [path]);
  const code = await new Promise((resolve, reject) => made.once('error', reject).once('exit', resolve));
  assert.equal(code, 0, 'mkfifo');
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const fd = openSync(path, constants.O_WRONLY);
  const decoder = new TextDecoder();
  const chunk = Buffer.alloc(64 * 1024);
  return {
    fd,
    read: () => {
      try {
        return decoder.decode(chunk.subarray(0, readSync(reader, chunk)), { stream: true });
      } catch (error) {
        if (error.code === 'EAGAIN') return '';
        throw error;
      }
    },
    close: () => {
      closeSync(fd);
      closeSync(reader);
    },
  };
}
