// SPDX-License-Identifier: MIT
//
// The single measurements. A name ends in the unit of its value. CPU time is that of the worker, or of the constant, alone.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { constants } from 'node:os';

import { until } from '../lib/case.mjs';
import { BEARER } from '../lib/pods.mjs';
import { run } from '../lib/stack.mjs';
import { BASE, cleanEnvironment, spawnTracked, WORKER } from '../lib/worker.mjs';
import { anonymousKiB, cpuNs, cpuSoFarNs, handlesSignal } from './process.mjs';
import { CLAIM } from './servers.mjs';

const { POOL_MANAGER_TEST_WRK: WRK, POOL_MANAGER_TEST_LOADER: LOADER } = process.env;
const DISK_WRITE_BYTES = 4096;
const ID_BYTES = 32; // of REQUEST_ID

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const UNIT_US = { us: 1, ms: 1e3, s: 1e6, m: 60e6 };

// Returns the value of a line of wrk's distribution, such as `50%  137.00us`, in microseconds.
function waitUs(output, percent) {
  const [, value, unit] = new RegExp(`^ +${percent}%\\s+([\\d.]+)(us|ms|s|m)$`, 'm').exec(output);
  return Number(value) * UNIT_US[unit];
}

// Runs wrk for a number of seconds, which may be a fraction: wrk ends and reports on SIGINT, once it handles the signal. Returns
// {requests, ratePerS, p50Us, p99Us, clientCpuUs}; the last is wrk's own CPU time for one request.
export async function runWrk(url, { clients, script, scriptArgs = [] }, seconds) {
  const threads = Math.min(2, clients);
  const args = [`-t${threads}`, `-c${clients}`, '-d1h', '--latency', '--timeout', '30s', ...(script ? ['-s', script] : []), url, '--', ...scriptArgs];
  const child = spawnTracked(WRK, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  let end = null;
  child.once('close', (code, signal) => (end = { code, signal }));
  await until('wrk handles SIGINT', () => end !== null || handlesSignal(child.pid, constants.signals.SIGINT));
  await sleep(seconds * 1000);
  const clientNs = cpuSoFarNs(child.pid);
  await until('wrk ends', async () => {
    child.kill('SIGINT');
    await sleep(20);
    return end !== null;
  });
  assert.deepEqual(end, { code: 0, signal: null }, output);
  assert.doesNotMatch(output, /Socket errors|Non-2xx/, `${url}: ${output}`);
  const requests = Number(/(\d+) requests in /.exec(output)[1]);
  return {
    requests,
    ratePerS: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)[1]),
    p50Us: waitUs(output, 50),
    p99Us: waitUs(output, 99),
    clientCpuUs: clientNs / requests / 1000,
  };
}

// Measures clients that send requests one after the other, each on a kept connection. Returns {requests, ratePerS, p50Us, p99Us,
// cpuUs}; the last is the server's CPU time for one request.
export async function load(servers, { server, path, script = null, clients = 64, isDirect = false }, seconds) {
  const first = await servers.ask(server, path);
  assert.equal(first.status, 200, first.text);
  const worker = servers.worker(server);
  const before = worker && (await cpuNs(worker.pid));
  const sample = await runWrk(servers.url(server, path, isDirect), { clients, script }, seconds);
  const cpuUs = worker && ((await cpuNs(worker.pid)) - before) / sample.requests / 1000;
  servers.emptyLog(server);
  return { ...sample, cpuUs };
}

// The same without nginx, by loader.c. `request` is the file with the request.
export async function loadDirectly(servers, { server, request, clients }, seconds) {
  const { pid } = servers.worker(server);
  const before = await cpuNs(pid);
  const output = await run(LOADER, ['load', servers.socketPath(server), request, String(clients), String(Math.round(seconds * 1000))]);
  const { requests, seconds: took, p50Us, p99Us } = JSON.parse(output);
  return { ratePerS: requests / took, p50Us, p99Us, cpuUs: ((await cpuNs(pid)) - before) / requests / 1000 };
}

// Measures how often the disk of a directory writes and syncs a page in a second, one after the other.
export function measureDisk(file, seconds) {
  const page = Buffer.alloc(DISK_WRITE_BYTES, 1);
  const fd = openSync(file, 'w');
  const began = performance.now();
  let [writes, took] = [0, 0];
  for (; took < seconds * 1000; took = performance.now() - began) {
    writeSync(fd, page);
    fdatasyncSync(fd);
    writes++;
  }
  closeSync(fd);
  rmSync(file);
  return { ratePerS: (writes / took) * 1000 };
}

// Fails if the pool has more pods than at its start: then claims had to make pods, which is another measurement.
export async function assertNoneMade(servers, server) {
  const { json } = await servers.ask(server, '/pools/default-pool/status?simple=true');
  assert.equal(json.pool.total_workspaces, servers.podsOf(server), `${server} had too few pods for its load`);
}

// Measures the CPU time, in microseconds for each pod, of an export of the whole state, and of the import of the same document.
export async function moveState(servers, server) {
  const { pid } = servers.worker(server);
  const target = `${BASE}/__admin/state`;
  const connection = await servers.connect(server);
  const cpuUs = async (request) => {
    const before = await cpuNs(pid);
    const answer = await connection.ask({ target, ...request });
    assert.equal(answer.status, 200, answer.text.slice(0, 300));
    return [((await cpuNs(pid)) - before) / 1000 / servers.podsOf(server), answer.body];
  };
  const [exportUs, document] = await cpuUs({ method: 'GET' });
  const [importUs] = await cpuUs({ method: 'PUT', body: document });
  connection.destroy();
  return { exportUs, importUs, ratio: importUs / exportUs };
}

