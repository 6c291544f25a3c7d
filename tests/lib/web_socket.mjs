// SPDX-License-Identifier: MIT
//
// A client of WebSockets (RFC 6455) for tests: sends frames, also wrong ones, and decodes what comes strictly.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { buffer } from 'node:stream/consumers';

import { PATIENCE_MS, within } from './case.mjs';
import { Conditions } from './conditions.mjs';
import { HttpAnswer } from './http.mjs';
import { stackCase } from './stack.mjs';
import { BASE } from './worker.mjs';

export const OPCODE = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 };
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const EMPTY = Buffer.alloc(0);

// False if the worker under test is built without WebSockets (./configure --disable-websocket, or without their libraries).
export const HAS_WEBSOCKETS = process.env.POOL_MANAGER_TEST_WEBSOCKETS !== 'no';
export const WEBSOCKETS_ARE_MISSING = HAS_WEBSOCKETS ? false : 'the worker is built without WebSockets';

// Declares a case that needs nginx, and a worker with WebSockets. It is skipped without one of them.
export function socketCase(name, body, options = {}) {
  stackCase(name, body, { ...options, skip: WEBSOCKETS_ARE_MISSING || options.skip });
}

// Encodes a frame of a client. `length` may announce another length than the payload has, and `wide` forces the form of 8 bytes.
export function encodeFrame(opcode, payload = EMPTY, { fin = true, rsv = 0, isMasked = true, length, wide = false } = {}) {
  const bytes = Buffer.from(payload);
  const announced = length ?? bytes.length;
  const form = wide || announced > 0xffff ? 127 : announced > 125 ? 126 : Number(announced);
  const header = Buffer.alloc(form === 127 ? 10 : form === 126 ? 4 : 2);
  header[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  header[1] = (isMasked ? 0x80 : 0) | form;
  if (form === 126) header.writeUInt16BE(announced, 2);
  if (form === 127) header.writeBigUInt64BE(BigInt(announced), 2);
  if (!isMasked) return Buffer.concat([header, bytes]);
  const mask = randomBytes(4);
  return Buffer.concat([header, mask, bytes.map((byte, i) => byte ^ mask[i % 4])]);
}

// The payload of a close frame.
export function closePayload(code, reason = '') {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code);
  payload.write(reason, 2);
  return payload;
}

// The headers of a handshake. Those in `headers` replace them.
export function handshake(headers = {}) {
  return {
    connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'), ...headers,
  };
}

// Cuts the whole frames off the front: a server's frames are whole messages here, without a mask.
function cutFrames(bytes) {
  const frames = [];
  let at = 0;
  while (bytes.length >= at + 2) {
    const form = bytes[at + 1] & 0x7f;
    const from = at + (form === 127 ? 10 : form === 126 ? 4 : 2);
    if (bytes.length < from) break;
    const length = form === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : form === 126 ? bytes.readUInt16BE(at + 2) : form;
    if (bytes.length < from + length) break;
    assert.equal(bytes[at] & 0xf0, 0x80, 'final, without reserved bits');
    assert.equal(bytes[at + 1] & 0x80, 0, 'no mask');
    frames.push({ opcode: bytes[at] & 0x0f, payload: bytes.subarray(from, from + length) });
    at = from + length;
  }
  return { frames, rest: bytes.subarray(at) };
}

