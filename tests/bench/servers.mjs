// SPDX-License-Identifier: MIT
//
// The servers that are measured: one nginx, and behind it nginx's own answer, the constant, and workers with different states and log
// levels. All run at once; those without requests sleep.

import { closeSync, existsSync, openSync, truncateSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { until } from '../lib/case.mjs';
import { Connection } from '../lib/fcgi.mjs';
import { makeInstance, Stack } from '../lib/stack.mjs';
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

function passingLocation(name) {
  return `location ^~ ${locationOf(name)}/ {
    include pool-manager-mock/pass.conf;
    fastcgi_param POOL_MANAGER_MOUNT ${locationOf(name)};
    fastcgi_pass bench_${name};
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
async function writeNginx(directory, answer, sockets) {
  const file = join(directory, 'nginx.conf');
  const names = Object.keys(sockets);
  let text = await readFile(file, 'utf8');
  text = insertAfter(text, 'include pool-manager-mock/upstream.conf;', '\n    include bench-upstreams.conf;');
  text = insertAfter(text, 'include pool-manager-mock/location.conf;', '\n        include bench-locations.conf;\n        access_log off;');
  await writeFile(file, text);
  await writeFile(join(directory, 'bench-upstreams.conf'), names.map((name) => upstream(name, sockets[name])).join(''));
  await writeFile(join(directory, 'bench-locations.conf'), ownLocation(answer) + names.map(passingLocation).join(''));
}

export class Servers {
  #world;
  #settings;
  #workers = new Map();
  #stack;

  // `workers` has {pods, level, options} for each name: the number of pods in the default pool, the log level (null: the default), and
  // additional options, if any.
  static async start(world, workers) {
    const servers = new Servers();
    servers.#world = world;
    servers.#settings = workers;
    await servers.#startStack();
    for (const name of Object.keys(workers)) await servers.#startWorker(name);
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
    const names = ['constant', ...Object.keys(this.#settings)];
    const sockets = Object.fromEntries(names.map((name) => [name, this.#socketPath(name)]));
    this.#stack = await Stack.start(this.#world, {
      options: ['--log-level', 'error'],
      configure: async (directory, listen, socketPath) => {
        this.claim = await recordClaim(socketPath);
        await makeInstance(directory, listen, socketPath);
        await writeNginx(directory, this.claim, sockets);
      },
    });
  }

  async #startConstant() {
    const socketPath = this.#socketPath('constant');
    const answer = this.#world.path('claim');
    await writeFile(answer, this.claim.stdout);
    const constant = spawnTracked(CONSTANT, [socketPath, answer], { stdio: ['ignore', 'ignore', 'inherit'] });
    this.#world.atEnd(() => constant.kill('SIGKILL'));
    await until('the constant listens', () => existsSync(socketPath));
    this.#workers.set('constant', constant);
  }

  async #startWorker(name) {
    const { pods, level, options = [] } = this.#settings[name];
    const log = openSync(this.#logPath(name), 'a');
    const worker = await Worker.start(this.#world, {
      program: SEEDED,
      socketPath: this.#socketPath(name),
      env: { BENCH_PODS: String(pods) },
      options: [...(level === null ? [] : ['--log-level', level]), ...options],
      stderr: log,
    });
    closeSync(log);
    this.#workers.set(name, worker);
  }

  // Starts a new process with the initial state.
  async restart(name) {
    await this.#workers.get(name).stop();
    await this.#startWorker(name);
  }

  // Returns the process behind nginx, with its pid; null for nginx's own answer.
  worker(name) {
    return this.#workers.get(name) ?? null;
  }

  // Returns how many pods the worker started with.
  podsOf(name) {
    return this.#settings[name].pods;
  }

  url(name, path) {
    return `http://${this.#stack.host}:${this.#stack.port}${locationOf(name)}${path}`;
  }

  // Sends one request through nginx.
  ask(name, path) {
    return this.#stack.request('GET', locationOf(name) + path);
  }

  // Empties the logs, so that no run fills the disk.
  emptyLog(name) {
    if (name in this.#settings) truncateSync(this.#logPath(name));
  }
}
