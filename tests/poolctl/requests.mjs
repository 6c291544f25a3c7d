// SPDX-License-Identifier: MIT
//
// What each command sends: method, target and body, to the byte.

import assert from 'node:assert/strict';

import { forEachRow, testCase } from '../lib/case.mjs';
import { assertDone, assertFailed, EXIT, ScriptedServer } from '../lib/poolctl.mjs';
import { BASE } from '../lib/worker.mjs';

// An answer that each command can show.
const ANY = {
  json: { success: true, pools: [], workspaces: [], faults: [], callbacks: [], deliveries: [], requests: [], events: [], leaks: [], snapshots: [],
    tenants: [{ name: 'suite-1' }, { name: 'a/b' }], fault: { id: 'f' }, workspace: { id: 'w' }, workspace_id: 'w', pool: { name: 'p' }, settings: {}, now: 't', count: 1 },
};

// The requests by which a command first checks that a tenant or a pool exists.
const LOOKUP = /\/__admin\/(?:tenants|pools\/[^/]+\/pods\?limit=1)$/;

async function assertSends(server, args, method, path, body, options) {
  assertDone(await server.run(args, options));
  const requests = server.take();
  const request = requests.pop();
  for (const { method: asked, target } of requests) {
    assert.equal(asked, 'GET', 'one request, and checks before it');
    assert.match(target, LOOKUP);
  }
  assert.deepEqual([request.method, request.target], [method, BASE + path]);
  assert.equal(request.body, body ?? '');
  assert.equal(request.headers['content-type'], body === undefined ? undefined : 'application/json');
  return request;
}

testCase('each command is one request of its own', async (world) => {
  const server = await ScriptedServer.start(world, () => ANY);
  const rows = [
    [['claim'], 'GET', '/pools/default-pool/workspace'],
    [['claim', 'mine'], 'GET', '/pools/mine/workspace'],
    [['claim', '--workspace', 'w 1'], 'GET', '/pools/default-pool/workspace?workspaceId=w%201'],
    [['claim', 'p', '-w', 'a&b', '--ttl', '5m'], 'GET', '/pools/p/workspace?workspaceId=a%26b&ttl=5m'],
    [['release', 'mock-pod-1'], 'POST', '/workspaces/mock-pod-1/release'],
    [['status'], 'GET', '/pools/default-pool/status?simple=true'],
    [['status', 'p'], 'GET', '/pools/p/status?simple=true'],
    [['list'], 'GET', '/pools?limit=1000'],
    [['list', 'p'], 'GET', '/pools/p/workspaces?limit=1000'],
    [['reset'], 'POST', '/__admin/reset'],
    [['reset', '--keep', 'faults,journal'], 'POST', '/__admin/reset?keep=faults%2Cjournal'],
    [['reset', 'p'], 'POST', '/__admin/pools/p/reset'],
    [['faults', 'list'], 'GET', '/__admin/faults'],
    [['faults', 'clear'], 'DELETE', '/__admin/faults'],
    [['faults', 'clear', 'slow'], 'DELETE', '/__admin/faults/slow'],
    [['callbacks', 'list'], 'GET', '/__admin/callbacks'],
    [['callbacks', 'clear'], 'DELETE', '/__admin/callbacks'],
    [['deliveries'], 'GET', '/__admin/deliveries'],
    [['deliveries', '--state', 'due,taken'], 'GET', '/__admin/deliveries?state=due%2Ctaken'],
    [['clock', 'show'], 'GET', '/__admin/clock'],
    [['clock', 'freeze'], 'PUT', '/__admin/clock', '{"action":"freeze"}'],
    [['clock', 'advance', '30m'], 'PUT', '/__admin/clock', '{"action":"advance","by":"30m"}'],
    [['clock', 'set', '2026-01-01T00:00:00Z'], 'PUT', '/__admin/clock', '{"action":"set","to":"2026-01-01T00:00:00Z"}'],
    [['clock', 'resume'], 'PUT', '/__admin/clock', '{"action":"resume"}'],
    [['export'], 'GET', '/__admin/state'],
    [['export', '--secrets'], 'GET', '/__admin/state?secrets=true'],
    [['requests'], 'GET', '/__admin/requests'],
    [['requests', '--pool', 'ci-*', '--after', '7'], 'GET', '/__admin/requests?pool=ci-%2A&after=7'],
    [['leaks'], 'GET', '/__admin/leaks'],
    [['requests', 'clear'], 'DELETE', '/__admin/requests'],
    [['settings', 'show'], 'GET', '/__admin/settings'],
    [['settings', 'show', 'p'], 'GET', '/__admin/pools/p'],
    [['settings', 'set', 'maxPods=5', 'leaseTtl=30m'], 'PATCH', '/__admin/settings', '{"maxPods":5,"leaseTtl":"30m"}'],
    [['settings', 'set-pool', 'a=b/c', 'maxPods=null'], 'PATCH', '/__admin/pools/a%3Db%2Fc', '{"maxPods":null}'],
    [['seed', '42'], 'POST', '/__admin/seed', '{"seed":42}'],
    [['seed', '9223372036854775806'], 'POST', '/__admin/seed', '{"seed":9223372036854775806}'],
    [['snapshots', 'list'], 'GET', '/__admin/snapshots'],
    [['snapshots', 'save', 'a b'], 'PUT', '/__admin/snapshots/a%20b'],
    [['snapshots', 'restore', 'two'], 'POST', '/__admin/snapshots/two/restore'],
    [['snapshots', 'delete', 'two'], 'DELETE', '/__admin/snapshots/two'],
    [['tenants', 'list'], 'GET', '/__admin/tenants'],
    [['tenants', 'delete', 'suite-1'], 'DELETE', '/__admin/tenants/suite-1'],
    [['tenants', 'delete', 'run-*'], 'DELETE', '/__admin/tenants?name=run-%2A'],
    [['health'], 'GET', '/__admin/health'],
    [['ready'], 'GET', '/__admin/ready'],
    [['verify'], 'POST', '/__admin/verify', '{}'],
    [['verify', '-o', 'claim,status', '-p', 'p*', '--pod', 'x', '-w', 'w', '-s', '503', '--after', '7', '--exactly', '0'],
      'POST', '/__admin/verify', '{"match":{"operation":["claim","status"],"pool":"p*","pod":"x","workspaceId":"w",'
        + '"status":503,"after":7},"times":{"exactly":0}}'],
    [['verify', '--at-least', '1', '--at-most', '2'], 'POST', '/__admin/verify', '{"times":{"atLeast":1,"atMost":2}}'],
    [['events'], 'GET', '/__admin/events?after=0'],
    [['events', '--position', '5f0c1a2b.7', '--types', 'pod.*', '-p', 'p', '--pod', 'x', '-w', 'w'],
      'GET', '/__admin/events?workspaceId=w&pool=p&pod=x&types=pod.%2A&after=5f0c1a2b.7'],
    [['wait'], 'GET', '/__admin/requests/wait?timeout=60s'],
    [['wait', '-o', 'claim', '-p', 'p', '--pod', 'x', '-w', 'w', '-s', '503', '--after', '7', '-n', '2', '-t', '5s'],
      'GET', '/__admin/requests/wait?workspaceId=w&operation=claim&pool=p&pod=x&status=503&after=7&count=2&timeout=5s'],
  ];
  await forEachRow(rows, ([args, method, path, body]) => assertSends(server, args, method, path, body));
});

