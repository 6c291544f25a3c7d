// SPDX-License-Identifier: MIT
//
// The requests that every route refuses alike. Those that nginx refuses are in nginx_errors.mjs.

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';

import { assertError, assertSuccess } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const ROUTES = [
  ['GET', '/pools/default-pool/workspace'],
  ['GET', '/pools/default-pool/status'],
  ['GET', '/pools/default-pool/workspaces'],
  ['GET', '/workspaces/pod-pool-1-1'],
  ['POST', '/workspaces/pod-pool-1-1/update'],
  ['POST', '/workspaces/pod-pool-1-1/mark-used'],
  ['POST', '/workspaces/pod-pool-1-1/mark-unused'],
  ['POST', '/workspaces/pod-pool-1-1/release'],
  ['POST', '/pools'],
  ['GET', '/__admin/health'],
  ['POST', '/__admin/reset'],
];

const POSTS = ROUTES.filter(([method]) => method === 'POST');

const NOT_JSON = [
  '{', '}', '[', '{"a"}', '{"a":}', '{"a":1,}', '{,}', '{"a":1}{', '{"a":1} x', '{} {}', "{'a':1}", '{a:1}', '[1,]',
  '[,1]', '{"a":NaN}', '{"a":Infinity}', '{"a":+1}', '{"a":01}', '{"a":1.}', '{"a":.5}', '{"a":1e}', '{"a":0x1}',
  '{"a":tru}', '{"a":TRUE}', '{"a":"\n"}', '{"a":"\t"}', '{"a":"\\x41"}', '{"a":"\\u12"}', '{"a":"\\u0000"}',
  '{"a\\u0000":1}', '{"a":"\\ud800"}', '{"a":"\\udc00"}', '{"a":1,"a":2}', '{"a":1,"\\u0061":2}',
  '{"a":{"b":1,"b":1}}', '{"a":1//x\n}', '{/**/}', '{}\0', '\0{}', '"', '"a', '{"a":"b}', '\u00a0{}',
  '{"a":1}\u2028', '-', 'nul', `${'['.repeat(33)}${']'.repeat(33)}`, '['.repeat(100_000),
  `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`,
];

const NOT_UTF8 = [
  [0xff], [0xc3], [0xc3, 0x28], [0xc0, 0xaf], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
  [0xf8, 0x88, 0x80, 0x80, 0x80], [0x80], [0xe2, 0x82],
].map((bytes) => Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]));

stackCase('a body that is not JSON is 400 on every route that takes one, and changes nothing', async (world) => {
  const stack = await Stack.start(world);
  assertSuccess(await stack.ask('GET', '/pools/default-pool/workspace'));
  await forEachRow([...NOT_JSON, ...NOT_UTF8], async (body) => {
    for (const [method, path] of POSTS) {
      const answer = await stack.ask(method, path, { body });
      assertError(answer, 400, 'bad_json', /^the body (is not valid JSON:|has more than 32 levels) .*, at byte \d+$/);
    }
  });
  const { pools } = assertSuccess(await stack.ask('GET', '/__admin/health'));
  assert.equal(pools, 1);
  await stack.assertPool('default-pool', { total: 5, used: 1 });
});

// Bodies of clients that do not send JSON.
const OTHERS = [
  { body: new URLSearchParams({ name: 'x', minimum_vms: 3 }).toString(), sentence: /: it is a form \(name=value\); / },
  { body: '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n--b--\r\n', sentence: /: it is a multipart form; / },
  { body: gzipSync('{"name":"x"}'), sentence: /: it is compressed with gzip; send it uncompressed$/ },
  { body: '\ufeff{"name":"x"}', sentence: /: it begins with a byte order mark; send UTF-8 without one$/ },
  { body: Buffer.from('{"name":"x"}', 'utf16le'), sentence: /: it is in UTF-16; send UTF-8$/ },
  { body: Buffer.from('\ufeff{"name":"x"}', 'utf16le').swap16(), sentence: /: it is in UTF-16; send UTF-8$/ },
];

