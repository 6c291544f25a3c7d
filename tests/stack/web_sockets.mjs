// SPDX-License-Identifier: MIT
//
// WebSockets through nginx: the handshake, the door, events, and the frames that RFC 6455 allows and forbids, at _echo.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';

import { assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { forEachRow, until } from '../lib/case.mjs';
import { CURL_IS_MISSING } from '../lib/document.mjs';
import { encodeRequest } from '../lib/fcgi.mjs';
import { HttpAnswer } from '../lib/http.mjs';
import { Stack } from '../lib/stack.mjs';
import { closePayload, doorHead, encodeFrame, handshake, handshakeVariables, OPCODE, socketCase, WebSocketClient } from '../lib/web_socket.mjs';
import { BASE } from '../lib/worker.mjs';

const ECHO = '/_pod/mock-pod-1/15552/_echo';
const EVENTS = '/__admin/events';
const { TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG } = OPCODE;

async function start(world, ...options) {
  const stack = await Stack.start(world, { options });
  await stack.claim('default-pool', 'w');
  return stack;
}

// --- events ---

socketCase('events come as text frames with the JSON of the stream, from the position on', async (world) => {
  const stack = await start(world);
  const position = (await stack.ask('GET', '/pools')).headers['x-mock-event'];
  const socket = await WebSocketClient.open(stack, EVENTS, { headers: { 'sec-websocket-protocol': 'chat, pool-manager-mock' } });
  assert.equal(socket.protocol, 'pool-manager-mock');
  await socket.messages(1);
  await stack.claim('default-pool', 'x');
  await socket.messages(2); // otherwise the gap may stand for the claim
  await stack.say('POST', '/__admin/reset');
  const messages = await socket.messages(4);
  assert.deepEqual(messages[0], { type: 'stream.open', lastId: position, oldestId: position, kept: 1, heartbeatMs: 15000 });
  assert.deepEqual(messages.slice(1).map(({ type }) => type), ['pod.claimed', 'stream.gap', 'state.reset']);
  assert.equal(messages[1].workspaceId, 'x');
  const later = await WebSocketClient.open(stack, `${EVENTS}?after=${position}&types=state.*`);
  const [, gap] = await later.messages(2);
  assert.deepEqual([gap.type, gap.reason, gap.after], ['stream.gap', 'epoch', position]);
  assert.equal(await later.close(1000), 1000);
  assert.equal(later.protocol, undefined);
});

socketCase('a pool is followed, in a tenant, and its end is a close with 1000', async (world) => {
  const stack = await start(world);
  await stack.say('GET', '/~t/pools/p/workspace');
  const socket = await WebSocketClient.open(stack, '/~t/pools/p/events');
  await stack.say('GET', '/~t/pools/p/workspace');
  const messages = await socket.messages(2);
  assert.equal(messages[1].tenant, 't');
  await stack.say('DELETE', '/__admin/tenants/t');
  assert.equal(await socket.closed(), 1000);
});

socketCase('a worker that stops closes all with 1001, after the last events', async (world) => {
  const stack = await start(world);
  const sockets = await Promise.all([1, 2, 3].map(() => WebSocketClient.open(stack, EVENTS)));
  const echo = await WebSocketClient.open(stack, ECHO);
  await stack.claim('default-pool', 'last');
  stack.worker.signal('SIGTERM');
  for (const socket of sockets) {
    assert.equal(await socket.closed(), 1001);
    assert.equal(JSON.parse(socket.texts.at(-1)).workspaceId, 'last');
  }
  assert.equal(await echo.closed(), 1001);
  await stack.worker.end();
});

socketCase('an nginx that reloads waits for its WebSockets, or as long as worker_shutdown_timeout says', async (world) => {
  const stack = await start(world);
  const claim = async (id) => assert.equal((await stack.worker.ask('GET', claimPath('default-pool', id))).status, 200);
  const patient = await WebSocketClient.open(stack, EVENTS);
  const { configuration } = stack.nginx;
  await writeFile(configuration, `worker_shutdown_timeout 1s;\n${await readFile(configuration, 'utf8')}`);
  const [kept] = await stack.nginx.reload(1); // it began without the limit, and keeps to that
  const limited = await WebSocketClient.open(stack, EVENTS);
  await limited.messages(1);
  const from = performance.now();
  assert.deepEqual(await stack.nginx.reload(1), [kept], 'the limit has ended the worker of the second socket, and no other');
  await limited.until('the end', () => limited.hasEnded);
  assert.ok(performance.now() - from < 4_000, 'soon after the limit');
  assert.equal(limited.frames.length, 1, 'nginx ends it, without a close frame');
  const later = await WebSocketClient.open(stack, EVENTS);
  await claim('x');
  for (const socket of [patient, later]) assert.equal((await socket.messages(2))[1].workspaceId, 'x');
  assert.equal(await patient.close(), 1000);
  await until('the oldest worker has ended', async () => !(await stack.nginx.workers()).includes(kept));
});

socketCase('messages to a stream of events are ignored, up to 4 KiB', async (world) => {
  const stack = await start(world);
  const socket = await WebSocketClient.open(stack, EVENTS);
  socket.send(TEXT, 'x'.repeat(4096));
  socket.send(PING, 'still there?');
  await socket.until('a pong', () => socket.frames.some(({ opcode }) => opcode === PONG));
  socket.send(BINARY, Buffer.alloc(4097));
  assert.equal(await socket.closed(), 1009);
});

socketCase('a token comes as a header or as a subprotocol, and a stream whose token is gone is closed with 1008', async (world) => {
  const stack = await Stack.start(world, { options: ['--require-auth', '--admin-token', 'adm\u0049n~'] });
  const { token } = await stack.say('POST', '/auth/login', { username: 'bob', password: 'p' });
  const bob = { authorization: `Bearer ${token}` };
  assertSuccess(await stack.ask('POST', '/users', { json: { username: 'ann', password: 'p' }, headers: bob }), 201);
  const { token: anns } = await stack.say('POST', '/auth/login', { username: 'ann', password: 'p' });
  const bearer = (text) => ({ 'sec-websocket-protocol': `pool-manager-mock, bearer.${Buffer.from(text).toString('base64url')}` });
  const path = '/pools/default-pool/events';
  assertError(await WebSocketClient.try(stack, path), 401, 'no_token');
  assertError(await WebSocketClient.try(stack, path, { headers: bearer('nobody') }), 401, 'bad_token');
  assertError(await WebSocketClient.try(stack, path, { headers: { 'sec-websocket-protocol': 'bearer.!!!' } }), 401, 'bad_token');
  const his = await WebSocketClient.open(stack, path, { headers: bob });
  const hers = await WebSocketClient.open(stack, path, { headers: bearer(anns) });
  assert.equal(hers.protocol, 'pool-manager-mock', 'never the token');
  assertError(await WebSocketClient.try(stack, EVENTS, { headers: bearer(anns) }), 401, 'bad_token');
  await (await WebSocketClient.open(stack, EVENTS, { headers: bearer('admIn~') })).messages(1);
  await Promise.all([his.messages(1), hers.messages(1)]);
  assertSuccess(await stack.ask('DELETE', '/users/ann', { headers: bob }));
  assertSuccess(await stack.ask('GET', '/pools/default-pool/workspace', { headers: bob }));
  assert.equal(await hers.closed(), 1008);
  await his.messages(2);
});

// --- the handshake ---

socketCase('a handshake that is wrong is refused with an ordinary answer', async (world) => {
  const stack = await start(world, '--cors-origins', 'http://app.test');
  const refused = async (headers, path = ECHO) => {
    const answer = await WebSocketClient.try(stack, path, { headers });
    assert.ok(answer instanceof HttpAnswer, 'it is refused');
    return answer;
  };
  for (const key of ['', 'x', randomBytes(15).toString('base64'), randomBytes(17).toString('base64'), `${'A'.repeat(22)}-=`, 'A'.repeat(24)]) {
    assertError(await refused({ 'sec-websocket-key': key }), 400, 'bad_request', /^Sec-WebSocket-Key is not 16 bytes in base64$/);
  }
  for (const version of ['8', '0', '14', 'x']) {
    const answer = await refused({ 'sec-websocket-version': version });
    assertError(answer, 426, 'websocket_version');
    assert.equal(answer.headers['sec-websocket-version'], '13');
  }
  for (const path of [ECHO, EVENTS, '/pools/default-pool/events']) {
    assertError(await refused({ origin: 'http://foreign.test' }, path), 403, 'cross_site');
    for (const origin of ['http://app.test', `http://127.0.0.1:${stack.port}`]) {
      (await WebSocketClient.open(stack, path, { headers: { origin } })).destroy();
    }
  }
  assertError(await refused({}, '/pools/nosuch/events'), 404, 'pool_not_found');
  assertError(await refused({}, `${EVENTS}?types=x`), 400, 'bad_query');
  const { requests } = assertSuccess(await stack.ask('GET', '/__admin/requests'));
  assert.ok(requests.some(({ status, operation }) => status === 101 && operation === 'pod'), 'what was admitted is in the journal');
});

socketCase('where any origin may call, a foreign page opens WebSockets of the API, and none of the control API', async (world) => {
  const stack = await start(world);
  const headers = { origin: 'http://foreign.test' };
  for (const path of [ECHO, '/pools/default-pool/events']) (await WebSocketClient.open(stack, path, { headers })).destroy();
  assertError(await WebSocketClient.try(stack, EVENTS, { headers }), 403, 'cross_site');
});

socketCase('curl shows the 101 and the first event', async (world) => {
  const stack = await start(world);
  const sent = handshake({ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' });
  const fields = Object.entries(sent).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const curl = spawn('curl', ['-siN', '--noproxy', '*', ...fields, `http://127.0.0.1:${stack.port}${BASE}${EVENTS}`]);
  world.atEnd(() => curl.kill());
  let bytes = Buffer.alloc(0);
  curl.stdout.on('data', (more) => (bytes = Buffer.concat([bytes, more])));
  const isWhole = () => {
    const at = bytes.indexOf('\r\n\r\n') + 4;
    return at > 3 && bytes.length >= at + 2 && bytes.length === at + 2 + bytes[at + 1] && at;
  };
  const at = await until('a frame', isWhole);
  const answer = bytes.subarray(0, at).toString();
  assert.match(answer, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
  assert.match(answer, /^Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r$/m); // the example of RFC 6455
  assert.equal(bytes[at], 0x80 | TEXT);
  assert.equal(JSON.parse(bytes.subarray(at + 2)).type, 'stream.open');
}, { skip: CURL_IS_MISSING });

socketCase('fault rules and freePods act on a handshake as on any request', async (world) => {
  const stack = await start(world);
  await stack.say('POST', '/__admin/faults', { id: 'f', match: { operation: 'pod' }, answer: { status: 503 }, times: 1 }, 201);
  assertError(await WebSocketClient.try(stack, ECHO), 503, 'fault');
  await stack.say('POST', '/__admin/faults', { id: 'd', match: { operation: 'pod' }, delay: { type: 'fixed', ms: 50 }, times: 1 }, 201);
  const socket = await WebSocketClient.open(stack, ECHO);
  socket.send(TEXT, 'late');
  await socket.until('the echo', () => socket.texts.length === 1);
  await stack.say('PATCH', '/__admin/settings', { freePods: 'refuse' });
  assertError(await WebSocketClient.try(stack, '/_pod/mock-pod-2/15552/_echo'), 404, 'pod_free');
});

socketCase('the location of the door is closed to clients, and a server without live.conf has none', async (world) => {
  const stack = await start(world);
  const path = '/__pool-manager-mock-live/1/0123456789abcdef0123456789abcdef';
  const direct = await WebSocketClient.try(stack, '', { target: path });
  assert.equal(direct.status, 404);
  const connection = await stack.worker.connect();
  const params = { ...handshakeVariables(), POOL_MANAGER_WEBSOCKETS: '' };
  const answer = await connection.ask({ target: BASE + ECHO, params });
  assertError(answer, 501, 'no_live_door', /does not include pool-manager-mock\/live\.conf$/);
  const over2 = await connection.ask({ target: BASE + ECHO, params: { ...params, POOL_MANAGER_WEBSOCKETS: '1', SERVER_PROTOCOL: 'HTTP/2.0' } });
  assertError(over2, 501, 'no_live_door', /HTTP\/1\.1/);
});

// --- the door ---

// Sends `count` handshakes to the worker, as nginx would. Returns the answers.
async function shakeHands(stack, path, count) {
  const connection = await stack.worker.connect();
  const request = () => encodeRequest({ target: BASE + path, params: handshakeVariables() });
  await connection.send(Buffer.concat(Array.from({ length: count }, request)));
  const answers = [];
  while (answers.length < count) answers.push(await connection.answer());
  connection.destroy();
  return answers;
}

// Gets a ticket from the worker. Returns the location that nginx is sent to.
async function takeTicket(stack, path = ECHO) {
  const [answer] = await shakeHands(stack, path, 1);
  assert.equal(answer.status, 101);
  return answer.headers['x-accel-redirect'];
}

// Sends bytes to the door. Returns {text, ms}: what came until the door closed the connection, or until the head of an answer.
async function knock(stack, bytes) {
  const socket = net.connect({ path: `${stack.worker.socketPath}.live` });
  stack.world.atEnd(() => socket.destroy());
  let text = '';
  let isClosed = false;
  socket.on('data', (more) => (text += more.toString('latin1')));
  socket.on('error', () => (isClosed = true));
  socket.on('close', () => (isClosed = true));
  const from = performance.now();
  socket.write(bytes);
  await until('the door answers or closes', () => isClosed || text.includes('\r\n\r\n'));
  return { text, socket, ms: performance.now() - from };
}

socketCase('a ticket is for one connection, and what has none is not let in', async (world) => {
  const stack = await start(world);
  const location = await takeTicket(stack);
  assert.match(location, /^\/__pool-manager-mock-live\/1\/[0-9a-f]{32}$/);
  assert.notEqual(location, await takeTicket(stack));
  assert.match((await knock(stack, doorHead(location))).text, /^HTTP\/1\.1 101 /);
  const forged = location.replace(/[0-9a-f]{32}/, (ticket) => (ticket[0] === '0' ? '1' : '0') + ticket.slice(1));
  const wrong = [
    doorHead(location), doorHead(forged), doorHead('/'), doorHead(location.replace('/1/', '/2/')), doorHead(`${location}0`), doorHead(location.slice(0, -1)),
    'x'.repeat(600), 'GET / HTTP/1.1\r\n\r\n', '\0\r\n\r\n', doorHead(await takeTicket(stack)).replace('Host: live', `Host: ${'x'.repeat(600)}`),
  ];
  for (const bytes of wrong) {
    const { text, ms } = await knock(stack, bytes);
    assert.equal(text, '');
    assert.ok(ms < 900, `closed at once, not after ${ms} ms`);
  }
  const late = await knock(stack, 'GET /__pool'); // never whole
  assert.ok(late.ms > 900 && late.ms < 3000, `${late.ms} ms`);
  assert.equal(late.text, '');
});

socketCase('tickets that nobody uses hold listeners for ten seconds, and leave no memory behind', async (world, t) => {
  const stack = await start(world, '--listeners-max', '1000', '--journal', '0');
  const path = '/pools/default-pool/events';
  const tenants = Array.from({ length: 10 }, (_, i) => `/~t${i}`);
  for (const tenant of tenants) await stack.say('GET', `${tenant}/pools`);
  const takeMany = async (share) => {
    const locations = [];
    for (const tenant of tenants) {
      for (const { status, headers } of await shakeHands(stack, tenant + path, share)) {
        assert.equal(status, 101);
        locations.push(headers['x-accel-redirect']);
      }
    }
    return { locations, memory: await stack.worker.memoryKiB() };
  };
  const before = await stack.worker.memoryKiB();
  const first = await takeMany(100);
  const from = performance.now();
  assert.equal(new Set(first.locations).size, 1000);
  assertError((await shakeHands(stack, path, 1))[0], 503, 'listener_limit', /^the limit of 1000 listeners is reached \(--listeners-max\)$/);
  await until('the tickets have expired', async () => {
    return performance.now() - from > 10_050 && (await shakeHands(stack, path, 1))[0].status === 101;
  }, 15_000);
  for (const location of [first.locations[0], first.locations.at(-1)]) {
    const { text, ms } = await knock(stack, doorHead(location));
    assert.equal(text, '', 'an expired ticket');
    assert.ok(ms < 900, `closed at once, not after ${ms} ms`);
  }
  const second = await takeMany(99); // one listener is taken
  t.diagnostic(`${before} KiB, with 1,000 tickets ${first.memory}, with 990 later ${second.memory}`);
  const isSanitized = (await stack.worker.memoryPeakKiB()) === 0;
  assert.ok(isSanitized || second.memory - first.memory < 256, `${second.memory - first.memory} KiB more the second time`);
  assert.match((await knock(stack, doorHead(second.locations.at(-1)))).text, /^HTTP\/1\.1 101 /);
});

socketCase('a client that begins a frame and says no more holds nobody up', async (world) => {
  const stack = await start(world);
  const socket = await WebSocketClient.open(stack, EVENTS);
  socket.write(encodeFrame(TEXT, 'half of it').subarray(0, 5));
  const other = await WebSocketClient.open(stack, ECHO);
  other.write(encodeFrame(BINARY, '', { length: 2n ** 62n }));
  await stack.claim('default-pool', 'meanwhile');
  await socket.messages(2);
  other.write(Buffer.from('x')); // the first byte of what was announced
  assert.equal(await other.closed(), 1009);
});

// --- frames ---

// Opens an echo, sends, and returns the frames up to the last one that is awaited.
async function echo(stack, bytes, count) {
  const socket = await WebSocketClient.open(stack, ECHO);
  socket.write(bytes);
  await socket.until(`${count} frames`, () => socket.frames.length >= count || socket.hasEnded);
  assert.equal(socket.frames.length, count);
  const { frames } = socket;
  assert.equal(await socket.close(), 1000);
  return frames.slice(0, count);
}

socketCase('messages of each length come back as they were', async (world) => {
  const stack = await start(world);
  await forEachRow([0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537, 1 << 20], async (length) => {
    const bytes = Buffer.alloc(length, 'ab\u00fc');
    const text = 'x'.repeat(length);
    const frames = await echo(stack, Buffer.concat([encodeFrame(BINARY, bytes), encodeFrame(TEXT, text)]), 2);
    assert.deepEqual(frames.map(({ opcode }) => opcode), [BINARY, TEXT]);
    assert.ok(frames[0].payload.equals(bytes) && frames[1].payload.toString() === text);
  });
});

socketCase('fragments become one message, also with control frames between them, and byte by byte', async (world) => {
  const stack = await start(world);
  const parts = [encodeFrame(TEXT, 'gr\u00fc', { fin: false }), encodeFrame(PING, 'p'), encodeFrame(CONTINUATION, '', { fin: false }),
    encodeFrame(CONTINUATION, '\u00df dich')];
  const [pong, message] = await echo(stack, Buffer.concat(parts), 2);
  assert.deepEqual([pong.opcode, pong.payload.toString()], [PONG, 'p']);
  assert.deepEqual([message.opcode, message.payload.toString()], [TEXT, 'gr\u00fc\u00df dich']);
  const split = Buffer.from('\u{1f600}');
  const cut = [encodeFrame(TEXT, split.subarray(0, 1), { fin: false }), encodeFrame(CONTINUATION, split.subarray(1))];
  assert.equal((await echo(stack, Buffer.concat(cut), 1))[0].payload.toString(), '\u{1f600}');
  const socket = await WebSocketClient.open(stack, ECHO);
  for (const byte of Buffer.concat(parts)) {
    socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await socket.until('both', () => socket.frames.length === 2);
});

socketCase('pings are answered with their payload, and a pong that nobody asked for is ignored', async (world) => {
  const stack = await start(world);
  const frames = await echo(stack, Buffer.concat([encodeFrame(PONG, 'x'), encodeFrame(PING), encodeFrame(PING, Buffer.alloc(125, 1))]), 2);
  assert.deepEqual(frames.map(({ opcode, payload }) => [opcode, payload.length]), [[PONG, 0], [PONG, 125]]);
});

socketCase('what RFC 6455 forbids is closed with its code, and the close frame arrives', async (world) => {
  const stack = await start(world);
  const text = encodeFrame(TEXT, 'a', { fin: false });
  const wrong = [
    ...[1, 2, 4].map((rsv) => [1002, encodeFrame(TEXT, 'x', { rsv })]),
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [1002, encodeFrame(opcode, 'x')]),
    [1002, encodeFrame(TEXT, 'x', { isMasked: false })],
    [1002, encodeFrame(PING, Buffer.alloc(126))],
    [1002, encodeFrame(PING, 'x', { fin: false })],
    [1002, encodeFrame(CLOSE, closePayload(1000), { fin: false })],
    [1002, encodeFrame(CONTINUATION, 'x')],
    [1002, Buffer.concat([text, encodeFrame(TEXT, 'b')])],
    [1002, Buffer.concat([text, encodeFrame(BINARY, 'b')])],
    [1002, encodeFrame(CLOSE, 'x')],
    ...[0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 65535].map((code) => [1002, encodeFrame(CLOSE, closePayload(code))]),
    [1007, encodeFrame(TEXT, Buffer.from([0xff]))],
    [1007, encodeFrame(TEXT, Buffer.from([0xc0, 0xaf]))],
    [1007, encodeFrame(TEXT, Buffer.from([0xed, 0xa0, 0x80]))],
    [1007, encodeFrame(TEXT, Buffer.from([0xf4, 0x90, 0x80, 0x80]))],
    [1007, encodeFrame(TEXT, Buffer.from([0xe2, 0x82]))],
    [1007, Buffer.concat([encodeFrame(TEXT, Buffer.from([0xe2]), { fin: false }), encodeFrame(CONTINUATION, Buffer.from([0x28]))])],
    [1007, encodeFrame(CLOSE, Buffer.concat([closePayload(1000), Buffer.from([0xff])]))],
    [1009, encodeFrame(BINARY, Buffer.alloc((1 << 20) + 1))],
    [1009, encodeFrame(TEXT, '', { length: 2n ** 63n - 1n })],
  ];
  await forEachRow(wrong, async ([code, bytes]) => {
    const socket = await WebSocketClient.open(stack, ECHO);
    socket.write(Buffer.concat([bytes, encodeFrame(TEXT, 'and more'.repeat(5_000))])); // unread when the close is sent
    assert.equal(await socket.closed(), code);
  });
});

socketCase('a close is answered with its code', async (world) => {
  const stack = await start(world);
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]) {
    const socket = await WebSocketClient.open(stack, ECHO);
    socket.send(CLOSE, closePayload(code, 'because \u00fc'));
    assert.equal(await socket.closed(), code);
  }
  const socket = await WebSocketClient.open(stack, ECHO);
  socket.send(CLOSE);
  await socket.until('the end', () => socket.hasEnded);
  assert.equal(socket.frames.at(-1).opcode, CLOSE);
});

socketCase('a client that reads none of its echoes is read no further, and gets all of them later', async (world) => {
  const stack = await start(world);
  const socket = await WebSocketClient.open(stack, ECHO);
  socket.pause();
  const before = await stack.worker.memoryPeakKiB();
  const message = Buffer.alloc(100_000, 7);
  for (let i = 0; i < 200; i++) socket.send(BINARY, message);
  await stack.claim('default-pool', 'meanwhile');
  assert.ok((await stack.worker.memoryPeakKiB()) - before < 8_192, 'the worker keeps little of them');
  socket.resume();
  await socket.until('all echoes', () => socket.frames.length === 200);
  assert.equal(await socket.close(), 1000);
});

socketCase('pods by their host, and a client that goes away, leave nothing behind', async (world) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'host'] });
  await stack.claim('default-pool', 'w');
  const before = await stack.worker.descriptorsCount();
  const sockets = [];
  for (let i = 0; i < 20; i++) {
    const host = i % 2 ? `mock-pod-1-15552.pods.localhost:${stack.port}` : `mock-pod-1.pods.localhost:${stack.port}`;
    sockets.push(await WebSocketClient.open(stack, '', { target: '/_echo', headers: { host, origin: `http://${host}` } }));
  }
  for (const socket of sockets) socket.destroy();
  await stack.worker.untilDescriptors('are as few as before', (count) => count <= before + 2);
});