testCase('options may be anywhere on the command line, and -- ends them', async (world) => {
  const server = await ScriptedServer.start(world, () => ANY);
  const path = '/pools/p/workspace?workspaceId=w';
  await assertSends(server, ['--workspace=w', 'claim', 'p'], 'GET', path);
  await assertSends(server, ['claim', '-ww', 'p'], 'GET', path);
  await assertSends(server, ['claim', 'p', '--work', 'w'], 'GET', path);
  await assertSends(server, ['release', '--', '--json'], 'POST', '/workspaces/--json/release');
});

testCase('a fault rule is made from the options', async (world) => {
  const server = await ScriptedServer.start(world, () => ANY);
  const rows = [
    ['--operation claim --status 503 --times 3', { match: { operation: 'claim' }, times: 3, answer: { status: 503 } }],
    ['-o claim,status --delay 250ms',
      { match: { operation: ['claim', 'status'] }, delay: { type: 'fixed', ms: 250 } }],
    ['-o * --delay 100ms..2s', { match: { operation: '*' }, delay: { type: 'uniform', lowerMs: 100, upperMs: 2000 } }],
    ['--delay 200ms~0.4..5s', { delay: { type: 'lognormal', medianMs: 200, sigma: 0.4, maxMs: 5000 } }],
    ['--pool a* --pod x --workspace w --hang',
      { match: { pool: 'a*', pod: 'x', workspaceId: 'w' }, answer: { hang: true } }],
    ['--id slow --skip 1 --every 2 --probability 0.25 --ttl 10m --phase after --garbage',
      { id: 'slow', skip: 1, every: 2, ttl: '10m', probability: 0.25, phase: 'after', answer: { garbage: true } }],
    ['-s 429 --retry-after 2 --error no', { answer: { status: 429, retryAfter: 2, error: 'no' } }],
    ['--connection reset', { answer: { connection: 'reset' } }],
    ['--truncate 0.5', { answer: { truncate: 0.5 } }],
    ['--dribble 200', { answer: { dribble: { bytesPerSecond: 200 } } }],
    ['-o pod --port 15552 --method GET --path /diff* -s 200 --answer-json {"a":[1]} --header X-A:b --header X-B:c:d',
      {
        match: { operation: 'pod', port: 15552, method: 'GET', path: '/diff*' },
        answer: { status: 200, headers: { 'X-A': 'b', 'X-B': 'c:d' }, json: { a: [1] } },
      }],
    ['-s 200 --answer-json null', { answer: { status: 200, json: null } }],
    ['-s 200 --answer-text 7', { answer: { status: 200, text: '7' } }],
  ];
  await forEachRow(rows, async ([options, rule]) => {
    const args = ['faults', 'add', ...options.split(' ').filter(Boolean)];
    await assertSends(server, args, 'POST', '/__admin/faults', JSON.stringify(rule));
  });
});

