// SPDX-License-Identifier: MIT
//
// Goose's WebSocket, /ws at a pod's port 15551, through nginx: the frames of goose web, by the script.

import assert from 'node:assert/strict';
import http from 'node:http';

import { assertError, assertSuccess } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { untilParked } from '../lib/faults.mjs';
import { HttpAnswer } from '../lib/http.mjs';
import { BEARER, PASSWORD } from '../lib/pods.mjs';
import { Stack } from '../lib/stack.mjs';
import { handshake, OPCODE, socketCase, WebSocketClient } from '../lib/web_socket.mjs';
import { BASE } from '../lib/worker.mjs';

const WS = '/_pod/mock-pod-1/15551/ws';
const FOREVER = '1h';
const basic = (credentials) => ({ authorization: `Basic ${Buffer.from(credentials).toString('base64')}` });

// Starts a stack with a claimed pod that has the session "s". Returns it with a socket.
async function start(world, ...replies) {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path'] });
  await stack.claim('default-pool', 'w');
  assertSuccess(await stack.ask('POST', '/_pod/mock-pod-1/15552/session', { json: { sessionId: 's' }, headers: BEARER }));
  await stack.say('PUT', '/__admin/goose', { replies });
  return { stack, goose: await WebSocketClient.open(stack, WS, { headers: BEARER }) };
}

function send(goose, message) {
  goose.send(OPCODE.TEXT, JSON.stringify(message));
}

function prompt(goose, content, session = 's') {
  send(goose, { type: 'message', content, session_id: session, timestamp: Date.now() });
}

const typesOf = (messages) => messages.map(({ type }) => type);

socketCase('a message without a script is echoed in pieces, and the socket stays open', async (world) => {
  const { goose } = await start(world);
  let count = 0;
  await forEachRow(['hello', '', 'ü🎭 "quoted"\n', 'x'.repeat(100_000)], async (content) => {
    prompt(goose, content);
    const messages = (await goose.messages(count + 6)).slice(count);
    count += 6;
    assert.deepEqual(typesOf(messages), [...Array(5).fill('response'), 'complete']);
    for (const piece of messages.slice(0, -1)) {
      assert.deepEqual(Object.keys(piece), ['type', 'content', 'role', 'timestamp']);
      assert.equal(piece.role, 'assistant');
      assert.ok(Math.abs(piece.timestamp - Date.now()) < 60_000, 'milliseconds since 1970');
    }
    assert.ok(messages.map((piece) => piece.content).join('').includes(content));
    assert.deepEqual(messages.at(-1), { type: 'complete', message: 'Response complete' });
  });
  assert.equal(await goose.close(), 1000);
});

socketCase('the script decides: pieces, tool calls, errors', async (world) => {
  const toolCalls = [{ name: 'read', input: { path: 'a' }, output: 'text' }, { name: 'ls', input: null, output: [] }];
  const { goose } = await start(world, { pattern: 'fix', text: 'Fixed ü🎭.', pieces: 2, toolCalls }, { error: 'the model is down' });
  prompt(goose, 'please fix it');
  const [first, second, ...rest] = await goose.messages(7);
  assert.equal(first.content + second.content, 'Fixed ü🎭.');
  assert.deepEqual(rest, [
    { type: 'tool_request', id: 'call-1', tool_name: 'read', arguments: { path: 'a' } },
    { type: 'tool_response', id: 'call-1', result: 'text', is_error: false },
    { type: 'tool_request', id: 'call-2', tool_name: 'ls', arguments: null },
    { type: 'tool_response', id: 'call-2', result: [], is_error: false },
    { type: 'complete', message: 'Response complete' },
  ]);
  prompt(goose, 'other');
  const messages = await goose.messages(9);
  assert.deepEqual(messages.slice(7), [
    { type: 'error', message: 'the model is down' }, { type: 'complete', message: 'Response complete' }]);
});

socketCase('an unknown session is an error, then complete', async (world) => {
  const { goose } = await start(world);
  prompt(goose, 'hello', 'unknown');
  send(goose, { type: 'message', content: 'hello' });
  assert.deepEqual(typesOf(await goose.messages(4)), ['error', 'complete', 'error', 'complete']);
});

