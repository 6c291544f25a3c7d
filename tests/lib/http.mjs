// SPDX-License-Identifier: MIT
//
// HTTP requests by node:http, and as raw bytes, which may be wrong.

import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';

import { PATIENCE_MS, within } from './case.mjs';
import { checkAnswer } from './openapi.mjs';

export class HttpAnswer {
  constructor(status, headers, body, extra = {}) {
    Object.assign(this, { status, headers, body, ...extra });
  }

  get text() {
    return this.body.toString('utf8');
  }

  get json() {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(this.body));
  }
}

// Sends one request over an agent's connections. Rejects if the answer is cut short. `target` is sent unchanged.
//   json, body      the body: a value, or text or bytes
//   chunked         send the body without its length
//   localAddress    the client's own address
//   patienceMs      how long the answer may take
export function request({
  host, port, agent, method = 'GET', target, json, body, headers, chunked, localAddress, patienceMs = PATIENCE_MS,
}) {
  const bytes = json === undefined ? body : JSON.stringify(json);
  const known = { 'content-length': Buffer.byteLength(bytes ?? '') };
  const length = bytes === undefined ? {} : chunked ? { 'transfer-encoding': 'chunked' } : known;
  const type = json === undefined ? {} : { 'content-type': 'application/json' };
  const answered = new Promise((resolve, reject) => {
    const outgoing = http.request(
      { host, port, agent, method, path: target, localAddress, headers: { ...type, ...length, ...headers } },
      (incoming) => {
        const chunks = [];
        incoming.on('data', (chunk) => chunks.push(chunk));
        incoming.on('error', reject); // also for an answer that is cut short
        incoming.on('end', () => {
          const extra = { reusedConnection: outgoing.reusedSocket };
          const answer = new HttpAnswer(incoming.statusCode, incoming.headers, Buffer.concat(chunks), extra);
          try {
            checkAnswer(method, target, answer);
            resolve(answer);
          } catch (error) {
            reject(error);
          }
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
  return within(patienceMs, `an answer to ${method} ${target.slice(0, 100)}`, answered);
}

function decodeHeaders(lines) {
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      assert.ok(colon > 0, `a malformed header line: ${line}`);
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

// Decodes a chunked body. Returns {body, end}.
function decodeChunks(bytes, start) {
  const parts = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    assert.ok(lineEnd >= 0, 'a chunk is cut short');
    const size = parseInt(bytes.toString('latin1', at, lineEnd), 16);
    at = lineEnd + 2;
    assert.ok(at + size + 2 <= bytes.length, 'a chunk is cut short');
    if (size === 0) return { body: Buffer.concat(parts), end: at + 2 };
    parts.push(bytes.subarray(at, at + size));
    at += size + 2;
  }
}

// Returns all answers in a stream of bytes, which has to contain whole answers and nothing else.
function decodeAnswers(bytes) {
  const answers = [];
  let at = 0;
  while (at < bytes.length) {
    const headEnd = bytes.indexOf('\r\n\r\n', at);
    assert.ok(headEnd >= 0, `no HTTP answer: ${bytes.subarray(at, at + 200)}`);
    const [first, ...lines] = bytes.toString('latin1', at, headEnd).split('\r\n');
    assert.match(first, /^HTTP\/1\.[01] \d{3} /);
    const headers = decodeHeaders(lines);
    const start = headEnd + 4;
    const chunked = headers['transfer-encoding'] === 'chunked';
    const length = Number(headers['content-length'] ?? bytes.length - start);
    const { body, end } = chunked
      ? decodeChunks(bytes, start)
      : { body: bytes.subarray(start, start + length), end: start + length };
    assert.ok(end <= bytes.length, 'an answer is cut short');
    answers.push(new HttpAnswer(Number(first.slice(9, 12)), headers, body));
    at = end;
  }
  return answers;
}

// Sends bytes unchanged, and returns all answers that come before the server closes the connection.
export async function exchangeRaw({ host, port }, bytes) {
  const socket = net.connect({ host, port });
  const chunks = [];
  const ended = new Promise((resolve, reject) => {
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('end', resolve);
    socket.once('error', (error) => (error.code === 'ECONNRESET' && chunks.length > 0 ? resolve() : reject(error)));
  });
  try {
    socket.write(bytes);
    await within(PATIENCE_MS, `the end of the connection after ${JSON.stringify(bytes.toString()).slice(0, 80)}`, ended);
  } finally {
    socket.destroy();
  }
  return decodeAnswers(Buffer.concat(chunks));
}
