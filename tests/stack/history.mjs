// SPDX-License-Identifier: MIT
//
// Many clients send random requests at once. Their answers must be explained by one state that handled them one by one, and
// the journal, the counts and the leaks must agree with it.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { assertSuccess } from '../lib/api.mjs';
import { forEachRow, times, until } from '../lib/case.mjs';
import { Dice, seedOf } from '../lib/dice.mjs';
import { findImpossible } from '../lib/linear.mjs';
import { driftIn, FIRST_STATE, isGood, meaning, severeFaults } from '../lib/pod_model.mjs';
import { Recorder } from '../lib/recorder.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const CLIENTS = 12;
const STEPS = 40;
const LIMIT = { timeoutMs: times(60_000, 3_600_000) };
const QUIET = { options: ['--log-level', 'error'] };
// The first pool always queues; the others follow the last settings that a client sent.
const POOLS = ['pool-that-queues', 'pool-of-all-kinds', 'default-pool'];

// --- the clients ---

// The actions and their weights. A wild round, unlike a calm one, also replaces the state.
const CALM = {
  claim: 34, release: 26, workspace: 8, workspaces: 5, status: 5, 'mark-used': 4, 'delete-workspace': 2, scale: 2,
  'delete-pool': 1, 'reset-pool': 1, settings: 3, faults: 6, clock: 3, export: 1,
};
const WILD = { ...CALM, reset: 1, import: 1, snapshot: 1, restore: 1 };

const CALM_ANSWERS = {
  status: { status: 500 },
  close: { connection: 'close' },
  reset: { connection: 'reset' },
  truncate: { truncate: 0.5 },
  garbage: { garbage: true },
  dribble: { dribble: { bytesPerSecond: 100_000 } },
};
const WILD_ANSWERS = { ...CALM_ANSWERS, hang: { hang: true } };

// Makes a rule whose id names its effect: `<phase>-<delay or kind of answer>-<n>`.
function makeRule(dice, n, answers) {
  const phase = dice.pick(['before', 'after']);
  const kind = dice.pick(['delay', 'delay', ...Object.keys(answers)]);
  return {
    id: `${phase}-${kind}-${n}`,
    phase,
    match: { operation: dice.pick(['claim', 'claim', 'release', 'workspaces', 'delete-workspace', '*']) },
    skip: dice.roll(0, 3),
    times: kind === 'hang' ? 1 : dice.roll(1, 4),
    probability: dice.pick([0.3, 1]),
    ...(kind === 'delay' ? { delay: { type: 'uniform', lowerMs: 0, upperMs: 30 } } : { answer: answers[kind] }),
  };
}

function makeSettings(dice) {
  return {
    onExhausted: dice.pick(['create', 'reject', 'queue', null]),
    newPoolPods: dice.roll(1, 3),
    maxPods: dice.pick([4, null]),
    leaseTtl: dice.pick(['10m', null]),
    failNext: dice.pick([0, 0, 1]),
    progression: dice.pick([
      null,
      { mode: 'time', pending: '2m', starting: '3m' },
      { mode: 'manual', looks: 2 },
    ]),
  };
}

// One client. `world` is shared by all: {recorder, weights, answers, pods: those seen so far, document: the last
// export, rules: the number of rules made}.
class Player {
  #held = [];
  #claims = 0;

  constructor(world, name, dice) {
    Object.assign(this, { world, name, dice, ask: world.recorder.client() });
  }

  async play(steps) {
    for (let step = 0; step < steps; step++) await this[this.dice.weigh(this.world.weights)]();
  }

  // Chooses one of its own pods, or one that any client has seen.
  #pickPod() {
    if (this.#held.length > 0 && this.dice.chance(0.8)) return this.dice.pick(this.#held);
    return this.dice.pick([...this.world.pods]);
  }

