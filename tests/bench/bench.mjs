// SPDX-License-Identifier: MIT
//
// The whole benchmark: what is measured, and in which order. Things that are compared take turns, round after round, so that other work
// of the machine affects all of them alike.

import { sourceFile } from '../lib/stack.mjs';
import { assertNoneMade, list, load, longestWait, start } from './measure.mjs';
import { anonymousKiB } from './process.mjs';
import { CLAIM, Servers } from './servers.mjs';

const STATUS = '/pools/default-pool/status';
const COUNTS = `${STATUS}?simple=true`;
const LIST = '/pools/default-pool/workspaces';
const SINGLE = '/workspaces/pod-pool-1-1';
const PAIRS = sourceFile('tests', 'bench', 'pairs.lua');

const FEW = 5; // the pods of a new worker
const PAIRS_PODS = 1000;
const CLAIMS_PER_S_MAX = 250_000; // more than any machine makes, so that a run has all its pods from the start

export const LEVELS = { error: 'error', default: null };

export const DEFAULTS = {
  seconds: 2, // of each load
  rounds: 5,
  pairs: 15, // of claims with and without a journal: their difference is smaller than the noise between rounds
  starts: 20,
  tenants: 1000,
  sizes: [FEW, 1000, 100_000, 1_000_000], // in pods
  listPods: 100_000, // one of the sizes
};

function workersFor({ sizes, seconds }) {
  const workers = {};
  for (const [name, level] of Object.entries(LEVELS)) {
    workers[`few-${name}`] = { pods: FEW, level };
    workers[`pairs-${name}`] = { pods: PAIRS_PODS, level };
    workers[`claims-${name}`] = { pods: Math.ceil(CLAIMS_PER_S_MAX * seconds), level };
  }
  for (const pods of sizes) workers[`pods-${pods}`] = { pods, level: 'error' };
  workers['no-journal'] = { ...workers['claims-error'], options: ['--journal', '0'] };
  workers.tenants = workers['few-error'];
  return workers;
}

// The loads. `key` is unique. `base` is the key of the load that this one is compared with. A load that `claims` gets a new worker. With
// `first`, that path is requested before, for half as long, so that the journal is full, as it is after a minute in use.
function loadsFor({ sizes }) {
  const loads = [
    { key: 'nginx', server: 'nginx', path: CLAIM, base: 'constant' },
    { key: 'constant', server: 'constant', path: CLAIM, base: 'constant' },
    { key: 'constant pairs', server: 'constant', path: CLAIM, script: PAIRS, base: 'constant' },
  ];
  for (const level of Object.keys(LEVELS)) {
    loads.push(
      { key: `claim ${level}`, server: `claims-${level}`, path: CLAIM, base: 'constant', claims: true },
      { key: `pairs ${level}`, server: `pairs-${level}`, path: CLAIM, script: PAIRS, base: 'constant pairs', claims: true },
      { key: `status ${level}`, server: `few-${level}`, path: STATUS, base: 'constant' },
      { key: `single ${level}`, server: `few-${level}`, path: SINGLE, base: 'constant' },
      { key: `list ${level}`, server: `few-${level}`, path: LIST, base: 'constant' },
    );
  }
  loads.push(
    { key: 'status beside tenants', server: 'tenants', path: STATUS, base: 'status error' },
  );
  for (const pods of sizes) loads.push(...sizeLoads(pods, sizes[0]));
  return loads;
}

const JOURNAL_PAIR = ['with', 'without'].map((how) => ({
  key: `claim ${how} a journal`,
  server: how === 'with' ? 'claims-error' : 'no-journal',
  path: CLAIM,
  first: STATUS,
  base: 'claim without a journal',
  claims: true,
}));

// Measures claim and release, and the counts, in a pool of `pods` pods. There are fewer clients than pods in the smallest pool.
function sizeLoads(pods, smallest) {
  const server = `pods-${pods}`;
  const clients = smallest - 1;
  return [
    { key: `claim at ${pods}`, server, path: CLAIM, script: PAIRS, clients, base: `claim at ${smallest}`, claims: true },
    { key: `counts ${pods}`, server, path: COUNTS, base: `counts ${smallest}` },
  ];
}

async function runLoad(servers, one, seconds) {
  if (one.claims) await servers.restart(one.server);
  if (one.first) await load(servers, { ...one, path: one.first }, seconds / 2);
  const sample = await load(servers, one, seconds);
  if (one.claims) await assertNoneMade(servers, one.server);
  return sample;
}

// Every second round runs the loads in reverse, so that a load does not always follow the same one.
async function runLoads(servers, loads, seconds, isBackwards) {
  const samples = {};
  for (const one of isBackwards ? [...loads].reverse() : loads) samples[one.key] = await runLoad(servers, one, seconds);
  for (const { key, base } of loads) {
    samples[key].rateRatio = samples[key].ratePerS / samples[base].ratePerS;
    samples[key].cpuRatio = samples[key].cpuUs / samples[base].cpuUs;
  }
  return samples;
}

async function runRound(servers, settings, isBackwards) {
  const samples = await runLoads(servers, loadsFor(settings), settings.seconds, isBackwards);
  const longList = `pods-${settings.listPods}`;
  samples['long list'] = await list(servers, longList, LIST);
  samples['longest wait'] = await longestWait(servers, longList, LIST);
  return samples;
}

// Makes `count` tenants. Returns how many KiB each needs.
async function makeTenants(servers, server, count) {
  const { pid } = servers.worker(server);
  const before = anonymousKiB(pid);
  for (let n = 0; n < count; n++) await servers.ask(server, `/~tenant-${n}${STATUS}`);
  return (anonymousKiB(pid) - before) / count;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// Returns the median of each figure of samples that have the same shape; null if there are no samples.
function medians(samples) {
  const fields = Object.keys(samples[0]);
  return Object.fromEntries(
    fields.map((field) => [
      field,
      samples[0][field] === null ? null : median(samples.map((sample) => sample[field])),
    ]),
  );
}

// The same for samples by key.
function mediansByKey(samples) {
  return Object.fromEntries(Object.keys(samples[0]).map((key) => [key, medians(samples.map((sample) => sample[key]))]));
}

async function repeat(count, make) {
  const made = [];
  for (let i = 0; i < count; i++) made.push(await make(i));
  return made;
}

// Runs the whole benchmark in the directory of `world`, which stops what was started. Returns {settings, claimBytes, figures, podBytes,
// tenantKiB, start}: `figures` has the medians by key. Calls `say` with a text before each step.
export async function bench(world, settings, say = () => {}) {
  const { seconds, sizes, rounds, pairs, starts, tenants } = settings;
  const largest = Math.max(...sizes);
  say('seeding');
  const servers = await Servers.start(world, workersFor(settings));
  const memory = (pods) => anonymousKiB(servers.worker(`pods-${pods}`).pid);
  const podBytes = ((memory(largest) - memory(sizes[0])) * 1024) / (largest - sizes[0]);
  const tenantKiB = await makeTenants(servers, 'tenants', tenants);
  const samples = await repeat(rounds, (i) => {
    say(`round ${i + 1} of ${rounds}`);
    return runRound(servers, settings, i % 2 === 1);
  });
  say('with and without a journal');
  const journal = await repeat(pairs, (i) => runLoads(servers, JOURNAL_PAIR, seconds, i % 2 === 1));
  say('starting');
  const begun = medians(await repeat(starts, () => start(world)));
  const figures = { ...mediansByKey(samples), ...mediansByKey(journal) };
  return { settings, claimBytes: servers.claim.body.length, figures, podBytes, tenantKiB, start: begun };
}
