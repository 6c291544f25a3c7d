// SPDX-License-Identifier: MIT
//
// Bodies in each way that HTTP/1.1 can send one.

import { BASE } from '../lib/worker.mjs';
import { expectContinue, outcome, rawOutcome } from './observe.mjs';

const MIB = 1024 * 1024;
const CHUNKED = 'Transfer-Encoding: chunked';

// A request that makes a pool, with a body of `size` bytes.
function poolOfSize(name, size) {
  return `{"name":"${name}"}`.padEnd(size);
}

function head(method, path, ...headers) {
  return [`${method} ${BASE}${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers];
}

function makePool(stack, name, size, options = {}) {
  const headers = { 'content-type': 'application/json' };
  return outcome(stack, 'POST', '/pools', { body: poolOfSize(name, size), headers, ...options });
}

function chunksOf(text, size) {
  const chunks = text.match(new RegExp(`.{1,${size}}`, 'gs'));
  return `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`;
}

export async function observeBodies(stack) {
  const json = 'Content-Type: application/json';
  const small = '{"name":"small"}';
  const used = '/workspaces/mock-pod-1/mark-used';
  return {
    'of a known length': await makePool(stack, 'known', 20),
    'of 1 MiB': await makePool(stack, 'large', MIB),
    'over the limit': await rawOutcome(stack, head('POST', '/pools', json, `Content-Length: ${MIB + 1}`), poolOfSize('over', MIB + 1)),
    chunked: await makePool(stack, 'chunked', 20, { chunked: true }),
    'chunked in many pieces': await rawOutcome(stack, head('POST', '/pools', json, CHUNKED), chunksOf(poolOfSize('pieces', 600), 7)),
    'chunked, 30 kB': await makePool(stack, 'chunked-30', 30_000, { chunked: true }),
    'chunked, 1 MiB': await makePool(stack, 'chunked-large', MIB, { chunked: true }),
    'chunked and empty': await rawOutcome(stack, head('POST', used, CHUNKED), '0\r\n\r\n'),
    'of length 0': await rawOutcome(stack, head('POST', used, 'Content-Length: 0')),
    'without a length': await rawOutcome(stack, head('POST', used)),
    'of a GET': await rawOutcome(stack, head('GET', '/pools', `Content-Length: ${small.length}`), small),
    'after 100 Continue': await expectContinue(stack, head('POST', '/pools', json, `Content-Length: ${small.length}`), small),
    'that is not JSON': await rawOutcome(stack, head('POST', '/pools', json, 'Content-Length: 1'), '{'),
  };
}
