// SPDX-License-Identifier: MIT
//
// The recipes of docs/routing.md with one worker: what `_echo` shows, and what the state is afterwards.

import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import http2 from 'node:http2';
import { join } from 'node:path';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { forEachRow, testCase, within, PATIENCE_MS } from '../lib/case.mjs';
import { recipeText, startRecipe, usedPods } from '../lib/recipe.mjs';
import { run, sourceFile, stackCase } from '../lib/stack.mjs';
import { OPENSSL_IS_MISSING } from '../lib/tls.mjs';
import { OPCODE, socketCase, WebSocketClient } from '../lib/web_socket.mjs';
import { BASE } from '../lib/worker.mjs';

const PATHS = { options: ['--pod-url', 'path'] };
const ELSEWHERE = { agent: false, localAddress: '127.0.0.2' };
const CLAIM = claimPath('default-pool', 'w');

// Claims a pod at a base path. Returns the pod.
async function claimAt(stack, base, options) {
  return assertSuccess(await stack.request('GET', base + CLAIM, options)).workspace;
}

// Asserts that a pod's URL leads to the pod, and returns what `_echo` shows there.
async function echoAt(stack, url, options) {
  const { host, pathname } = new URL(url);
  assert.equal(host, `${stack.host}:${stack.port}`);
  const answer = await stack.request('GET', `${pathname}/8080/_echo/a%2Fb`, options);
  const echo = assertSuccess(answer);
  assert.equal(echo.path, '/_echo/a%2Fb');
  return echo;
}

const withoutBlanks = (text) => text.split('\n').map((line) => line.trim()).filter(Boolean).join('\n');

testCase('docs/routing.md shows lines of each recipe, as they are in the file that it named last', async () => {
  const document = await readFile(sourceFile('docs', 'routing.md'), 'utf8');
  const files = await readdir(sourceFile('tests', 'stack', 'routing'));
  const shown = new Set();
  let file;
  for (const [, name, block] of document.matchAll(/`([a-z-]+\.conf)`|```nginx\n([^]*?)```/g)) {
    if (files.includes(name)) file = name;
    if (block === undefined) continue;
    const recipe = withoutBlanks(await recipeText(file));
    assert.ok(recipe.includes(withoutBlanks(block)), `${file} does not have these lines:\n${block}`);
    shown.add(file);
  }
  assert.deepEqual([...shown].sort(), files.sort());
});

for (const [name, mount, apiBase] of [['prefix', '/mocks/pools', '/mocks/pools'], ['root', '/', '']]) {
  stackCase(`${name}: the API is at ${mount}, with its fence, and the addresses of pods lead there`, async (world) => {
    const stack = await startRecipe(world, name, PATHS);
    const pod = await claimAt(stack, apiBase);
    assert.equal(pod.url, `http://${stack.host}:${stack.port}${apiBase}/_pod/mock-pod-1`);
    const echo = await echoAt(stack, pod.url);
    assert.equal(echo.cgi.POOL_MANAGER_MOUNT, mount);
    assert.equal(echo.cgi.REQUEST_URI, `${apiBase}/_pod/mock-pod-1/8080/_echo/a%2Fb`);
    const status = assertSuccess(await stack.request('GET', apiBase + statusPath('a/b')));
    assert.equal(status.pool_name, 'a/b');
    assertError(await stack.request('POST', apiBase || '/', { json: {} }), 405, 'method_not_allowed'); // and no redirect
    for (const path of ['/__admin/reset', '/~t/__admin/reset', '/%5f_admin/reset', '/__admin']) {
      assertError(await stack.request('POST', apiBase + path, ELSEWHERE), 403, 'forbidden');
    }
    assert.equal(await usedPods(stack.worker), 1);
    assertSuccess(await stack.request('POST', `${apiBase}/__admin/reset`));
    assert.equal(await usedPods(stack.worker), 0);
  });
}

