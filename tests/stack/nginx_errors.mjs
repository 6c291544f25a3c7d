// SPDX-License-Identifier: MIT
//
// Requests that nginx refuses by itself are answered in the API's JSON too.

import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { ownServer, Stack, stackCase } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

const CLOSE = 'Host: x\r\nConnection: close\r\n\r\n';

stackCase('a malformed request is a JSON 400', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    `GET ${BASE}/pools/%00/status HTTP/1.1\r\n${CLOSE}`,
    `GET ${BASE}/pools/%zz/status HTTP/1.1\r\n${CLOSE}`,
    `GET ${BASE}/pools/%/status HTTP/1.1\r\n${CLOSE}`,
    `GET ${BASE}/pools/a\0b/status HTTP/1.1\r\n${CLOSE}`,
    `NONSENSE\r\n\r\n`,
    `GET\r\n${CLOSE}`,
    `GET ${BASE}/__admin/health HTTP/1.1\r\n\r\n`,
    `GET ${BASE}/__admin/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`,
    `GET ${BASE}/__admin/health HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n`,
    `GET ${BASE}/../../../../.. HTTP/1.1\r\n${CLOSE}`,
  ];
  await forEachRow(rows, async (bytes) => {
    const [answer, ...more] = await stack.raw(bytes);
    assertError(answer, 400, 'bad_request');
    assert.equal(more.length, 0);
  });
});

stackCase('a path outside the API is a JSON 404', async (world) => {
  const stack = await Stack.start(world);
  const paths = [
    '/', '/index.html', '/api', '/api/mock/pool-manage', '/api/mock/pool-managers/pools', `${BASE}x`, '/etc/passwd',
    '/favicon.ico', `${BASE}/%2e%2e%2f%2e%2e%2f`, `${BASE}/../../other`, '/__pool-manager-mock/400', '/__error/400',
    '/nginx.conf', '/error.log',
  ];
  await forEachRow(paths, async (path) => {
    const answer = await stack.request('GET', path);
    assert.equal(answer.status, 404, answer.text);
    assertError(answer, 404, answer.json.code);
  });
});

stackCase('the mount without its slash is the index, and redirects no method', async (world) => {
  const stack = await Stack.start(world);
  assertSuccess(await stack.request('GET', BASE));
  assertError(await stack.request('POST', BASE), 405, 'method_not_allowed');
});

stackCase('a request line that is too long for nginx is a JSON 414, and headers are a JSON 431', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow([20_000, 60_000], async (bytes) => {
    const [answer] = await stack.raw(`GET ${BASE}/${'x'.repeat(bytes)} HTTP/1.1\r\n${CLOSE}`);
    assertError(answer, 414, 'path_too_long');
  });
  await forEachRow([[`X: ${'x'.repeat(20_000)}\r\n`], [`X: ${'x'.repeat(9_000)}\r\n`.repeat(20)]], async ([headers]) => {
    const [answer] = await stack.raw(`GET ${BASE}/__admin/health HTTP/1.1\r\n${headers}${CLOSE}`);
    assertError(answer, 431, 'headers_too_large');
  });
});

stackCase('headers up to nginx\'s limit never cause a 500', async (world) => {
  const stack = await Stack.start(world);
  for (let kilobytes = 1; kilobytes <= 40; kilobytes += 3) {
    const headers = Array.from({ length: kilobytes }, (_, i) => `X-${i}: ${'x'.repeat(1000)}\r\n`).join('');
    const [answer] = await stack.raw(`GET ${BASE}/pools?${'q'.repeat(8_000)} HTTP/1.1\r\n${headers}${CLOSE}`);
    assert.ok(answer.status === 200 || answer.status === 431, `${answer.status} with ${kilobytes} KB of headers`);
  }
});

stackCase('methods that nginx refuses are a JSON 405', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(['TRACE', 'CONNECT'], async (method) => {
    const target = method === 'CONNECT' ? 'x:80' : `${BASE}/pools`;
    const [answer] = await stack.raw(`${method} ${target} HTTP/1.1\r\n${CLOSE}`);
    assert.ok(answer.status === 405 || answer.status === 400, answer.text);
    assertError(answer, answer.status, answer.json.code);
  });
});

