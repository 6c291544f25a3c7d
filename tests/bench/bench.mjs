// SPDX-License-Identifier: MIT
//
// The whole benchmark: what is measured, and in which order. Things that are compared take turns, round after round, so that other work
// of the machine affects all of them alike.
//
// A claim must have a REQUEST_ID that no earlier one had, or the worker answers it with the first claim's pod. nginx makes a random one
// for each request; what is sent without nginx gets one from loader.c and measure.mjs.

import { sourceFile } from '../lib/stack.mjs';
import { HAS_WEBSOCKETS } from '../lib/web_socket.mjs';
import { assertNoneMade, list, load, loadDirectly, longestWait, measureDisk, moveState, parkClaims, parkStreams, start } from './measure.mjs';
import { FORMS, listen } from './listening.mjs';
import { comparedServers, compareRound } from './node_comparison.mjs';
import { anonymousKiB } from './process.mjs';
import { HAS_CALLGRIND, profile, profiledProgram } from './profile.mjs';
import { CLAIM, Servers } from './servers.mjs';

const STATUS = '/pools/default-pool/status';
const COUNTS = `${STATUS}?simple=true`;
const LIST = '/pools/default-pool/workspaces';
const SINGLE = '/workspaces/pod-pool-1-1';
const POOL = '/pools/default-pool';
const script = (name) => sourceFile('tests', 'bench', name);
const PAIRS = script('pairs.lua');
const RELEASES = script('release.lua');

const FEW = 5; // the pods of a new worker
const PAIRS_PODS = 1000;
const CLAIMS_PER_S_MAX = 150_000; // more than any machine makes, so that a run has all its pods from the start
const PROFILED_PER_S_MAX = 10_000; // the same under callgrind
const MEMORY_ROUNDS_MAX = 3; // memory differs little between rounds
const REPOSITORIES = {
  repositories: ['https://github.com/owner/site.git', 'https://github.com/owner/api.git'],
  branches: ['main', 'feature/faster'],
};

export const DEFAULTS = {
  seconds: 2, // of each load
  rounds: 5,
  pairs: 10, // of claims with and without a journal: their difference is smaller than the noise between rounds
  starts: 20,
  tenants: 1000,
  sizes: [FEW, 1000, 100_000, 1_000_000], // in pods
  listPods: 100_000, // one of the sizes
  connections: [64, 1000],
  committers: 32, // clients of the worker with a state file
  parkedClaims: 2000,
  parkedStreams: 1000,
  listeners: 1000,
  listenerRounds: 100, // of events that they are shown
  compared: { sizes: [5, 1000, 100_000], clients: [1, 4, 32], rounds: 3 },
};

// As short as possible, for tests.
export const SHORTEST = {
  seconds: 0.1, rounds: 2, pairs: 2, starts: 2, tenants: 3, sizes: [FEW, 50, 500], listPods: 500, connections: [4, 20], committers: 4,
  parkedClaims: 20, parkedStreams: 20, listeners: 20, listenerRounds: 3, compared: { sizes: [FEW, 50], clients: [1, 4], rounds: 2 },
};

function workersFor(world, { sizes, listPods, seconds, compared }, profiled) {
  const many = Math.ceil(CLAIMS_PER_S_MAX * seconds);
  const few = Math.ceil(PROFILED_PER_S_MAX * seconds);
  const stateDir = world.path('state');
  const workers = {
    few: { pods: FEW },
    lists: { pods: FEW },
    tenants: { pods: FEW },
    pairs: { pods: PAIRS_PODS },
    claims: { pods: many, onDemand: true },
    'claims default': { pods: many, level: null, onDemand: true },
    'no events': { pods: many, options: ['--events', '0'], onDemand: true },
    'no journal': { pods: many, options: ['--journal', '0'], onDemand: true },
    makes: { pods: 1, options: ['--default-pool-pods', '1'], onDemand: true },
    releases: { pods: many, used: many, onDemand: true },
    document: { pods: listPods, onDemand: true },
    state: { pods: FEW, options: ['--state', `${stateDir}/state.db`], stateDir, onDemand: true },
    listened: { pods: FEW, options: ['--listeners-max', '1000000'], onDemand: true },
    'parked claims': { pods: FEW, onDemand: true },
    'parked streams': { pods: FEW, options: ['--pod-url', 'path'], onDemand: true },
    'profiled claims': { pods: few, program: profiled, onDemand: true },
    'profiled releases': { pods: few, used: few, program: profiled, onDemand: true },
    profiled: { pods: FEW, program: profiled, onDemand: true },
  };
  for (const pods of sizes) workers[`pods ${pods}`] = { pods };
  const names = Object.entries({ ...workers, ...comparedServers(compared.sizes) });
  return Object.fromEntries(names.map(([name, worker]) => [serverName(name), worker]));
}

