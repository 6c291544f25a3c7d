// SPDX-License-Identifier: MIT
//
// The worker's state, asked at its own socket, so that no front end can change what is seen.

import { assertSuccess, statusPath } from '../lib/api.mjs';

// Returns the rows of a pool's status: {id, status, claimed_by, …} each.
export async function podsOf(stack, pool) {
  return assertSuccess(await stack.worker.ask('GET', statusPath(pool))).workspaces;
}

// How many pods of a pool are used.
export async function usedCount(stack, pool = 'default-pool') {
  return (await podsOf(stack, pool)).filter(({ status }) => status === 'used').length;
}

export async function parkedCount(stack) {
  return assertSuccess(await stack.worker.ask('GET', '/__admin/health')).parked;
}

// Returns how many items occur again after the first time.
export function repeatedCount(list) {
  return list.length - new Set(list).size;
}
