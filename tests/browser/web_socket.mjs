// SPDX-License-Identifier: MIT
//
// WebSockets in a real browser (docs/live.md, and "Goose at a WebSocket" in docs/pods.md). tests/stack/web_sockets.mjs has their frames.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { assertSuccess } from '../lib/api.mjs';
import { until } from '../lib/case.mjs';
import { browserCase, openWebSocket, serveSite } from '../lib/browser.mjs';
import { BEARER, PASSWORD } from '../lib/pods.mjs';
import { sourceFile, Stack } from '../lib/stack.mjs';
import { OPENSSL_IS_MISSING, startTls } from '../lib/tls.mjs';
import { WEBSOCKETS_ARE_MISSING } from '../lib/web_socket.mjs';
import { BASE } from '../lib/worker.mjs';

const EVENTS = '/__admin/events';
const POOL_EVENTS = '/pools/default-pool/events';
const ECHO = '/_pod/mock-pod-1/3000/_echo';
const GOOSE = '/_pod/mock-pod-1/15551/ws';

// Opens a document of the service's own origin. It is JSON, because the policy of a page (src/page/files.c) lets a test add no script.
async function openOwnPage(stack, browser) {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${stack.port}${BASE}/__admin/health`);
  return page;
}

function addressOf(stack, path, user = '') {
  return `ws://${user}127.0.0.1:${stack.port}${BASE}${path}`;
}

// Opens a WebSocket in the page, and sends what `messages` has. Waits until `count` messages have come, then closes it. Returns
// {isOpen, protocol, texts, code, wasClean}.
function talk(page, url, { protocols = [], messages = [], count = 1 } = {}) {
  return page.evaluate(([target, names, sent, awaited]) => new Promise((resolve) => {
    const socket = new WebSocket(target, names);
    const seen = { isOpen: false, texts: [] };
    socket.onopen = () => {
      Object.assign(seen, { isOpen: true, protocol: socket.protocol });
      for (const message of sent) socket.send(message);
    };
    socket.onmessage = ({ data }) => {
      if (seen.texts.push(data) === awaited) socket.close(1000, 'enough');
    };
    socket.onclose = ({ code, wasClean }) => resolve({ ...seen, code, wasClean });
  }), [url, protocols, messages, count]);
}

function socketCase(name, body, { skip = false } = {}) {
  browserCase(name, body, { skip: WEBSOCKETS_ARE_MISSING || skip });
}

socketCase('the page of docs/live.md shows a claim, and the code of the end', async (world, browser) => {
  const stack = await Stack.start(world);
  const page = await openOwnPage(stack, browser);
  const document = await readFile(sourceFile('docs', 'live.md'), 'utf8');
  const [, recipe] = /\n## A WebSocket\n[^]*?```js\n([^]*?)```/.exec(document);
  const logged = [];
  page.on('console', (message) => message.type() === 'log' && logged.push(message));
  await page.addScriptTag({ content: recipe });
  const ended = page.evaluate(() => new Promise((resolve) => {
    socket.onclose = ({ code, wasClean }) => resolve({ code, wasClean });
  }));
  await until('it is open', () => logged.length === 1);
  await stack.claim('default-pool', 'w');
  await until('the claim is shown', () => logged.length === 2);
  const shown = await Promise.all(logged.map((message) => message.args()[0].jsonValue()));
  assert.deepEqual(shown.map(({ type }) => type), ['stream.open', 'pod.claimed']);
  assert.deepEqual([shown[1].pod, shown[1].workspaceId], ['pod-pool-1-1', 'w']);
  stack.worker.signal('SIGTERM');
  assert.deepEqual(await ended, { code: 1001, wasClean: true });
  await stack.worker.end();
});

socketCase('a token comes as a subprotocol, which is not the one that is selected', async (world, browser) => {
  const stack = await Stack.start(world, { options: ['--require-auth', '--admin-token', 'adm~n'] });
  const { token } = await stack.say('POST', '/auth/login', { username: 'bob', password: 'p' });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${await serveSite(world)}/`);
  const bearer = (text) => ['pool-manager-mock', `bearer.${Buffer.from(text).toString('base64url')}`];
  const opened = await talk(page, addressOf(stack, POOL_EVENTS), { protocols: bearer(token) });
  assert.deepEqual({ ...opened, texts: opened.texts.length }, {
    isOpen: true, protocol: 'pool-manager-mock', texts: 1, code: 1000, wasClean: true });
  for (const [path, protocols] of [[POOL_EVENTS, bearer('nobody')], [POOL_EVENTS, ['pool-manager-mock']], [EVENTS, bearer(token)]]) {
    assert.deepEqual(await talk(page, addressOf(stack, path), { protocols }), { isOpen: false, texts: [], code: 1006, wasClean: false });
  }
  const own = await openOwnPage(stack, browser);
  assert.equal((await talk(own, addressOf(stack, EVENTS), { protocols: bearer('adm~n') })).code, 1000);
});

socketCase('where any origin may call, a foreign page follows a pool, and never the control API', async (world, browser) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'w');
  const foreign = await browser.newPage();
  await foreign.goto(`http://app.test:${await serveSite(world)}/`);
  const own = await openOwnPage(stack, browser);
  for (const path of [POOL_EVENTS, ECHO]) assert.equal(await openWebSocket(foreign, addressOf(stack, path)), 'open');
  assert.equal(await openWebSocket(foreign, addressOf(stack, EVENTS)), 'error');
  for (const path of [POOL_EVENTS, ECHO, EVENTS]) assert.equal(await openWebSocket(own, addressOf(stack, path)), 'open');
});