// Servers are part of file names and of nginx's names.
const serverName = (name) => name.replaceAll(' ', '-');

// The loads. `key` is unique. `base` is the key of the load that this one is compared with. A load with `isFresh` gets a new worker.
// `makesNone` is true if the pool must have all its pods from the start. With `first`, that path is requested before, for half as long,
// so that the journal is full, as it is after a minute in use.
function loadsFor({ sizes }) {
  const constant = (key, more) => ({ key, server: 'constant', path: CLAIM, base: key, ...more });
  const claim = (key, server, more) => ({ key, server, path: CLAIM, base: 'constant', isFresh: true, makesNone: true, ...more });
  const show = (key, server, path) => ({ key, server, path, base: 'constant' });
  return [
    show('nginx', 'nginx', CLAIM),
    constant('constant'),
    constant('constant pairs', { script: PAIRS }),
    constant('constant releases', { script: RELEASES }),
    claim('claim', 'claims'),
    claim('claim default', 'claims-default'),
    claim('claim makes', 'makes', { makesNone: false }),
    claim('release', 'releases', { script: RELEASES, base: 'constant releases', makesNone: false }),
    claim('pairs', 'pairs', { script: PAIRS, base: 'constant pairs' }),
    show('status', 'few', STATUS),
    show('counts', 'few', COUNTS),
    show('single', 'few', SINGLE),
    show('lists', 'lists', SINGLE),
    show('list', 'few', LIST),
    show('pool', 'few', POOL),
    { ...show('status beside tenants', 'tenants', STATUS), base: 'status' },
    ...sizes.flatMap((pods) => sizeLoads(pods, sizes[0])),
  ];
}

// Claims of a worker that keeps something, and of one that does not.
const keptPair = (what, without) => ['with', 'without'].map((how) => ({
  key: `claim ${how} ${what}`,
  server: how === 'with' ? 'claims' : without,
  path: CLAIM,
  first: STATUS,
  base: `claim without ${what}`,
  isFresh: true,
  makesNone: true,
}));

const JOURNAL_PAIR = keptPair('a journal', 'no-journal');
const EVENTS_PAIR = keptPair('events', 'no-events');

// The loads that are profiled, with keys of those above.
const PROFILED = [
  { key: 'claim', server: 'profiled-claims', path: CLAIM },
  { key: 'claim makes', server: 'profiled', path: CLAIM },
  { key: 'status', server: 'profiled', path: STATUS },
  { key: 'counts', server: 'profiled', path: COUNTS },
  { key: 'release', server: 'profiled-releases', path: CLAIM, script: RELEASES },
];

// Measures claim and release, and the counts, in a pool of `pods` pods. There are fewer clients than pods in the smallest pool.
function sizeLoads(pods, smallest) {
  const server = `pods-${pods}`;
  const clients = smallest - 1;
  const claim = { key: `claim at ${pods}`, server, path: CLAIM, script: PAIRS, clients, base: `claim at ${smallest}` };
  return [
    { ...claim, isFresh: true, makesNone: true },
    { key: `counts ${pods}`, server, path: COUNTS, base: `counts ${smallest}` },
  ];
}

async function runLoad(servers, one, seconds) {
  if (one.isFresh) await servers.restart(one.server);
  if (one.first) await load(servers, { ...one, path: one.first }, seconds / 2);
  const sample = await load(servers, one, seconds);
  if (one.makesNone) await assertNoneMade(servers, one.server);
  return sample;
}

function addRatios(samples, loads) {
  for (const { key, base } of loads) {
    samples[key].rateRatio = samples[key].ratePerS / samples[base].ratePerS;
    samples[key].cpuRatio = samples[key].cpuUs / samples[base].cpuUs;
  }
}

// Every second round runs the loads in reverse, so that a load does not always follow the same one.
async function runLoads(servers, loads, seconds, isBackwards) {
  const samples = {};
  for (const one of isBackwards ? [...loads].reverse() : loads) samples[one.key] = await runLoad(servers, one, seconds);
  addRatios(samples, loads);
  return samples;
}

// Measures a worker with a state file, and its disk just before.
async function commit(servers, request, { committers, seconds }) {
  await servers.restart('state');
  const disk = measureDisk(servers.path('state/disk'), seconds / 2);
  const state = await loadDirectly(servers, { server: 'state', request, clients: committers }, seconds);
  await servers.stop('state');
  return { disk, state };
}

async function moveStates(servers) {
  await servers.restart('document');
  const sample = await moveState(servers, 'document');
  await servers.stop('document');
  return sample;
}

const connectionsKey = (clients) => `connections ${clients}`;

