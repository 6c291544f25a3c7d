// SPDX-License-Identifier: MIT
//
// The control API is open to 127.0.0.1 only. 127.0.0.2 is a client of another address.

import { outcome } from './observe.mjs';

const PATHS = ['/__admin/health', '/__admin', '/~tenant/__admin/health', '/%5F%5fadmin/health', '/~tenant/__admi%6E/health', '/pools'];

export async function observeFence(stack) {
  const seen = {};
  for (const path of PATHS) seen[path] = await outcome(stack, 'GET', path, { localAddress: '127.0.0.2' });
  const forged = { localAddress: '127.0.0.2', headers: { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1' } };
  return {
    ...seen,
    'with a forged address': await outcome(stack, 'GET', '/__admin/health', forged),
    'from this machine': await outcome(stack, 'GET', '/__admin/health'),
  };
}
