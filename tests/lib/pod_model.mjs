// SPDX-License-Identifier: MIT
//
// A model of one pod, for histories (recorder.mjs, linear.mjs): how each recorded operation sees or changes it.
//
// A pod is 'unborn', 'gone', '<pool> free' or '<pool> used <by whom>'. The state is that, a bar, and the same for the pod in the
// snapshot, or 'none' if there is no snapshot.

export const FIRST_STATE = 'unborn|none';

// --- the outcome of an operation ---

export function isGood({ outcome, status, json }) {
  return outcome === 'answered' && status < 300 && json?.success === true;
}

function isAbsent({ outcome, status }) {
  return outcome === 'answered' && status === 404;
}

// Returns the fault rules that hit a request, without those that only delay it. Their ids are `<phase>-<kind>-<n>`.
export function severeFaults(fault) {
  return (fault ?? '').split(', ').filter((id) => id !== '' && !/-(delay|dribble)-/.test(id));
}

// Returns whether the operation has run: 'yes', 'no' or 'maybe'.
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

// The lease of a pod that an import or a snapshot has restored may have ended.
const OVERDUE = ' (back)';
const broughtBack = (pod) => (isUsed(pod) && !pod.endsWith(OVERDUE) ? pod + OVERDUE : pod);
const isTold = (pod, as) => pod === as || pod === as + OVERDUE;

// The state to which an operation on a pod changes it, if it exists.
const STEPS = {
  release: freed,
  'mark-used': (pod) => (isUsed(pod) ? pod : `${pod.split(' ')[0]} used `),
  'delete-workspace': () => 'gone',
};

// The states to which an operation on a pool may change any pod.
const POOL_STEPS = {
  scale: (pod, pool) => (pod === `${pool} free` ? [pod, 'gone'] : [pod]),
  'delete-pool': (pod, pool) => [isIn(pod, pool) ? 'gone' : pod],
  // the pool gets its first pods again
  'reset-pool': (pod, pool) => (isIn(pod, pool) || pod === 'gone' ? [`${pool} free`, 'gone'] : [pod]),
};

// --- the effects of operations ---

// The moves of an operation that may have run: it changes the pod, or leaves it as it is.
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

// Returns the pod in a state document, or null.
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

// Returns how an operation sees or changes the pod itself, without the snapshot.
function meaningOfPod(operation, id) {
  const { kind, pool } = operation;
  if (kind in STEPS) return step(operation, id);
  if (kind in POOL_STEPS) return runs(operation, (pod) => POOL_STEPS[kind](pod, pool));
  if (kind === 'reset') return { moves: () => ['unborn'] };
  return MEANINGS[kind]?.(operation, id) ?? null;
}

// Returns the effect of an operation on the pod with this id, for findImpossible: {sees} or {moves}, or null if there is none.
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

// Returns the states that may follow without a recorded operation: a pod may be made in a pool, and a lease may end.
export function driftIn(pools) {
  return (state) => {
    const [pod, kept] = state.split('|');
    if (pod === 'unborn') return pools.map((pool) => `${pool} free|${kept}`);
    return pod.endsWith(OVERDUE) ? [`${freed(pod)}|${kept}`] : [];
  };
}
