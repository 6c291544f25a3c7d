// SPDX-License-Identifier: MIT
//
// The recipes of docs/routing.md: the files of tests/stack/routing/, which are used as they are, except for their addresses. A case's
// own addresses replace them: ports of 127.0.0.1 become free ports, and sockets in /run/pool-manager-mock those in the case's directory.

import { readFile } from 'node:fs/promises';

import { assertSuccess } from './api.mjs';
import { freePort } from './ports.mjs';
import { ownServer, sourceFile, Stack } from './stack.mjs';
import { BASE, Worker } from './worker.mjs';

export function recipeText(file) {
  return readFile(sourceFile('tests', 'stack', 'routing', file), 'utf8');
}

// Starts a worker with these settings, and an nginx with a recipe in http { }. The stack's port is the recipe's 8080, and
// `stack.ports` maps its other ports to those in use. `prepare(directory)` writes further files before nginx starts.
export async function startRecipe(world, name, { prepare = () => {}, ...settings } = {}) {
  const text = (await recipeText(`${name}.conf`)).replaceAll('/run/pool-manager-mock/', `${world.directory}/`);
  const ports = {};
  const configure = async (directory, listen, socketPath) => {
    for (const [, port] of text.matchAll(/127\.0\.0\.1:(80\d\d)\b/g)) ports[port] ??= await freePort();
    ports[8080] = Number(listen.split(':')[1]);
    const moved = text.replaceAll(/127\.0\.0\.1:(80\d\d)\b/g, (_, port) => `127.0.0.1:${ports[port]}`);
    await ownServer(moved)(directory, listen, socketPath);
    await prepare(directory);
  };
  const stack = await Stack.start(world, { configure, ...settings });
  stack.ports = ports;
  return stack;
}

// Starts the worker at the recipes' socket second.sock.
export function startSecond(world, settings = {}) {
  return Worker.start(world, { ...settings, socketPath: world.path('second.sock') });
}

// Returns the number of used pods in the default pool of a worker. Asks the worker itself, without nginx.
export async function usedPods(worker, prefix = '', base = BASE) {
  const answer = await worker.ask('GET', '', { target: `${base}${prefix}/pools/default-pool/status` });
  return assertSuccess(answer).pool.used_workspaces;
}
