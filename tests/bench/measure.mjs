// SPDX-License-Identifier: MIT
//
// One measurement each. Times are in the unit that the name ends in; CPU time is that of the worker, or of the constant, alone.

import assert from 'node:assert/strict';

import { until } from '../lib/case.mjs';
import { Connection } from '../lib/fcgi.mjs';
import { run } from '../lib/stack.mjs';
import { BASE, spawnTracked, Worker } from '../lib/worker.mjs';
import { anonymousKiB, cpuNs } from './process.mjs';
import { CLAIM } from './servers.mjs';

const WRK = process.env.POOL_MANAGER_TEST_WRK;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Runs wrk for so many seconds, which may be a part of one: wrk ends at SIGINT, once it listens to it, and reports.
async function runWrk(url, { clients, script }, seconds) {
  const args = ['-t2', `-c${clients}`, '-d1h', '--timeout', '30s', ...(script ? ['-s', script] : []), url];
  const child = spawnTracked(WRK, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  let code = null;
  child.once('close', (status) => (code = status));
  await sleep(seconds * 1000);
  await until('wrk ends', async () => {
    child.kill('SIGINT');
    await sleep(20);
    return code !== null;
  });
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, /Socket errors|Non-2xx/, `${url}: ${output}`);
  return {
    requests: Number(/(\d+) requests in /.exec(output)[1]),
    ratePerS: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)[1]),
  };
}

// Clients that ask again and again, each on a kept connection: {ratePerS, cpuUs}, the latter a request.
export async function load(servers, { server, path, script = null, clients = 64 }, seconds) {
  const first = await servers.ask(server, path);
  assert.equal(first.status, 200, first.text);
  const worker = servers.worker(server);
  const before = worker && (await cpuNs(worker.pid));
  const { requests, ratePerS } = await runWrk(servers.url(server, path), { clients, script }, seconds);
  const cpuUs = worker && ((await cpuNs(worker.pid)) - before) / requests / 1000;
  servers.emptyLog(server);
  return { ratePerS, cpuUs };
}

// Fails where the pool has more pods than it began with: a claim that makes its pod is another measurement.
export async function assertNoneMade(servers, server) {
  const { json } = await servers.ask(server, '/pools/default-pool/status?simple=true');
  assert.equal(json.pool.total_workspaces, servers.podsOf(server), `${server} had too few pods for its load`);
}

// Does `beside` again and again until `work` is done. Returns what `work` gives.
async function beside(work, again) {
  let done = false;
  work.finally(() => (done = true)).catch(() => {});
  while (!done) await again();
  return work;
}

// One client takes a long list through nginx.
async function takeList(url) {
  const format = '%{http_code} %{time_starttransfer} %{time_total} %{size_download}';
  const output = await run('curl', ['-s', '-o', '/dev/null', '-w', format, url]);
  const [status, firstByteS, totalS, bytes] = output.split(' ').map(Number);
  assert.equal(status, 200);
  return { firstByteMs: firstByteS * 1000, totalMs: totalS * 1000, bytes };
}

// A list with nobody beside it: its times, its CPU time, and how far the worker's memory grows.
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

// How long another client waits for its claims at the most, in milliseconds: {quiet, busy}, without and with the list.
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

async function connectSoon(path) {
  for (;;) {
    try {
      return await Connection.open(path);
    } catch {
      await new Promise(setImmediate);
    }
  }
}

// From the start of the worker's process to its first answer on its socket, and what it holds of memory then.
export async function start(world) {
  const socketPath = world.path('start.sock');
  const began = performance.now();
  const starting = Worker.start(world, { socketPath, options: ['--log-level', 'error'], stderr: 'ignore' });
  const connection = await connectSoon(socketPath);
  const answer = await connection.ask({ target: `${BASE}/pools/default-pool/status?simple=true` });
  const firstAnswerMs = performance.now() - began;
  assert.equal(answer.status, 200, answer.text);
  connection.destroy();
  const worker = await starting;
  const atRestKiB = anonymousKiB(worker.pid);
  await worker.stop();
  return { firstAnswerMs, atRestKiB };
}
