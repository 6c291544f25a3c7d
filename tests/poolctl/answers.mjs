// SPDX-License-Identifier: MIT
//
// How poolctl shows an answer: tables, JSON, sentences and exit statuses.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

import { forEachRow, testCase } from '../lib/case.mjs';
import { assertDone, assertFailed, EXIT, poolctl, ScriptedServer } from '../lib/poolctl.mjs';
import { freePort } from '../lib/ports.mjs';

function refusal(status, code, error = 'a sentence') {
  return { status, json: { success: false, error, message: error, code } };
}

testCase('an answer is shown as a table', async (world) => {
  let answer;
  const server = await ScriptedServer.start(world, () => ({ json: { success: true, ...answer } }));
  const fault = {
    id: 'slow', match: { operation: ['claim', 'status'], pool: null }, phase: 'before', delay: { type: 'fixed', ms: 5 }, matched: 3, hits: 1,
    spent: false,
  };
  const clock = { now: '2026-01-01T00:30:00.000Z', mode: 'frozen' };
  const rows = [
    [['claim'], { workspace: { id: 'pod-1', poolName: 'p', claimedBy: 'w', url: 'u', password: 's', expiresAt: null } },
      'pod        pod-1\npool       p\nworkspace  w\nurl        u\npassword   s\n'],
    [['faults', 'list'], { faults: [fault] },
      'FAULT  MATCH                   PHASE   DELAY            ANSWER  MATCHED  HITS  SPENT\n'
      + 'slow   operation=claim,status  before  type=fixed ms=5  -       3        1     no\n'],
    [['faults', 'add', '--hang'], { fault }, 'fault  slow\n'],
    [['faults', 'clear'], { message: 'gone', dropped: { faults: 2 } }, 'message  gone\nfaults   2\n'],
    [['callbacks', 'list'], { callbacks: [{ id: 'callback-1', on: 'pod.failed', to: 't', body: {}, maxAttempts: 5 }] },
      'ID          ON          TO  ATTEMPTS\ncallback-1  pod.failed  t   5\n'],
    [['deliveries'], { deliveries: [{ id: 'e.1', at: 't', on: 'session.message', url: 'http://h/p', pod: 'x', sessionId: 's', state: 'due', attempts: 1, body: {} }], dropped: 0 },
      'ID   AT  ON               TO  URL         POD  SESSION  STATE  STATUS  ATTEMPTS\ne.1  t   session.message  -   http://h/p  x    s        due    -       1\n'],
    [['clock', 'show'], clock, 'now   2026-01-01T00:30:00.000Z\nmode  frozen\n'],
    [['clock', 'advance', '30m'], { ...clock, fired: [{ at: 'then', what: 'lease', pod: 'pod-1' }] },
      'now   2026-01-01T00:30:00.000Z\nmode  frozen\nAT    WHAT   POD\nthen  lease  pod-1\n'],
    [['clock', 'advance', '30m'], { ...clock, fired: [] }, 'now   2026-01-01T00:30:00.000Z\nmode  frozen\n'],
    [['wait'], { count: 2, dropped: 0, lastSeq: 7 }, 'count    2\ndropped  0\nlastSeq  7\n'],
    [['leaks'], { leaks: [{ pod: 'x', pool: 'p', workspaceId: 'w', claimedAt: 't', lostAt: 'u', ageMs: 1, seq: 3 }] },
      'POD  POOL  WORKSPACE  CLAIMED  LOST  SEQ\nx    p     w          t        u     3\n'],
    [['requests'], { requests: [{ seq: 1, at: 't', status: 200, operation: 'claim', pool: 'p', pod: 'x' }] },
      'SEQ  AT  STATUS  OPERATION  POOL  POD  FAULT  WORKSPACE\n1    t   200     claim      p     x    -      -\n'],
    [['settings', 'show'], { settings: { maxPods: null, claimTimeout: 5, progression: { mode: 'manual', looks: 2 } }, own: { claimTimeout: 5 } },
      'SETTING       VALUE                OWN\nmaxPods       -                    no\nclaimTimeout  5                    yes\n'
      + 'progression   mode=manual looks=2  no\n'],
    [['snapshots', 'list'], { snapshots: [{ name: 'two', at: 't', pools: 1, pods: 2 }] },
      'SNAPSHOT  AT  POOLS  PODS\ntwo       t   1      2\n'],
    [['tenants', 'list'], { tenants: [{ name: 'suite', pools: 1, pods: 2 }] }, 'TENANT  POOLS  PODS\nsuite   1      2\n'],
    [['verify'], { count: 2, dropped: 1 }, 'count    2\ndropped  1\n'],
    [['list'], { pools: [] }, 'POOL  PODS  USED  FREE  CREATED\n'],
  ];
  await forEachRow(rows, async ([args, shown, table]) => {
    answer = shown;
    assert.equal(assertDone(await server.run(args)), table);
  });
});