stackCase('proxy-strips: the prefix that the proxy removes is in the addresses of pods', async (world) => {
  const stack = await startRecipe(world, 'proxy-strips', { options: ['--pod-url', 'path', '--trust-forwarded'] });
  const forged = { headers: { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Prefix': '/evil' } };
  const pod = await claimAt(stack, `/staging${BASE}`, forged);
  assert.equal(pod.url, `http://${stack.host}:${stack.port}/staging${BASE}/_pod/mock-pod-1`);
  const echo = await echoAt(stack, pod.url, forged);
  assert.equal(echo.cgi.REQUEST_URI, `${BASE}/_pod/mock-pod-1/8080/_echo/a%2Fb`);
  assert.equal(echo.forwarded.prefix, '/staging');
  assert.equal(echo.forwarded.host, `${stack.host}:${stack.port}`);
  assert.equal(await usedPods(stack.worker), 1);
});

stackCase('proxy-replaces: the public URL of the location is in the addresses of pods', async (world) => {
  const stack = await startRecipe(world, 'proxy-replaces', PATHS);
  const pod = await claimAt(stack, '/pools');
  assert.equal(pod.url, `http://${stack.host}:${stack.port}/pools/_pod/mock-pod-1`);
  const { pathname } = new URL(pod.url);
  const echo = assertSuccess(await stack.request('GET', `${pathname}/8080/_echo/a%2Fb`));
  assert.equal(echo.cgi.POOL_MANAGER_PUBLIC_URL, `http://${stack.host}:${stack.port}/pools`);
  assert.equal(echo.cgi.REQUEST_URI, `${BASE}/_pod/mock-pod-1/8080/_echo/a/b`); // proxy_pass with a path decodes it
  assert.equal(await usedPods(stack.worker), 1);
});

// Claims with a host name, and with a header that no client may choose a tenant by here.
function claimByHost(stack, host) {
  return claimAt(stack, BASE, { headers: { host, 'X-Mock-Tenant': 'evil' } });
}

stackCase('host-tenant: the host selects the tenant, and a client\'s header does not', async (world) => {
  const stack = await startRecipe(world, 'host-tenant', PATHS);
  assert.match((await claimByHost(stack, 'a.mock.localhost')).url, /\/~a\/_pod\/mock-pod-1--a$/);
  assert.match((await claimByHost(stack, 'B.mock.localhost')).url, /\/~b\/_pod\/mock-pod-1--b$/);
  assert.match((await claimByHost(stack, 'a.mock.localhost')).url, /mock-pod-2--a$/);
  assert.match((await claimByHost(stack, 'mock.localhost')).url, /pool-manager\/_pod\/mock-pod-1$/);
  const byPath = await claimAt(stack, `${BASE}/~c`, { headers: { host: 'a.mock.localhost' } });
  assert.equal(byPath.subdomain, 'mock-pod-1--c', 'a tenant in the path wins');
  const headers = { host: 'a.mock.localhost', 'X-Mock-Tenant': 'evil' };
  const echo = assertSuccess(await stack.ask('GET', '/_pod/mock-pod-1--a/8080/_echo', { headers }));
  assert.equal(echo.cgi.HTTP_X_MOCK_TENANT, 'a');
  assert.deepEqual(await Promise.all(['', '/~a', '/~b', '/~evil'].map((prefix) => usedPods(stack.worker, prefix))), [1, 2, 1, 0]);
});

stackCase('tenant-rewrite: a rewrite to ~tenant silently uses the default tenant', async (world) => {
  const stack = await startRecipe(world, 'tenant-rewrite', PATHS);
  const pod = await claimAt(stack, BASE, { headers: { host: 'a.mock.localhost' } });
  assert.match(pod.url, /pool-manager\/_pod\/mock-pod-1$/);
  const headers = { host: 'a.mock.localhost' };
  const echo = assertSuccess(await stack.ask('GET', '/_pod/mock-pod-1/8080/_echo', { headers }));
  assert.equal(echo.cgi.REQUEST_URI, `${BASE}/_pod/mock-pod-1/8080/_echo`); // nginx's rewrite does not change it
  assert.deepEqual([await usedPods(stack.worker), await usedPods(stack.worker, '/~a')], [1, 0]);
});

function makeCertificate(directory) {
  const folder = join(directory, 'pool-manager-mock');
  return run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=mock', '-addext',
    'subjectAltName=DNS:localhost,DNS:*.pods.localhost', '-keyout', join(folder, 'pods.key'), '-out', join(folder, 'pods.crt')]);
}