// Routes that take a body, of every kind.
const WITH_BODY = [
  ['POST', '/pools'], ['PUT', '/pools/default-pool'], ['PATCH', '/pools/default-pool'],
  ['POST', '/pools/default-pool/scale'], ['POST', '/workspaces/mock-pod-1/update'],
  ['POST', '/workspaces/mock-pod-1/mark-used'], ['POST', '/workspaces/mock-pod-1/release'],
  ['POST', '/pools/default-pool/workspaces/mock-pod-1/environment'],
  ['POST', '/pools/default-pool/workspaces/mock-pod-1/repositories'], ['POST', '/exec/mock-pod-1'],
  ['POST', '/auth/login'], ['POST', '/users'], ['PATCH', '/__admin/settings'],
  ['PATCH', '/__admin/pools/default-pool'], ['POST', '/__admin/faults'], ['PUT', '/__admin/faults'],
  ['PUT', '/__admin/clock'], ['POST', '/__admin/seed'], ['PUT', '/__admin/goose'], ['POST', '/__admin/verify'],
  ['PUT', '/__admin/state'],
];

stackCase('the sentence for a body in another format names the format', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(OTHERS, async ({ body, sentence }) => {
    for (const [method, path] of WITH_BODY)
      assertError(await stack.ask(method, path, { body }), 400, 'bad_json', sentence);
  });
});

stackCase('JSON of another type is a bad field, and both types are named', async (world) => {
  const stack = await Stack.start(world);
  const bodies = { '[]': 'an array', '"x"': 'a string', ' 5 ': 'a number', '1.5': 'a number', true: 'a boolean', null: 'null' };
  await forEachRow(Object.entries(bodies), async ([body, name]) => {
    for (const [method, path] of WITH_BODY) {
      const takesArray = method === 'PUT' && path === '/__admin/faults';
      if (takesArray && body === '[]')
        continue;
      const answer = await stack.ask(method, path, { body });
      const sentence = `the body: expected a JSON ${takesArray ? 'array' : 'object'}, not ${name}`;
      assertError(answer, 400, 'bad_field', new RegExp(`^${sentence}$`));
    }
  });
  const answer = await stack.ask('PUT', '/__admin/faults', { body: '{"a":1}' });
  assertError(answer, 400, 'bad_field', /^the body: expected a JSON array, not an object$/);
});

// A body for each field that takes a whole number, with # in its place; a valid number for it; the status of the answer; and
// the number of requests before.
const rule = (field) => `{"id":"n","match":{"operation":"claim"},"answer":{"status":503},${field}}`;
const answerOf = (answer) => `{"id":"n","match":{"operation":"claim"},"answer":${answer}}`;
const delayOf = (delay) => `{"id":"n","match":{"operation":"claim"},"delay":${delay}}`;
const WHOLE_NUMBERS = [
  ['POST', '/pools', '{"name":"n","minimum_vms":#}'],
  ['PUT', '/pools/default-pool', '{"minimum_vms":#}'],
  ['PATCH', '/pools/default-pool', '{"minimum_pods":#}'],
  ['POST', '/pools/default-pool/scale', '{"minimum_vms":#}'],
  ...['newPoolPods', 'maxPods', 'failNext', 'claimTimeout', 'leaseTtl'].flatMap((key) => [
    ['PATCH', '/__admin/settings', `{"${key}":#}`],
    ['PATCH', '/__admin/pools/default-pool', `{"${key}":#}`],
  ]),
  ['PATCH', '/__admin/settings', '{"rejectStatus":#}', '503'],
  ['PATCH', '/__admin/settings', '{"retryAfter":#}'],
  ['PATCH', '/__admin/settings', '{"progression":{"mode":"time","pending":#,"starting":#}}'],
  ['PATCH', '/__admin/settings', '{"progression":{"mode":"manual","looks":#}}'],
  ...['skip', 'times', 'every'].map((key) => ['POST', '/__admin/faults', rule(`"${key}":#`)]),
  ['POST', '/__admin/faults', rule('"ttl":#'), '60000'],
  ['POST', '/__admin/faults', answerOf('{"status":#}'), '503'],
  ['POST', '/__admin/faults', answerOf('{"status":503,"retryAfter":#}')],
  ['POST', '/__admin/faults', answerOf('{"dribble":{"bytesPerSecond":#}}')],
  ['POST', '/__admin/faults', delayOf('{"type":"fixed","ms":#}')],
  ['POST', '/__admin/faults', delayOf('{"type":"uniform","lowerMs":#,"upperMs":#}')],
  ['POST', '/__admin/faults', delayOf('{"type":"lognormal","medianMs":#,"sigma":1,"maxMs":#}')],
  ['PUT', '/__admin/clock', '{"action":"advance","by":#}'],
  ['POST', '/__admin/seed', '{"seed":#}'],
  ['PUT', '/__admin/goose', '{"replies":[{"text":"a","pieces":#,"delay":#}]}'],
  ['POST', '/__admin/verify', '{"match":{"operation":"usage","after":#}}', undefined, 409, 7],
  ['POST', '/__admin/verify', '{"match":{"operation":"usage","status":#},"times":{"atLeast":0}}', '200'],
  ...['exactly', 'atLeast'].map((key) => ['POST', '/__admin/verify', `{"times":{"${key}":#}}`, undefined, 409]),
  ['POST', '/__admin/verify', '{"match":{"operation":"usage"},"times":{"atMost":#}}'],
  ['PUT', '/__admin/state', '{"schemaVersion":#}', '1'],
  ['PUT', '/__admin/state', '{"schemaVersion":1,"counters":{"lastPod":#,"lastPool":#,"lastSession":#,"lastToken":#}}'],
  ['PUT', '/__admin/state', '{"schemaVersion":1,"pools":[{"name":"a","number":#,"firstPod":#,"firstPods":#,"minimumVms":#}]}'],
  ...['"looks":#', '"startingMs":#,"dueAt":"2100-01-01T00:00:00.000Z"'].map((member) => [
    'PUT', '/__admin/state',
    `{"schemaVersion":1,"pools":[{"name":"a","number":1}],"pods":[{"number":#,"pool":"a","state":"pending",${member}}]}`,
  ]),
];

