// SPDX-License-Identifier: MIT
//
// Pods at {base}/_pod/{pod}/{port}/…: the client's whole flow with Node's own fetch, and _echo.

import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../lib/api.mjs';
import { forEachRow, until } from '../lib/case.mjs';
import { claimPod, fetchClient, goTheWholeWay, jsonOf, textOf } from '../lib/pod_client.mjs';
import { assertProcesses, BEARER } from '../lib/pods.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

async function start(world, options = []) {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path', ...options] });
  stack.base = `http://${stack.host}:${stack.port}${BASE}`;
  return stack;
}

stackCase('the client\'s whole flow works, twice', async (world) => {
  const stack = await start(world);
  await goTheWholeWay(fetchClient, stack.base);
  await goTheWholeWay(fetchClient, stack.base);
});

stackCase('a pod is reached by its id too, also in a pool whose name needs encoding', async (world) => {
  const stack = await start(world);
  const { pod } = await claimPod(fetchClient, stack.base, { pool: 'team/ü "<b>', workspaceId: '<script>&"\'' });
  for (const name of [pod.id, pod.subdomain]) {
    assertProcesses((await stack.ask('GET', `/_pod/${name}/15552/jlist`)).json, ['frontend', 'staklink-proxy']);
    const { text } = await stack.ask('GET', `/_pod/${name}/3000/`);
    assert.ok(text.includes('team/ü &quot;&lt;b&gt;'), text);
    assert.ok(text.includes('&lt;script&gt;&amp;&quot;&#39;'), text);
    assert.ok(!text.includes('<script>'), 'what a client says is text on the page');
  }
});

stackCase('a deleted pod, an unknown pod, and a free pod with freePods refuse answer only a 404 that names them', async (world) => {
  const stack = await start(world);
  assertSuccess(await stack.ask('PATCH', '/__admin/settings', { json: { freePods: 'refuse' } }));
  const { pod } = await claimPod(fetchClient, stack.base);
  assertSuccess(await stack.ask('DELETE', `/pools/default-pool/workspaces/${pod.id}`));
  const rows = [
    ['mock-pod-1', 'pod_not_found'], ['pod-pool-1-1', 'pod_not_found'], ['mock-pod-2', 'pod_free'],
    ['pod-pool-1-2', 'pod_free'], ['mock-pod-99', 'pod_not_found'], ['nonsense', 'pod_not_found'],
  ];
  const places = ['', '/', '/3000', '/3000/', '/15552/jlist', '/15551/', '/15552/_echo', '/_echo'];
  await forEachRow(rows, async ([name, code]) => {
    for (const place of places) {
      for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS']) {
        const answer = await stack.ask(method, `/_pod/${name}${place}`);
        if (method === 'HEAD') assert.equal(answer.status, 404);
        else assert.ok(assertError(answer, 404, code).error.includes(name), 'the pod is named');
      }
    }
  });
});

stackCase('a free pod answers as a used one, and a pod that is not running is a 503 or a 502 at every port', async (world) => {
  const stack = await start(world);
  for (const place of ['', '/', '/3000', '/3000/', '/15552/jlist', '/15551/api/health', '/15552/_echo']) {
    assert.equal((await stack.ask('GET', `/_pod/mock-pod-2${place}`)).status, 200, place);
  }
  assertSuccess(await stack.ask('PATCH', '/__admin/pools/slow', { json: { progression: { mode: 'manual', looks: 2 } } }));
  assertSuccess(await stack.ask('PATCH', '/__admin/pools/bad', { json: { failNext: 1 } }));
  for (const pool of ['slow', 'bad']) assertSuccess(await stack.ask('POST', '/pools', { json: { name: pool } }), 201);
  await forEachRow(['', '/3000/', '/15552/jlist', '/15551/'], async (place) => {
    const pending = await stack.ask('GET', `/_pod/mock-pod-6${place}`);
    assertError(pending, 503, 'pod_pending', /mock-pod-6 is pending/);
    assert.equal(pending.headers['retry-after'], '1');
    assertError(await stack.ask('GET', `/_pod/mock-pod-9${place}`), 502, 'pod_failed', /mock-pod-9/);
  });
  for (let look = 0; look < 3; look++) await stack.ask('GET', '/workspaces/mock-pod-6');
  assert.equal((await stack.ask('GET', '/_pod/mock-pod-6/15552/jlist')).status, 200);
});