// Returns the recorded request with a REQUEST_ID that no other request has.
function withFreshId(request) {
  const fresh = Buffer.from(request);
  const at = fresh.indexOf('REQUEST_ID') + 'REQUEST_ID'.length;
  fresh.write(randomBytes(ID_BYTES / 2).toString('hex'), at, 'latin1');
  return fresh;
}

// Sends the request on `count` new connections, without nginx, and waits until all are parked and `isReady(connection)` is true for each.
// Returns how much memory the worker needs for each, in KiB, with its connection.
async function parkAll(servers, server, request, count, isReady) {
  const { pid } = servers.worker(server);
  const before = anonymousKiB(pid);
  const connections = [];
  try {
    for (let n = 0; n < count; n++) {
      const connection = await servers.connect(server);
      connections.push(connection);
      await connection.send(withFreshId(request));
    }
    await until(`${count} requests are parked`, async () => {
      const { parked } = await servers.say(server, '/__admin/health');
      return parked === count && connections.every(isReady);
    });
    return (anonymousKiB(pid) - before) / count;
  } finally {
    for (const connection of connections) connection.destroy();
  }
}

// Measures a new worker with `count` claims that wait for a pod. Returns {kiB}: the memory of each.
export async function parkClaims(servers, server, count) {
  const path = '/pools/busy/workspace?workspaceId=workspace-123';
  await servers.restart(server);
  await servers.say(server, '/__admin/pools/busy', 'PATCH', { json: { newPoolPods: 1, onExhausted: 'queue', claimTimeout: '1h' } });
  await servers.say(server, path);
  const kiB = await parkAll(servers, server, await servers.record(path), count, () => true);
  await servers.stop(server);
  return { kiB };
}

// Measures a new worker with `count` streams of Goose that have begun and wait for their next event. Returns {kiB}: the memory of each.
export async function parkStreams(servers, server, count) {
  await servers.restart(server);
  await servers.say(server, '/__admin/goose', 'PUT', { json: { replies: [{ text: 'never', delay: '1h' }] } });
  const { workspace } = await servers.say(server, CLAIM);
  const control = `/_pod/${workspace.subdomain}/15552`;
  const json = { sessionId: 's', webhookUrl: 'https://example.org/hook', apiKey: 'a-key' };
  const { token } = await servers.say(server, `${control}/session`, 'POST', { json, headers: BEARER });
  const request = await servers.record(`${control}/stream/s?token=${token}`, 'POST', { json: { prompt: 'Fix the tests.' } });
  const kiB = await parkAll(servers, server, request, count, (connection) => connection.stdoutSoFar() > 0);
  await servers.stop(server);
  return { kiB };
}

// Repeats `beside` until `work` is done. Returns the result of `work`.
async function beside(work, again) {
  let done = false;
  work.finally(() => (done = true)).catch(() => {});
  while (!done) await again();
  return work;
}

// Has one client read a long list through nginx.
async function takeList(url) {
  const format = '%{http_code} %{time_starttransfer} %{time_total} %{size_download}';
  const output = await run('curl', ['-s', '-o', '/dev/null', '-w', format, url]);
  const [status, firstByteS, totalS, bytes] = output.split(' ').map(Number);
  assert.equal(status, 200);
  return { firstByteMs: firstByteS * 1000, totalMs: totalS * 1000, bytes };
}

// Measures a list without other clients: its times, its CPU time, and how much the worker's memory grows.
export async function list(servers, server, path) {
  const { pid } = servers.worker(server);
  const [cpuBefore, memoryBefore] = [await cpuNs(pid), anonymousKiB(pid)];
  let memoryPeak = memoryBefore;
  const times = await beside(takeList(servers.url(server, path)), async () => {
    memoryPeak = Math.max(memoryPeak, anonymousKiB(pid));
    await sleep(1);
  });
  return { ...times, cpuMs: ((await cpuNs(pid)) - cpuBefore) / 1e6, growthKiB: memoryPeak - memoryBefore };
}

// Measures the longest time that another client waits for a claim, in milliseconds. Returns {quiet, busy}: without and with the list.
export async function longestWait(servers, server, path) {
  const waitFor = async (work) => {
    let longest = 0;
    await beside(work, async () => {
      const start = performance.now();
      const answer = await servers.ask(server, CLAIM);
      longest = Math.max(longest, performance.now() - start);
      assert.equal(answer.status, 200, answer.text);
    });
    return longest;
  };
  const start = performance.now();
  const busy = await waitFor(takeList(servers.url(server, path)));
  const took = performance.now() - start;
  return { busy, quiet: await waitFor(sleep(took)) };
}

// Measures the time from the start of the worker's process to the end of its first answer, and its memory then. The worker gets a listening
// socket at which the request waits already.
export async function start(servers, request) {
  const socket = servers.path('start.sock');
  const args = ['start', socket, request, WORKER, '--log-level', 'error'];
  const loader = spawnTracked(LOADER, args, { env: cleanEnvironment(), stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(loader, 'exit');
  const [line] = await Promise.race([once(loader.stdout, 'data'), ended.then(() => Promise.reject(new Error('loader has failed')))]);
  const { pid, firstAnswerMs } = JSON.parse(line);
  const atRestKiB = anonymousKiB(pid);
  loader.stdin.end(); // it then stops the worker
  await ended;
  return { firstAnswerMs, atRestKiB };
}
