// SPDX-License-Identifier: MIT
//
// wss:// through an nginx with TLS, and what HTTP/2 answers beside it, which has no WebSockets.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import tls from 'node:tls';

import { assertSuccess } from '../lib/api.mjs';
import { forEachRow, until } from '../lib/case.mjs';
import { BEARER } from '../lib/pods.mjs';
import { OPENSSL_IS_MISSING, startTls } from '../lib/tls.mjs';
import { handshake, OPCODE, socketCase, WebSocketClient } from '../lib/web_socket.mjs';
import { BASE } from '../lib/worker.mjs';

const ECHO = '/_pod/mock-pod-1/15552/_echo';
const GOOSE = '/_pod/mock-pod-1/15551/ws';
const EVENTS = '/__admin/events';
const { TEXT, BINARY } = OPCODE;

// Frames of HTTP/2 (RFC 9113), and their flags.
const [DATA, HEADERS, SETTINGS] = [0, 1, 4];
const [END_STREAM, END_HEADERS] = [1, 4];

async function start(world) {
  const started = await startTls(world, { options: ['--pod-url', 'path'] });
  await started.stack.claim('default-pool', 'w');
  return started;
}

function tlsCase(name, body) {
  socketCase(name, body, { skip: OPENSSL_IS_MISSING });
}

tlsCase('events, an echo and Goose come by wss://', async (world) => {
  const { stack, port, ca } = await start(world);
  const open = (path, headers) => WebSocketClient.open(stack, path, { port, headers, tls: { ca } });
  const events = await open(EVENTS, { origin: `https://127.0.0.1:${port}` });
  await stack.claim('default-pool', 'x');
  assert.equal((await events.messages(2))[1].workspaceId, 'x');
  const echo = await open(ECHO);
  const bytes = Buffer.alloc(1 << 20, 'ab\u00fc');
  echo.send(BINARY, bytes);
  assert.ok((await echo.next()).payload.equals(bytes));
  assert.equal(await echo.close(), 1000);
  assertSuccess(await stack.ask('POST', '/_pod/mock-pod-1/15552/session', { json: { sessionId: 's' }, headers: BEARER }));
  const goose = await open(GOOSE, BEARER);
  goose.send(TEXT, JSON.stringify({ type: 'message', content: 'hello', session_id: 's', timestamp: Date.now() }));
  assert.equal((await goose.messages(6)).at(-1).type, 'complete');
  await stack.say('POST', '/__admin/reset');
  assert.equal(await goose.closed(), 1001);
  stack.worker.signal('SIGTERM');
  assert.equal(await events.closed(), 1001);
  await stack.worker.end();
});

tlsCase('over HTTP/2 nginx offers no WebSockets, and the headers of a handshake alone are an ordinary request', async (world) => {
  const { port, ca } = await start(world);
  const session = http2.connect(`https://127.0.0.1:${port}`, { ca });
  world.atEnd(() => session.destroy());
  await until('its settings', () => session.remoteSettings?.maxConcurrentStreams);
  assert.equal(session.remoteSettings.enableConnectProtocol ?? false, false);
  const get = (path, headers) => new Promise((resolve, reject) => {
    const stream = session.request({ ':path': BASE + path, ...headers });
    let status;
    let text = '';
    stream.on('response', (answer) => (status = answer[':status']));
    stream.setEncoding('utf8').on('data', (more) => (text += more));
    stream.on('end', () => resolve({ status, json: JSON.parse(text) }));
    stream.on('error', reject);
  });
  const { connection, upgrade, ...rest } = handshake();
  const answers = await Promise.all([EVENTS, ECHO, GOOSE].map((path) => get(path, { ...rest, ...BEARER })));
  assert.deepEqual(answers.map(({ status }) => status), [200, 200, 400]);
  assert.equal(answers[1].json.cgi.SERVER_PROTOCOL, 'HTTP/2.0');
});

function http2Frame(type, flags, stream, payload) {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.set([type, flags], 3);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

// A header field of HPACK, without any table. Name and value have at most 126 bytes.
function hpackField(name, value) {
  return Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), Buffer.from([value.length]), Buffer.from(value)]);
}

// Sends a GET over HTTP/2 with headers that node:http2 refuses to send. Returns the body of the answer.
async function getByFrames(world, { port, ca }, path, headers) {
  const socket = tls.connect({ host: '127.0.0.1', port, ca, ALPNProtocols: ['h2'] });
  world.atEnd(() => socket.destroy());
  let bytes = Buffer.alloc(0);
  let body = '';
  let hasEnded = false;
  socket.on('error', () => (hasEnded = true));
  socket.on('close', () => (hasEnded = true));
  socket.on('data', (more) => {
    bytes = Buffer.concat([bytes, more]);
    for (let end; bytes.length >= 9 && bytes.length >= (end = 9 + bytes.readUIntBE(0, 3)); bytes = bytes.subarray(end)) {
      const [type, flags] = bytes.subarray(3, 5);
      if (type === DATA) body += bytes.subarray(9, end);
      if (type === DATA || type === HEADERS) hasEnded ||= (flags & END_STREAM) !== 0;
    }
  });
  const fields = { ':method': 'GET', ':scheme': 'https', ':authority': `127.0.0.1:${port}`, ':path': BASE + path, ...headers };
  const block = Buffer.concat(Object.entries(fields).map(([name, value]) => hpackField(name, value)));
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  socket.write(http2Frame(SETTINGS, 0, 0, Buffer.alloc(0)));
  socket.write(http2Frame(HEADERS, END_STREAM | END_HEADERS, 1, block));
  await until('the answer', () => hasEnded);
  return body;
}

tlsCase('a handshake over HTTP/2 is refused, and the answer says why', async (world) => {
  const started = await start(world);
  await forEachRow([EVENTS, ECHO, GOOSE], async (path) => {
    const { code, error } = JSON.parse(await getByFrames(world, started, path, { ...handshake(), ...BEARER }));
    assert.equal(code, 'no_live_door');
    assert.match(error, /HTTP\/1\.1/);
  });
});
