// SPDX-License-Identifier: MIT
//
// The journal as clients see it (docs/control.md). `prefix` is that of a tenant.

import assert from 'node:assert/strict';

import { assertSuccess, assertTime } from './api.mjs';

// Returns the entries that match `query` ('?pool=a').
export async function getRequests(stack, query = '', prefix = '') {
  return assertSuccess(await stack.ask('GET', `${prefix}/__admin/requests${query}`)).requests;
}

export async function getLeaks(stack, prefix = '') {
  return assertSuccess(await stack.ask('GET', `${prefix}/__admin/leaks`)).leaks;
}

const FIELDS = [
  'seq', 'at', 'requestId', 'method', 'path', 'operation', 'pool', 'pod', 'workspaceId', 'status', 'durationMs', 'fault',
  'delivered',
];

// Asserts the shape of an entry, and the values in `expected`.
export function assertEntry(entry, expected) {
  assert.deepEqual(Object.keys(entry), FIELDS);
  assertTime(entry.at, 'at');
  assert.match(entry.requestId, /^[0-9a-f]{32}$/);
  if (entry.status === 0) assert.deepEqual([entry.durationMs, entry.delivered], [null, null]);
  else assert.ok(entry.durationMs >= 0 && typeof entry.delivered === 'boolean', JSON.stringify(entry));
  const picked = Object.fromEntries(Object.keys(expected).map((key) => [key, entry[key]]));
  assert.deepEqual(picked, expected);
  return entry;
}
