// SPDX-License-Identifier: MIT
//
// Web pages in a browser on this machine: the browser's headers about the page decide whether its request is allowed.
// The headers are those that Chromium and Firefox send for each kind of request. tests/browser has a real browser.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const EVIL = 'https://evil.example';
const APP = 'http://app.example:3000';

// The kinds of request that a page makes, by their cause.
const KINDS = {
  fetch: { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
  noCorsFetch: { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty' },
  image: { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  script: { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' },
  frame: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  form: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-user': '?1' },
  link: { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-user': '?1' },
  webSocket: { 'sec-fetch-mode': 'websocket', 'sec-fetch-dest': 'websocket' },
};

// The kinds that carry the page's origin. A form sends it with a POST only.
const WITH_ORIGIN = new Set(['fetch', 'form', 'webSocket']);

function headersOf(kind, site, origin) {
  return { ...KINDS[kind], 'sec-fetch-site': site, ...(WITH_ORIGIN.has(kind) ? { origin } : {}) };
}

function assertRefused(answer) {
  assertError(answer, 403, 'cross_site', /--cors-origins/);
  assert.equal(answer.headers['access-control-allow-origin'] === EVIL, false);
}

stackCase('no page of another origin can use the control API', async (world) => {
  const stack = await Stack.start(world);
  const rows = ['GET /__admin/state?secrets=true', 'POST /__admin/reset', 'GET /~t/__admin/state', 'GET /__admin/nowhere',
    'OPTIONS /__admin/reset', 'PUT /__admin/faults'].flatMap((target) =>
    Object.keys(KINDS).flatMap((kind) => ['cross-site', 'same-site'].map((site) => [target, kind, site])));
  await forEachRow(rows, async ([target, kind, site]) => {
    const [method, path] = target.split(' ');
    const answer = await stack.ask(method, path, { headers: headersOf(kind, site, EVIL), body: method === 'PUT' ? '[]' : undefined });
    assertRefused(answer);
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
  });
  const { tenants, generation } = assertSuccess(await stack.ask('GET', '/__admin/health'));
  assert.equal(tenants, 0, 'no tenant is made');
  assert.equal(generation, assertSuccess(await stack.ask('GET', '/__admin/health')).generation);
});

stackCase('pages of the own origin, a typed address, and clients other than browsers can use the control API', async (world) => {
  const stack = await Stack.start(world);
  const own = `http://127.0.0.1:${stack.port}`;
  const rows = [
    {}, { 'user-agent': 'curl' }, { 'sec-fetch-mode': 'cors' }, // Node's fetch
    headersOf('fetch', 'same-origin', own), headersOf('link', 'none'), headersOf('image', 'same-origin'),
    { origin: own }, { origin: own.toUpperCase() }, // a browser without Sec-Fetch-Site
  ];
  await forEachRow(rows, async (headers) => {
    const answer = await stack.ask('POST', '/__admin/reset', { headers });
    assertSuccess(answer);
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
  });
});

stackCase('without Sec-Fetch-Site the origin decides', async (world) => {
  const stack = await Stack.start(world);
  const { port } = stack;
  const strangers = [EVIL, 'null', `http://127.0.0.1:${port + 1}`, `https://127.0.0.1:${port}`, `http://localhost:${port}`,
    `http://127.0.0.1:${port}.evil.example`, `http://127.0.0.1:${port}/`, 'x'.repeat(2000)];
  await forEachRow(strangers, async (origin) => {
    assertRefused(await stack.ask('GET', '/__admin/state', { headers: { origin } }));
  });
  assertSuccess(await stack.ask('GET', claimPath('p', 'w'), { headers: { origin: EVIL } }));
});

stackCase('--public-url names an own origin too', async (world) => {
  const stack = await Stack.start(world, { options: ['--public-url', 'https://Pools.example/staging/mock'] });
  assertSuccess(await stack.ask('POST', '/__admin/reset', { headers: { origin: 'https://pools.example' } }));
  await forEachRow(['http://pools.example', 'https://pools.example:8443', 'https://pools.example.evil.example'], async (origin) => {
    assertRefused(await stack.ask('POST', '/__admin/reset', { headers: { origin } }));
  });
});

stackCase('a page of a listed origin can use the control API by CORS', async (world) => {
  const stack = await Stack.start(world, { options: ['--cors-origins', `${APP},*`] });
  const headers = headersOf('fetch', 'cross-site', APP);
  const answer = await stack.ask('POST', '/__admin/reset', { headers });
  assertSuccess(answer);
  assert.equal(answer.headers['access-control-allow-origin'], APP);
  const preflight = await stack.ask('OPTIONS', '/__admin/state', { headers: { ...headers, 'access-control-request-method': 'PUT' } });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], APP);
  assertRefused(await stack.ask('POST', '/__admin/reset', { headers: headersOf('fetch', 'cross-site', EVIL) }));
});

const CLAIMS = ['GET /pools/p/workspace', 'GET /~t/pools', 'POST /pools', 'GET /pools/p/status', 'OPTIONS /pools', 'GET /nowhere'];

stackCase('an image, a form, a frame, a link and a no-cors fetch of another site claim and make nothing', async (world) => {
  const stack = await Stack.start(world);
  const kinds = Object.keys(KINDS).filter((kind) => kind !== 'fetch' && kind !== 'webSocket');
  await forEachRow(CLAIMS.flatMap((target) => kinds.map((kind) => [target, kind])), async ([target, kind]) => {
    const [method, path] = target.split(' ');
    assertRefused(await stack.ask(method, path, { headers: headersOf(kind, 'cross-site', EVIL), body: method === 'POST' ? '{"name":"p"}' : undefined }));
  });
  const { tenants, pools } = assertSuccess(await stack.ask('GET', '/__admin/health'));
  assert.deepEqual({ tenants, pools }, { tenants: 0, pools: 1 });
});

stackCase('the application\'s own calls work: by CORS from any origin unless origins are listed, and from the same site', async (world) => {
  const any = await Stack.start(world);
  const claim = await any.ask('GET', claimPath('default-pool', 'w'), { headers: headersOf('fetch', 'cross-site', APP) });
  assertSuccess(claim);
  assert.equal(claim.headers['access-control-allow-origin'], '*');
  const kinds = Object.keys(KINDS).flatMap((kind) => [[kind, 'same-site'], [kind, 'same-origin'], [kind, 'none']]);
  await forEachRow(kinds, async ([kind, site]) => {
    assertSuccess(await any.ask('GET', claimPath('default-pool', 'w'), { headers: headersOf(kind, site, APP) }));
  });
});

stackCase('with --cors-origins set a page of another origin claims nothing by fetch either', async (world) => {
  const stack = await Stack.start(world, { options: ['--cors-origins', APP] });
  await forEachRow(CLAIMS.flatMap((target) => Object.keys(KINDS).map((kind) => [target, kind])), async ([target, kind]) => {
    const [method, path] = target.split(' ');
    assertRefused(await stack.ask(method, path, { headers: headersOf(kind, 'cross-site', EVIL) }));
  });
  await stack.assertPool('default-pool', { total: 5, used: 0 });
  const claim = await stack.ask('GET', claimPath('default-pool', 'w'), { headers: headersOf('fetch', 'cross-site', APP) });
  assertSuccess(claim);
  assert.equal(claim.headers['access-control-allow-origin'], APP);
});

// Chromium sends neither Sec-Fetch-Site nor Sec-Fetch-Mode with the handshake of a WebSocket.
stackCase('the origin of a WebSocket handshake decides', async (world) => {
  const stack = await Stack.start(world, { options: ['--cors-origins', APP] });
  const upgrade = { upgrade: 'WebSocket', connection: 'upgrade' };
  const handshake = async (origin) => {
    const lines = Object.entries({ ...upgrade, ...(origin ? { origin } : {}) }).map(([name, value]) => `${name}: ${value}\r\n`);
    const [answer] = await stack.raw(`GET /api/mock/pool-manager/pools/p/status HTTP/1.1\r\nHost: 127.0.0.1:${stack.port}\r\n` +
      `${lines.join('')}\r\n`.replace('connection: upgrade', 'connection: close'));
    return answer;
  };
  assertRefused(await handshake(EVIL));
  await forEachRow([APP, undefined, `http://127.0.0.1:${stack.port}`], async (origin) => {
    assert.notEqual((await handshake(origin)).status, 403);
  });
});

stackCase('any page may frame, link and call pods', async (world) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path'] });
  await stack.claim('default-pool', 'w');
  await forEachRow(Object.keys(KINDS), async (kind) => {
    for (const path of ['/_pod/mock-pod-1/3000', '/_pod/mock-pod-1/15552/jlist']) {
      const answer = await stack.ask('GET', path, { headers: headersOf(kind, 'cross-site', EVIL) });
      assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    }
  });
});

stackCase('a page whose own host name resolves to this machine is stopped by the fence', async (world) => {
  const stack = await Stack.start(world);
  const paths = ['GET /__admin/health', 'GET /__admin', 'PUT /__admin/state', 'GET /~t/__admin/health', 'PUT /~t/__admin/state'];
  const strangers = ['evil.example', 'localhost.evil.example', 'notlocalhost', '127.0.0.1.evil.example', '128.0.0.1', '[::2]',
    'evil.example:80', '127.0.0.1x'];
  await forEachRow(strangers.flatMap((host) => paths.map((path) => [host, path])), async ([host, target]) => {
    const [method, path] = target.split(' ');
    const [answer] = await stack.raw(
      `${method} /api/mock/pool-manager${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    assertError(answer, 403, 'forbidden');
  });
  const own = ['localhost', 'LOCALHOST:1', 'mock.localhost', '127.0.0.1', '127.1.2.3:8080', '[::1]', '[::1]:8080', '_'];
  await forEachRow(own, async (host) => {
    assertSuccess(await stack.ask('GET', '/__admin/health', { headers: { host } }));
  });
});
