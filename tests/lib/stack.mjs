// SPDX-License-Identifier: MIT
//
// A worker behind a real nginx. Each case has its own two: nginx runs the instance that nginx/make-instance writes into the case's
// directory, on a free port of the loopback.

import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { assertPoolStatus, assertSuccess, claimPath, statusPath } from './api.mjs';
import { PATIENCE_MS, sharedCases, testCase, until, within } from './case.mjs';
import { exchangeRaw, request } from './http.mjs';
import { connects, freePort } from './ports.mjs';
import { BASE, spawnTracked, Worker } from './worker.mjs';

const nginxProgram = process.env.POOL_MANAGER_TEST_NGINX;
const sourceDirectory = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const HOST = '127.0.0.1';

export function sourceFile(...names) {
  return join(sourceDirectory, ...names);
}

// Runs a program and waits for its end. Returns its standard output. Rejects if it does not exit with 0.
export function run(command, args, { env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    for (const name of Object.keys(output)) {
      child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
    }
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(output.stdout);
      else reject(new Error(`${command} ${args.join(' ')} gave ${code}: ${output.stderr.trim()}`));
    });
  });
}

// Returns true if this worker of nginx accepts no more connections.
async function isShuttingDown(id) {
  return (await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')).includes('shutting down');
}

class Nginx {
  #child;
  #exited;

  constructor(world, directory) {
    this.world = world;
    this.directory = directory;
  }

  // Starts an nginx whose files `configure(directory, listen)` writes. Tries another port if the first one has been taken.
  static async start(world, configure) {
    const nginx = new Nginx(world, world.path('nginx'));
    await mkdir(nginx.directory);
    world.atEnd(() => nginx.stop());
    world.onFailure(() => [`nginx: error.log and access.log are in ${nginx.directory}`]);
    for (let tries = 0; tries < 5; tries++) {
      nginx.port = await freePort();
      await configure(nginx.directory, `${HOST}:${nginx.port}`);
      if (await nginx.#run()) return nginx;
    }
    throw new Error(`nginx does not start: ${await nginx.errorLog()}`);
  }

  get configuration() {
    return join(this.directory, 'nginx.conf');
  }

  get #arguments() {
    return ['-e', join(this.directory, 'error.log'), '-p', this.directory, '-c', this.configuration];
  }

  // Returns true when nginx listens, and false if it has ended because its port was taken.
  async #run() {
    this.#child = spawnTracked(nginxProgram, this.#arguments, { stdio: 'ignore' });
    let ended = false;
    this.#exited = new Promise((resolve) => this.#child.once('exit', resolve)).then(() => (ended = true));
    await until('nginx listens', async () => ended || (await connects(this.port)));
    if (!ended) return true;
    const text = await this.errorLog();
    if (!/Address already in use/.test(text)) throw new Error(`nginx does not start: ${text}`);
    return false;
  }

  // The process ids of its workers, also of those that are shutting down.
  async workers() {
    const { pid } = this.#child;
    return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter((id) => id !== '');
  }

  // Reads the configuration anew, and waits until the new workers serve. Returns the old ones that have not ended, of which there are
  // `count`: nginx waits for what they still serve.
  async reload(count) {
    const old = await this.workers();
    await run(nginxProgram, [...this.#arguments, '-s', 'reload']);
    let left;
    await until(`${count} old workers of nginx are left, and there are new ones`, async () => {
      const all = await this.workers();
      left = old.filter((id) => all.includes(id));
      return left.length === count && all.length > count && (await Promise.all(left.map(isShuttingDown))).every(Boolean);
    });
    return left;
  }

  errorLog() {
    return readFile(join(this.directory, 'error.log'), 'utf8').catch(() => '');
  }

  async stop() {
    this.#child?.kill('SIGTERM');
    await within(PATIENCE_MS, 'the end of nginx', this.#exited ?? Promise.resolve()).catch(() => {
      this.#child.kill('SIGKILL');
    });
  }
}

export class Stack {
  // Starts a worker with these settings (see Worker.start), and nginx in front of it.
  //   configure(directory, listen, socketPath)  writes nginx's files; make-instance by default
  static async start(world, { configure = makeInstance, ...settings } = {}) {
    const worker = await Worker.start(world, settings);
    const stack = await Stack.before(world, worker.socketPath, configure);
    stack.settings = settings;
    stack.worker = worker;
    return stack;
  }

  // Starts only nginx, in front of a socket on which another process listens.
  static async before(world, socketPath, configure = makeInstance) {
    const stack = new Stack();
    stack.world = world;
    stack.agent = new http.Agent({ keepAlive: true });
    stack.nginx = await Nginx.start(world, (directory, listen) => configure(directory, listen, socketPath));
    world.atEnd(() => stack.agent.destroy());
    return stack;
  }

  get host() {
    return HOST;
  }

  get port() {
    return this.nginx.port;
  }

  // Sends a request to this target.
  request(method, target, options = {}) {
    return request({ host: HOST, port: this.port, agent: this.agent, method, target, ...options });
  }

  // Sends a request to a path below BASE.
  ask(method, path, options = {}) {
    return this.request(method, BASE + path, options);
  }

  // Sends a request to a path below BASE, which has to succeed. Returns its answer.
  async say(method, path, json, status = 200) {
    return assertSuccess(await this.ask(method, path, json === undefined ? {} : { json }), status);
  }

  // `change` is the body of PUT clock, `prefix` that of a tenant.
  moveClock(change, prefix = '') {
    return this.say('PUT', `${prefix}/__admin/clock`, change);
  }

  // Claims a pod and returns it.
  async claim(pool, workspaceId) {
    return assertSuccess(await this.ask('GET', claimPath(pool, workspaceId))).workspace;
  }

  // Asserts a pool's status with these counts (see assertPoolStatus) and returns it.
  async assertPool(name, counts) {
    return assertPoolStatus(assertSuccess(await this.ask('GET', statusPath(name))), name, counts);
  }

  raw(bytes) {
    return exchangeRaw(this, bytes);
  }

  // Starts a new worker on the same socket, after the first one has ended.
  async startWorkerAnew() {
    this.worker = await Worker.start(this.world, this.settings);
  }
}

// The complete server that the project ships.
export async function makeInstance(directory, listen, socketPath) {
  await run(sourceFile('nginx', 'make-instance'), [directory, listen, socketPath]);
}

// Writes a server of somebody else: `inside` is the content of http { } in its nginx.conf, with @LISTEN@ for the address. The project's
// snippets are in its folder.
export function ownServer(inside) {
  const text = `
daemon off;
pid own.pid;
${process.getuid() === 0 ? 'user root;' : ''}
events {}
http {
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    access_log off;
    ${inside}
}
`;
  return async (directory, listen, socketPath) => {
    await makeInstance(directory, listen, socketPath);
    await writeFile(join(directory, 'nginx.conf'), text.replaceAll('@LISTEN@', listen));
  };
}

const skip = nginxProgram ? false : 'nginx is not installed';

// Declares a case that needs nginx. It is skipped if nginx is not installed.
export function stackCase(name, body, options = {}) {
  testCase(name, body, { ...options, skip: skip || options.skip });
}

// Cases that share one stack, with these settings: {name, body(stack)} each. The worker's end is the last case, with the name `end`.
export function stackCases(settings, cases, end) {
  sharedCases((world) => Stack.start(world, settings), cases, end, { skip });
}