testCase('the user\'s text is escaped in JSON, and numbers are sent as they were typed', async (world) => {
  const server = await ScriptedServer.start(world, () => ANY);
  const error = 'a "quoted" \\ü\n\u0001 line';
  const args = ['faults', 'add', '--probability', '0.1', '--error', error];
  assertDone(await server.run(args));
  const [{ body }] = server.take();
  assert.deepEqual(JSON.parse(body), { probability: 0.1, answer: { error } });
  assert.ok(body.includes('"probability":0.1,'), body);
});

testCase('each name is sent as one segment of the path', async (world) => {
  const server = await ScriptedServer.start(world, () => ANY);
  const names = ['a/b', '...', './a', 'a b', 'ü', '🎭', '%2F', 'a?b#c', 'a;b=c&d', "x');--", '~', 'a+b', 'x'.repeat(2000)];
  await forEachRow(names, async (name) => {
    const escaped = encodeURIComponent(name).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
    await assertSends(server, ['status', '--', name], 'GET', `/pools/${escaped}/status?simple=true`);
  });
  assertFailed(await server.run(['status', 'x'.repeat(20_000)]), EXIT.USAGE, /too long/);
  // If a proxy resolved `reset ..`, it would reset all pools.
  const uncarried = [['status', '.'], ['reset', '..'], ['release', 'a/..'], ['tenants', 'delete', '../x'], ['snapshots', 'delete', '.']];
  await forEachRow(uncarried, async (...args) => assertFailed(await server.run(args.flat()), EXIT.USAGE, /^poolctl: the name '/));
  assert.deepEqual(server.take(), []);
});

testCase('a tenant is sent as the first segment of the path, a token as a header', async (world) => {
  const server = await ScriptedServer.start(world, () => ANY);
  const path = '/~suite-1/__admin/faults';
  const plain = await assertSends(server, ['faults', 'list', '-T', 'suite-1'], 'GET', path);
  assert.equal(plain.headers.authorization, undefined);
  const named = ['faults', 'list', '--tenant', 'suite-1', '--token', 'a.b-c'];
  assert.equal((await assertSends(server, named, 'GET', path)).headers.authorization, 'Bearer a.b-c');
  const env = { POOLCTL_TENANT: 'suite-1', POOLCTL_TOKEN: 'd' };
  const options = await assertSends(server, ['faults', 'list'], 'GET', path, undefined, { env });
  assert.equal(options.headers.authorization, 'Bearer d');
  const withBody = await assertSends(server, ['clock', 'freeze'], 'PUT', '/~suite-1/__admin/clock',
    '{"action":"freeze"}', { env });
  assert.equal(withBody.headers.authorization, 'Bearer d');
  await assertSends(server, ['list', '--tenant', 'a/b'], 'GET', '/~a%2Fb/pools?limit=1000');
  await assertSends(server, ['tenants', 'list', '-T', 'suite-1'], 'GET', '/__admin/tenants');
  await assertSends(server, ['tenants', 'delete', 'x', '-T', 'suite-1'], 'DELETE', '/__admin/tenants/x');
});

testCase('the base URL may end in a slash, and the command line wins over the environment', async (world) => {
  const server = await ScriptedServer.start(world, () => ANY);
  await assertSends(server, ['list'], 'GET', '/pools?limit=1000', undefined, { url: `${server.url}//` });
  const url = 'http://127.0.0.1:9/nowhere';
  await assertSends(server, ['list', '--url', server.url], 'GET', '/pools?limit=1000', undefined, { url });
});

testCase('a list is requested page by page, with --json all at once', async (world) => {
  const pages = new Map([
    ['', { json: { success: true, pools: [{ name: 'one' }], next_cursor: 'c/1' } }],
    ['&cursor=c%2F1', { json: { success: true, pools: [{ name: 'a longer one' }], next_cursor: 'c2' } }],
    ['&cursor=c2', { json: { success: true, pools: [{ name: 'last' }], next_cursor: null } }],
  ]);
  const server = await ScriptedServer.start(world, ({ target }) =>
    pages.get(target.replace(`${BASE}/pools?limit=1000`, '')) ?? { body: '{"all": true}' });
  const lines = assertDone(await server.run(['list'])).split('\n');
  assert.deepEqual(lines.map((line) => line.split('  ')[0]), ['POOL', 'one', 'a longer one', 'last', '']);
  assert.equal(server.take().length, 3);
  assert.equal(assertDone(await server.run(['--json', 'list'])), '{"all": true}\n');
  assert.deepEqual(server.take().map(({ target }) => target), [`${BASE}/pools`]);
});

testCase('list and status first check that the tenant and the pool exist', async (world) => {
  const missing = { status: 404, json: { success: false, error: 'there is no pool p', code: 'pool_not_found' } };
  const tenants = { json: { success: true, tenants: [{ name: 'suite' }] } };
  let answers = {};
  const server = await ScriptedServer.start(world, ({ target }) => answers[target.replace(BASE, '')] ?? ANY);
  const targets = () => server.take().map(({ target }) => target.replace(BASE, ''));

  assertDone(await server.run(['list']));
  assert.deepEqual(targets(), ['/pools?limit=1000'], 'there is nothing to check');
  assertDone(await server.run(['status', 'a/b']));
  assert.deepEqual(targets(), ['/__admin/pools/a%2Fb/pods?limit=1', '/pools/a%2Fb/status?simple=true']);
  answers = { '/__admin/pools/p/pods?limit=1': missing, '/__admin/tenants': tenants };
  await forEachRow([['status', 'p'], ['list', 'p'], ['list', 'p', '--json']], async (args) => {
    assertFailed(await server.run(args), EXIT.REFUSED, /there is no pool p \(pool_not_found\)/);
    assert.deepEqual(targets(), ['/__admin/pools/p/pods?limit=1']);
  });
  await forEachRow([['status'], ['list'], ['list', 'p']], async (args) => {
    assertFailed(await server.run([...args, '-T', 'typo']), EXIT.REFUSED, /there is no tenant typo; a tenant is made when it is first used/);
    assert.deepEqual(targets(), ['/__admin/tenants']);
  });
  assertDone(await server.run(['list', '-T', 'suite']));
  assert.deepEqual(targets(), ['/__admin/tenants', '/~suite/pools?limit=1000']);

  const without = { status: 404, json: { success: false, error: 'no', code: 'not_found' } };
  answers = { '/__admin/tenants': without, '/~t/__admin/pools/p/pods?limit=1': without };
  assertDone(await server.run(['status', 'p', '-T', 't']));
  assert.equal(targets().at(-1), '/~t/pools/p/status?simple=true', 'a front end without the control API does not prevent reading');

  const closed = { status: 403, json: { success: false, error: 'no', code: 'forbidden' } };
  answers = { '/__admin/tenants': closed, '/~t/__admin/pools/p/pods?limit=1': closed };
  assertDone(await server.run(['list', 'p', '-T', 't']));
  assert.equal(targets().at(-1), '/~t/pools/p/workspaces?limit=1000', 'a fence does not prevent reading');
});

testCase('a proxy of the environment is not used for this machine', async (world) => {
  const server = await ScriptedServer.start(world, () => ANY);
  await assertSends(server, ['list'], 'GET', '/pools?limit=1000', undefined, {
    env: { http_proxy: 'http://127.0.0.1:9', ALL_PROXY: 'http://127.0.0.1:9' },
  });
  const proxy = await ScriptedServer.start(world, () => ANY);
  const env = { http_proxy: new URL('/', proxy.url).href };
  const { port } = new URL(server.url);
  await forEachRow(['127.0.0.2', 'localhost', 'LOCALHOST', 'mock.localhost', '127.1', '[::1]', '[0:0::0:1]'], async (host) => {
    await server.run(['list'], { url: `http://${host}:${port}${BASE}`, env }); // some hosts do not answer; none may reach the proxy
    assert.deepEqual(proxy.take(), []);
  });
  await forEachRow(['127.0.0.2.test', 'notlocalhost', '[::2]', '128.0.0.1'], async (host) => {
    assertDone(await server.run(['list'], { url: `http://${host}${BASE}`, env }));
    assert.equal(proxy.take()[0].target, `http://${host}${BASE}/pools?limit=1000`);
  });
});