async function loadConnections(servers, request, { connections, seconds }) {
  const loads = connections.map((clients) => ({ key: connectionsKey(clients), base: connectionsKey(connections[0]), clients }));
  const samples = {};
  for (const { key, clients } of loads) samples[key] = await loadDirectly(servers, { server: 'few', request, clients }, seconds);
  addRatios(samples, loads);
  return samples;
}

async function runRound(servers, requests, settings, isBackwards) {
  const samples = await runLoads(servers, loadsFor(settings), settings.seconds, isBackwards);
  samples['claim default'].cpuAboveError = samples['claim default'].cpuRatio - samples.claim.cpuRatio;
  const longList = `pods-${settings.listPods}`;
  samples['long list'] = await list(servers, longList, LIST);
  samples['longest wait'] = await longestWait(servers, longList, LIST);
  samples.document = await moveStates(servers);
  return {
    ...samples,
    ...(await loadConnections(servers, requests.counts, settings)),
    ...(await commit(servers, requests.claim, settings)),
  };
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

// Returns the median of each figure of samples that have the same shape. A figure that is null in the first sample stays null.
export function medians(samples) {
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

export async function repeat(count, make) {
  const made = [];
  for (let i = 0; i < count; i++) made.push(await make(i));
  return made;
}

// Runs the whole benchmark in the directory of `world`, which stops what was started. Returns {settings, claimBytes, figures, listening,
// profiles, compared, podBytes, tenantKiB, parkedClaimKiB, parkedStreamKiB, start}: `figures` and `compared` have the medians by key.
// `profiles` is empty without valgrind. Calls `say` with a text before each step.
export async function bench(world, settings, say = () => {}) {
  const { seconds, sizes, rounds, pairs, starts, tenants, parkedClaims, parkedStreams, compared } = settings;
  const largest = Math.max(...sizes);
  say('seeding');
  const servers = await Servers.start(world, workersFor(world, settings, await profiledProgram(world)));
  const memory = (pods) => anonymousKiB(servers.worker(`pods-${pods}`).pid);
  const podBytes = ((memory(largest) - memory(sizes[0])) * 1024) / (largest - sizes[0]);
  const tenantKiB = await makeTenants(servers, 'tenants', tenants);
  await servers.say('lists', `${SINGLE}/update`, 'POST', { json: REPOSITORIES });
  const requests = { claim: await servers.recordFile('claim', CLAIM), counts: await servers.recordFile('counts', COUNTS) };
  requests.stream = await servers.recordFile('stream', '/__admin/events', { headers: { accept: 'text/event-stream' } });

  const samples = await repeat(rounds, (i) => {
    say(`round ${i + 1} of ${rounds}`);
    return runRound(servers, requests, settings, i % 2 === 1);
  });
  say('with and without a journal');
  const journal = await repeat(pairs, (i) => runLoads(servers, JOURNAL_PAIR, seconds, i % 2 === 1));
  say('with and without events');
  const events = await repeat(pairs, (i) => runLoads(servers, EVENTS_PAIR, seconds, i % 2 === 1));
  say('listening');
  const listening = {};
  for (const form of HAS_WEBSOCKETS ? Object.keys(FORMS) : ['stream']) {
    listening[form] = medians(await repeat(Math.min(rounds, MEMORY_ROUNDS_MAX), () =>
      listen(servers, 'listened', form, requests, { count: settings.listeners, rounds: settings.listenerRounds, seconds })));
  }
  say('parking');
  const memoryRounds = Math.min(rounds, MEMORY_ROUNDS_MAX);
  const claims = medians(await repeat(memoryRounds, () => parkClaims(servers, 'parked-claims', parkedClaims)));
  const streams = medians(await repeat(memoryRounds, () => parkStreams(servers, 'parked-streams', parkedStreams)));
  say('profiling');
  const profiles = {};
  for (const one of HAS_CALLGRIND ? PROFILED : []) profiles[one.key] = await profile(servers, one, seconds);
  say('starting');
  const begun = medians(await repeat(starts, () => start(servers, requests.counts)));
  const beside = await repeat(Math.min(rounds, compared.rounds), (i) => {
    say(`comparing with node, round ${i + 1}`);
    return compareRound(servers, compared, PAIRS, seconds / 2, i % 2 === 1);
  });
  return {
    settings,
    claimBytes: servers.claim.body.length,
    figures: { ...mediansByKey(samples), ...mediansByKey(journal), ...mediansByKey(events) },
    listening,
    profiles,
    compared: mediansByKey(beside),
    podBytes,
    tenantKiB,
    parkedClaimKiB: claims.kiB,
    parkedStreamKiB: streams.kiB,
    start: begun,
  };
}