// Sends a GET over HTTP/2. Returns {status, json}.
async function getHttp2(world, { port, ca, servername }, path) {
  const authority = `${servername}:${port}`;
  const session = http2.connect(`https://127.0.0.1:${port}`, { ca, servername });
  world.atEnd(() => session.destroy());
  const answered = new Promise((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request({ ':path': path, ':authority': authority });
    let [status, text] = [0, ''];
    stream.setEncoding('utf8').on('response', (headers) => (status = headers[':status'])).on('data', (piece) => (text += piece));
    stream.on('error', reject).on('end', () => resolve({ status, json: JSON.parse(text) }));
  });
  return within(PATIENCE_MS, `an answer to ${path} by HTTP/2`, answered);
}

stackCase('tls-pods: each pod has an https host of its own, with HTTP/2', async (world) => {
  const stack = await startRecipe(world, 'tls-pods', { options: ['--pod-url', 'host'], prepare: makeCertificate });
  const ca = await readFile(join(stack.nginx.directory, 'pool-manager-mock', 'pods.crt'));
  const { port } = stack;
  const claimed = await getHttp2(world, { port, ca, servername: 'localhost' }, BASE + CLAIM);
  assert.equal(claimed.status, 200);
  const { url, portMappings } = claimed.json.workspace;
  assert.equal(url, `https://mock-pod-1.pods.localhost:${port}`);
  const control = new URL(portMappings['15552']);
  const { status, json: echo } = await getHttp2(world, { port, ca, servername: control.hostname }, '/_echo/x');
  assert.equal(status, 200);
  assert.deepEqual([echo.podId, echo.port, echo.claimedBy], ['pod-pool-1-1', 15552, 'w']);
  assert.deepEqual([echo.cgi.HTTPS, echo.cgi.SERVER_PROTOCOL], ['on', 'HTTP/2.0']);
  const whole = await getHttp2(world, { port, ca, servername: new URL(url).hostname }, '/_echo');
  assert.equal(whole.json.port, null);
  const api = await getHttp2(world, { port, ca, servername: control.hostname }, `${BASE}/__admin/health`);
  assert.equal(api.status, 404);
  assert.equal(await usedPods(stack.worker), 1);
}, { skip: OPENSSL_IS_MISSING });

stackCase('auth-request: a token of the mock opens another application', async (world) => {
  const stack = await startRecipe(world, 'auth-request', { options: ['--require-auth'] });
  const login = await stack.ask('POST', '/auth/login', { json: { username: 'anna', password: 'any' } });
  const { token } = assertSuccess(login);
  const visit = (authorization, method = 'GET') => {
    return stack.request(method, '/app/', { headers: authorization ? { authorization } : {}, body: method === 'POST' ? '{}' : undefined });
  };
  assertError(await visit(), 401, 'unauthorized');
  assertError(await visit('Bearer wrong'), 401, 'unauthorized');
  for (const method of ['GET', 'POST']) {
    const answer = await visit(`Bearer ${token}`, method);
    assert.deepEqual([answer.status, answer.text], [200, 'the application\n']);
  }
  assert.equal((await stack.request('GET', '/_token')).status, 404);
  const { requests } = assertSuccess(await stack.ask('GET', '/__admin/requests', { headers: { authorization: `Bearer ${token}` } }));
  const checks = requests.filter(({ path }) => path === `${BASE}/pools`);
  assert.deepEqual(checks.map(({ method, status }) => [method, status]), [['GET', 401], ['GET', 401], ['GET', 200], ['GET', 200]]);
});

