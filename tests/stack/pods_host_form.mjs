// SPDX-License-Identifier: MIT
//
// Pods at their own hosts, which nginx/pods.conf parses: {pod}-{port}.pods.localhost, and the default template's
// {pod}.mock.sphinx.chat:{port}. Node does not resolve such hosts, so the clients here do.

import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { claimPod, goTheWholeWay, hostClient, lookupClient } from '../lib/pod_client.mjs';
import { ownServer, Stack, stackCase } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

async function start(world, options = ['--pod-url', 'host']) {
  const stack = await Stack.start(world, { options });
  stack.base = `http://${stack.host}:${stack.port}${BASE}`;
  return stack;
}

stackCase('the client\'s whole flow works', async (world) => {
  const stack = await start(world);
  const client = lookupClient(world, 'pods.localhost');
  await goTheWholeWay(client, stack.base);
  const { pod } = await claimPod(client, stack.base);
  assert.equal(pod.url, `http://${pod.subdomain}.pods.localhost:${stack.port}`);
  assert.equal(pod.portMappings['15552'], `http://${pod.subdomain}-15552.pods.localhost:${stack.port}`);
});

stackCase('the flow works with the default template\'s hosts, if they resolve to nginx', async (world) => {
  const stack = await start(world, []);
  const client = hostClient(world, stack.port);
  await goTheWholeWay(client, stack.base);
  const { pod } = await claimPod(client, stack.base);
  assert.equal(pod.portMappings['15552'], `https://${pod.subdomain}.mock.sphinx.chat:15552`);
});

stackCase('a host is a pod\'s only if its name is exactly a pod\'s', async (world) => {
  const stack = await start(world);
  await claimPod(lookupClient(world, 'pods.localhost'), stack.base);
  const port = (answer) => assertSuccess(answer).port;
  const rows = [
    ['mock-pod-1-3000.pods.localhost', 3000], ['mock-pod-1-15552.pods.localhost:8080', 15552],
    ['MOCK-POD-1-8080.Pods.Localhost', 8080], ['mock-pod-1-65535.pods.localhost.', 65535],
    ['mock-pod-1.pods.localhost', null], ['mock-pod-1.mock.sphinx.chat', null],
    ['mock-pod-1.mock.sphinx.chat:15551', 15551], ['mock-pod-1.mock.sphinx.chat:1', 1],
    ['mock-pod-1-0.pods.localhost', 404], ['mock-pod-1-65536.pods.localhost', 404], ['mock-pod-1-03000.pods.localhost', 404],
    ['mock-pod-1-99999999999999999999.pods.localhost', 404], ['mock-pod-1.mock.sphinx.chat:0', 404],
    ['mock-pod-9-3000.pods.localhost', 404], ['mock-pod-2-3000.pods.localhost', 3000], ['mock-pod-01-3000.pods.localhost', 404],
    ['mock-pod-1-.pods.localhost', 404], ['mock-pod-1-x.pods.localhost', 404], ['mock-pod-.pods.localhost', 404],
    ['pod-pool-1-1.pods.localhost', 404], ['x.mock-pod-1.pods.localhost', 404], ['mock-pod-1.pods.localhost.example.org', 404],
    ['mock-pod-1.pods.localhost@x', 404], ['pods.localhost', 404], ['mock-pod-1-3000.podsxlocalhost', 404],
  ];
  await forEachRow(rows, async ([host, expected]) => {
    const answer = await stack.request('GET', '/_echo', { headers: { host } });
    if (expected === 404) assert.ok([400, 404].includes(answer.status), `${answer.status}: ${answer.text.slice(0, 300)}`);
    else assert.equal(port(answer), expected);
  });
});

