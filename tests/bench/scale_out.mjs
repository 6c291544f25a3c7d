// SPDX-License-Identifier: MIT
//
// The benchmark of several workers: what a second and a third one bring, and what failures cost. Like all set-ups that are compared,
// these take turns. The other host is a network namespace, so it has the same cores.

import { mkdir } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';

import { ClaimHistory, tenantNames } from '../lib/claim_history.mjs';
import { kernelOfPage, LINUX, OtherHost, setKernel } from '../lib/hosts.mjs';
import { sourceFile } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';
import { addWorker, killUnderLoad, loseHostUnderLoad, loseLinkUnderLoad, tenantsOf } from '../lib/worker_failures.mjs';
import { Workers } from '../lib/workers.mjs';
import { medians, repeat } from './bench.mjs';
import { runWrk } from './measure.mjs';
import { cpuNs } from './process.mjs';
import { CLAIM } from './servers.mjs';

export const COUNTS = [1, 2, 3]; // of workers
export const PLACES = [
  { key: 'memory', name: 'beside nginx' },
  { key: 'file', name: 'beside nginx, with state files', keeps: true },
  { key: 'remote', name: 'on another host', isRemote: true },
];

// What workers lose. With `isTuned`, Linux has the settings of docs/scale-out.md.
const REMOTE = ['2', '3'];
export const LOSSES = [
  { key: 'kill', name: 'a worker is killed', names: ['2'], lose: killUnderLoad },
  { key: 'remote kill', name: 'a worker on another host is killed', names: ['2'], lose: killUnderLoad, isRemote: true },
  { key: 'link', name: 'the link to a host is down', names: REMOTE, lose: loseLinkUnderLoad, isRemote: true, behindRouter: true },
  { key: 'power', name: 'a host loses its power ¹', names: REMOTE, lose: loseHostUnderLoad, isRemote: true, isTuned: true },
  {
    key: 'far power', name: 'a host behind a router loses its power ¹', names: REMOTE, lose: loseHostUnderLoad, isRemote: true,
    isTuned: true, behindRouter: true,
  },
];

export const DEFAULTS = {
  seconds: 2, // of each load
  rounds: 5,
  clients: 64,
  tenants: 60,
  claims: 20, // of each tenant, before, while and after something is lost
  moved: 200, // how many tenants are checked for a move
  losses: LOSSES,
};

// As short as possible, for tests.
export const SHORTEST = { seconds: 0.1, rounds: 2, clients: 4, tenants: 30, claims: 2, moved: 20, losses: LOSSES.filter(({ isTuned }) => !isTuned) };

export const layoutKey = (place, count) => `${place.key} ${count}`;

// Returns a world (tests/lib/case.mjs) in a directory of its own, whose ends are those of `world`.
async function folder(world, name) {
  const directory = world.path(name.replaceAll(' ', '-'));
  await mkdir(directory);
  return { directory, path: (file) => join(directory, file), atEnd: (end) => world.atEnd(end), onFailure: () => {} };
}

const elsewhere = (host, names) => Object.fromEntries(names.map((name) => [name, host]));

async function startLayout(world, host, { keeps = false, isRemote }, count, tenants) {
  const names = Array.from({ length: count }, (_, n) => String(n + 1));
  const workers = await Workers.start(world, {
    names, keeps, elsewhere: isRemote ? elsewhere(host, names) : {}, options: ['--log-level', 'error'],
    change: (text) => `${text}access_log off;\n`,
  });
  await workers.homesOf(tenantNames(tenants + 1)); // so that they exist
  return workers;
}

async function sumOfCpuNs(pids) {
  let sum = 0;
  for (const pid of pids) sum += await cpuNs(pid);
  return sum;
}

// Loads workers by claims and releases. Returns the figures of runWrk, and the CPU times of nginx and of the workers for one request.
async function loadLayout(workers, { clients, tenants, seconds }) {
  const processes = [await workers.stack.nginx.workers(), workers.names.map((name) => workers.worker(name).pid)];
  const before = await Promise.all(processes.map(sumOfCpuNs));
  const { host, port } = workers.stack;
  const script = { clients, script: sourceFile('tests', 'bench', 'tenants.lua'), scriptArgs: [String(tenants)] };
  const { requests, ...figures } = await runWrk(`http://${host}:${port}${BASE}${CLAIM}`, script, seconds);
  const after = await Promise.all(processes.map(sumOfCpuNs));
  const [nginxUs, workerUs] = after.map((ns, n) => (ns - before[n]) / requests / 1000);
  return { ...figures, nginxUs, workerUs };
}

