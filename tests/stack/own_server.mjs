// SPDX-License-Identifier: MIT
//
// The snippets in a server that was written for another application.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';

import { assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { ownServer, run, sourceFile, Stack, stackCase } from '../lib/stack.mjs';
import { HAS_WEBSOCKETS, WebSocketClient } from '../lib/web_socket.mjs';
import { BASE } from '../lib/worker.mjs';

function server(inside) {
  return `
    include pool-manager-mock/upstream.conf;

    # Habits of the house: caching, retries, errors and pages of its own.
    add_header X-House "ours";
    fastcgi_intercept_errors on;
    fastcgi_next_upstream error timeout invalid_header http_500 http_503;
    expires 1h;
    server {
        listen @LISTEN@;
        server_name own;
        location = /own-404 { return 404 "own page"; }
        location / { return 200 "own site"; }
        location ~ \\.php$ { return 403 "no php"; }
        ${inside}
    }
`;
}

const LOCATION = 'include pool-manager-mock/location.conf;';
const PLAIN = ownServer(server(`error_page 404 /own-404; ${LOCATION}`));
const WITH_ERRORS = ownServer(
  server(`${LOCATION} include pool-manager-mock/admin-fence.conf; include pool-manager-mock/errors.conf;`),
);

stackCase('the API is served, and the rest of the server is unchanged', async (world) => {
  const stack = await Stack.start(world, { configure: PLAIN });
  const workspace = await stack.claim('default-pool', 'w');
  assert.equal(workspace.id, 'pod-pool-1-1');
  assert.equal((await stack.request('GET', '/elsewhere')).text, 'own site');
  assert.equal((await stack.request('GET', '/x.php')).text, 'no php');
});

stackCase('the worker\'s own errors pass through a server that replaces error pages', async (world) => {
  const stack = await Stack.start(world, { configure: PLAIN });
  assertError(await stack.ask('GET', '/nowhere'), 404, 'not_found');
  assertError(await stack.ask('GET', '/workspaces/none'), 404, 'pod_not_found');
  assertError(await stack.ask('PUT', '/pools'), 405, 'method_not_allowed');
});

stackCase('names of every kind reach the worker raw', async (world) => {
  const stack = await Stack.start(world, { configure: PLAIN });
  const rows = [['a.php', 'a.php'], ['a%2Fb', 'a/b'], ['a%20b', 'a b'], ['%C3%BC', 'ü'], ['a%252Fb', 'a%2Fb']];
  await forEachRow(rows, async ([encoded, name]) => {
    assert.equal(assertSuccess(await stack.ask('GET', `/pools/${encoded}/status`)).pool_name, name);
  });
  assertError(await stack.ask('GET', '/pools/a%0Ab/status'), 400, 'bad_name');
});

stackCase('nginx neither caches nor repeats a claim', async (world) => {
  const stack = await Stack.start(world, { configure: PLAIN });
  for (let n = 1; n <= 5; n++) {
    const answer = await stack.ask('GET', claimPath('default-pool', 'w'));
    assert.equal(assertSuccess(answer).workspace.id, `pod-pool-1-${n}`);
  }
  await stack.worker.kill();
  const dead = await stack.ask('GET', claimPath('default-pool', 'w'));
  assert.equal(dead.status, 502);
});

stackCase('with the second snippet nginx\'s errors are JSON, and the fence works', async (world) => {
  const stack = await Stack.start(world, { configure: WITH_ERRORS });
  const [malformed] = await stack.raw(`GET ${BASE}/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  assertError(malformed, 400, 'bad_request');
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  assertError(await stack.ask('POST', '/__admin/reset', { agent: false, localAddress: '127.0.0.2' }), 403, 'forbidden');
  const large = await stack.ask('POST', '/pools', { body: 'x'.repeat(1024 * 1024 + 1) });
  assertError(large, 413, 'body_too_large');
  await stack.worker.kill();
  assertError(await stack.ask('GET', '/__admin/health'), 502, 'bad_gateway');
});

for (const [name, configure] of [['without the fence', PLAIN], ['with it', WITH_ERRORS]]) {
  stackCase(`only a whole state may be large, ${name}`, async (world) => {
    const stack = await Stack.start(world, { configure, options: ['--body-max', '8M'] }); // so a 413 is nginx's
    const body = Buffer.alloc(1024 * 1024 + 1, ' ');
    const large = [['/__admin/state', 'bad_json'], ['/~t/__admin/state', 'bad_json'], ['/%7et/%5f_admin/state?secrets=true', 'bad_query']];
    await forEachRow(large, async ([path, code]) => {
      assertError(await stack.ask('PUT', path, { body }), 400, code);
    });
    const small = ['/__admin/reset', '/__admin/states', '/~t/__admin/reset', '/~t/pools', '/~t/x/__admin/state', '/pools'];
    await forEachRow(small, async (path) => {
      assert.equal((await stack.ask('PUT', path, { body })).status, 413);
    });
  });
}

const FAULTS = 'include pool-manager-mock/faults.conf;';
const CAN_CLOSE = [
  ['without faults.conf', PLAIN, undefined],
  ['with faults.conf at the end', ownServer(server(LOCATION + FAULTS)), '1'],
  ['with faults.conf at the beginning', ownServer(server(FAULTS + LOCATION)), '1'],
];
for (const [name, configure, told] of CAN_CLOSE) {
  stackCase(`the server passes whether it can close connections: ${name}`, async (world) => {
    const stack = await Stack.start(world, { configure, options: ['--pod-url', 'path'] });
    await stack.claim('default-pool', 'w');
    const headers = { 'pool-manager-faults': 'yes' };
    const echo = await stack.ask('GET', '/_pod/mock-pod-1/8080/_echo', { headers });
    assert.equal(echo.json.cgi.POOL_MANAGER_FAULTS, told);
    const outside = await stack.request('GET', '/__pool-manager-mock-fault/close');
    assert.equal(outside.status, told ? 404 : 200, 'the location is the server\'s own');
  });
}

stackCase('a large state without a worker is a 502, not a second 413', async (world) => {
  const stack = await Stack.start(world, { configure: WITH_ERRORS });
  await stack.worker.kill();
  const body = Buffer.alloc(1024 * 1024 + 1, ' ');
  assertError(await stack.ask('PUT', '/__admin/state', { body }), 502, 'bad_gateway');
});

stackCase('a parameter after the include counts, and no client can set one', async (world) => {
  const inside = server(`
        location ^~ /public/ {
            include pool-manager-mock/pass.conf;
            fastcgi_param POOL_MANAGER_MOUNT /wrong;
            fastcgi_param POOL_MANAGER_MOUNT /public;
            fastcgi_param POOL_MANAGER_PUBLIC_URL https://mocks.example/pools/;
            fastcgi_param HTTP_X_MOCK_TENANT one;
            fastcgi_param HTTP_X_FORWARDED_HOST $http_x_forwarded_host;
            fastcgi_pass pool_manager_mock;
        }
        location ^~ /posted/ {
            include pool-manager-mock/pass.conf;
            fastcgi_param REQUEST_METHOD POST;
            fastcgi_param REQUEST_URI ${BASE}/pools;
            fastcgi_pass pool_manager_mock;
        }
        ${LOCATION}`);
  const stack = await Stack.start(world, { configure: ownServer(inside), options: ['--pod-url', 'path'] });
  const headers = {
    'Pool-Manager-Public-Url': 'https://evil.example', 'Pool-Manager-Mount': '/evil', 'Request-Uri': '/evil',
    'X-Mock-Tenant': 'evil', 'X-Forwarded-Host': 'proxy.example',
  };
  const claimed = await stack.request('GET', `/public${claimPath('default-pool', 'w')}`, { headers });
  assert.equal(assertSuccess(claimed).workspace.url, 'https://mocks.example/pools/~one/_pod/mock-pod-1--one');
  const echo = await stack.request('GET', '/public/_pod/mock-pod-1--one/8080/_echo', { headers });
  assert.equal(echo.json.forwarded.host, 'proxy.example');
  assert.equal(echo.json.cgi.POOL_MANAGER_PUBLIC_URL, 'https://mocks.example/pools/');
  const plain = await stack.ask('GET', claimPath('default-pool', 'w'), { headers: { ...headers, 'X-Mock-Tenant': 'mine' } });
  assert.match(assertSuccess(plain).workspace.url, /^http:\/\/127\.0\.0\.1:\d+\/api\/mock\/pool-manager\/~mine\//);
  const made = await stack.request('GET', '/posted/x', { body: JSON.stringify({ name: 'by-post' }) });
  assert.equal(assertSuccess(made, 201).pool.name, 'by-post');
});

// The commands and lines of the chapter "Another place", with this case's folders instead of the checkout's and nginx's.
async function anotherPlace(directory) {
  const document = await readFile(sourceFile('docs', 'nginx.md'), 'utf8');
  const chapter = /\n## Another place\n[^]*?(?=\n## )/.exec(document)[0];
  const [, commands] = /```sh\n([^]*?)```/.exec(chapter);
  const [, lines] = /```nginx\n([^]*?)```/.exec(chapter);
  await run('/bin/sh', ['-euc', commands.replaceAll('/etc/nginx', directory).replaceAll('nginx/$', `${sourceFile('nginx')}/$`)]);
  return lines;
}

stackCase('another mount works as docs/nginx.md describes, with its fence and without a slash at its end', async (world) => {
  const configure = async (directory, listen, socketPath) => {
    await mkdir(directory, { recursive: true });
    const inside = `${await anotherPlace(directory)} include pool-manager-mock/errors.conf; include pool-manager-mock/live.conf;`;
    await ownServer(server(inside))(directory, listen, socketPath);
  };
  const stack = await Stack.start(world, { configure, options: ['--pod-url', 'path'] });
  const ask = (method, path, options) => stack.request(method, `/mocks/pools${path}`, options);
  const { workspace } = assertSuccess(await ask('GET', claimPath('default-pool', 'w')));
  assert.equal(workspace.url, `http://${stack.host}:${stack.port}/mocks/pools/_pod/mock-pod-1`);
  assert.equal(assertSuccess(await ask('GET', '/pools/a%2Fb.php/status')).pool_name, 'a/b.php');
  assertError(await ask('POST', '', { json: {} }), 405, 'method_not_allowed'); // and no redirect
  assertSuccess(await ask('POST', '/__admin/reset'));
  if (HAS_WEBSOCKETS) {
    const socket = await WebSocketClient.open(stack, '', { target: '/mocks/pools/__admin/events' });
    assert.equal((await socket.messages(1))[0].type, 'stream.open');
  }
  const elsewhere = { agent: false, localAddress: '127.0.0.2' };
  for (const path of ['/__admin/reset', '/~t/__admin/reset', '/__admin', '/%5f_admin/reset']) {
    assertError(await ask('POST', path, elsewhere), 403, 'forbidden');
  }
  const body = Buffer.alloc(1024 * 1024 + 1, ' ');
  assertError(await ask('PUT', '/__admin/state', { body }), 400, 'bad_json');
  assertError(await ask('PUT', '/pools/x', { body }), 413, 'body_too_large');
  assert.equal((await stack.request('GET', `${BASE}/pools/default-pool/status`)).text, 'own site');
});
