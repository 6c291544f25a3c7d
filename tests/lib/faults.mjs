// SPDX-License-Identifier: MIT
//
// Fault rules, and the broken answers that they make. These are read from the bare connection, because an HTTP client would only report
// that something is wrong.

import assert from 'node:assert/strict';
import net from 'node:net';

import { assertError, assertSuccess } from './api.mjs';
import { until, within, PATIENCE_MS } from './case.mjs';
import { HttpAnswer } from './http.mjs';
import { BASE } from './worker.mjs';

// A delay that is longer than any test waits.
export const FOR_EVER = { type: 'fixed', ms: 3_600_000 };

// Replaces the rules, and returns those of the answer. `prefix` is that of a tenant.
export async function setFaults(stack, rules, prefix = '') {
  const { faults } = assertSuccess(await stack.ask('PUT', `${prefix}/__admin/faults`, { json: rules }));
  assert.equal(faults.length, rules.length);
  return faults;
}

// Asserts the counts of the only rule.
export async function assertCounts(stack, { matched, hits, spent }) {
  const [fault] = assertSuccess(await stack.ask('GET', '/__admin/faults')).faults;
  assert.deepEqual([fault.matched, fault.hits, fault.spent], [matched, hits, spent], 'matched, hits, spent');
}

// Asserts an error that the rule `id` has made.
export function assertFaulted(answer, id, status = 503, sentence = /./) {
  assertError(answer, status, 'fault', sentence);
  assert.equal(answer.headers['x-mock-fault'], id);
}

// Asserts the answer to a waiting request whose state was reset.
export function assertStale(answer) {
  assertError(answer, 503, 'stale');
  assert.equal(answer.headers['x-mock-stale'], '1');
}

// Waits until `count` requests are parked. `prefix` is that of a tenant.
export function untilParked(stack, count, prefix = '') {
  return until(`${count} requests are parked`, async () => {
    const health = assertSuccess(await stack.ask('GET', `${prefix}/__admin/health`));
    return health.parked === count;
  });
}

function decodeWhatCame(bytes) {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [first, ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(/: (.*)/s)));
  return new HttpAnswer(Number(first.split(' ')[1]), headers, bytes.subarray(headEnd + 4));
}

// Sends a request below BASE on a kept connection, and waits until the server ends it. Returns {end, answer}: `end` is 'closed' or
// 'reset', and `answer` is the part of an answer that came, or null.
export async function requestToTheEnd(stack, method, path, { body = '', headers = {}, begun = () => {} } = {}) {
  const socket = net.connect({ host: stack.host, port: stack.port });
  const chunks = [];
  const ended = new Promise((resolve, reject) => {
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('data', begun);
    socket.once('end', () => resolve('closed'));
    socket.once('error', (error) => (error.code === 'ECONNRESET' ? resolve('reset') : reject(error)));
  });
  const lines = Object.entries({ host: 'x', 'content-length': body.length, ...headers }).map((header) => header.join(': '));
  socket.write(`${method} ${BASE}${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  try {
    const end = await within(PATIENCE_MS, `the end of the connection of ${method} ${path}`, ended);
    return { end, answer: decodeWhatCame(Buffer.concat(chunks)) };
  } finally {
    socket.destroy();
  }
}
