// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const ORIGIN = 'https://app.example';

function assertExposes(answer) {
  const exposed = (answer.headers['access-control-expose-headers'] ?? '').toLowerCase().split(/, */);
  for (const name of ['retry-after', 'x-mock-fault', 'x-mock-stale']) {
    assert.ok(exposed.includes(name), `${name} is exposed`);
  }
}

stackCase('OPTIONS is 204 with Allow on every known path, and 404 elsewhere', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    ['/pools/default-pool/workspace', 'GET, HEAD, OPTIONS'],
    ['/pools/never-made/status', 'GET, HEAD, OPTIONS'],
    ['/pools', 'GET, HEAD, POST, OPTIONS'],
    ['/pools/never-made', 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
    ['/auth/login', 'POST, OPTIONS'],
    ['/workspaces/no-such-pod/release', 'POST, OPTIONS'],
    ['/__admin/health', 'GET, HEAD, OPTIONS'],
  ];
  await forEachRow(rows, async ([path, allow]) => {
    const answer = await stack.ask('OPTIONS', path);
    assert.equal(answer.status, 204, answer.text);
    assert.equal(answer.headers.allow, allow);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.body.length, 0);
  });
  assertError(await stack.ask('OPTIONS', '/nowhere'), 404, 'not_found');
  const { pools } = assertSuccess(await stack.ask('GET', '/__admin/health'));
  assert.equal(pools, 1, 'and makes no pool');
});

stackCase('a preflight is granted the headers that it asks for', async (world) => {
  const stack = await Stack.start(world);
  const asked = 'authorization, content-type, x-anything';
  const answer = await stack.ask('OPTIONS', '/pools', {
    headers: { origin: ORIGIN, 'access-control-request-method': 'POST', 'access-control-request-headers': asked },
  });
  assert.equal(answer.status, 204);
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assert.equal(answer.headers['access-control-allow-headers'], asked);
  assert.match(answer.headers['access-control-allow-methods'] ?? '', /\bPOST\b/);
  assert.equal(answer.headers['access-control-allow-credentials'], undefined);
});

stackCase('a header name in a preflight can\'t forge a header of the answer', async (world) => {
  const stack = await Stack.start(world);
  const answers = await stack.raw(
    'OPTIONS /api/mock/pool-manager/pools HTTP/1.1\r\nHost: x\r\nOrigin: x\r\nConnection: close\r\n' +
      'Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: a\tb, \x01c\r\n\r\n',
  );
  assert.equal(answers.length, 1);
  assert.doesNotMatch(answers[0].headers['access-control-allow-headers'] ?? '', /[\x00-\x08\x0a-\x1f]/);
});

stackCase('pages of any origin may read every answer, errors too', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    ['GET', '/pools/default-pool/workspace', 200],
    ['GET', '/nowhere', 404],
    ['DELETE', '/pools', 405],
    ['POST', '/pools', 400],
  ];
  await forEachRow(rows, async ([method, path, status]) => {
    const answer = await stack.ask(method, path, { headers: { origin: ORIGIN } });
    assert.equal(answer.status, status);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.equal(answer.headers['access-control-allow-credentials'], undefined);
    assertExposes(answer);
  });
});

stackCase('--cors-origins names the origins that may read', async (world) => {
  const stack = await Stack.start(world, { options: ['--cors-origins', `${ORIGIN},http://localhost:3000`] });
  const rows = [
    [ORIGIN, ORIGIN],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['https://evil.example', undefined],
    [`${ORIGIN},http://localhost:3000`, undefined],
    ['null', undefined],
    ['', undefined],
  ];
  await forEachRow(rows, async ([origin, allowed]) => {
    const { headers } = await stack.ask('GET', '/__admin/health', { headers: { origin } });
    assert.equal(headers['access-control-allow-origin'], allowed);
    assert.match(headers.vary ?? '', /\bOrigin\b/i);
  });
});

stackCase('no answer may be cached, of any kind', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    ['GET', '/pools/default-pool/workspace'], ['GET', '/pools/default-pool/status'],
    ['GET', '/pools/default-pool/workspaces'], ['GET', '/workspaces/mock-pod-1'], ['HEAD', '/workspaces/mock-pod-1'],
    ['POST', '/workspaces/mock-pod-1/release'], ['POST', '/pools'], ['GET', '/nowhere'], ['PUT', '/pools'],
    ['OPTIONS', '/pools'], ['GET', '/__admin/health'], ['POST', '/__admin/reset'],
    ['GET', `/${'x'.repeat(9_000)}`], ['GET', '/pools/%FF/status'],
  ];
  await forEachRow(rows, async ([method, path]) => {
    const answer = await stack.ask(method, path);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers.etag, undefined);
    assert.equal(answer.headers['last-modified'], undefined);
  });
});
