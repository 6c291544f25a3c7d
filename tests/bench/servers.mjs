// SPDX-License-Identifier: MIT
//
// What is measured: one nginx, and behind it nginx's own answer, the constant, and workers with different states and log levels. All
// run at once; who is not asked sleeps.

import { closeSync, existsSync, openSync, truncateSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { until } from '../lib/case.mjs';
import { Connection } from '../lib/fcgi.mjs';
import { makeInstance, Stack } from '../lib/stack.mjs';
import { BASE, spawnTracked, Worker } from '../lib/worker.mjs';

const { POOL_MANAGER_TEST_CONSTANT: CONSTANT, POOL_MANAGER_TEST_SEEDED: SEEDED } = process.env;

export const CLAIM = '/pools/default-pool/workspace?workspaceId=workspace-123';

// The location of each server that is not the worker at its usual place.
const locationOf = (name) => `/bench/${name}`;

// What a worker says to a claim: the CGI answer as it is. The claimed pod is free again afterwards.
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

// nginx's own answer with the body of a claim and its headers.
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

// The complete server that the project ships, with a location for each further server. No access log: what it costs is nginx's.
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

  // `workers` has for each name {pods, level, options}: how many pods the default pool has, the log level, or null for the default one,
  // and further options, if any.
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

  // A new process with the state of the beginning.
  async restart(name) {
    await this.#workers.get(name).stop();
    await this.#startWorker(name);
  }

  // The process behind nginx, with its pid; null for nginx's own answer.
  worker(name) {
    return this.#workers.get(name) ?? null;
  }

  // How many pods the worker began with.
  podsOf(name) {
    return this.#settings[name].pods;
  }

  url(name, path) {
    return `http://${this.#stack.host}:${this.#stack.port}${locationOf(name)}${path}`;
  }

  // One request through nginx.
  ask(name, path) {
    return this.#stack.request('GET', locationOf(name) + path);
  }

  // So that no run fills the disk.
  emptyLog(name) {
    if (name in this.#settings) truncateSync(this.#logPath(name));
  }
}
