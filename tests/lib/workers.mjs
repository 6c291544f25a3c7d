// SPDX-License-Identifier: MIT
//
// Several workers behind nginx with nginx/scale-out.conf, which is used as it is, except for its addresses.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { assertSuccess, claimPath } from './api.mjs';
import { prefixOf } from './claim_history.mjs';
import { freePort } from './ports.mjs';
import { makeInstance, sourceFile, Stack } from './stack.mjs';
import { OPCODE, WebSocketClient } from './web_socket.mjs';
import { Worker } from './worker.mjs';

const SHIPPED = ['1', '2', '3']; // the workers in scale-out.conf
const LAST_SERVER = /( *server unix:\S+)3(\.sock max_fails=0;\n)/;
const SOCKETS = ['$pool_manager_socket', '$pool_manager_live']; // the maps of a worker's name to its two sockets

export class Workers {
  #settings;
  #byName = new Map();
  #places = new Map();

  // Starts the workers, each with a state file, and nginx in front of them.
  //   names       of the workers; 1, 2 and 3 by default
  //   options     further options of each worker
  //   change      changes the text of scale-out.conf
  //   elsewhere   the other hosts (hosts.mjs) on which workers run, by their names
  //   keeps       false: without a state file
  static async start(world, settings = {}) {
    const workers = new Workers();
    workers.world = world;
    workers.#settings = { names: SHIPPED, options: [], change: (text) => text, elsewhere: {}, keeps: true, ...settings };
    for (const name of workers.#settings.names) await workers.add(name);
    workers.stack = await Stack.before(world, world.path('unused.sock'), (...where) => workers.#configure(...where));
    return workers;
  }

  async #configure(directory, listen, socketPath) {
    await makeInstance(directory, listen, socketPath);
    this.port ??= await freePort(); // of the server that asks one worker
    const moved = (text) => text.replaceAll('/run/pool-manager-mock/', `${this.world.directory}/`)
      .replaceAll('-live.sock', '.sock.live').replace('127.0.0.1:8079', `127.0.0.1:${this.port}`);
    const text = moved(await readFile(sourceFile('nginx', 'scale-out.conf'), 'utf8'));
    this.file = join(directory, 'pool-manager-mock', 'scale-out.conf');
    await writeFile(this.file, this.#settings.change(this.#withWorkers(text)));
    const server = join(directory, 'nginx.conf');
    await writeFile(server, (await readFile(server, 'utf8')).replace('/upstream.conf;', '/scale-out.conf;'));
  }

  // Removes the lines of workers that do not run from scale-out.conf, and changes it for those on other hosts, as docs/scale-out.md tells.
  #withWorkers(text) {
    const serverOf = (name) => new RegExp(`server unix:\\S+/${name}\\.sock `);
    const isRemoved = (line) => SHIPPED.some((name) => !this.#settings.names.includes(name) && serverOf(name).test(line));
    let changed = text.split('\n').filter((line) => !isRemoved(line)).join('\n');
    for (const [name, sockets] of this.#places) {
      changed = changed.replace(serverOf(name), `server ${sockets[0]} `);
      SOCKETS.forEach((map, n) => {
        changed = changed.replace(new RegExp(`map \\S+ \\${map} {\n.*default unix:.*\n`), `$&    ${name} ${sockets[n]};\n`);
      });
    }
    return changed;
  }

  // Starts a worker, also one that has ended before.
  async add(name) {
    const host = this.#settings.elsewhere[name];
    const state = this.#settings.keeps ? ['--state', this.world.path(`${name}.db`)] : [];
    const options = ['--worker-name', name, ...state, ...this.#settings.options];
    const settings = { socketPath: this.world.path(`${name}.sock`), options };
    if (host) {
      if (!this.#places.has(name)) this.#places.set(name, [await host.freeAddress(), await host.freeAddress()]);
      const [address, live] = this.#places.get(name);
      Object.assign(settings, { host, address: addressOf(address), live });
    }
    this.#byName.set(name, await Worker.start(this.world, settings));
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

  // Asks a worker for its health, by its name.
  askByName(name, options = {}) {
    return this.stack.request('GET', `/${name}/__admin/health`, { port: this.port, agent: false, ...options });
  }

  // Asserts that a WebSocket to a pod of a tenant is served. The workers have --pod-url path.
  async assertSocketOf(tenant) {
    const { subdomain } = (await this.stack.say('GET', prefixOf(tenant) + claimPath('default-pool', 'w'))).workspace;
    const echo = await WebSocketClient.open(this.stack, `${prefixOf(tenant)}/_pod/${subdomain}/8080/_echo`);
    echo.send(OPCODE.TEXT, tenant);
    assert.equal((await echo.next()).payload.toString(), tenant);
  }

  // Returns the name of the worker that has a tenant, as nginx chooses it.
  async homeOf(tenant) {
    return assertSuccess(await this.stack.ask('GET', `${prefixOf(tenant)}/__admin/health`)).worker;
  }

  // Returns a map from tenants to the names of their workers.
  async homesOf(tenants) {
    return new Map(await Promise.all(tenants.map(async (tenant) => [tenant, await this.homeOf(tenant)])));
  }

  // Asserts that each tenant exists at one worker only. Asks the workers themselves.
  async assertOneHome(homes) {
    const named = [...homes.keys()].filter((tenant) => tenant !== '');
    for (const name of this.names) {
      const { tenants } = assertSuccess(await this.worker(name).ask('GET', '/__admin/tenants'));
      const here = tenants.map((tenant) => tenant.name).filter((tenant) => named.includes(tenant));
      const expected = named.filter((tenant) => homes.get(tenant) === name);
      assert.deepEqual(here.sort(), expected.sort(), `the tenants of worker ${name}`);
    }
  }
}

function addressOf(text) {
  const [host, port] = text.split(':');
  return { host, port: Number(port) };
}