socketCase('an origin that --cors-origins names opens all, and any other origin nothing', async (world, browser) => {
  const port = await serveSite(world);
  const stack = await Stack.start(world, { options: ['--cors-origins', `http://app.test:${port}`] });
  await stack.claim('default-pool', 'w');
  for (const [host, expected] of Object.entries({ app: 'open', evil: 'error' })) {
    const page = await browser.newPage();
    await page.goto(`http://${host}.test:${port}/`);
    for (const path of [POOL_EVENTS, ECHO, EVENTS]) assert.equal(await openWebSocket(page, addressOf(stack, path)), expected, path);
  }
});

socketCase('an echo returns text and bytes of each length', async (world, browser) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'w');
  const page = await openOwnPage(stack, browser);
  const messages = ['', 'x', 'gr\u00fc\u00df dich \u{1f600}', 'x'.repeat(125), 'x'.repeat(126), 'x'.repeat(65_536), 'x'.repeat(1 << 20)];
  const { texts, code } = await talk(page, addressOf(stack, ECHO), { messages, count: messages.length });
  assert.ok(texts.every((text, i) => text === messages[i]));
  assert.equal(code, 1000);
  const lengths = await page.evaluate((url) => new Promise((resolve) => {
    const socket = new WebSocket(url);
    const seen = [];
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => [0, 200, 70_000, 1 << 20, (1 << 20) + 1].forEach((length) => socket.send(new Uint8Array(length).fill(7)));
    socket.onmessage = ({ data }) => seen.push(new Uint8Array(data).every((byte) => byte === 7) && data.byteLength);
    socket.onclose = (event) => resolve([...seen, event.code]);
  }), addressOf(stack, ECHO));
  assert.deepEqual(lengths, [0, 200, 70_000, 1 << 20, 1009]);
});

socketCase('a page of the own origin talks to Goose, with the password in the address', async (world, browser) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path'] });
  await stack.claim('default-pool', 'w');
  assertSuccess(await stack.ask('POST', '/_pod/mock-pod-1/15552/session', { json: { sessionId: 'mine' }, headers: BEARER }));
  const page = await openOwnPage(stack, browser);
  const prompt = { type: 'message', content: 'please fix it', session_id: 'mine', timestamp: Date.now() };
  const talkAs = (user) => talk(page, addressOf(stack, GOOSE, user), { messages: [JSON.stringify(prompt)], count: 6 });
  for (const user of ['', 'goose:wrong@']) assert.equal((await talkAs(user)).isOpen, false);
  const { texts, code } = await talkAs(`goose:${PASSWORD}@`);
  const pieces = texts.map((text) => JSON.parse(text));
  assert.deepEqual(pieces.map(({ type }) => type), [...Array(5).fill('response'), 'complete']);
  assert.equal(pieces.slice(0, -1).map(({ content }) => content).join(''), '[mock] You said: please fix it');
  assert.equal(code, 1000);
});

socketCase('a page that came over HTTP/2 opens wss:// beside it', async (world, browser) => {
  const { stack, port } = await startTls(world);
  await stack.claim('default-pool', 'w');
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`https://127.0.0.1:${port}${BASE}/__admin/health`);
  assert.equal(await page.evaluate(() => performance.getEntriesByType('navigation')[0].nextHopProtocol), 'h2');
  const base = `wss://127.0.0.1:${port}${BASE}`;
  const echoes = await talk(page, base + ECHO, { messages: ['x'.repeat(70_000), 'y'], count: 2 });
  assert.deepEqual(echoes.texts.map(({ length }) => length), [70_000, 1]);
  const { texts, protocol, code } = await talk(page, base + EVENTS, { protocols: ['pool-manager-mock'] });
  assert.deepEqual([JSON.parse(texts[0]).type, protocol, code], ['stream.open', 'pool-manager-mock', 1000]);
  const health = await page.evaluate(async (url) => (await fetch(url)).status, `${BASE}/__admin/health`);
  assert.equal(health, 200, 'HTTP/2 still serves the page');
}, { skip: OPENSSL_IS_MISSING });
