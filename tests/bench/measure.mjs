// SPDX-License-Identifier: MIT
//
// The single measurements. A name ends in the unit of its value. CPU time is that of the worker, or of the constant, alone.

import assert from 'node:assert/strict';

import { until } from '../lib/case.mjs';
import { Connection } from '../lib/fcgi.mjs';
import { run } from '../lib/stack.mjs';
import { BASE, spawnTracked, Worker } from '../lib/worker.mjs';
import { anonymousKiB, cpuNs } from './process.mjs';
import { CLAIM } from './servers.mjs';

const WRK = process.env.POOL_MANAGER_TEST_WRK;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Runs wrk for a number of seconds, which may be a fraction: wrk ends and reports on SIGINT, once it has installed its handler.
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

// Measures clients that send requests one after the other, each on a kept connection. Returns {ratePerS, cpuUs}; the latter is for one
// request.
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

// Fails if the pool has more pods than at its start: then claims had to make pods, which is another measurement.
export async function assertNoneMade(servers, server) {
  const { json } = await servers.ask(server, '/pools/default-pool/status?simple=true');
  assert.equal(json.pool.total_workspaces, servers.podsOf(server), `${server} had too few pods for its load`);
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

async function connectSoon(path) {
  for (;;) {
    try {
      return await Connection.open(path);
    } catch {
      await new Promise(setImmediate);
    }
  }
}

// Measures the time from the start of the worker's process to its first answer on its socket, and its memory then.
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
