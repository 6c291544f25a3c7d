// SPDX-License-Identifier: MIT
//
// An nginx in front of the nginx that has our files: what it needs, and which of its headers are trusted.

import assert from 'node:assert/strict';

import { assertSuccess, claimPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { arrivals, BEARER } from '../lib/pods.mjs';
import { ownServer, Stack, stackCase } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

// The outer server passes to the inner one, which includes our files and `inside`.
function twoServers(location, inside = '') {
  return (directory, listen, socketPath) => {
    const inner = `unix:${directory}/inner.sock`;
    const text = `
    include pool-manager-mock/upstream.conf;
    server {
        listen @LISTEN@;
        ${location.replaceAll('@INNER@', `http://${inner}:`)}
    }
    server {
        listen ${inner};
        include pool-manager-mock/location.conf;
        include pool-manager-mock/errors.conf;
        ${inside}
    }`;
    return ownServer(text)(directory, listen, socketPath);
  };
}

stackCase('a stream arrives piece by piece through a minimal proxy_pass', async (world) => {
  const stack = await Stack.start(world, { configure: twoServers('location / { proxy_pass @INNER@; }') });
  await stack.claim('default-pool', 'w');
  const control = '/_pod/mock-pod-1/15552';
  const session = await stack.ask('POST', `${control}/session`, { json: { sessionId: 's' }, headers: BEARER });
  const replies = [{ text: 'abcde', pieces: 5, delay: '150ms' }];
  assertSuccess(await stack.ask('PUT', '/__admin/goose', { json: { replies } }));
  const { token } = assertSuccess(session);
  const times = await arrivals(stack, `${control}/stream/s?token=${token}`, { prompt: 'x' });
  assert.ok(times.length >= 5 && times.at(-1) >= 400, `all at once: ${times.map(Math.round)}`);
});

const FORWARDED = {
  'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'mocks.example', 'X-Forwarded-Prefix': '/staging', 'X-Forwarded-For': '192.0.2.7',
};
const TRUSTED = 'include pool-manager-mock/params-trusted.conf;';
const SET = Object.entries(FORWARDED)
  .map(([name, value]) => `proxy_set_header ${name} ${value};`)
  .join(' ');

stackCase('with params-trusted.conf a proxy\'s headers count, without it no client\'s do', async (world) => {
  const options = ['--pod-url', 'path', '--trust-forwarded'];
  const location = `
        location /staging/ { ${SET} proxy_pass @INNER@/; }
        location / { proxy_set_header Host $http_host; proxy_pass @INNER@; }`;
  const stack = await Stack.start(world, { configure: twoServers(location, TRUSTED), options });
  const claimed = await stack.request('GET', `/staging${BASE}${claimPath('default-pool', 'w')}`);
  const { url } = assertSuccess(claimed).workspace;
  assert.equal(url, `https://mocks.example/staging${BASE}/_pod/mock-pod-1`);
  const echo = (await stack.request('GET', `/staging${BASE}/_pod/mock-pod-1/3000/_echo`)).json;
  assert.deepEqual(echo.forwarded, { proto: 'https', host: 'mocks.example', prefix: '/staging', for: '192.0.2.7, unix:' });
  // A proxy that sets no header: the address as this server sees the request.
  const plain = assertSuccess(await stack.ask('GET', claimPath('default-pool', 'w'))).workspace;
  assert.equal(plain.url, `http://${stack.host}:${stack.port}${BASE}/_pod/mock-pod-2`);
});

stackCase('without params-trusted.conf a client\'s forwarded headers are ignored', async (world) => {
  const options = ['--pod-url', 'path', '--trust-forwarded'];
  const stack = await Stack.start(world, { options });
  const { url } = assertSuccess(await stack.ask('GET', claimPath('default-pool', 'w'), { headers: FORWARDED })).workspace;
  assert.equal(url, `http://${stack.host}:${stack.port}${BASE}/_pod/mock-pod-1`);
  const echo = (await stack.ask('GET', '/_pod/mock-pod-1/3000/_echo', { headers: FORWARDED })).json;
  await forEachRow(Object.values(FORWARDED), async (value) => assert.ok(!JSON.stringify(echo.forwarded).includes(value)));
});