stackCase('limit: too many requests are answered 429 in JSON that web pages can read, and do not reach the worker', async (world) => {
  const stack = await startRecipe(world, 'limit');
  for (let n = 1; n <= 3; n++) await claimAt(stack, BASE);
  const limited = await stack.ask('GET', CLAIM, { headers: { origin: 'http://app.example' } });
  assertError(limited, 429, 'too_many_requests');
  assert.equal(limited.headers['access-control-allow-origin'], '*');
  assert.equal(limited.headers['access-control-expose-headers'], 'Retry-After');
  assert.equal(limited.headers['retry-after'], '60');
  const headers = { origin: 'http://app.example', 'access-control-request-method': 'GET' };
  assert.equal((await stack.ask('OPTIONS', '/pools', { headers })).status, 204, 'preflights are not limited');
  const echo = assertSuccess(await stack.ask('GET', '/_pod/mock-pod-1/8080/_echo', ELSEWHERE));
  assert.equal(echo.forwarded.for, '127.0.0.2', 'another client has a limit of its own');
  assert.equal(await usedPods(stack.worker), 3);
});

stackCase('rewrite: a rewrite is refused with a reason, the mount works, and so does try_files', async (world) => {
  const prepare = async (directory) => {
    await mkdir(join(directory, 'site', 'files'), { recursive: true });
    await writeFile(join(directory, 'site', 'files', 'a.txt'), 'a file');
  };
  const stack = await startRecipe(world, 'rewrite', { ...PATHS, prepare });
  assertError(await stack.request('GET', `/old${CLAIM}`), 404, 'outside_mount');
  assert.equal(await usedPods(stack.worker), 0);
  for (const [n, base] of [[1, '/new'], [2, '/files']]) {
    const pod = await claimAt(stack, base);
    assert.equal(pod.url, `http://${stack.host}:${stack.port}${base}/_pod/mock-pod-${n}`);
    assert.equal((await echoAt(stack, pod.url)).cgi.POOL_MANAGER_MOUNT, base);
    assert.equal(assertSuccess(await stack.request('GET', base + statusPath('a/b'))).pool_name, 'a/b');
  }
  assert.equal((await stack.request('GET', '/files/a.txt')).text, 'a file');
  assert.equal(await usedPods(stack.worker), 2);
});

stackCase('cache: what saves a claim from a cache, and what does not', async (world) => {
  const stack = await startRecipe(world, 'cache', PATHS);
  const claimTwice = async (base) => {
    const before = await usedPods(stack.worker);
    const ids = [];
    for (let n = 0; n < 2; n++) ids.push((await claimAt(stack, base)).id);
    return [new Set(ids).size, (await usedPods(stack.worker)) - before];
  };
  const rows = [[BASE, 2], ['/saved', 2], ['/wrong', 1], ['/sliced', 2]];
  await forEachRow(rows, async ([base, pods]) => assert.deepEqual(await claimTwice(base), [pods, pods]));
  const used = await usedPods(stack.worker);
  assert.equal((await stack.request('HEAD', `/head-cured${CLAIM}`)).status, 200);
  assert.equal(await usedPods(stack.worker), used, 'HEAD claims nothing');
  assert.equal((await stack.request('HEAD', `/head${CLAIM}`)).status, 200);
  assert.equal(await usedPods(stack.worker), used + 1, 'a cache made a GET of it');
  const ranged = await stack.request('GET', '/sliced/_pod/mock-pod-1/8080/_echo', { headers: { range: 'bytes=0-9' } });
  assert.equal(ranged.json.headers.range, 'bytes=0-99');
});

socketCase('websocket: a proxy that passes the handshake on relays the messages', async (world) => {
  const stack = await startRecipe(world, 'websocket', PATHS);
  await claimAt(stack, BASE);
  const events = await WebSocketClient.open(stack, '/__admin/events');
  const echo = await WebSocketClient.open(stack, '/_pod/mock-pod-1/8080/_echo');
  echo.send(OPCODE.TEXT, 'hello');
  assert.equal((await echo.next()).payload.toString(), 'hello');
  await claimAt(stack, BASE);
  assert.equal((await events.messages(2))[1].workspaceId, 'w');
  assert.equal(await usedPods(stack.worker), 2);
});
