// SPDX-License-Identifier: MIT
//
// A model of one pod, for histories (recorder.mjs, linear.mjs): what an operation that somebody has asked for means to it.
//
// A pod is 'unborn', 'gone', '<pool> free' or '<pool> used <by whom>'. Its state is that, a bar, and what the snapshot has of
// it in the same words, or 'none' where there is no snapshot.

export const FIRST_STATE = 'unborn|none';

// --- what became of an operation ---

export function isGood({ outcome, status, json }) {
  return outcome === 'answered' && status < 300 && json?.success === true;
}

function isAbsent({ outcome, status }) {
  return outcome === 'answered' && status === 404;
}

// The rules that took a request, without those that only slow it down. Their ids are `<phase>-<kind>-<n>`.
export function severeFaults(fault) {
  return (fault ?? '').split(', ').filter((id) => id !== '' && !/-(delay|dribble)-/.test(id));
}

// Whether it has run: 'yes', 'no' or 'maybe'.
function hasRun(operation) {
  const { fault, outcome, json } = operation;
  if (isGood(operation)) return 'yes';
  if (/before-(?!delay)/.test(fault)) return 'no';
  return severeFaults(fault).length > 0 || outcome !== 'answered' || json?.code === 'stale' ? 'maybe' : 'no';
}

// --- a pod ---

const isThere = (pod) => pod !== 'unborn' && pod !== 'gone';
const isIn = (pod, pool) => pod.startsWith(`${pool} `);
const isUsed = (pod) => pod.includes(' used ');
const freed = (pod) => `${pod.split(' ')[0]} free`;
const told = (pool, usage, by) => (usage === 'used' ? `${pool} used ${by ?? ''}` : `${pool} free`);

// Its lease may be over: it has come back, by an import or from the snapshot, to a later time.
const OVERDUE = ' (back)';
const broughtBack = (pod) => (isUsed(pod) && !pod.endsWith(OVERDUE) ? pod + OVERDUE : pod);
const isTold = (pod, as) => pod === as || pod === as + OVERDUE;

// What an operation of its own makes of one that is there.
const STEPS = {
  release: freed,
  'mark-used': (pod) => (isUsed(pod) ? pod : `${pod.split(' ')[0]} used `),
  'delete-workspace': () => 'gone',
};

// What one of a pool may make of any.
const POOL_STEPS = {
  scale: (pod, pool) => (pod === `${pool} free` ? [pod, 'gone'] : [pod]),
  'delete-pool': (pod, pool) => [isIn(pod, pool) ? 'gone' : pod],
  // the pool's first pods come again
  'reset-pool': (pod, pool) => (isIn(pod, pool) || pod === 'gone' ? [`${pool} free`, 'gone'] : [pod]),
};

// --- what operations mean ---

// An operation that may have run moves a pod, or it does not.
function runs(operation, moves) {
  const ran = hasRun(operation);
  if (ran === 'no') return null;
  return ran === 'yes' ? { moves } : { moves: (pod) => [...new Set([pod, ...moves(pod)])] };
}

function claim({ entry, pool, workspaceId }, id) {
  if (entry?.pod !== id) return null;
  return { moves: (pod) => (pod === `${pool} free` ? [told(pool, 'used', workspaceId)] : []) };
}

function step(operation, id) {
  const { kind, pool } = operation;
  if (operation.pod !== id) return null;
  const isMeant = (pod) => (pool === undefined ? isThere(pod) : isIn(pod, pool));
  if (isAbsent(operation)) return { sees: (pod) => !isMeant(pod) };
  return runs(operation, (pod) => (isMeant(pod) ? [STEPS[kind](pod)] : []));
}

function look(operation, id) {
  if (operation.pod !== id) return null;
  if (isAbsent(operation)) return { sees: (pod) => !isThere(pod) };
  if (!isGood(operation)) return null;
  const { poolName, usage_status: usage, claimedBy } = operation.json.workspace;
  return { sees: (pod) => isTold(pod, told(poolName, usage, claimedBy)) };
}

function list(operation, id) {
  const { pool, json } = operation;
  if (!isGood(operation)) return null;
  const row = json.workspaces.find((workspace) => workspace.id === id);
  if (!row) return { sees: (pod) => !isIn(pod, pool) };
  return { sees: (pod) => isTold(pod, told(pool, row.usage_status ?? row.status, row.claimedBy ?? row.claimed_by)) };
}

// What a document has of it, or null.
function inDocument(document, id) {
  const [pool, number] = id.split('-').slice(2).map(Number);
  const row = document.pods.find((pod) => pod.number === number);
  const isSame = row && document.pools.find(({ name }) => name === row.pool).number === pool;
  return isSame ? told(row.pool, row.usage, row.claimedBy) : null;
}

function exported({ json }, id) {
  const as = inDocument(json, id);
  return { sees: (pod) => (as === null ? !isThere(pod) : isTold(pod, as)) };
}

function imported(operation, id) {
  const { document } = operation;
  const isBehind = Number(id.split('-')[3]) <= document.counters.lastPod;
  const as = inDocument(document, id) ?? (isBehind ? 'gone' : 'unborn');
  return runs(operation, () => [broughtBack(as)]);
}

function clock({ json }, id) {
  if (!json.fired?.some(({ what, pod }) => what === 'lease-expired' && pod === id)) return null;
  return { moves: (pod) => (isUsed(pod) ? [freed(pod)] : []) };
}

const MEANINGS = { claim, workspace: look, workspaces: list, status: list, export: exported, import: imported, clock };

// What it means to a pod alone: what it may see, or makes of it.
function meaningOfPod(operation, id) {
  const { kind, pool } = operation;
  if (kind in STEPS) return step(operation, id);
  if (kind in POOL_STEPS) return runs(operation, (pod) => POOL_STEPS[kind](pod, pool));
  if (kind === 'reset') return { moves: () => ['unborn'] };
  return MEANINGS[kind]?.(operation, id) ?? null;
}

// What an operation means to the pod of that id, for findImpossible: {sees} or {moves}, or null where it means nothing.
export function meaning(operation, id) {
  const cut = (state) => state.split('|');
  if (operation.kind === 'snapshot') return { moves: (state) => [`${cut(state)[0]}|${cut(state)[0]}`] };
  if (operation.kind === 'restore') {
    if (isAbsent(operation)) return { sees: (state) => cut(state)[1] === 'none' };
    return { moves: (state) => (cut(state)[1] === 'none' ? [] : [`${broughtBack(cut(state)[1])}|${cut(state)[1]}`]) };
  }
  const does = meaningOfPod(operation, id);
  if (does?.sees) return { sees: (state) => does.sees(cut(state)[0]) };
  return does && { moves: (state) => does.moves(cut(state)[0]).map((pod) => `${pod}|${cut(state)[1]}`) };
}

// What may come of it by itself: one that is not there yet may come to be in one of the pools, and a lease that is over ends.
export function driftIn(pools) {
  return (state) => {
    const [pod, kept] = state.split('|');
    if (pod === 'unborn') return pools.map((pool) => `${pool} free|${kept}`);
    return pod.endsWith(OVERDUE) ? [`${freed(pod)}|${kept}`] : [];
  };
}
