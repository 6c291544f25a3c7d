// SPDX-License-Identifier: MIT
//
// The recipes of docs/routing.md with more than one worker, and socket activation.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

import { assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { testCase, until } from '../lib/case.mjs';
import { Connection, encodeRequest } from '../lib/fcgi.mjs';
import { startRecipe, startSecond, usedPods } from '../lib/recipe.mjs';
import { run, Stack, stackCase } from '../lib/stack.mjs';
import { BASE, cleanEnvironment, spawnTracked, WORKER } from '../lib/worker.mjs';

const CLAIM = claimPath('default-pool', 'w');

// Starts a recipe with two workers. Returns {stack, used(prefix)}: `used` gives the used pods of both.
async function startTwo(world, name, settings) {
  const second = await startSecond(world, settings);
  const stack = await startRecipe(world, name, settings);
  const used = (prefix) => Promise.all([stack.worker, second].map((worker) => usedPods(worker, prefix)));
  return { stack, used };
}

// Claims `count` pods, one after the other. Returns how many different ones came.
async function claimMany(stack, count, options = {}) {
  const ids = new Set();
  for (let n = 0; n < count; n++) ids.add(assertSuccess(await stack.ask('GET', CLAIM, options)).workspace.id);
  return ids.size;
}

stackCase('mirror: both mocks get each request, with its path and body', async (world) => {
  const { stack, used } = await startTwo(world, 'mirror', { options: ['--pod-url', 'path'] });
  assert.equal(await claimMany(stack, 5), 5);
  assertSuccess(await stack.ask('POST', '/pools', { json: { name: 'a/b' } }), 201);
  const echo = assertSuccess(await stack.ask('GET', '/_pod/mock-pod-1/8080/_echo/a%2Fb'));
  assert.equal(echo.cgi.REQUEST_URI, `${BASE}/_pod/mock-pod-1/8080/_echo/a%2Fb`);
  await until('the second mock has the claims too', async () => (await used()).join() === '5,5');
  const entries = async () => {
    const connection = await Connection.open(world.path('second.sock'));
    await connection.send(encodeRequest({ target: `${BASE}/__admin/requests`, keep: false }));
    const { requests } = (await connection.answer()).json;
    connection.destroy();
    return requests.map(({ method, path, status }) => `${method} ${path.slice(BASE.length)} ${status}`);
  };
  await until('the second mock has the POST and the echo too', async () => {
    const seen = await entries();
    return seen.includes('POST /pools 201') && seen.includes('GET /_pod/mock-pod-1/8080/_echo/a%2Fb 200');
  });
});

stackCase('canary: each user always gets the same service, and no request reaches both', async (world) => {
  const { stack, used } = await startTwo(world, 'canary');
  const users = Array.from({ length: 40 }, (_, n) => ({ headers: { authorization: `Bearer user-${n}` } }));
  let before = await used();
  const sides = [];
  for (const user of users) {
    const moves = [];
    for (let n = 0; n < 2; n++) {
      assert.equal(await claimMany(stack, 1, user), 1);
      const now = await used();
      moves.push(now.map((count, side) => count - before[side]).join());
      before = now;
    }
    assert.equal(moves[0], moves[1], 'the same service');
    const echo = assertSuccess(await stack.ask('GET', '/_pod/mock-pod-1/8080/_echo', user));
    assert.equal(echo.cgi.SERVER_PORT, String(stack.ports[moves[0] === '1,0' ? 8080 : 8081]));
    sides.push(moves[0]);
  }
  assert.deepEqual([...new Set(sides)].sort(), ['0,1', '1,0']);
});

stackCase('sticky: the cookie leads to the worker of the first answer; without it, pods are confused silently', async (world) => {
  const { stack, used } = await startTwo(world, 'sticky', { options: ['--pod-url', 'path'] });
  const claims = [];
  const firsts = () => claims.filter(({ pod }) => pod.id === 'pod-pool-1-1');
  for (let n = 0; n < 12 || (firsts().length < 2 && n < 60); n++) { // nginx chooses the worker at random
    const answer = await stack.ask('GET', claimPath('default-pool', `w-${n}`));
    const [cookie] = answer.headers['set-cookie'][0].split(';');
    claims.push({ cookie, pod: assertSuccess(answer).workspace });
  }
  const counts = await used();
  assert.equal(counts[0] + counts[1], claims.length);
  assert.equal(firsts().length, 2, 'both workers give the same names');
  for (const [n, { cookie, pod }] of claims.entries()) {
    const { workspace } = assertSuccess(await stack.ask('GET', `/workspaces/${pod.id}`, { headers: { cookie } }));
    assert.equal(workspace.claimedBy, `w-${n}`);
    const echo = assertSuccess(await stack.ask('GET', `/_pod/${pod.subdomain}/8080/_echo`, { headers: { cookie } }));
    assert.equal(echo.claimedBy, `w-${n}`);
  }
  const [one, other] = firsts();
  const headers = { cookie: other.cookie };
  const { workspace } = assertSuccess(await stack.ask('GET', `/workspaces/${one.pod.id}`, { headers }));
  assert.equal(workspace.claimedBy, other.pod.claimedBy, 'a pod of somebody else, without an error');
});

stackCase('round-robin: workers by turns give pods twice; a worker for each tenant does not', async (world) => {
  const { stack, used } = await startTwo(world, 'round-robin', { options: ['--pod-url', 'path'] });
  assert.equal(await claimMany(stack, 10), 5, 'each pod twice');
  assert.deepEqual(await used(), [5, 5]);
  const cured = { port: stack.ports[8081], agent: false };
  for (const tenant of ['a', 'b', 'c', 'd']) {
    const headers = { 'X-Mock-Tenant': tenant };
    assert.equal(await claimMany(stack, 5, { ...cured, headers }), 5);
    const claimed = assertSuccess(await stack.ask('GET', `/~${tenant}${CLAIM}`, cured)).workspace;
    assert.equal(claimed.id, 'pod-pool-1-6', 'the path selects the same worker as the header');
    const echo = assertSuccess(await stack.ask('GET', `/_pod/mock-pod-6--${tenant}/8080/_echo`, { ...cured, headers }));
    assert.equal(echo.cgi.HTTP_X_MOCK_TENANT, tenant);
    assert.deepEqual((await used(`/~${tenant}`)).sort(), [0, 6], 'one worker has all of the tenant');
  }
});

function isMissing(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0 ? false : `${program} is not installed`;
}

// Starts workers by spawn-fcgi with these arguments. Returns their process ids, and ends them with the case.
async function spawnFcgi(world, socketPath, args) {
  const pidFile = world.path('pids');
  await run('env', ['-i', 'spawn-fcgi', '-s', socketPath, '-P', pidFile, ...args, '--', WORKER]);
  const pids = (await readFile(pidFile, 'utf8')).trim().split(/\s+/).map(Number);
  world.atEnd(async () => {
    for (const pid of pids) process.kill(pid, 'SIGKILL');
  });
  return pids;
}

// Claims a pod on a connection of its own.
async function claimAt(socketPath) {
  const connection = await Connection.open(socketPath);
  await connection.send(encodeRequest({ target: BASE + CLAIM, keep: false }));
  const { workspace } = assertSuccess(await connection.answer());
  connection.destroy();
  return workspace.id;
}

testCase('spawn-fcgi -F 3 starts three workers that each give the first pod; without -F there is one', async (world) => {
  const socketPath = world.path('worker.sock');
  const pids = await spawnFcgi(world, socketPath, ['-F', '3']);
  assert.equal(pids.length, 3);
  for (const pid of pids) {
    for (const other of pids) process.kill(other, other === pid ? 'SIGCONT' : 'SIGSTOP');
    assert.equal(await claimAt(socketPath), 'pod-pool-1-1');
  }
  const single = world.path('single.sock');
  assert.equal((await spawnFcgi(world, single, [])).length, 1);
  for (let n = 1; n <= 3; n++) assert.equal(await claimAt(single), `pod-pool-1-${n}`);
}, { skip: isMissing('spawn-fcgi') });

stackCase('socket activation: the first request starts the worker', async (world) => {
  const socketPath = world.path('worker.sock');
  const child = spawnTracked('systemd-socket-activate', ['-l', socketPath, WORKER, '--pod-url', 'path'], {
    env: cleanEnvironment(), stdio: ['ignore', 'ignore', 'ignore'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await until('the socket is there', () => spawnSync('test', ['-S', socketPath]).status === 0);
  const program = () => readFile(`/proc/${child.pid}/comm`, 'utf8').then((text) => text.trim());
  assert.equal(await program(), 'systemd-socket-'); // the system keeps 15 characters
  const stack = await Stack.before(world, socketPath);
  assert.equal(await claimMany(stack, 2), 2);
  assert.equal(await program(), 'pool-manager-mo');
  const echo = assertSuccess(await stack.ask('GET', '/_pod/mock-pod-1/8080/_echo'));
  assert.equal(echo.cgi.FCGI_ROLE, 'RESPONDER');
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
  assertError(await stack.ask('GET', CLAIM), 502, 'bad_gateway');
}, { skip: isMissing('systemd-socket-activate') });