socketCase('a strict script is silent about an unknown session', async (world) => {
  const { stack, goose } = await start(world, { text: 'x', pieces: 1 });
  const { replies, strict } = await stack.say('GET', '/__admin/goose');
  assert.equal(strict, false);
  assert.equal((await stack.say('PUT', '/__admin/goose', { replies, strict: true })).strict, true);
  assert.equal((await stack.say('GET', '/__admin/goose')).strict, true);
  prompt(goose, 'hello', 'unknown');
  prompt(goose, 'hello');
  assert.deepEqual(typesOf(await goose.messages(2)), ['response', 'complete']);
  await stack.say('PUT', '/__admin/goose', { replies });
  prompt(goose, 'hello', 'unknown');
  assert.deepEqual(typesOf((await goose.messages(4)).slice(2)), ['error', 'complete']);
  assertError(await stack.ask('PUT', '/__admin/goose', { json: { replies, strict: 'yes' } }), 400, 'bad_field');
});

socketCase('what is no message of Goose is ignored', async (world) => {
  const { goose } = await start(world);
  for (const text of ['', '{', '[]', '7', '{}', '{"type":1}', '{"type":"other"}', '{"type":"message","content":7,"session_id":"s"}', '\0'])
    goose.send(OPCODE.TEXT, text);
  goose.send(OPCODE.BINARY, JSON.stringify({ type: 'cancel', session_id: 's' }));
  send(goose, { type: 'cancel', session_id: 's' });
  assert.deepEqual(await goose.messages(1), [{ type: 'cancelled', message: 'Operation cancelled' }]);
});

socketCase('two messages at once both run', async (world) => {
  const { goose } = await start(world, { pattern: 'slow', text: 'abc', pieces: 3, delay: 150 }, { text: 'quick', pieces: 1 });
  prompt(goose, 'slow');
  prompt(goose, 'now');
  const messages = await goose.messages(6);
  assert.deepEqual(messages.map(({ content }) => content), ['quick', undefined, 'a', 'b', 'c', undefined]);
});

socketCase('a cancel drops the rest and sends one cancelled', async (world) => {
  const { goose } = await start(world, { pattern: 'slow', text: 'abc', pieces: 3, delay: FOREVER }, { text: 'quick', pieces: 1 });
  prompt(goose, 'slow');
  prompt(goose, 'slow too');
  send(goose, { type: 'cancel', session_id: 's' });
  prompt(goose, 'after');
  assert.deepEqual(typesOf(await goose.messages(3)), ['cancelled', 'response', 'complete']);
});

socketCase('more than 100 messages at once are refused, and a cancel makes room', async (world) => {
  const { goose } = await start(world, { text: 'x', delay: FOREVER });
  for (let i = 0; i < 101; i++) prompt(goose, 'x');
  assert.deepEqual(await goose.messages(1), [{ type: 'error', message: '100 messages are being answered already' }]);
  send(goose, { type: 'cancel' });
  prompt(goose, 'x');
  prompt(goose, 'x', 'unknown');
  assert.deepEqual(typesOf(await goose.messages(4)), ['error', 'cancelled', 'error', 'complete']);
});

const ENDS = {
  'a release': (stack) => stack.ask('POST', '/pools/default-pool/workspaces/mock-pod-1/mark-unused', { headers: BEARER }),
  'a reset': (stack) => stack.say('POST', '/__admin/reset'),
  'the end of its pool': (stack) => stack.say('DELETE', '/pools/default-pool'),
};

for (const [name, end] of Object.entries(ENDS)) {
  socketCase(`${name} closes the socket with 1001, and a claim of another pod does not`, async (world) => {
    const { stack, goose } = await start(world, { text: 'x', delay: FOREVER });
    prompt(goose, 'x');
    await stack.claim('default-pool', 'another');
    send(goose, { type: 'cancel' });
    await goose.messages(1);
    await end(stack);
    assert.equal(await goose.closed(), 1001);
  });
}

socketCase('the password comes by Bearer or Basic', async (world) => {
  const { stack } = await start(world);
  await forEachRow([BEARER, basic(`:${PASSWORD}`), basic(`goose:${PASSWORD}`)], async (headers) => {
    const goose = await WebSocketClient.open(stack, WS, { headers });
    prompt(goose, 'x');
    await goose.messages(6);
  });
  await forEachRow([{}, basic('goose:wrong'), basic(PASSWORD), { authorization: 'Basic !' }, { authorization: 'Bearer wrong' }], async (headers) => {
    const answer = await WebSocketClient.try(stack, WS, { headers });
    assert.ok(answer instanceof HttpAnswer);
    assert.equal(answer.status, 401);
    assert.equal(answer.headers['www-authenticate'], 'Basic realm="Goose Web Interface"');
  });
  const admitted = await stack.ask('GET', WS, { headers: BEARER });
  assertError(admitted, 400, 'bad_request');
  assert.equal(admitted.headers['www-authenticate'], undefined);
});

