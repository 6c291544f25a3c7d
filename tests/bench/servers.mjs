// SPDX-License-Identifier: MIT
//
// The servers that are measured: one nginx, and behind it nginx's own answer, the constant, workers with different states and options,
// and bare node servers. Those without requests sleep.

import { closeSync, existsSync, openSync, truncateSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';

import { assertSuccess } from '../lib/api.mjs';
import { until } from '../lib/case.mjs';
import { Connection } from '../lib/fcgi.mjs';
import { makeInstance, sourceFile, Stack } from '../lib/stack.mjs';
import { BASE, spawnTracked, Worker } from '../lib/worker.mjs';

const { POOL_MANAGER_TEST_CONSTANT: CONSTANT, POOL_MANAGER_TEST_SEEDED: SEEDED } = process.env;

export const CLAIM = '/pools/default-pool/workspace?workspaceId=workspace-123';

// The location of each server that is not the worker at its usual path.
const locationOf = (name) => `/bench/${name}`;

// Returns a worker's answer to a claim: the whole CGI answer. Releases the pod afterwards.
async function recordClaim(socketPath) {
  const connection = await Connection.open(socketPath);
  const answer = await connection.ask({ target: BASE + CLAIM });
  await connection.ask({ method: 'POST', target: `${BASE}/workspaces/${answer.json.workspace.id}/release` });
  connection.destroy();
  return answer;
}

function upstream(name, socketPath) {
  return `upstream bench_${name} {
    server "unix:${socketPath}";
    keepalive 1024;
    keepalive_requests 1000000;
}
`;
}

function workerLocation(name) {
  return `location ^~ ${locationOf(name)}/ {
    include pool-manager-mock/pass.conf;
    fastcgi_param POOL_MANAGER_MOUNT ${locationOf(name)};
    fastcgi_pass bench_${name};
}
`;
}

function nodeLocation(name) {
  return `location ^~ ${locationOf(name)}/ {
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_pass http://bench_${name};
}
`;
}

// nginx's own answer, with the body and the headers of a claim's answer.
function ownLocation(answer) {
  const { status, 'content-type': type, 'content-length': length, ...headers } = answer.headers;
  const lines = Object.entries(headers).map(([name, value]) => `    add_header ${name} "${value}";\n`);
  return `location ^~ ${locationOf('nginx')}/ {
    default_type ${type};
${lines.join('')}    return 200 '${answer.text}';
}
`;
}

function insertAfter(text, line, added) {
  const at = text.indexOf(line);
  if (at < 0) throw new Error(`nginx.conf has no line "${line}"`);
  return text.slice(0, at + line.length) + added + text.slice(at + line.length);
}

// The complete server of the project, with a location for each additional server, and without an access log, which would cost nginx time.
async function writeNginx(directory, answer, servers) {
  const file = join(directory, 'nginx.conf');
  let text = await readFile(file, 'utf8');
  text = insertAfter(text, 'include pool-manager-mock/upstream.conf;', '\n    include bench-upstreams.conf;');
  text = insertAfter(text, 'include pool-manager-mock/location.conf;', '\n        include bench-locations.conf;\n        access_log off;');
  await writeFile(file, text);
  await writeFile(join(directory, 'bench-upstreams.conf'), servers.map(({ name, path }) => upstream(name, path)).join(''));
  const locations = servers.map(({ name, isNode }) => (isNode ? nodeLocation(name) : workerLocation(name)));
  await writeFile(join(directory, 'bench-locations.conf'), ownLocation(answer) + locations.join(''));
}

// A process of node_server.mjs.
class NodeServer {
  #child;
  #ended;

  static async start(world, { pods, socketPath }) {
    const server = new NodeServer();
    await rm(socketPath, { force: true });
    const args = [sourceFile('tests', 'bench', 'node_server.mjs'), String(pods), socketPath];
    const child = spawnTracked(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    world.atEnd(() => server.stop());
    server.#child = child;
    server.#ended = once(child, 'exit');
    const ended = server.#ended.then(() => Promise.reject(new Error('the node server ended at its start')));
    ended.catch(() => {});
    const [line] = await Promise.race([once(child.stdout, 'data'), ended]);
    server.port = Number(line);
    await until('the node server listens', () => existsSync(socketPath));
    return server;
  }

  get pid() {
    return this.#child.pid;
  }

  async stop() {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

// Receives what nginx sends to a worker, and answers nothing.
class Recorder {
  #server = net.createServer((socket) => {
    const chunks = [];
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (!bytes.subarray(-8).equals(Recorder.#END)) return;
      socket.destroy(); // nginx then answers 502
      this.request = bytes;
    });
  });

  // The empty STDIN record at the end of a request.
  static #END = Buffer.from([1, 5, 0, 1, 0, 0, 0, 0]);

  static async start(world, path) {
    const recorder = new Recorder();
    recorder.#server.listen(path);
    await once(recorder.#server, 'listening');
    world.atEnd(() => recorder.#server.close());
    return recorder;
  }
}

export class Servers {
  #world;
  #settings;
  #running = new Map();
  #recorder;
  #stack;

  // `settings` has for the name of each worker or node server:
  //   pods      the number of pods in the default pool at its start
  //   used      how many of them are claimed; 0 by default
  //   level     the log level; null is the default
  //   options   additional options
  //   program   its program, instead of the seeded worker
  //   isNode    true for a node server, which has only `pods`
  //   stateDir  a directory that is empty at each start
  //   onDemand  true: it is not started before restart()
  static async start(world, settings) {
    const servers = new Servers();
    servers.#world = world;
    servers.#settings = settings;
    servers.#recorder = await Recorder.start(world, servers.#socketPath('recorder'));
    await servers.#startStack();
    for (const [name, { onDemand }] of Object.entries(settings)) if (!onDemand) await servers.restart(name);
    await servers.#startConstant();
    return servers;
  }

  #socketPath(name) {
    return this.#world.path(`${name}.sock`);
  }

  #logPath(name) {
    return this.#world.path(`${name}.log`);
  }

  async #startStack() {
    const names = ['constant', 'recorder', ...Object.keys(this.#settings)];
    const servers = names.map((name) => ({ name, path: this.#socketPath(name), isNode: this.#settings[name]?.isNode }));
    this.#stack = await Stack.start(this.#world, {
      options: ['--log-level', 'error'],
      configure: async (directory, listen, socketPath) => {
        this.claim = await recordClaim(socketPath);
        await makeInstance(directory, listen, socketPath);
        await writeNginx(directory, this.claim, servers);
      },
    });
  }

  async #startConstant() {
    const socketPath = this.#socketPath('constant');
    const answer = this.#world.path('claim');
    await writeFile(answer, this.claim.stdout);
    const constant = spawnTracked(CONSTANT, [socketPath, answer], { stdio: ['ignore', 'ignore', 'inherit'] });
    const ended = once(constant, 'exit');
    this.#world.atEnd(async () => {
      constant.kill('SIGKILL');
      await ended;
    });
    await until('the constant listens', () => existsSync(socketPath));
    this.#running.set('constant', constant);
  }

  async #startWorker(name) {
    const { pods, used = 0, level = 'error', options = [], program = SEEDED, stateDir } = this.#settings[name];
    if (stateDir) {
      await rm(stateDir, { recursive: true, force: true });
      await mkdir(stateDir);
    }
    const log = openSync(this.#logPath(name), 'a');
    try {
      return await Worker.start(this.#world, {
        program,
        socketPath: this.#socketPath(name),
        env: { BENCH_PODS: String(pods), BENCH_USED: String(used) },
        options: [...(level === null ? [] : ['--log-level', level]), ...options],
        stderr: log,
      });
    } finally {
      closeSync(log);
    }
  }

  // Starts a new process with the initial state. Stops the last one, if any.
  async restart(name) {
    await this.stop(name);
    const { isNode, pods } = this.#settings[name];
    const socketPath = this.#socketPath(name);
    this.#running.set(name, isNode ? await NodeServer.start(this.#world, { pods, socketPath }) : await this.#startWorker(name));
  }

  async stop(name) {
    await this.#running.get(name)?.stop();
    this.#running.delete(name);
  }

  // Returns the process behind nginx, with its pid; null for nginx's own answer.
  worker(name) {
    return this.#running.get(name) ?? null;
  }

  // Returns a new connection to the worker, without nginx. The caller destroys it.
  connect(name) {
    return Connection.open(this.#socketPath(name));
  }

  socketPath(name) {
    return this.#socketPath(name);
  }

  // Returns how many pods the worker started with.
  podsOf(name) {
    return this.#settings[name].pods;
  }

  // With `isDirect`, returns the URL without nginx, which only a node server has.
  url(name, path, isDirect = false) {
    const port = isDirect ? this.#running.get(name).port : this.#stack.port;
    return `http://${this.#stack.host}:${port}${locationOf(name)}${path}`;
  }

  // Sends one request through nginx.
  ask(name, path, method = 'GET', options = {}) {
    return this.#stack.request(method, locationOf(name) + path, options);
  }

  // The same, for a request that has to succeed. Returns the answer's JSON.
  async say(name, path, method = 'GET', options = {}) {
    return assertSuccess(await this.ask(name, path, method, options));
  }

  // Returns the bytes that nginx sends to a worker for a request.
  async record(path, method = 'GET', options = {}) {
    this.#recorder.request = null;
    await this.ask('recorder', path, method, options);
    return until(`nginx sends ${method} ${path}`, () => this.#recorder.request);
  }

  // Writes the same to a file, for loader.c, and returns its path.
  async recordFile(name, path, options) {
    const file = this.#world.path(`${name}.request`);
    await writeFile(file, await this.record(path, 'GET', options));
    return file;
  }

  path(name) {
    return this.#world.path(name);
  }

  // Empties the log, so that no run fills the disk.
  emptyLog(name) {
    if (existsSync(this.#logPath(name))) truncateSync(this.#logPath(name));
  }
}
