// SPDX-License-Identifier: MIT
//
// What it costs to show events to many clients that listen, without nginx: listeners.c has the clients, and the bare loop of sends that it
// is compared with.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';

import { encodeRequest } from '../lib/fcgi.mjs';
import { run } from '../lib/stack.mjs';
import { doorHead, handshakeVariables } from '../lib/web_socket.mjs';
import { BASE, spawnTracked } from '../lib/worker.mjs';
import { loadDirectly } from './measure.mjs';
import { anonymousKiB, cpuNs } from './process.mjs';

const { POOL_MANAGER_TEST_LISTENERS: LISTENERS } = process.env;
const PAUSE_MS = 25; // longer than the worker's own pause between two passes through its listeners
const TOGETHER = 10; // events that are sent together

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The two forms: each returns {path, bytes, length}: the socket, what its clients send there, and the length of one request.
export const FORMS = {
  async stream(servers, server, { stream }) {
    const bytes = await readFile(stream);
    return { path: servers.socketPath(server), bytes, length: bytes.length };
  },

  // The handshakes, and what nginx sends with their tickets.
  async socket(servers, server, requests, count) {
    const connection = await servers.connect(server);
    const heads = [];
    for (let i = 0; i < count; i++) {
      const { headers } = await connection.ask({ target: `${BASE}/__admin/events`, params: handshakeVariables() });
      heads.push(doorHead(headers['x-accel-redirect']));
    }
    connection.destroy();
    return { path: `${servers.socketPath(server)}.live`, bytes: Buffer.from(heads.join('')), length: heads[0].length };
  },
};

// Opens `count` listeners at the worker. Returns {kiB, end}: the memory of each, and a function that ends them and returns how many bytes
// have come on all of them.
async function openCrowd(servers, server, form, requests, count) {
  const { pid } = servers.worker(server);
  const before = anonymousKiB(pid);
  const { path, bytes, length } = await FORMS[form](servers, server, requests, count);
  const file = servers.path('listeners.requests');
  await writeFile(file, bytes);
  const args = ['listen', path, file, String(length), String(count)];
  const child = spawnTracked(LISTENERS, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`listeners has ended with ${code}`)));
  ended.catch(() => {});
  await Promise.race([once(child.stdout, 'data'), ended]);
  const end = async () => {
    child.stdin.end();
    const [line] = await Promise.race([once(child.stdout, 'data'), ended]);
    return JSON.parse(line).bytes;
  };
  return { kiB: (anonymousKiB(pid) - before) / count, end };
}

// Marks pods as used and unused on a kept connection, which are one event each: `together` of them at once, then a pause, `rounds` times.
// Returns the worker's CPU time, in microseconds.
async function changePods(servers, server, { rounds, together }) {
  const { pid } = servers.worker(server);
  const connection = await servers.connect(server);
  const request = (way) => encodeRequest({ method: 'POST', target: `${BASE}/workspaces/mock-pod-1/mark-${way}` });
  const requests = Buffer.concat(Array.from({ length: together }, (_, i) => request(i % 2 ? 'unused' : 'used')));
  const [used, unused] = [request('used'), request('unused')];
  const before = await cpuNs(pid);
  for (let round = 0; round < rounds; round++) {
    const bytes = together > 1 ? requests : round % 2 ? unused : used;
    await connection.send(bytes);
    for (let i = 0; i < together; i++) assert.equal((await connection.answer()).status, 200);
    await sleep(PAUSE_MS);
  }
  connection.destroy();
  return ((await cpuNs(pid)) - before) / 1000;
}

// Measures a new worker with `count` listeners of a form. `eventUs` and `togetherUs` are the CPU time for one event and one listener, for events that
// come alone and for events that come ten at a time, less that of the same changes without listeners; `sendUs` is that of a bare send of
// the same bytes. `p99Ms` is how much longer 99 % of the statuses take while the listeners are shown ten events every 25 ms.
export async function listen(servers, server, form, requests, { count, rounds, seconds }) {
  const { counts } = requests;
  await servers.restart(server);
  const ways = [{ rounds, together: 1 }, { rounds, together: TOGETHER }];
  const alone = [];
  for (const way of ways) alone.push(await changePods(servers, server, way));
  const statusBefore = await withChanges(servers, server, counts, seconds);
  const crowd = await openCrowd(servers, server, form, requests, count);
  const beside = [];
  for (const way of ways) beside.push(await changePods(servers, server, way));
  const bytes = await crowd.end();
  const events = rounds * (1 + TOGETHER);
  const eventBytes = Math.round(bytes / events / count);
  const bare = JSON.parse(await run(LISTENERS, ['send', String(count), String(eventBytes), String(rounds)]));
  const perEvent = (i) => (beside[i] - alone[i]) / rounds / ways[i].together / count;
  const again = await openCrowd(servers, server, form, requests, count);
  const status = await withChanges(servers, server, counts, seconds);
  await again.end();
  await servers.stop(server);
  return {
    kiB: crowd.kiB, eventBytes, sendUs: bare.cpuUs, eventUs: perEvent(0), togetherUs: perEvent(1),
    eventRatio: perEvent(0) / bare.cpuUs, togetherRatio: perEvent(1) / bare.cpuUs, p99Ms: (status.p99Us - statusBefore.p99Us) / 1000,
  };
}

// Measures statuses while pods change.
async function withChanges(servers, server, request, seconds) {
  const changes = changePods(servers, server, { rounds: Math.ceil((seconds * 1000) / PAUSE_MS), together: TOGETHER });
  const sample = await loadDirectly(servers, { server, request, clients: 8 }, seconds);
  await changes;
  return sample;
}
