// SPDX-License-Identifier: MIT
//
// WebSockets at the worker's own sockets: how they end, and what can't keep them open.
import assert from 'node:assert/strict';
import net from 'node:net';

import { assertError, assertSuccess, claimPath } from '../../lib/api.mjs';
import { forEachRow, testCase, times, until } from '../../lib/case.mjs';
import { Dice, seedOf } from '../../lib/dice.mjs';
import { doorHead, encodeFrame, handshakeVariables, OPCODE, WebSocketClient, WEBSOCKETS_ARE_MISSING } from '../../lib/web_socket.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const ECHO = `${BASE}/_pod/mock-pod-1/15552/_echo`;
const EVENTS = `${BASE}/__admin/events`;
const PING_MS = 20_000;
const GIVE_UP_MS = 60_000;

function socketCase(name, body, options = {}) {
  testCase(name, body, { ...options, skip: WEBSOCKETS_ARE_MISSING });
}

async function start(world) {
  const worker = await Worker.start(world, { options: ['--log-level', 'error'] });
  assertSuccess(await worker.ask('GET', claimPath('default-pool', 'w')));
  return worker;
}

socketCase('a close frame arrives, although the client has sent more than is read', async (world) => {
  const worker = await start(world);
  for (let round = 0; round < 20; round++) {
    const socket = await WebSocketClient.atDoor(worker, ECHO);
    socket.write(Buffer.concat([encodeFrame(OPCODE.TEXT, 'x', { rsv: 4 }), Buffer.alloc(64_000)]));
    assert.equal(await socket.closed(), 1002);
  }
});

socketCase('a client that does not answer a close is gone after a few seconds', async (world) => {
  const worker = await start(world);
  assertSuccess(await worker.ask('GET', '/~t/pools/p/workspace'));
  const before = await worker.descriptorsCount();
  const socket = await WebSocketClient.atDoor(worker, `${BASE}/~t/pools/p/events`);
  assertSuccess(await worker.ask('DELETE', '/__admin/tenants/t'));
  await socket.until('the close', () => socket.frames.some(({ opcode }) => opcode === OPCODE.CLOSE));
  await worker.untilDescriptors('are as few as before', (count) => count <= before);
  await worker.assertServes();
});

socketCase('a client that is silent, or stays in the middle of a frame, gets pings and is given up', async (world) => {
  const worker = await start(world);
  const from = performance.now();
  const half = await WebSocketClient.atDoor(worker, EVENTS);
  half.write(encodeFrame(OPCODE.TEXT, 'half of it').subarray(0, 5));
  const endless = await WebSocketClient.atDoor(worker, ECHO);
  endless.write(encodeFrame(OPCODE.BINARY, '', { length: 2n ** 62n }));
  const silent = await WebSocketClient.atDoor(worker, EVENTS);
  const lively = await WebSocketClient.atDoor(worker, EVENTS);
  const all = [half, endless, silent, lively];
  const pings = (socket) => socket.frames.filter(({ opcode }) => opcode === OPCODE.PING).length;
  await until('a ping for each', () => all.every((socket) => pings(socket) === 1), PING_MS + 10_000);
  assert.ok(performance.now() - from >= PING_MS - 100);
  lively.send(OPCODE.PONG);
  if (times(true, false)) return;
  await until('three are given up', () => [half, endless, silent].every(({ hasEnded }) => hasEnded), GIVE_UP_MS);
  assert.ok(performance.now() - from >= GIVE_UP_MS - 100);
  assert.equal(lively.hasEnded, false);
  assert.equal(await lively.close(), 1000);
}, { timeoutMs: 120_000 });

socketCase('a version other than 13 is refused, and told which one is right', async (world) => {
  const worker = await start(world);
  const connection = await worker.connect();
  for (const version of ['8', '0', '14', '13, 8', '']) {
    const answer = await connection.ask({ target: ECHO, params: handshakeVariables({ 'sec-websocket-version': version }) });
    assertError(answer, 426, 'websocket_version');
    assert.equal(answer.headers['sec-websocket-version'], '13');
  }
});

// Sends bytes to the door in pieces, and goes away.
async function throwAt(worker, bytes, dice) {
  const socket = net.connect({ path: `${worker.socketPath}.live` });
  socket.on('error', () => {});
  socket.resume();
  for (let at = 0; at < bytes.length && !socket.destroyed;) {
    const end = dice.chance(0.5) ? bytes.length : dice.roll(at + 1, bytes.length);
    await new Promise((resolve) => socket.write(bytes.subarray(at, end), resolve));
    at = end;
  }
  socket.destroy();
}

function randomBytes(dice, length) {
  return Buffer.from(Array.from({ length }, () => dice.roll(0, 255)));
}

function randomFrames(dice) {
  const frames = Array.from({ length: dice.roll(1, 6) }, () => encodeFrame(dice.roll(0, 15), randomBytes(dice, dice.roll(0, 200)), {
    fin: dice.chance(0.7), rsv: dice.chance(0.9) ? 0 : dice.roll(1, 7), isMasked: dice.chance(0.9),
  }));
  return Buffer.concat(frames);
}

socketCase('random bytes at the door, in its head and in its frames: the worker survives', async (world, t) => {
  const worker = await start(world);
  const dice = new Dice(seedOf(t));
  const connection = await worker.connect();
  const before = await worker.descriptorsCount();
  await forEachRow(Array.from({ length: times(500, 20_000) }, (_, i) => i), async (round) => {
    const target = dice.pick([ECHO, EVENTS]);
    const { headers } = await connection.ask({ target, params: handshakeVariables() });
    const head = Buffer.from(doorHead(headers['x-accel-redirect']));
    const bytes = Buffer.concat([head, randomFrames(dice)]);
    const first = dice.chance(0.2) ? 0 : head.length; // mostly the head is right
    for (let flips = dice.roll(0, 6); flips > 0; flips--) bytes[dice.roll(first, bytes.length - 1)] = dice.roll(0, 255);
    await throwAt(worker, bytes, dice);
    if (round % 50 === 0) await worker.assertServes();
  });
  await worker.untilDescriptors('are as few as before', (count) => count <= before);
}, { timeoutMs: times(60_000, 600_000) });