testCase('columns are counted in characters, and text that a terminal would act on is escaped', async (world) => {
  const pools = [{ name: 'größe🎭' }, { name: 'a\u001b[31m\u009b' }, { name: 'plain' }];
  const server = await ScriptedServer.start(world, () => ({ json: { success: true, pools } }));
  assert.equal(
    assertDone(await server.run(['list'])),
    'POOL               PODS  USED  FREE  CREATED\n'
      + 'größe🎭             -     -     -     -\n'
      + 'a\\x1b[31m\\xc2\\x9b  -     -     -     -\n'
      + 'plain              -     -     -     -\n',
  );
});

testCase('--json prints successes and refusals unchanged, and ends the line', async (world) => {
  let answer = { body: '{ "success" : true,\t"x":[1,2] }\n' };
  const server = await ScriptedServer.start(world, () => answer);
  assert.equal(assertDone(await server.run(['--json', 'claim'])), answer.body);
  answer = { status: 404, body: '{ "success":false, "error":"none", "code":"pool_not_found" }' };
  const refused = await server.run(['status', '-j']);
  assertFailed(refused, EXIT.REFUSED, /^poolctl: none \(pool_not_found\)$/m);
  assert.equal(refused.stdout, `${answer.body}\n`);
  answer = { body: '{}' };
  assert.equal(assertDone(await server.run(['--json', 'claim'])), '{}\n');
});

testCase('a refusal is shown as its sentence, its code and an exit status', async (world) => {
  let answer;
  const server = await ScriptedServer.start(world, () => answer);
  const rows = [
    [refusal(404, 'pod_not_found'), EXIT.REFUSED, /: a sentence \(pod_not_found\)\n/],
    [refusal(400, 'bad_field', '/faults/0: \u001b\r\nno'), EXIT.REFUSED, /: \/faults\/0: \\x1b\\x0d\\x0ano \(bad_field\)\n/],
    [refusal(503, 'fault'), EXIT.REFUSED, /\(fault\)/],
    [refusal(503, 'exhausted'), EXIT.TRY_LATER, /\(exhausted\)/],
    [refusal(409, 'exhausted'), EXIT.TRY_LATER, /\(exhausted\)/],
    [refusal(408, 'timeout'), EXIT.TRY_LATER, /\(timeout\)/],
    [refusal(404, 'not_found'), EXIT.UNAVAILABLE, /^poolctl: http:\/\/127\.0\.0\.1:\d+\S*[^\/]: no Pool Manager mock is there; its URL \(--url\)/],
    [refusal(404, 'outside_mount'), EXIT.UNAVAILABLE, /^poolctl: http:\/\/127\.0\.0\.1:\d+\S*[^\/]: no Pool Manager mock is there; its URL \(--url\)/],
    [{ status: 404, body: '<html>' }, EXIT.UNAVAILABLE, /^poolctl: http:\/\/127\.0\.0\.1:\d+\S*[^\/]: no Pool Manager mock is there; its URL \(--url\)/],
    [refusal(502, 'bad_gateway'), EXIT.UNAVAILABLE, /\(bad_gateway\)/],
    [refusal(504, 'gateway_timeout'), EXIT.UNAVAILABLE, /\(gateway_timeout\)/],
    [{ status: 500, body: '<html>' }, EXIT.REFUSED, /answered 500 without a reason/],
    [{ status: 500, body: '' }, EXIT.REFUSED, /answered 500 without a reason/],
    [{ status: 500, json: { error: 7, code: null } }, EXIT.REFUSED, /: 7/],
    [{ status: 302, body: '', headers: { location: 'http://127.0.0.1:9/' } }, EXIT.REFUSED, /answered 302.*redirect/],
  ];
  await forEachRow(rows, async ([given, status, sentence]) => {
    answer = given;
    const ended = await server.run(['claim']);
    assertFailed(ended, status, sentence);
    assert.equal(ended.stdout, '');
    assert.equal(server.take().length, 1, 'nothing is sent twice');
  });
});