stackCase('a whole number may be written with a point or an exponent, in every field that takes one', async (world) => {
  const stack = await Stack.start(world);
  const forms = (number) => [number, `${number}.0`, `${number}e0`, `${number}0e-1`, `${number}.000E+0`, `0.${number}e${number.length}`];
  await forEachRow(WHOLE_NUMBERS, async ([method, path, body, number = '7', status = 200, before = 0]) => {
    const shapes = new Set();
    for (const form of forms(number)) {
      assertSuccess(await stack.ask('POST', '/__admin/reset'));
      for (let n = 0; n < before; n++) assertSuccess(await stack.ask('GET', '/pools'));
      const answer = await stack.ask(method, path, { body: body.replaceAll('#', form) });
      assert.ok(answer.status === status || (status === 200 && answer.status === 201), `${form}: ${answer.text}`);
      const settled = await stack.ask('GET', '/__admin/settings');
      shapes.add(JSON.stringify([(await stack.ask('GET', '/__admin/faults')).json, settled.json]));
    }
    assert.equal(shapes.size, 1);
    for (const form of ['7.5', '75e-1', '700.0000000000000000000000000001', '1e-400']) {
      const answer = await stack.ask(method, path, { body: body.replaceAll('#', form) });
      assertError(answer, 400, 'bad_field', /: expected a whole number, not [0-9].*$/);
    }
    for (const form of ['1e400', '123456789012345678901234567890', '-1e19'])
      assertError(await stack.ask(method, path, { body: body.replaceAll('#', form) }), 400, 'bad_field');
  });
});

stackCase('a body of nothing but white space is not JSON', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow([' ', '\n\t\r '], async (body) => {
    assertError(await stack.ask('POST', '/workspaces/mock-pod-1/mark-used', { body }), 400, 'bad_json');
  });
});