// The bodies of the client's commit route and of its prototype route.
stackCase('a push answers with the repositories of its request, and its pull requests survive an export', async (world) => {
  const stack = await start(world);
  const repos = [{ url: 'https://github.com/octo-org/web.git', commit_name: 'm', branch_name: 'b', base_branch: 'main' }];
  const push = async (query, json = { repos, git_credentials: { provider: 'github' } }) =>
    assertSuccess(await stack.ask('POST', `/_pod/mock-pod-2/15552/push?${query}`, { json, headers: BEARER }));
  const pull = (number) => ({ 'octo-org/web': `https://github.com/octo-org/web/pull/${number}` });
  assert.deepEqual((await push('pr=true&commit=true&label=agent')).prs, pull(1));
  const { prs, branches } = await push('commit=true&pr=false', { tasks: [], repos: [{ ...repos[0], hash: '' }] });
  assert.deepEqual([prs, branches], [undefined, { web: 'b' }]);
  assert.deepEqual((await push('pr=true&commit=true')).prs, pull(2));
  const state = (await stack.ask('GET', '/__admin/state')).json;
  assert.deepEqual(state.pullRequests, [{ newest: 2, repository: 'octo-org/web' }]);
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  assertSuccess(await stack.ask('PUT', '/__admin/state', { json: state }));
  assert.deepEqual((await push('pr=true&commit=true&stayOnCurrentBranch=true')).prs, pull(2));
  assert.deepEqual((await push('')).prs, pull(3));
});