testCase('for an incomplete list there is a sentence on standard error', async (world) => {
  let answer;
  const server = await ScriptedServer.start(world, () => ({ json: { success: true, ...answer } }));
  const rows = [
    ['requests', { requests: [], dropped: 2000 }, 'poolctl: 2000 older requests have been dropped and may be missing\n'],
    ['leaks', { leaks: [], dropped: 3 }, 'poolctl: 3 older leaks have been dropped and may be missing\n'],
    ['leaks', { leaks: [], dropped: 0 }, ''],
  ];
  await forEachRow(rows, async ([command, given, note]) => {
    answer = given;
    const { code, stderr } = await server.run([command]);
    assert.deepEqual([code, stderr], [EXIT.OK, note]);
  });
});

testCase('near misses are shown after the sentence of verify, as JSON with --json', async (world) => {
  const misses = [{ differs: 'operation', request: { seq: 3, status: 200, operation: 'claim', pool: 'p', pod: 'x' } }];
  const refused = { ...refusal(409, 'not_verified').json, count: 0, misses };
  const server = await ScriptedServer.start(world, () => ({ status: 409, json: refused }));
  const shown = await server.run(['verify']);
  assertFailed(shown, EXIT.REFUSED, /\(not_verified\)/);
  assert.equal(shown.stdout,
    'DIFFERS    SEQ  STATUS  OPERATION  POOL  POD  WORKSPACE\noperation  3    200     claim      p     x    -\n');
  const raw = await server.run(['verify', '--json']);
  assertFailed(raw, EXIT.REFUSED, /\(not_verified\)/);
  assert.equal(raw.stdout, `${JSON.stringify(refused)}\n`);
});

testCase('an answer of an unexpected shape is an error, or its wrong part is ignored', async (world) => {
  let answer;
  const server = await ScriptedServer.start(world, () => ({ json: { success: true, ...answer } }));
  const rows = [
    [['settings', 'show'], { settings: [] }, EXIT.PROTOCOL],
    [['snapshots', 'list'], { snapshots: {} }, EXIT.PROTOCOL],
    [['clock', 'advance', '1'], { now: 't', mode: 'm', fired: 3 }, EXIT.OK],
    [['verify'], { count: 1, misses: {} }, EXIT.OK],
  ];
  await forEachRow(rows, async ([args, given, code]) => {
    answer = given;
    const ended = await server.run(args);
    assert.deepEqual([ended.code, ended.signal], [code, null]);
  });
});

testCase('a success that is not one of the service is an error', async (world) => {
  let body;
  const server = await ScriptedServer.start(world, () => ({ body }));
  const bodies = ['', 'hello', '[]', '{"success":true', '{"success":true,"pools":{}}', 'null', '{"pools":[]} and more'];
  await forEachRow(bodies, async (given) => {
    body = given;
    assertFailed(await server.run(['list']), EXIT.PROTOCOL, /not one of a Pool Manager mock/);
  });
  await forEachRow(['', '<html>', '[]', 'hello'], async (given) => {
    body = given;
    const ended = await server.run(['--json', 'list']);
    assertFailed(ended, EXIT.PROTOCOL, /not one of a Pool Manager mock/);
    assert.equal(ended.stdout, '');
  });
  body = '{"success":true}';
  await forEachRow([['claim'], ['release', 'pod'], ['status'], ['clock', 'show']], async (args) => {
    assertFailed(await server.run(args), EXIT.PROTOCOL, /not one of a Pool Manager mock/);
  });
});