stackCase('an unknown version of HTTP is a JSON 505', async (world) => {
  const stack = await Stack.start(world);
  const [answer] = await stack.raw(`GET ${BASE}/__admin/health HTTP/3.0\r\n${CLOSE}`);
  assertError(answer, 505, 'http_version');
});

stackCase('HTTP/1.0, without a host and with an absolute target, is served', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(
    [`GET ${BASE}/pools HTTP/1.0\r\n\r\n`, `GET http://other${BASE}/pools HTTP/1.1\r\n${CLOSE}`],
    async (bytes) => {
      const [answer] = await stack.raw(bytes);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json.pools.length, 1);
    },
  );
});

stackCase('without a worker the answer is a JSON 502 with Retry-After', async (world) => {
  const stack = await Stack.start(world);
  await stack.worker.kill();
  await forEachRow([['GET', '/__admin/health'], ['POST', '/pools'], ['GET', '/nowhere']], async ([method, path]) => {
    const answer = await stack.ask(method, path, method === 'POST' ? { json: {} } : {});
    assertError(answer, 502, 'bad_gateway');
    assert.match(answer.headers['retry-after'] ?? '', /^[1-9]\d*$/);
  });
});

stackCase('a malformed chunked body is a JSON 400, within the API and outside it', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(['/', '/elsewhere', `${BASE}/pools`, BASE], async (path) => {
    for (const method of ['POST', 'GET', 'PUT', 'DELETE']) {
      for (const chunk of ['-1', '+1', 'zz', '1x']) {
        const [answer, ...more] = await stack.raw(
          `${method} ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}\r\nabc\r\n0\r\n\r\n`,
        );
        assertError(answer, 400, 'bad_request');
        assert.equal(more.length, 0);
      }
    }
  });
});

// Starts a server with our files, with the lines `http` before it and `inside` in it.
function strictServer(http, inside) {
  return ownServer(`
    include pool-manager-mock/upstream.conf;
    ${http}
    server {
        listen @LISTEN@;
        include pool-manager-mock/location.conf;
        include pool-manager-mock/errors.conf;
        ${inside}
    }`);
}

const LIMITS = [
  ['limit_req', 429, 'too_many_requests', 'limit_req zone=one; limit_req_status 429;'],
  ['limit_req, as it is', 503, 'unavailable', 'limit_req zone=one;'],
];
for (const [name, status, code, inside] of LIMITS) {
  stackCase(`a request past ${name} is a JSON ${status} with Retry-After`, async (world) => {
    const configure = strictServer('limit_req_zone $binary_remote_addr zone=one:1m rate=1r/m;', inside);
    const stack = await Stack.start(world, { configure });
    assert.equal((await stack.ask('GET', '/pools')).status, 200);
    for (const method of ['GET', 'POST']) {
      const answer = await stack.ask(method, '/pools', method === 'POST' ? { json: { name: 'x' } } : {});
      assertError(answer, status, code);
      assert.match(answer.headers['retry-after'] ?? '', /^[1-9]\d*$/);
      assert.equal(answer.headers['cache-control'], 'no-store');
    }
  });
}

const REFUSALS = [
  ['auth_request', 401, 'unauthorized', 'auth_request /auth; location = /auth { internal; return 401; }'],
  ['auth_request, for good', 403, 'forbidden', 'auth_request /auth; location = /auth { internal; return 403; }'],
  ['auth_basic', 401, 'unauthorized', 'auth_basic here; auth_basic_user_file none;'],
  ['deny', 403, 'forbidden', 'deny all;'],
];
for (const [name, status, code, inside] of REFUSALS) {
  stackCase(`a refusal by ${name} in the complete server is a JSON ${status}`, async (world) => {
    const stack = await Stack.start(world, { configure: strictServer('', inside) });
    assertError(await stack.ask('GET', '/pools'), status, code);
    assertError(await stack.ask('POST', '/pools', { json: { name: 'x' } }), status, code);
  });
}