// Returns the medians of all layouts by key. Every second round goes backwards.
async function loadLayouts(world, host, settings, say) {
  const layouts = [];
  for (const place of PLACES.filter(({ isRemote }) => host || !isRemote)) {
    for (const count of COUNTS) {
      const key = layoutKey(place, count);
      layouts.push({ key, workers: await startLayout(await folder(world, key), host, place, count, settings.tenants), samples: [] });
    }
  }
  await repeat(settings.rounds, async (round) => {
    say(`round ${round + 1} of ${settings.rounds}`);
    for (const { workers, samples } of round % 2 === 1 ? [...layouts].reverse() : layouts) samples.push(await loadLayout(workers, settings));
  });
  return Object.fromEntries(layouts.map(({ key, samples }) => [key, medians(samples)]));
}

const isServed = ({ status, podStatus }) => status === 200 && podStatus === 200;
const longest = (claims) => Math.max(...claims.map(({ at, endedAt }) => endedAt - at));

// Returns how long after `backAt` the last of these tenants was served again.
function servedAgainMs(claims, tenants, backAt) {
  const served = claims.filter((claim) => isServed(claim) && claim.endedAt > backAt);
  return Math.max(...tenants.map((tenant) => served.find((claim) => claim.tenant === tenant).endedAt)) - backAt;
}

// Returns what the tenants of the workers `names` saw, and what the others did. A claim here is one with the request to its pod.
function summary(history, { claims, lostAt, backAt }, homes, names) {
  const isIts = ({ tenant }) => names.includes(homes.get(tenant));
  const its = claims.filter(isIts);
  return {
    awayMs: backAt - lostAt,
    failed: its.filter((claim) => !isServed(claim)).length,
    longestMs: longest(its),
    servedAgainMs: servedAgainMs(history.claims, tenantsOf(homes, names), backAt),
    othersLongestMs: longest(claims.filter((claim) => !isIts(claim))),
    compared: history.claims.length,
  };
}

async function lose(world, host, { key, names, lose: run, isRemote, isTuned, behindRouter }, { tenants, claims: rounds }) {
  if (host) await setKernel(isTuned ? await kernelOfPage() : LINUX);
  const workers = await Workers.start(await folder(world, key), { elsewhere: isRemote ? elsewhere(host, REMOTE) : {} });
  const history = new ClaimHistory(workers.stack, tenantNames(tenants), {
    errors: { 502: 'bad_gateway', 504: 'gateway_timeout' }, patienceMs: 60_000,
  });
  const homes = await workers.homesOf(history.tenants);
  return summary(history, await run(workers, history, homes, { host, name: names[0], names, behindRouter, rounds }), homes, names);
}

// Returns the part of `count` tenants that move to a fourth worker.
async function partMoved(world, count, change) {
  const workers = await Workers.start(world, { change, keeps: false });
  const tenants = tenantNames(count);
  const before = await workers.homesOf(tenants);
  await workers.add('4');
  await workers.tellNginxOfFour();
  const after = await workers.homesOf(tenants);
  return tenants.filter((tenant) => after.get(tenant) !== before.get(tenant)).length / count;
}

async function addOne(world, { tenants, claims, moved }) {
  const workers = await Workers.start(await folder(world, 'add'));
  const history = new ClaimHistory(workers.stack, tenantNames(tenants));
  const added = await addWorker(workers, history, claims);
  return {
    ...added,
    compared: history.claims.length,
    part: await partMoved(await folder(world, 'moved'), moved, (text) => text),
    partInconsistent: await partMoved(await folder(world, 'moved all'), moved, (text) => text.replace(' consistent;', ';')),
  };
}

// Runs the whole benchmark in the directory of `world`, which stops what was started. `noHosts` is the reason why there can be no other
// host, or false. Returns {settings, cores, noHosts, layouts, losses, added}; `layouts` and `losses` are by key. Calls `say` with a text before each
// step.
export async function benchScaleOut(world, settings, noHosts, say = () => {}) {
  const host = noHosts ? null : await OtherHost.start(world);
  const layouts = await loadLayouts(world, host, settings, say);
  const losses = {};
  for (const loss of settings.losses.filter(({ isRemote }) => host || !isRemote)) {
    say(loss.name);
    losses[loss.key] = await lose(world, host, loss, settings);
  }
  say('a worker is added');
  return { settings, cores: cpus().length, noHosts, layouts, losses, added: await addOne(world, settings) };
}