socketCase('the sockets of a pod count as listeners', async (world) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path', '--listeners-max', '20'] });
  const echo = await WebSocketClient.open(stack, '/_pod/mock-pod-1/3000/_echo');
  const goose = await WebSocketClient.open(stack, WS, { headers: BEARER });
  const refused = await WebSocketClient.try(stack, WS, { headers: BEARER });
  assertError(refused, 503, 'listener_limit', /this tenant has 2 listeners/);
  await echo.close();
  const another = await WebSocketClient.open(stack, WS, { headers: BEARER });
  await Promise.all([goose.close(), another.close()]);
});

socketCase('a claim of the pod closes no socket, and its release closes each, at _echo too', async (world) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path', '--default-pool-pods', '1'] });
  const echo = await WebSocketClient.open(stack, '/_pod/mock-pod-1/3000/_echo');
  const goose = await WebSocketClient.open(stack, WS, { headers: BEARER });
  await stack.claim('default-pool', 'w');
  echo.send(OPCODE.TEXT, 'still there?');
  send(goose, { type: 'cancel' });
  await Promise.all([echo.until('the echo', () => echo.texts.length === 1), goose.messages(1)]);
  await stack.say('POST', '/workspaces/mock-pod-1/release');
  assert.deepEqual(await Promise.all([echo.closed(), goose.closed()]), [1001, 1001]);
});

socketCase('a reset closes the socket of a free pod too, while the clock stands', async (world) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path'] });
  await stack.say('PUT', '/__admin/clock', { action: 'freeze' });
  await stack.say('POST', '/__admin/reset');
  await stack.say('PUT', '/__admin/clock', { action: 'freeze' });
  const goose = await WebSocketClient.open(stack, WS, { headers: BEARER });
  await stack.say('POST', '/__admin/reset');
  assert.equal(await goose.closed(), 1001);
});

socketCase('a tenant that is deleted closes its sockets', async (world) => {
  const { stack } = await start(world);
  const at = '/~t/_pod/mock-pod-1--t/15551/ws';
  await stack.say('GET', '/~t/pools/p/workspace');
  const goose = await WebSocketClient.open(stack, at, { headers: BEARER });
  await stack.say('DELETE', '/__admin/tenants/t');
  assert.equal(await goose.closed(), 1001);
});

socketCase('a handshake that hangs by a fault ends when its client gives up, or with --park-timeout', async (world) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path', '--park-timeout', '1s'] });
  const rule = (id) => ({ id, match: { operation: 'pod' }, answer: { hang: true }, times: 1 });
  await stack.say('POST', '/__admin/faults', rule('h'), 201);
  assert.equal((await WebSocketClient.try(stack, WS, { headers: BEARER })).status, 503);
  await stack.say('POST', '/__admin/faults', rule('i'), 201);
  const { host, port } = stack;
  const waiting = http.request({ host, port, path: BASE + WS, headers: handshake(BEARER) }).on('error', () => {});
  waiting.end();
  await untilParked(stack, 1);
  waiting.destroy();
  await untilParked(stack, 0);
  await (await WebSocketClient.open(stack, WS, { headers: BEARER })).close();
});

socketCase('a worker that stops closes the socket, and a fault can delay or refuse it', async (world) => {
  const { stack, goose } = await start(world);
  await stack.say('POST', '/__admin/faults', { id: 'f', match: { operation: 'pod' }, answer: { status: 503 }, times: 1 }, 201);
  const refused = await WebSocketClient.try(stack, WS, { headers: BEARER });
  assert.equal(refused.status, 503);
  await stack.say('POST', '/__admin/faults', { id: 'd', match: { operation: 'pod' }, delay: { type: 'fixed', ms: 100 }, times: 1 }, 201);
  const from = performance.now();
  prompt(await WebSocketClient.open(stack, WS, { headers: BEARER }), 'x');
  assert.ok(performance.now() - from >= 100, 'delayed');
  stack.worker.signal('SIGTERM');
  assert.equal(await goose.closed(), 1001);
  await stack.worker.end();
});
