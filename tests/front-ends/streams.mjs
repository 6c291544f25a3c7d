// SPDX-License-Identifier: MIT
//
// Streams, passwords, WebSockets and addresses: what goes through a front end besides requests with an answer of one piece.

import http from 'node:http';
import { buffer } from 'node:stream/consumers';

import { assertSuccess, claimPath } from '../lib/api.mjs';
import { within } from '../lib/case.mjs';
import { HttpAnswer } from '../lib/http.mjs';
import { arrivals, BEARER } from '../lib/pods.mjs';
import { handshake, HAS_WEBSOCKETS } from '../lib/web_socket.mjs';
import { BASE } from '../lib/worker.mjs';
import { gist } from './observe.mjs';

const PIECE_MS = 300; // more than a busy machine delays one
const PIECES = 5;

async function observeGoose(stack) {
  await stack.claim('default-pool', 'w');
  const control = '/_pod/mock-pod-1/15552';
  const session = await stack.ask('POST', `${control}/session`, { json: { sessionId: 's' }, headers: BEARER });
  if (session.status !== 200) return { 'a pod\'s password': gist(session) };
  const replies = [{ text: 'abcde', pieces: PIECES, delay: `${PIECE_MS}ms` }];
  assertSuccess(await stack.ask('PUT', '/__admin/goose', { json: { replies } }));
  const times = await arrivals(stack, `${control}/stream/s?token=${session.json.token}`, { prompt: 'x' });
  const byPiece = times.length >= PIECES && times.at(-1) > (PIECES - 3) * PIECE_MS;
  return { 'a pod\'s password': '200', 'a stream of Goose': byPiece ? 'by piece' : 'at the end' };
}

// Whether the event of a claim arrives while the stream is open.
function observeEvents(stack) {
  return new Promise((resolve) => {
    const options = { host: stack.host, port: stack.port, agent: false, path: `${BASE}/pools/default-pool/events` };
    const outgoing = http.request({ ...options, headers: { accept: 'text/event-stream' } });
    const end = (seen) => {
      clearTimeout(timer);
      outgoing.destroy();
      resolve(seen);
    };
    const timer = setTimeout(() => end('nothing within 2 s'), 2_000);
    outgoing.on('error', () => {});
    outgoing.on('response', (incoming) => {
      incoming.on('error', () => {});
      incoming.setEncoding('utf8').on('data', (text) => /event: pod\.claimed/.test(text) && end('at once'));
    });
    outgoing.end();
    setTimeout(() => stack.worker.ask('GET', claimPath('default-pool', 'event')).catch(() => {}), 300);
  });
}

// The answer to a WebSocket's handshake.
function observeWebSocket(stack) {
  const shake = new Promise((resolve, reject) => {
    const options = { host: stack.host, port: stack.port, agent: false, path: `${BASE}/_pod/mock-pod-1/3000/_echo` };
    const outgoing = http.request({ ...options, headers: handshake() });
    outgoing.on('upgrade', (incoming, socket) => {
      socket.destroy();
      resolve(String(incoming.statusCode));
    });
    outgoing.on('response', (incoming) => {
      buffer(incoming).then((body) => resolve(gist(new HttpAnswer(incoming.statusCode, incoming.headers, body))), reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
  return within(5_000, 'the answer to a handshake', shake).catch((error) => error.code ?? 'no answer');
}

export async function observeStreams(stack) {
  return {
    ...(await observeGoose(stack)),
    'a stream of events': await observeEvents(stack),
    ...(HAS_WEBSOCKETS && { 'a WebSocket': await observeWebSocket(stack) }),
  };
}

const FORGED = {
  'x-forwarded-proto': 'https', 'x-forwarded-host': 'forged.example', 'x-forwarded-prefix': '/forged', 'x-forwarded-for': '192.0.2.7',
  'pool-manager-mount': '/forged', 'pool-manager-public-url': 'http://forged.example', 'request-id': 'forged', proxy: 'http://forged.example',
};

// The addresses of pods, and what a client's own headers change in them. The worker has --pod-url path and --trust-forwarded.
export async function observeAddresses(stack) {
  const pod = await stack.claim('default-pool', 'w');
  const opened = await stack.request('GET', new URL(`${pod.portMappings[3000]}/_echo`).pathname);
  const claimed = await stack.ask('GET', claimPath('default-pool', 'v'), { headers: FORGED });
  const echo = await stack.ask('GET', '/_pod/mock-pod-1/3000/_echo', { headers: FORGED });
  const { url } = assertSuccess(claimed).workspace;
  return {
    'the address of a pod': pod.url.replace(`:${stack.port}/`, ':PORT/'),
    'it opens': gist(opened),
    'with a client\'s forged headers': url.replace(`:${stack.port}/`, ':PORT/'),
    'forged values that are used': Object.keys(FORGED).filter((name) => isUsed(echo.json, FORGED[name])).join(', '),
    'the header of a tenant': gist(await stack.ask('GET', '/pools/default-pool', { headers: { 'x-mock-tenant': 'no such' } })),
  };
}

// True if the worker's own view of the request has the value.
function isUsed({ forwarded }, value) {
  return JSON.stringify(forwarded ?? {}).includes(value);
}
