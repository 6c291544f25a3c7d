// SPDX-License-Identifier: MIT
//
// The addresses of pods: --pod-url, --pod-port-url, --public-url, --trust-forwarded, and what a request tells of the
// front end.

import assert from 'node:assert/strict';

import { assertSuccess } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { assertPortUrls } from '../lib/pods.mjs';
import { ownServer, Stack, stackCase } from '../lib/stack.mjs';
import { BASE, runWorker } from '../lib/worker.mjs';

const NOWHERE = 'https://mock-pod-1.mock.sphinx.chat';

// The pod as GET workspaces/mock-pod-1 shows it.
async function urlOf(stack, headers = {}, base = BASE) {
  const pod = assertSuccess(await stack.request('GET', `${base}/workspaces/mock-pod-1`, { headers })).workspace;
  assertPortUrls(pod);
  return pod.url;
}

async function urlFromFrontEnd(stack, params) {
  const { workspace } = assertSuccess(await stack.worker.ask('GET', '/workspaces/mock-pod-1', { params }));
  assertPortUrls(workspace);
  return workspace.url;
}

stackCase('every answer shows the same addresses', async (world) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path'] });
  const url = `http://${stack.host}:${stack.port}${BASE}/_pod/mock-pod-1`;
  const claimed = await stack.claim('default-pool', 'w');
  const shown = async (method, path, json) => assertSuccess(await stack.ask(method, path, { json }));
  const urls = [
    claimed.url,
    (await shown('GET', '/pools/default-pool/status')).workspaces[0].url,
    (await shown('GET', '/pools/default-pool/workspaces')).workspaces[0].url,
    (await shown('GET', '/pools/default-pool/workspaces?limit=1')).workspaces[0].url,
    (await shown('GET', '/workspaces/mock-pod-1')).url,
    (await shown('POST', '/workspaces/mock-pod-1/update', { repositories: [] })).workspace.url,
    (await shown('POST', '/workspaces/mock-pod-1/mark-used')).url,
    (await shown('POST', '/workspaces/mock-pod-1/release')).workspace.url,
  ];
  assert.deepEqual(new Set(urls), new Set([url]));
  assert.deepEqual(claimed.portMappings, { 3000: `${url}/3000`, 15551: `${url}/15551`, 15552: `${url}/15552` });
});

stackCase('a long list shows the same addresses in its first and last piece', async (world) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path', '--log-level', 'error'] });
  await stack.worker.fill('long', 500);
  const { workspaces } = assertSuccess(await stack.ask('GET', '/pools/long/workspaces'));
  assert.equal(workspaces.length, 500);
  for (const pod of workspaces) {
    assertPortUrls(pod);
    assert.equal(pod.url, `http://${stack.host}:${stack.port}${BASE}/_pod/${pod.subdomain}`);
  }
});

stackCase('the addresses begin with the front end\'s address as the request has it', async (world) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path'] });
  const rows = [
    ['example.test:8123', 'http://example.test:8123'], ['example.test', 'http://example.test'],
    ['127.0.0.1:80', 'http://127.0.0.1:80'], ['[::1]:8080', 'http://[::1]:8080'],
    // Values that are not valid in a URL, or would hide the port: the addresses are then useless.
    ['a<b', null], ['x"y', null], ['x:15552', null], ['15551.example', null], ['a\\b', null],
  ];
  await forEachRow(rows, async ([host, front]) => {
    const expected = front === null ? NOWHERE : `${front}${BASE}/_pod/mock-pod-1`;
    assert.equal(await urlOf(stack, { host }), expected);
  });
  const https = await urlFromFrontEnd(stack, { REQUEST_SCHEME: 'https', HTTP_HOST: 'x.example' });
  assert.equal(https, `https://x.example${BASE}/_pod/mock-pod-1`);
  const oldHttps = await urlFromFrontEnd(stack, { HTTPS: 'on', HTTP_HOST: 'x.example' });
  assert.equal(oldHttps, `https://x.example${BASE}/_pod/mock-pod-1`);
  const nameless = await urlFromFrontEnd(stack, { SERVER_NAME: 'y.example', SERVER_PORT: '81' });
  assert.equal(nameless, `http://y.example:81${BASE}/_pod/mock-pod-1`);
});

stackCase('--public-url sets {base}, whatever the request says', async (world) => {
  const rows = [
    ['path', 'https://pools.example.org:8443/mock', 'https://pools.example.org:8443/mock/_pod/mock-pod-1'],
    ['path', 'http://x.example/', 'http://x.example/_pod/mock-pod-1'],
    ['host', 'https://x.example:8443/mock', 'https://mock-pod-1.pods.localhost:8443'],
    ['host', 'https://x.example/mock', 'https://mock-pod-1.pods.localhost'],
    ['host', 'http://[::1]:8080/mock', 'http://mock-pod-1.pods.localhost:8080'],
    ['mock', 'https://x.example/mock', NOWHERE],
  ];
  const stack = await Stack.start(world);
  await forEachRow(rows, async ([form, publicUrl, expected]) => {
    await stack.worker.stop();
    stack.settings = { options: ['--pod-url', form, '--public-url', publicUrl] };
    await stack.startWorkerAnew();
    assert.equal(await urlOf(stack, { host: 'other.example', 'x-forwarded-host': 'evil' }), expected);
  });
});