stackCase('a name that is not allowed is a 400, as elsewhere', async (world) => {
  const stack = await start(world);
  const rows = [['x%0Ay', 'bad_name'], ['x%FFy', 'bad_name'], ['x'.repeat(129), 'bad_name'], ['x%zz', 'bad_request']];
  await forEachRow(rows, async ([name, code]) => {
    const answer = await stack.raw(`GET ${BASE}/_pod/${name}/3000/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assertError(answer[0], 400, code);
  });
});

stackCase('a pod has its own paths and ports and no others', async (world) => {
  const stack = await start(world);
  await claimPod(fetchClient, stack.base);
  const rows = [
    ['GET', '/15552/', 404], ['GET', '/15552/nowhere', 404], ['GET', '/3000/jlist', 404], ['GET', '/1/', 404],
    ['GET', '/15551/jlist', 404], ['GET', '/0/_echo', 404], ['GET', '/65536/_echo', 404], ['GET', '/99999/', 404],
    ['GET', '/15552x/jlist', 404], ['GET', '/015552/jlist', 404], ['GET', '/+15552/jlist', 404],
    ['GET', '/15552/__admin/health', 404], ['POST', '/15552/__admin/reset', 404], ['GET', '/15552/pools', 404],
    ['DELETE', '/15552/jlist', 405], ['POST', '/15551/', 405], ['GET', '/15552/latest', 405],
    ['POST', '/3000/', 405], ['OPTIONS', '/15552/jlist', 204], ['OPTIONS', '/15552/stream/x', 204],
  ];
  await forEachRow(rows, async ([method, path, status]) => {
    const answer = await stack.ask(method, `/_pod/mock-pod-1${path}`);
    assert.equal(answer.status, status, answer.text);
    if (status === 405 || status === 204) assert.match(answer.headers.allow ?? '', /OPTIONS/);
  });
});

stackCase('the control port requires the pod\'s password, except for jlist and streams', async (world) => {
  const stack = await start(world, ['--require-auth', '--pod-password', 'other-password']);
  const { token } = assertSuccess(await stack.ask('POST', '/auth/login', { json: { username: 'u', password: 'p' } }));
  const authorization = `Bearer ${token}`;
  assertSuccess(await stack.ask('GET', '/pools/default-pool/workspace', { headers: { authorization } }));
  const rows = [
    ['PUT', '/latest', { repos: [] }], ['POST', '/goose_web', {}], ['GET', '/diff'], ['POST', '/push'],
    ['POST', '/validate_frontend'], ['POST', '/validate_session', { session: 's' }], ['POST', '/session', { sessionId: 's' }],
    ['POST', '/playwright_test'],
  ];
  await forEachRow(rows, async ([method, path, json]) => {
    const ask = (headers) => stack.ask(method, `/_pod/mock-pod-1/15552${path}`, { json, headers });
    assert.match(assertError(await ask({}), 401, 'no_token').hint, /front end/);
    for (const wrong of [authorization, BEARER.authorization, 'Bearer other-passwordx', 'other-password', 'Bearer']) {
      assertError(await ask({ authorization: wrong }), 401, 'bad_token');
    }
    assert.equal((await ask({ authorization: 'Bearer other-password' })).status, 200);
  });
  assert.equal((await stack.ask('GET', '/_pod/mock-pod-1/15552/jlist')).status, 200);
});

stackCase('a bad body at the control port is refused by its field, and changes nothing', async (world) => {
  const stack = await start(world);
  const { pod, ask } = await claimPod(fetchClient, stack.base);
  const rows = [
    ['PUT', '/latest', {}, /^repos: required$/],
    ['PUT', '/latest', { repos: 'o/r' }, /^repos: expected an array, not a string$/],
    ['PUT', '/latest', { repos: [{ url: 'o/r' }, 'o/s'] }, /^repos\[1\]: expected an object$/],
    ['PUT', '/latest', { repos: [{}] }, /^repos\[0\]\.url: required$/],
    ['POST', '/session', {}, /^sessionId: required$/],
    ['POST', '/session', { sessionId: '' }, /^sessionId: /],
    ['POST', '/session', { sessionId: 'a\nb' }, /^sessionId: /],
    ['POST', '/session', { sessionId: 'x'.repeat(129) }, /^sessionId: /],
    ['POST', '/validate_session', { session: 7 }, /^session: expected a string, not a number$/],
  ];
  await forEachRow(rows, async ([method, path, json, sentence]) => {
    const value = await jsonOf(await ask(15552, method, path, { json, headers: BEARER }), 400);
    assert.match(value.error, sentence);
  });
  assert.deepEqual(assertSuccess(await stack.ask('GET', `/workspaces/${pod.id}`)).workspace, pod);
  assert.deepEqual((await jsonOf(await ask(15551, 'GET', '/api/sessions'))).sessions, []);
});

stackCase('Goose is listed after --goose-start, and a release ends it and its sessions', async (world) => {
  const stack = await start(world, ['--goose-start', '300ms']);
  const first = await claimPod(fetchClient, stack.base);
  const names = async ({ ask }) => (await jsonOf(await ask(15552, 'GET', '/jlist'))).map((process) => process.name);
  const begin = performance.now();
  assert.equal((await first.ask(15552, 'POST', '/goose_web', { headers: BEARER })).status, 200);
  await until('Goose is listed', async () => (await names(first)).includes('goose'));
  assert.ok(performance.now() - begin >= 290, 'not before its time');
  await textOf(await first.ask(15551, 'GET', '/'));
  assertSuccess(await stack.ask('POST', `/workspaces/${first.pod.id}/release`));
  const second = await claimPod(fetchClient, stack.base);
  assert.equal(second.pod.id, first.pod.id);
  assert.deepEqual(await names(second), ['frontend', 'staklink-proxy']);
  assert.deepEqual((await jsonOf(await second.ask(15551, 'GET', '/api/sessions'))).sessions, []);
});

stackCase('HEAD at a pod changes nothing', async (world) => {
  const stack = await start(world);
  const { ask } = await claimPod(fetchClient, stack.base);
  assert.equal((await ask(15551, 'HEAD', '/')).status, 307);
  assert.deepEqual((await jsonOf(await ask(15551, 'GET', '/api/sessions'))).sessions, []);
});

stackCase('_echo shows what arrived, at any port, by any method', async (world) => {
  const stack = await start(world);
  const { pod, ask } = await claimPod(fetchClient, stack.base);
  for (const port of ['1', '3000', '8080', '15551', '15552', '65535']) {
    await forEachRow(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'], async (method) => {
      const path = `/_echo/a%2Fb//c/%C3%BC/..;x?x=1&y=%20`;
      const answer = await stack.ask(method, `/_pod/${pod.subdomain}/${port}${path}`, { headers: { 'x-own': 'Ü 1' } });
      const { headers, forwarded, cgi, ...value } = assertSuccess(answer);
      assert.deepEqual(value, {
        success: true,
        pool: 'default-pool', podId: pod.id, port: Number(port), state: 'running', claimedBy: 'workspace-123',
        method, path: '/_echo/a%2Fb//c/%C3%BC/..;x', query: 'x=1&y=%20',
      });
      assert.equal(headers.host, `${stack.host}:${stack.port}`);
      assert.equal(typeof headers['x-own'], 'string');
      const { host, port: front } = stack;
      assert.deepEqual(forwarded, { proto: 'http', host: `${host}:${front}`, prefix: null, for: host });
      assert.equal(cgi.REQUEST_METHOD, method);
      assert.equal(cgi.REQUEST_URI, `${BASE}/_pod/${pod.subdomain}/${port}${path}`);
      assert.equal(cgi.POOL_MANAGER_MOUNT, BASE);
    });
  }
  assert.equal((await jsonOf(await ask(null, 'GET', '/_echo'))).port, null);
  assert.equal((await ask(3000, 'HEAD', '/_echo')).status, 200);
  const headers = { 'access-control-request-headers': 'x-own' };
  const preflight = await stack.ask('OPTIONS', `/_pod/${pod.subdomain}/8080/_echo/x`, { headers });
  assert.equal(preflight.status, 204, preflight.text);
  assert.match(preflight.headers.allow, /\bPUT\b/);
  assert.equal(preflight.headers['access-control-allow-headers'], 'x-own');
});

