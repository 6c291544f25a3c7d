// SPDX-License-Identifier: MIT
//
// The program as plain CGI behind nginx: fcgiwrap starts it for each request.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { assertError, assertSuccess } from '../lib/api.mjs';
import { testCase, until } from '../lib/case.mjs';
import { ownServer, sourceFile, Stack } from '../lib/stack.mjs';
import { cleanEnvironment, spawnTracked } from '../lib/worker.mjs';

const nginx = process.env.POOL_MANAGER_TEST_NGINX;
const fcgiwrap = process.env.POOL_MANAGER_TEST_FCGIWRAP;
const program = process.env.POOL_MANAGER_TEST_WORKER;
const CHILDREN = 4;

// The example of docs/configuration.md, with paths of our own.
async function server(socket, state) {
  const document = await readFile(sourceFile('docs', 'configuration.md'), 'utf8');
  const [, example] = /## As plain CGI.*?```nginx\nhttp \{\n(.*?)\}\n```/s.exec(document);
  const replacements = [
    ['127.0.0.1:8080', '@LISTEN@'],
    ['/var/lib/pool-manager-mock/state.db', `"${state}"`],
    ['/usr/sbin/pool-manager-mock', `"${program}"`],
    ['unix:/run/fcgiwrap.socket', `"unix:${socket}"`],
  ];
  return replacements.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), `the example has ${from}`);
    return text.replace(from, to);
  }, example);
}

// Starts fcgiwrap; it and its children end with the case.
async function startFcgiwrap(world, socket) {
  const child = spawnTracked(fcgiwrap, ['-c', String(CHILDREN), '-s', `unix:${socket}`], {
    env: cleanEnvironment(),
    stdio: 'ignore',
    detached: true,
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  world.atEnd(() => {
    process.kill(-child.pid, 'SIGTERM');
    return ended;
  });
}

// Starts nginx in front of fcgiwrap. The stack's own worker stays idle.
async function start(world) {
  const socket = world.path('fcgiwrap.sock');
  await startFcgiwrap(world, socket);
  const stack = await Stack.start(world, { configure: ownServer(await server(socket, world.path('state.db'))) });
  await until('fcgiwrap answers', async () => (await stack.ask('GET', '/pools')).status === 200);
  return stack;
}

function cgiCase(name, body) {
  const missing = [[nginx, 'nginx'], [fcgiwrap, 'fcgiwrap']].find(([path]) => !path);
  testCase(name, body, { skip: missing ? `${missing[1]} is not installed` : false });
}

cgiCase('through nginx the CGI program answers as the worker does, and keeps its state between requests', async (world) => {
  const stack = await start(world);
  assert.equal((await stack.claim('default-pool', 'w')).id, 'pod-pool-1-1');
  assert.equal((await stack.claim('default-pool', 'w')).id, 'pod-pool-1-2');
  const body = JSON.stringify({ name: 'made', minimum_vms: 2 });
  assert.equal(assertSuccess(await stack.ask('POST', '/pools', { body }), 201).pool.name, 'made');
  assertSuccess(await stack.ask('POST', '/workspaces/mock-pod-1/release'));
  assert.equal((await stack.claim('default-pool', 'v')).id, 'pod-pool-1-1');
  assertError(await stack.ask('GET', '/workspaces/nobody'), 404, 'pod_not_found');
  assert.equal((await stack.ask('HEAD', '/pools')).status, 200);
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  assert.equal((await stack.claim('default-pool', 'w')).id, 'pod-pool-1-1');
});

cgiCase('search words in the query are not read as options', async (world) => {
  const stack = await start(world);
  assertSuccess(await stack.ask('GET', '/pools?--help+--no-such-option+-V'));
});

cgiCase('concurrent clients get one pod each', async (world) => {
  const stack = await start(world);
  const pods = await Promise.all(Array.from({ length: 20 }, (_, n) => stack.claim('shared', `w-${n}`)));
  assert.equal(new Set(pods.map((pod) => pod.id)).size, pods.length);
  assert.equal(assertSuccess(await stack.ask('GET', '/pools/shared/status')).status.used_vms, pods.length);
});

cgiCase('there is no stream of events, only the page', async (world) => {
  const stack = await start(world);
  for (const path of ['/__admin/events', '/pools/default-pool/events']) {
    const answer = await stack.ask('GET', path, { headers: { accept: 'text/event-stream' } });
    assert.deepEqual(assertSuccess(answer).events, []);
  }
  assertError(await stack.ask('GET', '/__admin/events/wait'), 501, 'one_shot');
});
