// SPDX-License-Identifier: MIT
//
// Methods, and the headers of answers that browsers and clients need.

import { claimPath, statusPath } from '../lib/api.mjs';
import { outcome } from './observe.mjs';
import { usedCount } from './state.mjs';

const ORIGIN = { origin: 'https://app.example' };

async function headers(stack, method, path, names, options) {
  const answer = await stack.ask(method, path, options);
  return [answer.status, ...names.map((name) => answer.headers[name] ?? 'none')].join(' | ');
}

export async function observeMethods(stack) {
  const preflight = { ...ORIGIN, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, x-any' };
  const allowed = ['access-control-allow-origin', 'access-control-allow-headers'];
  const seen = {
    'HEAD of a status': await outcome(stack, 'HEAD', statusPath('p')),
    'OPTIONS of a claim': await headers(stack, 'OPTIONS', claimPath('p'), ['allow']),
    'a preflight': await headers(stack, 'OPTIONS', '/pools', allowed, { headers: preflight }),
    'DELETE of the pools': await headers(stack, 'DELETE', '/pools', ['allow']),
    'a 404 for a page': await headers(stack, 'GET', '/nowhere', ['access-control-allow-origin', 'cache-control'], { headers: ORIGIN }),
    'a 200 for a page': await headers(stack, 'GET', statusPath('p'), ['access-control-allow-origin', 'cache-control'], { headers: ORIGIN }),
    'a header Status': await headers(stack, 'GET', statusPath('p'), ['status']),
    'PATCH of a pool': await outcome(stack, 'PATCH', '/pools/default-pool', { json: {} }),
    TRACE: await outcome(stack, 'TRACE', '/pools'),
    PROPFIND: await outcome(stack, 'PROPFIND', '/pools'),
  };
  for (let n = 0; n < 3; n++) await stack.ask('HEAD', claimPath('default-pool', 'head'));
  return { ...seen, 'pods claimed by three HEADs': await usedCount(stack) };
}