  #control(kind, method, target, json, note) {
    return this.ask({ kind, method, target: `/__admin/${target}`, json, note });
  }

  #ofPool(kind, method, tail, { pool = this.dice.pick(POOLS), ...request } = {}) {
    return this.ask({ kind, method, target: `/pools/@${tail}`, name: pool, ...request, note: { pool, ...request.note } });
  }

  #ofPod(kind, method, tail = '', request = {}) {
    const pod = this.#pickPod();
    if (kind !== 'workspace') this.#held = this.#held.filter((id) => id !== pod);
    return this.ask({ kind, method, target: `/workspaces/@${tail}`, name: pod, ...request, note: { pod } });
  }

  async claim() {
    const isLeased = this.dice.chance(0.2);
    const workspaceId = `${isLeased ? 'leased-' : ''}${this.name}-${++this.#claims}`;
    const query = `/workspace?workspaceId=${workspaceId}${isLeased ? '&ttl=10m' : ''}`;
    const leave = this.dice.chance(0.2) ? () => sleep(this.dice.roll(0, 60)) : undefined;
    const claim = await this.#ofPool('claim', 'GET', query, { leave, note: { workspaceId } });
    const pod = isGood(claim) ? claim.json.workspace : null;
    if (!pod) return;
    this.#held.push(pod.id);
    this.world.pods.add(pod.id);
  }

  release() {
    return this.#ofPod('release', 'POST', this.dice.pick(['/release', '/mark-unused']));
  }

  workspace() {
    return this.#ofPod('workspace', 'GET');
  }

  'mark-used'() {
    return this.#ofPod('mark-used', 'POST', '/mark-used');
  }

  'delete-workspace'() {
    const pod = this.#pickPod();
    const pool = this.dice.pick(POOLS);
    const target = `/pools/${pool}/workspaces/@`;
    return this.ask({ kind: 'delete-workspace', method: 'DELETE', target, name: pod, note: { pod, pool } });
  }

  async workspaces(pool) {
    const list = await this.#ofPool('workspaces', 'GET', '/workspaces', { pool });
    if (isGood(list)) for (const pod of list.json.workspaces) this.world.pods.add(pod.id);
  }

  async status(pool) {
    const status = await this.#ofPool('status', 'GET', '/status', { pool });
    if (isGood(status)) for (const pod of status.json.workspaces) this.world.pods.add(pod.id);
  }

  scale() {
    return this.#ofPool('scale', 'POST', '/scale', { json: { minimum_vms: this.dice.roll(1, 5) } });
  }

  'delete-pool'() {
    return this.#ofPool('delete-pool', 'DELETE', '');
  }

  'reset-pool'() {
    const pool = this.dice.pick(POOLS);
    return this.#control('reset-pool', 'POST', `pools/${pool}/reset`, undefined, { pool });
  }

  settings() {
    const pool = this.dice.pick(POOLS.slice(1));
    return this.#control('settings', 'PATCH', `pools/${pool}`, makeSettings(this.dice));
  }

  faults() {
    const rules = Array.from({ length: this.dice.roll(0, 3) }, () => makeRule(this.dice, ++this.world.rules, this.world.answers));
    return this.#control('faults', 'PUT', 'faults', rules);
  }

  clock() {
    const change = this.dice.pick([
      { action: 'advance', by: '5m' },
      { action: 'advance', by: '5m' },
      { action: 'freeze' },
      { action: 'resume' },
    ]);
    return this.#control('clock', 'PUT', 'clock', change);
  }

  reset() {
    return this.#control('reset', 'POST', 'reset?keep=journal,settings,faults');
  }

  async export() {
    const state = await this.#control('export', 'GET', 'state');
    if (state.status === 200) this.world.document = state.json;
  }

  async import() {
    const { document } = this.world;
    if (document) await this.#control('import', 'PUT', 'state', document, { document });
  }

  snapshot() {
    return this.#control('snapshot', 'PUT', 'snapshots/kept');
  }

  restore() {
    return this.#control('restore', 'POST', 'snapshots/kept/restore');
  }

  // Reads everything, when the other clients are quiet.
  async inspect() {
    for (const pool of POOLS) {
      await this.workspaces(pool);
      await this.status(pool);
    }
    for (const pod of this.world.pods) {
      await this.ask({ kind: 'workspace', method: 'GET', target: '/workspaces/@', name: pod, note: { pod } });
    }
  }
}

// --- checks ---

// Control routes whose target may not exist.
const NEEDY = ['reset-pool', 'restore'];

// True if the request ran and its answer was lost.
function isLost({ fault, entry }) {
  return entry.delivered === false || severeFaults(fault).some((id) => id.startsWith('after-'));
}

function describe({ n, kind, begin, end, outcome, status, fault, workspaceId, json }) {
  const what = [workspaceId, status, json?.code, fault].filter((word) => word !== undefined && word !== null);
  return `${begin}-${end} #${n} ${kind} ${outcome} ${what.join(' ')}`;
}

// Checks that one life of each pod explains all answers about it.
function checkPods(operations, pods) {
  for (const id of pods) {
    const history = operations.flatMap((operation) => {
      const does = meaning(operation, id);
      return does ? [{ ...does, begin: operation.begin, end: operation.end, operation }] : [];
    });
    const impossible = findImpossible(history, FIRST_STATE, driftIn(POOLS));
    if (!impossible) continue;
    const { operation } = impossible.operation;
    const before = history.filter(({ begin }) => begin < operation.end).slice(-25);
    assert.fail([
      `${id} can't have been what was told of it: it may have been ${impossible.states.join(' or ')} before the end of`,
      describe(operation),
      'after',
      ...before.map((other) => describe(other.operation)),
    ].join('\n'));
  }
}

