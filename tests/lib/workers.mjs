// SPDX-License-Identifier: MIT
//
// Several workers behind nginx with nginx/scale-out.conf, which is used as it is, except for its addresses.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { freePort } from './ports.mjs';
import { makeInstance, sourceFile, Stack } from './stack.mjs';
import { Worker } from './worker.mjs';

const LAST_SERVER = /( *server unix:\S+)3(\.sock max_fails=0;\n)/;

export class Workers {
  #world;
  #options;
  #change;
  #byName = new Map();

  // Starts the workers 1, 2 and 3, each with a state file, and nginx in front of them. `options` are further ones of each worker,
  // and `change` may change the text of scale-out.conf.
  static async start(world, options = [], change = (text) => text) {
    const workers = new Workers();
    workers.#world = world;
    workers.#options = options;
    workers.#change = change;
    for (const name of ['1', '2', '3']) await workers.add(name);
    workers.stack = await Stack.before(world, world.path('unused.sock'), (...where) => workers.#configure(...where));
    return workers;
  }

  async #configure(directory, listen, socketPath) {
    await makeInstance(directory, listen, socketPath);
    this.port ??= await freePort(); // of the server that asks one worker
    const moved = (text) => text.replaceAll('/run/pool-manager-mock/', `${this.#world.directory}/`)
      .replaceAll('-live.sock', '.sock.live').replace('127.0.0.1:8079', `127.0.0.1:${this.port}`);
    this.file = join(directory, 'pool-manager-mock', 'scale-out.conf');
    await writeFile(this.file, this.#change(moved(await readFile(sourceFile('nginx', 'scale-out.conf'), 'utf8'))));
    const server = join(directory, 'nginx.conf');
    await writeFile(server, (await readFile(server, 'utf8')).replace('/upstream.conf;', '/scale-out.conf;'));
  }

  // Starts a worker, also one that has ended before.
  async add(name) {
    const options = ['--worker-name', name, '--state', this.#world.path(`${name}.db`), ...this.#options];
    this.#byName.set(name, await Worker.start(this.#world, { socketPath: this.#world.path(`${name}.sock`), options }));
  }

  // Adds a line for the worker 4 to scale-out.conf, and reloads nginx.
  async tellNginxOfFour() {
    const text = await readFile(this.file, 'utf8');
    await writeFile(this.file, text.replace(LAST_SERVER, '$&$14$2'));
    await this.stack.nginx.reload(0);
  }

  get names() {
    return [...this.#byName.keys()];
  }

  worker(name) {
    return this.#byName.get(name);
  }
}