stackCase('a body is JSON up to a depth of 32', async (world) => {
  const stack = await Stack.start(world);
  const nested = (depth) => `{"ignored":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  assertSuccess(await stack.ask('POST', '/workspaces/mock-pod-1/mark-used', { body: nested(32) }));
  assertError(await stack.ask('POST', '/workspaces/mock-pod-1/mark-used', { body: nested(33) }), 400, 'bad_json', /32/);
});

stackCase('--json-values-max bounds the values in a body', async (world) => {
  const stack = await Stack.start(world, { options: ['--json-values-max', '100'] });
  const values = (count) => `{"ignored":[${Array(count - 2).fill('1').join()}]}`;
  assertSuccess(await stack.ask('POST', '/workspaces/mock-pod-1/mark-used', { body: values(100) }));
  assertError(await stack.ask('POST', '/workspaces/mock-pod-1/mark-used', { body: values(101) }), 400, 'bad_json', /100/);
});

stackCase('an unknown path is 404', async (world) => {
  const stack = await Stack.start(world);
  const paths = [
    '/pool', '/pools/', '/pools//status', '//pools/a/status', '/pools/a/', '/pools/a/status/',
    '/pools/a/status/x', '/pools/a/statu', '/POOLS/a/status', '/pools/a/Status', '/pools/a/./status',
    '/pools/x/../status', '/pools/a/b%2Fstatus', '/pools/a/status%2F', '/pools/a/status;x=1', '/workspaces',
    '/workspaces/', '/workspaces/pod-pool-1-1/', '/workspaces/a/b/c', '/__admin/nothing',
    '/__ADMIN/health', '/%2e%2e/pools', `/${'a/'.repeat(40)}`,
  ];
  await forEachRow(paths, async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      assertError(await stack.ask(method, path), 404, 'not_found');
    }
  });
  assert.equal(assertSuccess(await stack.ask('GET', '/__admin/health')).pools, 1, 'and makes no pool');
});

stackCase('another method of a known path is 405 with Allow', async (world) => {
  const stack = await Stack.start(world);
  for (const [right, path] of ROUTES.filter(([, path]) => path !== '/pools')) {
    const allowed = right === 'GET' ? ['GET', 'HEAD', 'OPTIONS'] : ['POST', 'OPTIONS'];
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !allowed.includes(method));
    await forEachRow(methods, async (method) => {
      const answer = await stack.ask(method, path, { json: { name: 'x', repositories: [] } });
      assert.deepEqual((answer.headers.allow ?? '').split(/, */), allowed, `Allow of ${path}`);
      if (method === 'HEAD') assert.equal(answer.status, 405);
      else assertError(answer, 405, 'method_not_allowed');
    });
  }
  await stack.assertPool('default-pool', { total: 5, used: 0 });
});

stackCase('an unknown method is 405', async (world) => {
  const stack = await Stack.start(world);
  const [answer] = await stack.raw('PURGE /api/mock/pool-manager/pools HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assertError(answer, 405, 'method_not_allowed');
});

stackCase('a name in a path that is not allowed is 400, and the longest names are accepted', async (world) => {
  const stack = await Stack.start(world);
  const bad = [
    'a%0Ab', '%0D', '%1F', '%7F', '%C2%85', '%FF', '%C3', '%ED%A0%80', '%C0%AF', 'x'.repeat(129), '%C3%BC'.repeat(65),
  ];
  await forEachRow(bad, async (name) => {
    for (const route of ['workspace', 'status', 'workspaces']) {
      assertError(await stack.ask('GET', `/pools/${name}/${route}`), 400, 'bad_name');
    }
    assertError(await stack.ask('GET', `/workspaces/${name}`), 400, 'bad_name');
    assertError(await stack.ask('POST', `/workspaces/${name}/release`), 400, 'bad_name');
  });
  assert.equal(assertSuccess(await stack.ask('GET', '/__admin/health')).pools, 1);
  assertSuccess(await stack.ask('GET', `/pools/${'x'.repeat(128)}/status`));
  assertSuccess(await stack.ask('GET', `/pools/${'%C3%BC'.repeat(64)}/status`));
});

stackCase('a path over 8,000 bytes is 414', async (world) => {
  const stack = await Stack.start(world);
  const target = (bytes) => '/api/mock/pool-manager/pool/'.padEnd(bytes, 'a');
  assertError(await stack.request('GET', target(8_000)), 404, 'not_found');
  await forEachRow([8_001, 9_000], async (bytes) => {
    assertError(await stack.request('GET', target(bytes)), 414, 'path_too_long');
  });
});

stackCase('a body over 1 MiB is 413, one of 1 MiB is not', async (world) => {
  const stack = await Stack.start(world);
  const body = (bytes) => `{"ignored":"${'x'.repeat(bytes - 14)}"}`;
  assertSuccess(await stack.ask('POST', '/workspaces/mock-pod-1/mark-used', { body: body(1024 * 1024) }));
  assertSuccess(await stack.ask('POST', '/workspaces/mock-pod-1/release'));
  await forEachRow([false, true], async (chunked) => {
    const answer = await stack.ask('POST', '/workspaces/mock-pod-1/mark-used', { body: body(1024 * 1024 + 1), chunked });
    assertError(answer, 413, 'body_too_large');
  });
  await stack.assertPool('default-pool', { total: 5, used: 0 });
});

stackCase('a chunked body is accepted like any other', async (world) => {
  const stack = await Stack.start(world);
  const json = { repositories: ['o/chunked'] };
  const { workspace } = assertSuccess(await stack.ask('POST', '/workspaces/mock-pod-1/update', { json, chunked: true }));
  assert.deepEqual(workspace.repositories, ['o/chunked']);
});