// Checks that the journal has each request once, in the order of arrival, with the outcome that its client saw.
function checkJournal(operations, { requests, dropped }) {
  assert.equal(dropped, 0, 'dropped');
  const asked = new Map(operations.filter(isRecorded).map((operation) => [`${operation.method} ${operation.path}`, operation]));
  let latest = 0;
  requests.forEach((entry, place) => {
    const key = `${entry.method} ${entry.path}`;
    const operation = asked.get(key);
    assert.ok(operation, `asked once: ${key}`);
    asked.delete(key);
    operation.entry = entry;
    assert.equal(entry.seq, place + 1, 'seq');
    assert.ok(operation.end > latest, `${describe(operation)} came after what was begun after its end`);
    latest = Math.max(latest, operation.begin);
    checkEntry(entry, operation);
  });
  for (const operation of asked.values()) assert.equal(operation.outcome, 'left', `in the journal: ${describe(operation)}`);
}

// Control routes meet no fault: only a reset can end them before their answer.
function checkControl(operations) {
  for (const operation of operations.filter((each) => !isRecorded(each))) {
    const { kind, outcome, status, json } = operation;
    const isExpected = status < 300 || json?.code === 'stale' || (status === 404 && NEEDY.includes(kind));
    assert.ok(outcome === 'answered' && isExpected, describe(operation));
  }
}

function isRecorded({ path }) {
  return !path.includes('/__admin/');
}

function checkEntry(entry, operation) {
  const { outcome, kind, status, json } = operation;
  const what = describe(operation);
  assert.equal(entry.operation, kind, what);
  if (operation.workspaceId && entry.workspaceId !== null) assert.equal(entry.workspaceId, operation.workspaceId, what);
  if (status !== undefined) assert.equal(entry.fault, operation.fault, what);
  operation.fault = entry.fault;
  if (status !== undefined) assert.equal(entry.status, status, what);
  if (outcome === 'answered') assert.equal(entry.delivered, true, what);
  if (kind === 'claim' && isGood(operation) && severeFaults(operation.fault).length === 0) {
    assert.deepEqual([json.workspace.id, json.workspace.claimedBy], [entry.pod, operation.workspaceId], what);
  }
}

// Checks that the counts of each status match its list.
function checkCounts(operations) {
  for (const operation of operations) {
    if (operation.kind !== 'status' || !isGood(operation)) continue;
    const { pool, status, workspaces } = operation.json;
    const used = workspaces.filter((row) => row.status === 'used').length;
    assert.equal(pool.total_workspaces, workspaces.length, describe(operation));
    assert.equal(pool.used_workspaces, used, describe(operation));
    assert.ok(pool.available_workspaces <= workspaces.length - used, describe(operation));
    assert.equal(status.running_vms + status.pending_vms + status.failed_vms, workspaces.length, describe(operation));
    assert.equal(status.used_vms, used, describe(operation));
  }
}

// Checks that the leaks are the claims whose answer was lost and that still hold their pods.
function checkLeaks(operations, leaks) {
  // by the last reads
  const looks = operations.filter(({ kind }) => kind === 'workspace');
  const holders = new Map(looks.map(({ pod, json }) => [pod, json?.workspace?.claimedBy]));
  const isHeld = ({ kind, entry, workspaceId }) => kind === 'claim' && entry?.pod && holders.get(entry.pod) === workspaceId;
  const lost = operations.filter((operation) => isHeld(operation) && isLost(operation));
  const name = (pod, workspaceId) => `${pod} ${workspaceId}`;
  const expected = lost.map(({ entry, workspaceId }) => name(entry.pod, workspaceId)).sort();
  const listed = leaks.map(({ pod, workspaceId }) => name(pod, workspaceId)).sort();
  const isCalm = !operations.some(({ kind }) => ['reset', 'import', 'restore'].includes(kind));
  if (isCalm) assert.deepEqual(listed, expected, 'leaks');
  for (const leak of listed) assert.ok(expected.includes(leak), `${leak} is not lost`);
}

function checkFaults(faults, operations) {
  for (const { id, hits } of faults) {
    const taken = operations.filter(({ fault }) => (fault ?? '').split(', ').includes(id)).length;
    assert.equal(hits, taken, `hits of ${id}`);
  }
}

