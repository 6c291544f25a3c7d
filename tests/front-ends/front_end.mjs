// SPDX-License-Identifier: MIT
//
// A front end of docs/front-ends.md as a process. Its file is used as it is: only the addresses in it are replaced.

import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';

import { PATIENCE_MS, until, within } from '../lib/case.mjs';
import { connects, freePort } from '../lib/ports.mjs';
import { makeInstance, sourceFile, Stack } from '../lib/stack.mjs';
import { spawnTracked, Worker } from '../lib/worker.mjs';

export const IS_ROOT = process.getuid() === 0;

// The addresses in the files: where the front end listens, the nginx behind it, and the worker.
const LISTEN = '127.0.0.1:8080';
const SOCKET = '/run/pool-manager-mock/worker.sock';

const STARTS = 5;

async function shippedText(file, addresses) {
  let text = await readFile(sourceFile('docs', 'front-ends', file), 'utf8');
  for (const [from, to] of addresses) {
    if (!text.includes(from)) throw new Error(`docs/front-ends/${file} does not contain ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

// The nginx that the project ships, with the two lines that docs/front-ends.md adds where a proxy on this machine stands before it.
async function behindProxy(directory, listen, socketPath) {
  await makeInstance(directory, listen, socketPath);
  const path = join(directory, 'nginx.conf');
  const text = await readFile(path, 'utf8');
  const lines = 'set_real_ip_from 127.0.0.1;\nreal_ip_header X-Forwarded-For;\n';
  await writeFile(path, text.replace(/(?=include pool-manager-mock\/location\.conf)/, lines));
}

class Process {
  #child;
  #exited = Promise.resolve();
  #output = '';

  constructor(frontEnd, directory) {
    this.frontEnd = frontEnd;
    this.directory = directory;
  }

  // Starts the front end on a free port. Tries another one if it ends before it listens. `backend` are the addresses behind it.
  static async start(world, frontEnd, backend) {
    const started = new Process(frontEnd, world.path('front-end'));
    await mkdir(started.directory);
    world.atEnd(() => started.#stop());
    world.onFailure(() => started.#output.split('\n').slice(-20).map((line) => `${frontEnd.name}: ${line.slice(0, 300)}`));
    for (let tries = 0; tries < STARTS; tries++) {
      if (await started.#run(await freePort(), backend)) return started;
    }
    throw new Error(`${frontEnd.name} does not start: ${started.#output.slice(-1000)}`);
  }

  async #run(port, backend) {
    const { name, file, program, listensIn = 'file', prepare } = this.frontEnd;
    const listen = listensIn === 'file' ? [[LISTEN, `127.0.0.1:${port}`]] : [];
    const shipped = join(this.directory, file);
    await writeFile(shipped, await shippedText(file, [...listen, ...backend]));
    const args = await prepare({ directory: this.directory, shipped, port });
    const env = { PATH: process.env.PATH, HOME: this.directory };
    this.port = port;
    this.#child = spawnTracked(program, args, { cwd: this.directory, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream.on('data', (text) => (this.#output += text));
    let ended = false;
    this.#exited = new Promise((resolve) => this.#child.once('exit', resolve)).then(() => (ended = true));
    await until(`${name} listens`, async () => ended || (await connects(port)));
    return !ended;
  }

  async #stop() {
    this.#child?.kill('SIGTERM');
    await within(PATIENCE_MS, 'the end of the front end', this.#exited).catch(() => this.#child.kill('SIGKILL'));
  }
}

export class FrontEndStack extends Stack {
  // Starts a worker with these settings, and a front end in front of it:
  //   name, program, file, debian  its name, its program, its file in docs/front-ends/, and its Debian package
  //   listensIn                    'arguments' if the file does not say where it listens
  //   nginxIn                      for one that needs an nginx behind it: the nginx's address in the file; a function of its port
  //   workerOptions                for its access to the worker's socket
  //   prepare({directory, shipped, port})  writes the files around the shipped one. Returns the arguments
  static async start(world, frontEnd, { options = [], ...settings } = {}) {
    if (IS_ROOT) await chmod(world.directory, 0o755); // a front end may run as another user
    const all = { ...settings, options: [...options, ...(frontEnd.workerOptions ?? [])] };
    const stack = new FrontEndStack();
    Object.assign(stack, { world, settings: all, agent: new http.Agent({ keepAlive: true }) });
    world.atEnd(() => stack.agent.destroy());
    if (frontEnd.nginxIn) {
      const { worker, port } = await Stack.start(world, { ...all, configure: behindProxy });
      stack.worker = worker;
      stack.process = await Process.start(world, frontEnd, frontEnd.nginxIn(port));
    } else {
      stack.worker = await Worker.start(world, all);
      stack.process = await Process.start(world, frontEnd, [[SOCKET, stack.worker.socketPath]]);
    }
    return stack;
  }

  get port() {
    return this.process.port;
  }
}