stackCase('a pod\'s host serves nothing of the API, and the API\'s host nothing of a pod', async (world) => {
  const stack = await start(world);
  await claimPod(lookupClient(world, 'pods.localhost'), stack.base);
  const hosts = ['mock-pod-1.pods.localhost', 'mock-pod-1-15552.pods.localhost', 'mock-pod-1.mock.sphinx.chat:15552'];
  const paths = ['/__admin/health', '/__admin/reset', '/pools', '/_pod/mock-pod-1/15552/jlist'];
  await forEachRow(hosts, async (host) => {
    for (const path of paths) {
      for (const method of ['GET', 'POST']) {
        for (const prefix of ['', BASE]) {
          assertError(await stack.request(method, prefix + path, { headers: { host } }), 404, 'not_found');
        }
      }
    }
  });
  const headers = { 'pool-manager-pod': 'mock-pod-1', 'pool_manager_pod': 'mock-pod-1', 'pool-manager-pod-port': '15552' };
  assertError(await stack.request('GET', '/jlist', { headers }), 404, 'not_found');
  assertError(await stack.ask('GET', '/jlist', { headers }), 404, 'not_found');
  await stack.assertPool('default-pool', { total: 5, used: 1 });
});

stackCase('_echo shows the raw path and the headers of the host', async (world) => {
  const stack = await start(world);
  await claimPod(lookupClient(world, 'pods.localhost'), stack.base);
  const headers = { host: `mock-pod-1-8080.pods.localhost:${stack.port}`, 'x-forwarded-host': 'evil', 'x-forwarded-for': '9.9.9.9' };
  await forEachRow(['POST', 'GET', 'DELETE'], async (method) => {
    const target = '/_echo/a%2Fb//%C3%BC/../x?token=SECRET-token&q=1';
    const value = assertSuccess(await stack.request(method, target, { headers }));
    assert.deepEqual([value.method, value.port, value.path], [method, 8080, '/_echo/a%2Fb//%C3%BC/../x']);
    assert.match(value.query, /^token=SE\*+en&q=1$/);
    assert.deepEqual(value.forwarded, { proto: 'http', host: headers.host, prefix: null, for: stack.host });
    assert.deepEqual([value.cgi.POOL_MANAGER_POD, value.cgi.POOL_MANAGER_POD_PORT], ['mock-pod-1', '8080']);
  });
});

stackCase('the API\'s limits apply at a pod\'s host, and nginx\'s own errors are JSON', async (world) => {
  const stack = await start(world);
  await claimPod(lookupClient(world, 'pods.localhost'), stack.base);
  const headers = { host: 'mock-pod-1-15552.pods.localhost', authorization: 'Bearer mock-password' };
  const ask = (method, target, options) => stack.request(method, target, { headers, ...options });
  assertError(await ask('GET', `/${'x'.repeat(8000)}`), 414, 'path_too_long');
  assertError(await ask('GET', `/${'x'.repeat(20000)}`), 414, 'path_too_long');
  assertError(await ask('PUT', '/latest', { body: 'x'.repeat(1024 * 1024 + 1) }), 413, 'body_too_large');
  assertError(await ask('PUT', '/latest', { body: '{' }), 400, 'bad_json');
  await stack.worker.stop();
  const gone = await ask('GET', '/jlist');
  assertError(gone, 502, 'bad_gateway');
  assert.equal(gone.headers['retry-after'], '1');
});

// nginx sends an unknown host to the first server of the address, which here is one of pods.conf.
const PODS_FIRST = ownServer(`
    include pool-manager-mock/upstream.conf;
    include pool-manager-mock/pods.conf;
    server {
        listen @LISTEN@;
        server_name own;
        include pool-manager-mock/location.conf;
        include pool-manager-mock/admin-fence.conf;
        include pool-manager-mock/errors.conf;
    }
`);

stackCase('an unknown host that reaches the pods\' servers reaches nothing of the API', async (world) => {
  const stack = await Stack.start(world, { configure: PODS_FIRST });
  const ask = (method, path, host) => stack.ask(method, path, { headers: { host } });
  await forEachRow([['POST', '/__admin/reset'], ['GET', '/__admin/state'], ['GET', '/pools/p/workspace'], ['GET', '/']], async ([method, path]) => {
    assertError(await ask(method, path, 'evil.test'), 404, 'pod_not_found', /POOL_MANAGER_POD/);
  });
  assert.equal(assertSuccess(await ask('GET', '/__admin/health', 'own')).pools, 1);
});
