// SPDX-License-Identifier: MIT
//
// The pools with their counts. A list and the events after its position fit together, so each pool has the position of the page that
// listed it, and only later events change it (docs/live.md, "Follow a state without missing a change").

import { read } from './service.mjs';

// This number of pools fits in one piece of an answer, so one position holds for all of them.
const PAGE = 200;

// Positions are EPOCH.SEQ.
export function parsePosition(position) {
  const [epoch, seq] = (position ?? '').split('.');
  return { epoch, seq: Number(seq) };
}

// Reads all pools. Returns them by name, and the position of the first page.
export async function readPools() {
  const pools = new Map();
  let cursor = '';
  let first;
  do {
    const page = await read(`pools?limit=${PAGE}${cursor && `&cursor=${cursor}`}`);
    first ??= page.position;
    const { seq } = parsePosition(page.position);
    for (const pool of page.pools) pools.set(pool.name, { ...pool, seq });
    cursor = page.nextCursor;
  } while (cursor);
  return { pools, position: first };
}

// Adds pods of one usage and state to the counts, as the service counts them.
function add(pool, { usage, state }, pods) {
  pool.total += pods;
  if (usage === 'used') pool.used += pods;
  else if (state === 'running') pool.free += pods;
  if (state === 'pending' || state === 'starting') pool.starting += pods;
  else if (state === 'failed') pool.failed += pods;
}

const NONE = { total: 0, free: 0, used: 0, starting: 0, failed: 0 };

// Applies an event to the pools. Returns whether it changed one.
export function applyEvent(pools, event) {
  const pool = pools.get(event.pool);
  if (event.pool === undefined || (pool && event.seq <= pool.seq)) return false;
  if (event.type === 'pool.created') {
    pools.set(event.pool, { name: event.pool, ...NONE, seq: event.seq });
    return true;
  }
  if (!pool) return false;
  pool.seq = event.seq;
  if (event.type === 'pool.deleted') pools.delete(event.pool);
  if (event.type === 'pool.reset') Object.assign(pool, NONE);
  if (event.was) add(pool, event.was, -1);
  if (event.usage) add(pool, event, event.count ?? 1);
  return true;
}