stackCase('_echo shows what our front end sets, whatever the client sends', async (world) => {
  const stack = await start(world, ['--trust-forwarded']);
  await claimPod(fetchClient, stack.base);
  const headers = {
    'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example', 'x-forwarded-prefix': '/evil', 'x-forwarded-for': '9.9.9.9',
    'x_forwarded_host': 'evil.example', 'proxy': 'http://evil.example', 'pool-manager-pod': 'evil', 'request-id': 'evil',
  };
  const value = assertSuccess(await stack.ask('GET', '/_pod/mock-pod-1/3000/_echo', { headers }));
  const { host, port } = stack;
  assert.deepEqual(value.forwarded, { proto: 'http', host: `${host}:${port}`, prefix: null, for: host });
  for (const name of ['x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-for']) {
    assert.ok(!/evil|9\.9\.9\.9|https/.test(value.headers[name]), name);
  }
  assert.equal(value.cgi.HTTP_PROXY, undefined);
  assert.equal(value.cgi.POOL_MANAGER_POD, undefined);
  assert.match(value.cgi.REQUEST_ID, /^[0-9a-f]{32}$/);
});

stackCase('_echo masks secrets in headers, queries and variables', async (world) => {
  const stack = await start(world, ['--log-level', 'debug']);
  await claimPod(fetchClient, stack.base);
  const headers = {
    'authorization': 'Bearer SECRET-bearer', 'cookie': 'session=SECRET-cookie', 'x-api-key': 'SECRET-key', 'x-csrf-token': 'SECRET-csrf',
    'referer': 'http://x.example/?token=SECRET-referer', 'x-original-uri': '/x?a=1&password=SECRET-original',
  };
  const query = 'token=SECRET-token&a=plain&api_key=SECRET-api&password=SECRET%20x&client_secret=SECRET-s&access_token=SECRET-a&Apikey=SECRET';
  const answer = await stack.ask('GET', `/_pod/mock-pod-1/15552/_echo/x?${query}`, { headers });
  const value = assertSuccess(answer);
  assert.doesNotMatch(answer.text, /SECRET/);
  assert.match(value.query, /^token=SE\*+en&a=plain&/);
  assert.match(value.headers.authorization, /^Be\*+er$/);
  assert.equal(value.cgi.QUERY_STRING, value.query);
  await stack.worker.stop();
  for (const line of stack.worker.lines) assert.doesNotMatch(line, /SECRET/);
});