// --- the rounds ---

// Ends hanging requests until all clients are done.
async function waitForAll(playing, { recorder }, keeper) {
  let isOver = false;
  const over = Promise.all(playing).finally(() => (isOver = true));
  while (!isOver) {
    const before = recorder.operations.length;
    await Promise.race([over, sleep(300)]);
    if (!isOver && recorder.operations.length === before) await keeper.reset();
  }
  await over;
}

// Runs many clients in one tenant, then reads everything. Returns the recorded requests.
async function playRound(stack, dice, prefix, isWild) {
  const control = async (method, path, json) => assertSuccess(await stack.ask(method, `${prefix}/__admin/${path}`, { json }));
  await control('POST', 'reset');
  if (isWild) await stack.ask('DELETE', `${prefix}/__admin/snapshots/kept`);
  await control('PATCH', 'settings', { onExhausted: 'queue', claimTimeout: '40ms', newPoolPods: 2 });
  const recorder = new Recorder(stack, prefix);
  const [weights, answers] = isWild ? [WILD, WILD_ANSWERS] : [CALM, CALM_ANSWERS];
  const shared = { recorder, weights, answers, pods: new Set(['pod-pool-1-1']), document: null, rules: 0 };
  const keeper = new Player(shared, 'keeper', dice.fork());
  const players = Array.from({ length: CLIENTS }, (_, n) => new Player(shared, `client-${n}`, dice.fork()));
  await waitForAll(players.map((player) => player.play(STEPS)), shared, keeper);
  await until('nobody waits any more', async () => (await control('GET', 'health')).parked === 0);
  const { faults } = await control('GET', 'faults');
  await control('DELETE', 'faults');
  await keeper.inspect();
  // now all requests have arrived, also those that clients did not wait for
  for (const operation of recorder.operations) if (operation.outcome === 'left') operation.end = recorder.now();
  await keeper.inspect();
  const { leaks } = await control('GET', 'leaks');
  const journal = await control('GET', 'requests');
  checkControl(recorder.operations);
  checkJournal(recorder.operations, journal);
  checkCounts(recorder.operations);
  checkPods(recorder.operations, shared.pods);
  checkLeaks(recorder.operations, leaks);
  checkFaults(faults, recorder.operations);
  return recorder.operations;
}

stackCase('one state that handles requests one by one explains the answers of many concurrent clients', async (world, t) => {
  const dice = new Dice(seedOf(t));
  const stack = await Stack.start(world, QUIET);
  for (let round = 0; round < times(2, 200); round++) {
    const games = ['', '/~other'].map((prefix, n) => playRound(stack, dice.fork(), prefix, (round + n) % 2 === 0));
    await Promise.all(games);
  }
}, LIMIT);

// --- the queue alone ---

// Waits for the first journal entry that matches the filter and `isMeant`.
function entryOf(stack, filter, isMeant) {
  return until(`${filter} is in the journal`, async () => {
    return assertSuccess(await stack.ask('GET', `/__admin/requests?${filter}`)).requests.find(isMeant);
  });
}

// A client that claims, releases what it gets, and sometimes gives up waiting. Each claim that got a pod is added
// to `served`, with the beginning of its release.
async function useQueue(stack, recorder, dice, name, served) {
  const ask = recorder.client();
  let after = 0;
  for (let n = 0; n < STEPS; n++) {
    const workspaceId = `${name}-${n}`;
    const target = `/pools/@/workspace?workspaceId=${workspaceId}`;
    const hasCome = ({ path }) => entryOf(stack, `after=${after}`, (entry) => entry.path === path);
    const leave = dice.chance(0.3) ? hasCome : undefined;
    const claim = await ask({ kind: 'claim', method: 'GET', target, name: POOLS[0], leave });
    const { seq, pod, status } = await entryOf(stack, `workspaceId=${workspaceId}`, (entry) => entry.status > 0);
    const known = claim.outcome === 'left' ? recorder.now() : claim.end;
    after = seq;
    assert.equal(pod !== null, status === 200, `${workspaceId}: ${status}`);
    if (claim.outcome === 'answered') assert.equal(claim.json.workspace.id, pod);
    if (pod === null) continue;
    const release = await ask({ kind: 'release', method: 'POST', target: '/workspaces/@/release', name: pod });
    assert.equal(release.status, 200);
    served.push({ workspaceId, pod, seq, known, released: release.begin });
  }
}