testCase('a missing or incomplete answer is an error', async (world) => {
  let behave;
  const server = await ScriptedServer.start(world, () => behave);
  const behaviours = {
    closed: (response) => response.destroy(),
    reset: (response) => response.socket.resetAndDestroy(),
    cut: (response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"success":true', () => response.destroy());
    },
    noise: (response) => response.socket.end('what is this\r\n\r\n'),
  };
  await forEachRow(Object.keys(behaviours), async (name) => {
    behave = behaviours[name];
    const ended = await server.run(['claim']);
    assertFailed(ended, EXIT.UNAVAILABLE, /: no answer: ./);
    assert.equal(server.take().length, 1, 'nothing is sent twice');
  });
});

testCase('an answer that is longer than 64 MiB is an error', async (world) => {
  const megabyte = 'x'.repeat(1024 * 1024);
  const server = await ScriptedServer.start(world, () => (response) => {
    response.on('error', () => {});
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"success":true,"pools":"');
    for (let n = 0; n < 64; n++) response.write(megabyte);
    response.end('"}');
  });
  assertFailed(await server.run(['list']), EXIT.PROTOCOL, /^poolctl: the answer is too long\n$/);
});

testCase('a service that does not answer in time, or does not listen, is an error', async (world) => {
  const server = await ScriptedServer.start(world, () => () => {});
  assertFailed(await server.run(['claim', '--timeout', '100ms']), EXIT.UNAVAILABLE, /no answer within 100ms \(--timeout\)/);
  const url = `http://127.0.0.1:${await freePort()}/base`;
  const ended = await poolctl(['claim'], { url, env: { POOLCTL_TOKEN: 'secret-token' } });
  assertFailed(ended, EXIT.UNAVAILABLE, /^poolctl: http:\/\/127\.0\.0\.1:\d+\/base: no answer: /);
  assert.ok(!ended.stderr.includes('secret'), 'the token is never shown');
});

testCase('a certificate is trusted if its authority is named, and only then', async (world, t) => {
  const key = world.path('key.pem');
  const certificate = world.path('certificate.pem');
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key,
    '-out', certificate]);
  if (made.error) {
    t.skip('there is no openssl');
    return;
  }
  const tls = { key: readFileSync(key), cert: readFileSync(certificate) };
  const server = await ScriptedServer.start(world, () => ({ json: { success: true, pools: [] } }), tls);
  assertFailed(await server.run(['list']), EXIT.UNAVAILABLE, /no answer: .*certificate/i);
  assert.deepEqual(server.take(), []);
  assertDone(await server.run(['list', '--cacert', certificate]));
  assertDone(await server.run(['list'], { env: { POOLCTL_CACERT: certificate } }));
  assert.equal(server.take().length, 2);
  await forEachRow([world.path('none.pem'), key], async (file) => {
    assertFailed(await server.run(['list', '--cacert', file]), EXIT.NO_INPUT, /--cacert \S+: expected a readable file/);
  });
});

testCase('standard output on a full disk is an error', async (world) => {
  const server = await ScriptedServer.start(world, () => ({ json: { success: true, pools: [] } }));
  const full = openSync('/dev/full', 'w');
  try {
    await forEachRow([['list'], ['--json', 'list'], ['--help']], async (args) => {
      const ended = await server.run(args, { stdio: ['pipe', full, 'pipe'] });
      assertFailed(ended, EXIT.IO_ERROR, /No space left/);
    });
    server.answer = () => ({ json: { success: true, pools: [{ name: 'x'.repeat(20_000) }], next_cursor: 'c' } });
    server.take();
    assertFailed(await server.run(['list'], { stdio: ['pipe', full, 'pipe'] }), EXIT.IO_ERROR, /No space left/);
    assert.equal(server.take().length, 1, 'no further page');
  } finally {
    closeSync(full);
  }
});

testCase('a closed standard file is an error, and no other file takes its descriptor', async (world) => {
  const pools = [{ name: 'x'.repeat(20_000) }];
  const server = await ScriptedServer.start(world, () => ({ json: { success: true, pools } }));
  await forEachRow([['list'], ['--json', 'list'], ['--help']], async (args) => {
    assertFailed(await server.run(args, { shell: 'exec "$@" >&-' }), EXIT.IO_ERROR, /Bad file descriptor/);
  });
  assertFailed(await server.run(['import', '-'], { shell: 'exec "$@" <&-' }), EXIT.NO_INPUT, /Bad file descriptor/);
  assert.equal((await server.run(['nonsense'], { shell: 'exec "$@" 2>&-' })).code, EXIT.USAGE);
});