stackCase('templates may be any other URLs', async (world) => {
  const rows = [
    ['https://{pod}.example.org', 'https://{pod}.example.org/p/{port}/', (p) => `https://mock-pod-1.example.org/p/${p}/`],
    ['{base}/pods/{pod}', '{scheme}://p{port}.{pod}.test{front}/x', (p, front) => `http://p${p}.mock-pod-1.test:${front}/x`],
    ['mock', 'http://127.0.0.1:9/{pod}/{port}', (p) => `http://127.0.0.1:9/mock-pod-1/${p}`],
  ];
  const stack = await Stack.start(world);
  await forEachRow(rows, async ([podUrl, podPortUrl, expected]) => {
    await stack.worker.stop();
    stack.settings = { options: ['--pod-url', podUrl, '--pod-port-url', podPortUrl] };
    await stack.startWorkerAnew();
    const pod = assertSuccess(await stack.ask('GET', '/workspaces/mock-pod-1')).workspace;
    assertPortUrls(pod);
    for (const port of [3000, 15551, 15552]) assert.equal(pod.portMappings[port], expected(port, stack.port));
  });
});

stackCase('a template or URL that cannot be used is refused at the start', async (world) => {
  const rows = [
    [['--pod-url', 'nowhere'], /--pod-port-url/], [['--pod-url', 'http://{pod}'], /--pod-port-url/],
    [['--pod-port-url', 'http://{pod}'], /\{port\} exactly once/], [['--pod-port-url', 'http://{pod}/{port}/{port}'], /\{port\} exactly once/],
    [['--pod-url', 'http://{pod}:{port}', '--pod-port-url', 'http://{pod}:{port}'], /--pod-url: the template must not contain \{port\}; use --pod-port-url/],
    [['--pod-url', 'http://{nope}', '--pod-port-url', 'http://{pod}/{port}'], /--pod-url: \{nope\} is not known; use \{pod\}, \{base\}, \{scheme\}, \{front\}/],
    [['--pod-port-url', 'http://{pod}/15552/{port}'], /15551 or 15552/], [['--pod-port-url', 'http://{pod}/"/{port}'], /quotes/],
    [['--public-url', 'x.example'], /--public-url/], [['--public-url', 'http://'], /--public-url/],
    [['--public-url', 'http://x.example:15552'], /--public-url/], [['--vocabulary', 'other'], /--vocabulary/],
  ];
  await forEachRow(rows, async ([options, sentence]) => {
    const { code, stderr } = await runWorker(['--listen', `unix:${world.path('none.sock')}`, ...options]);
    assert.equal(code, 64, stderr);
    assert.match(stderr, sentence);
    assert.equal(stderr.trim().split('\n').length, 1, 'one line');
  });
});

const FORWARDED = {
  HTTP_HOST: 'inner:8080',
  REQUEST_SCHEME: 'http',
  HTTP_X_FORWARDED_PROTO: 'https',
  HTTP_X_FORWARDED_HOST: 'outer.example , inner.example',
  HTTP_X_FORWARDED_PREFIX: '/outer',
};

stackCase('X-Forwarded-* counts with --trust-forwarded only', async (world) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path'] });
  assert.equal(await urlFromFrontEnd(stack, FORWARDED), `http://inner:8080${BASE}/_pod/mock-pod-1`);
  await stack.worker.stop();
  stack.settings = { options: ['--pod-url', 'path', '--trust-forwarded'] };
  await stack.startWorkerAnew();
  assert.equal(await urlFromFrontEnd(stack, FORWARDED), `https://outer.example/outer${BASE}/_pod/mock-pod-1`);
  const { HTTP_X_FORWARDED_PROTO: _, ...hostOnly } = FORWARDED;
  assert.equal(await urlFromFrontEnd(stack, hostOnly), `http://outer.example/outer${BASE}/_pod/mock-pod-1`);
  const bad = { ...FORWARDED, HTTP_X_FORWARDED_HOST: 'evil"onload' };
  assert.equal(await urlFromFrontEnd(stack, bad), NOWHERE);
});

const EVIL = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example', 'x-forwarded-prefix': '/evil', 'x_forwarded_host': 'evil.example' };

stackCase('our nginx files overwrite a client\'s X-Forwarded-*, trusted or not', async (world) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path', '--trust-forwarded'] });
  assert.equal(await urlOf(stack, EVIL), `http://${stack.host}:${stack.port}${BASE}/_pod/mock-pod-1`);
});

const OTHER_MOUNT = ownServer(`
    include pool-manager-mock/upstream.conf;
    server {
        listen @LISTEN@;
        location ^~ /mocks/pools/ {
            include pool-manager-mock/pass.conf;
            fastcgi_param POOL_MANAGER_MOUNT /mocks/pools;
            fastcgi_pass pool_manager_mock;
        }
    }
`);

stackCase('the addresses contain another mount', async (world) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path'], configure: OTHER_MOUNT });
  const front = `http://${stack.host}:${stack.port}`;
  assert.equal(await urlOf(stack, EVIL, '/mocks/pools'), `${front}/mocks/pools/_pod/mock-pod-1`);
  assertSuccess(await stack.request('GET', '/mocks/pools/pools/default-pool/workspace'));
  assert.equal((await stack.request('GET', '/mocks/pools/_pod/mock-pod-1/15552/jlist')).status, 200);
});
