// SPDX-License-Identifier: MIT
//
// The routes of the source document (docs/api.md), one after the other, as its client calls them.

import { outcome } from './observe.mjs';
import { usedCount } from './state.mjs';

// A request, and how many pods of the default pool are used after it.
const STEPS = [
  ['GET', '/pools/default-pool/workspace?workspaceId=one'],
  ['GET', '/pools/default-pool/workspace?workspaceId=two'],
  ['GET', '/workspaces/pod-pool-1-1'],
  ['GET', '/workspaces/mock-pod-2'],
  ['GET', '/workspaces/no-such-pod'],
  ['POST', '/workspaces/mock-pod-1/mark-unused'],
  ['POST', '/workspaces/mock-pod-1/mark-used'],
  ['POST', '/pools/default-pool/workspaces/mock-pod-1/mark-unused'],
  ['POST', '/workspaces/mock-pod-2/release'],
  ['GET', '/pools/default-pool'],
  ['GET', '/pools/default-pool/status'],
  ['GET', '/pools/default-pool/workspaces'],
  ['GET', '/pools'],
  ['POST', '/pools', { name: 'made' }],
  ['POST', '/pools', { name: 'made' }],
  ['POST', '/pools', {}],
  ['PUT', '/pools/made', { minimum_vms: 4 }],
  ['POST', '/pools/made/scale', { minimum_vms: 2 }],
  ['DELETE', '/pools/made'],
  ['GET', '/pools/made'],
  ['POST', '/auth/login', { username: 'u', password: 'p' }],
  ['GET', '/nowhere'],
  ['POST', '/pools/default-pool/status'],
];

export async function observeContract(stack) {
  const seen = [];
  for (const [method, path, json] of STEPS) {
    const came = await outcome(stack, method, path, { json });
    seen.push([`${seen.length + 1}. ${method} ${path}`, `${came}, ${await usedCount(stack)} used`]);
  }
  return Object.fromEntries(seen);
}