// The variables that nginx sends to the worker for a handshake.
export function handshakeVariables(headers = {}) {
  const sent = Object.entries(handshake(headers)).map(([name, value]) => [`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, value]);
  return { ...Object.fromEntries(sent), POOL_MANAGER_WEBSOCKETS: '1' };
}

// What nginx sends to the door, with the location that the answer to the handshake names.
const DOOR_HEADERS = { Host: 'live', Upgrade: 'websocket', Connection: 'upgrade' };

export function doorHead(location) {
  const lines = Object.entries(DOOR_HEADERS).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${location} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

// Sends a handshake. Returns {incoming, socket, first}, or the HttpAnswer that refuses it.
function upgradeOf(outgoing) {
  const answered = new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('upgrade', (incoming, socket, first) => resolve({ incoming, socket, first }));
    outgoing.on('response', (incoming) => {
      buffer(incoming).then((body) => resolve(new HttpAnswer(incoming.statusCode, incoming.headers, body)), reject);
    });
  });
  outgoing.end();
  return within(PATIENCE_MS, `an answer to the handshake at ${outgoing.path}`, answered);
}

export class WebSocketClient {
  #socket;
  #unread = EMPTY;
  #conditions = new Conditions(() => this.#describe());

  frames = []; // {opcode, payload}
  onFrame = (frame) => this.frames.push(frame);
  hasEnded = false;
  isReset = false;

  // Opens a WebSocket at a path below BASE. Returns it, or the HttpAnswer that refuses it. `tls` has the options of wss://.
  static async try(stack, path, { headers, target = BASE + path, port = stack.port, host = stack.host, tls } = {}) {
    const sent = handshake(headers);
    const outgoing = (tls ? https : http).request({ host, port, path: target, agent: false, headers: sent, ...tls });
    const answer = await upgradeOf(outgoing);
    if (answer instanceof HttpAnswer) return answer;
    return new WebSocketClient(stack, answer, sent);
  }

  // Opens a WebSocket at the worker's two sockets, as nginx does.
  static async atDoor(worker, target) {
    const sent = handshake();
    const connection = await worker.connect();
    const { status, text, headers } = await connection.ask({ target, params: handshakeVariables(sent) });
    connection.destroy();
    assert.equal(status, 101, text);
    const door = { socketPath: `${worker.socketPath}.live`, path: headers['x-accel-redirect'], agent: false, headers: DOOR_HEADERS };
    const upgrade = await upgradeOf(http.request(door));
    assert.ok(!(upgrade instanceof HttpAnswer), upgrade.text);
    return new WebSocketClient(worker, upgrade, sent);
  }

  static async open(stack, path, options) {
    const socket = await WebSocketClient.try(stack, path, options);
    if (socket instanceof HttpAnswer) assert.fail(`the handshake at ${path} is refused: ${socket.status} ${socket.text}`);
    return socket;
  }

  constructor(stack, { incoming, socket, first }, sent) {
    const accept = createHash('sha1').update(sent['sec-websocket-key'] + GUID).digest('base64');
    assert.equal(incoming.headers['sec-websocket-accept'], accept);
    assert.equal(incoming.headers.upgrade.toLowerCase(), 'websocket');
    this.protocol = incoming.headers['sec-websocket-protocol'];
    this.#socket = socket;
    stack.world.atEnd(() => socket.destroy());
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', () => (this.isReset = true));
    socket.on('close', () => {
      this.hasEnded = true;
      this.#conditions.check();
    });
    this.#take(first);
  }

  #take(bytes) {
    const { frames, rest } = cutFrames(Buffer.concat([this.#unread, bytes]));
    this.#unread = rest;
    frames.forEach((frame) => this.onFrame(frame));
    this.#conditions.check();
  }

  #describe() {
    const shown = this.frames.slice(-5).map(({ opcode, payload }) => `${opcode}: ${payload.subarray(0, 200)}`);
    return `it has ${JSON.stringify(shown)}${this.hasEnded ? ' and has ended' : ''}`;
  }

  until(what, condition) {
    return this.#conditions.until(what, condition);
  }

  write(bytes) {
    this.#socket.write(bytes);
  }

  send(opcode, payload, options) {
    this.write(encodeFrame(opcode, payload, options));
  }

  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }

  // The text messages that have come.
  get texts() {
    return this.frames.filter(({ opcode }) => opcode === OPCODE.TEXT).map(({ payload }) => payload.toString());
  }

  // Waits for `count` text messages, and returns them as JSON.
  async messages(count) {
    await this.until(`${count} messages`, () => this.texts.length >= count);
    return this.texts.map((text) => JSON.parse(text));
  }

  // Waits for the next frame, and takes it away.
  async next() {
    await this.until('a frame', () => this.frames.length > 0 || this.hasEnded);
    return this.frames.shift();
  }

  // Waits for the end, which must have a close frame before it. Returns its code; null without one.
  async closed() {
    await this.until('the end', () => this.hasEnded);
    assert.equal(this.isReset, false, 'the connection was reset');
    const last = this.frames.at(-1);
    assert.equal(last?.opcode, OPCODE.CLOSE, 'the last frame is a close');
    return last.payload.length >= 2 ? last.payload.readUInt16BE(0) : null;
  }

  // Closes as a client should, and waits for the answer.
  async close(code = 1000) {
    this.send(OPCODE.CLOSE, closePayload(code));
    return this.closed();
  }

  destroy() {
    this.#socket.destroy();
  }
}
