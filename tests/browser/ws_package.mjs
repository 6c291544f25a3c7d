// SPDX-License-Identifier: MIT
//
// The npm package ws, the usual client of WebSockets in Node.js, which is not this project's. It also offers compression, which the worker
// does not select.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { assertSuccess } from '../lib/api.mjs';
import { forEachRow, PATIENCE_MS, within } from '../lib/case.mjs';
import { BEARER, PASSWORD } from '../lib/pods.mjs';
import { Stack } from '../lib/stack.mjs';
import { OPENSSL_IS_MISSING, startTls } from '../lib/tls.mjs';
import { socketCase } from '../lib/web_socket.mjs';
import { BASE } from '../lib/worker.mjs';

const LIBRARY = join(process.env.POOL_MANAGER_TEST_MODULES ?? '', 'ws', 'wrapper.mjs');
const ECHO = '/_pod/mock-pod-1/3000/_echo';
const GOOSE = '/_pod/mock-pod-1/15551/ws';
const EVENTS = '/__admin/events';

// A client at a path below BASE. What comes is in `messages`: text, or a Buffer.
class Client {
  messages = [];

  static async open(stack, path, options) {
    const client = await Client.#start(stack, path, options);
    await within(PATIENCE_MS, `an answer to the handshake at ${path}`, once(client.socket, 'open'));
    return client;
  }

  // Opens a WebSocket that has to be refused. Returns the status.
  static async refused(stack, path, options) {
    const { socket } = await Client.#start(stack, path, options);
    const [outgoing, incoming] = await within(PATIENCE_MS, `a refusal at ${path}`, once(socket, 'unexpected-response'));
    outgoing.destroy();
    return incoming.statusCode;
  }

  static async #start(stack, path, { origin = `ws://127.0.0.1:${stack.port}`, protocols = [], ...options } = {}) {
    const { WebSocket } = await import(pathToFileURL(LIBRARY));
    const client = new Client();
    client.socket = new WebSocket(origin + BASE + path, protocols, options);
    client.socket.on('error', () => {});
    client.closed = once(client.socket, 'close').then(([code, reason]) => [code, reason.toString()]);
    client.closed.catch(() => {}); // whoever awaits `closed` gets the error
    client.socket.on('message', (data, isBinary) => client.messages.push(isBinary ? data : data.toString()));
    stack.world.atEnd(() => client.socket.terminate());
    return client;
  }

  // Waits until `count` messages have come, and returns them.
  async until(count) {
    while (this.messages.length < count) await within(PATIENCE_MS, `${count} messages`, once(this.socket, 'message'));
    return this.messages;
  }

  end() {
    return within(PATIENCE_MS, 'the end', this.closed);
  }
}

function wsCase(name, body, { skip = false } = {}) {
  const reason = existsSync(LIBRARY) ? skip : 'ws is not installed; ./bootstrap check installs it';
  socketCase(name, body, { skip: reason });
}

async function start(world, ...options) {
  const stack = await Stack.start(world, { options });
  await stack.claim('default-pool', 'w');
  return stack;
}

wsCase('ws follows events until the worker stops', async (world) => {
  const stack = await start(world);
  const client = await Client.open(stack, EVENTS, { protocols: ['chat', 'pool-manager-mock'] });
  assert.deepEqual([client.socket.protocol, client.socket.extensions], ['pool-manager-mock', '']);
  for (let i = 0; i < 3; i++) await stack.claim('default-pool', `w-${i}`);
  const events = (await client.until(4)).map((text) => JSON.parse(text));
  assert.deepEqual(events.map(({ workspaceId }) => workspaceId), [undefined, 'w-0', 'w-1', 'w-2']);
  stack.worker.signal('SIGTERM');
  assert.equal((await client.end())[0], 1001);
  await stack.worker.end();
});

wsCase('ws gets its messages back, up to 1 MiB, whole or in fragments', async (world) => {
  const stack = await start(world);
  const client = await Client.open(stack, ECHO);
  const sent = ['', 'gr\u00fc\u00df dich', 'x'.repeat(1 << 20), Buffer.alloc(0), Buffer.alloc(70_000, 7), Buffer.alloc(1 << 20, 'ab\u00fc')];
  for (const message of sent) client.socket.send(message);
  assert.ok((await client.until(sent.length)).every((message, i) => Buffer.from(message).equals(Buffer.from(sent[i]))));
  assert.deepEqual(client.messages.map((message) => typeof message), sent.map((message) => typeof message));
  for (const fin of [false, false, true]) client.socket.send(Buffer.alloc(300_000, 9), { fin, binary: true });
  assert.ok((await client.until(sent.length + 1)).at(-1).equals(Buffer.alloc(900_000, 9)));
  client.socket.send(Buffer.alloc((1 << 20) + 1));
  assert.deepEqual((await client.end())[0], 1009);
});

wsCase('ws gets a pong for each ping, and the code with which it closes', async (world) => {
  const stack = await start(world);
  const closes = [[ECHO, 1000, ''], [ECHO, 4000, 'because \u00fc'], [ECHO, 1001, 'x'.repeat(123)], [EVENTS, 3999, 'enough']];
  await forEachRow(closes, async ([path, code, reason]) => {
    const client = await Client.open(stack, path);
    for (const payload of ['', 'still there?', 'x'.repeat(125)]) {
      client.socket.ping(payload);
      const [pong] = await within(PATIENCE_MS, 'a pong', once(client.socket, 'pong'));
      assert.equal(pong.toString(), payload);
    }
    client.socket.close(code, reason);
    assert.deepEqual(await client.end(), [code, reason]);
  });
});

wsCase('ws sends a token as a header, and sees a refusal with its status', async (world) => {
  const stack = await Stack.start(world, { options: ['--require-auth'] });
  const { token } = await stack.say('POST', '/auth/login', { username: 'bob', password: 'p' });
  const path = '/pools/default-pool/events';
  const headers = { authorization: `Bearer ${token}` };
  await (await Client.open(stack, path, { headers })).until(1);
  assert.equal(await Client.refused(stack, path), 401);
  assert.equal(await Client.refused(stack, '/pools/nosuch/events', { headers }), 404);
  assert.equal(await Client.refused(stack, '/pools', { headers }), 501);
  assert.equal(await Client.refused(stack, path, { headers, protocolVersion: 8 }), 426);
});

wsCase('ws talks to Goose over TLS', async (world) => {
  const { stack, port, ca } = await startTls(world, { options: ['--pod-url', 'path'] });
  await stack.claim('default-pool', 'w');
  assertSuccess(await stack.ask('POST', '/_pod/mock-pod-1/15552/session', { json: { sessionId: 's' }, headers: BEARER }));
  const tls = { origin: `wss://127.0.0.1:${port}`, ca };
  assert.equal(await Client.refused(stack, GOOSE, tls), 401);
  await forEachRow([{ headers: BEARER }, { auth: `goose:${PASSWORD}` }], async (credentials) => {
    const client = await Client.open(stack, GOOSE, { ...tls, ...credentials });
    client.socket.send(JSON.stringify({ type: 'message', content: 'hello', session_id: 's', timestamp: Date.now() }));
    assert.equal(JSON.parse((await client.until(6)).at(-1)).type, 'complete');
  });
}, { skip: OPENSSL_IS_MISSING });