// Checks that no claim was served before an earlier one: before the release of the pod that the earlier claim got. A pod
// goes from holder to holder in the order of their releases.
function findUnfair(served) {
  const claims = [...served].sort((a, b) => a.released - b.released);
  const lastOf = new Map();
  for (const claim of claims) {
    claim.notBefore = lastOf.get(claim.pod)?.released ?? 0;
    lastOf.set(claim.pod, claim);
  }
  claims.sort((a, b) => a.seq - b.seq);
  let latest = claims[0];
  for (const claim of claims) {
    if (claim.known < latest.notBefore) return [latest, claim];
    if (claim.notBefore > latest.notBefore) latest = claim;
  }
  return null;
}

stackCase('a queue serves claims in the order of arrival, even if clients give up', async (world, t) => {
  const dice = new Dice(seedOf(t));
  const stack = await Stack.start(world, QUIET);
  const settings = { newPoolPods: 3, onExhausted: 'queue', claimTimeout: '1h' };
  assertSuccess(await stack.ask('PATCH', '/__admin/settings', { json: settings }));
  for (let round = 0; round < times(1, 100); round++) {
    assertSuccess(await stack.ask('POST', '/__admin/reset?keep=settings'));
    const recorder = new Recorder(stack);
    const served = [];
    const clients = Array.from({ length: CLIENTS }, (_, n) => useQueue(stack, recorder, dice.fork(), `client-${n}`, served));
    await Promise.all(clients);
    assert.equal(findUnfair(served), null);
    const { pool } = assertSuccess(await stack.ask('GET', `/pools/${POOLS[0]}/status`));
    assert.deepEqual([pool.total_workspaces, pool.used_workspaces], [3, 0]);
  }
}, LIMIT);

// --- the checks can fail ---

stackCase('the checks find histories that no state can explain', async () => {
  const pod = 'pod-pool-1-1';
  const pool = POOLS[2];
  const good = { outcome: 'answered', status: 200 };
  const claim = (begin, end, workspaceId) => ({ ...good, kind: 'claim', begin, end, pool, workspaceId, entry: { pod } });
  const release = (begin, end, status = 200) => ({
    ...good, status, kind: 'release', begin, end, pod, json: { success: status === 200 },
  });
  const see = (begin, end, by) => {
    const workspaces = by === null ? [] : [{ id: pod, status: by ? 'used' : 'free', claimed_by: by || null }];
    return { ...good, kind: 'status', begin, end, pool, json: { success: true, workspaces } };
  };
  const reset = (begin, end) => ({ ...good, kind: 'reset', begin, end });
  const lost = (operation) => ({ ...operation, outcome: 'broken', fault: 'after-close-1', json: undefined });
  const rows = [
    [true, claim(1, 2, 'a'), release(3, 4), claim(5, 6, 'b')],
    [false, claim(1, 2, 'a'), claim(5, 6, 'b')],
    [false, claim(1, 5, 'a'), claim(2, 6, 'b')],
    [true, claim(1, 5, 'a'), claim(2, 6, 'b'), release(3, 4)],
    [true, claim(1, 2, 'a'), release(3, 9), claim(5, 6, 'b')],
    [true, claim(1, 2, 'a'), lost(release(3, 4)), claim(5, 6, 'b')],
    [true, claim(1, 2, 'a'), lost(release(3, 4)), see(5, 6, 'a')],
    [false, claim(1, 2, 'a'), lost(release(3, 4)), claim(5, 6, 'b'), see(7, 8, 'a')],
    [false, claim(1, 2, 'a'), see(3, 4, '')],
    [false, claim(1, 2, 'a'), see(3, 4, null)],
    [true, claim(1, 2, 'a'), reset(3, 4), see(5, 6, null), see(7, 8, '')],
    [false, claim(1, 2, 'a'), reset(3, 4), see(5, 6, 'a')],
    [false, see(1, 2, ''), see(3, 4, null)],
    [true, see(1, 2, null), release(3, 4, 404), see(5, 6, '')],
    [false, see(1, 2, ''), release(3, 4, 404)],
  ];
  await forEachRow(rows, ([isPossible, ...operations]) => {
    if (isPossible) checkPods(operations, [pod]);
    else assert.throws(() => checkPods(operations, [pod]), /can't have been/);
  });
  const served = (seq, id, known, released) => ({ workspaceId: `w-${seq}`, pod: id, seq, known, released });
  assert.equal(findUnfair([served(1, 'x', 2, 5), served(2, 'x', 6, 8), served(0, 'y', 4, 9)]), null);
  assert.notEqual(findUnfair([served(1, 'x', 2, 5), served(3, 'x', 6, 8), served(2, 'x', 9, 10)]), null);
});
