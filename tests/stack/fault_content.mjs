// SPDX-License-Identifier: MIT
//
// Fault rules that set what a pod's ports answer: content instead of the usual answer, by port, method and path.

import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { setFaults } from '../lib/faults.mjs';
import { BEARER } from '../lib/pods.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const POD = '/_pod/mock-pod-1';

const script = (match, answer, more = {}) => ({ match: { operation: 'pod', ...match }, answer, ...more });

stackCase('a test sets what a pod answers: a diff, a broken process, a front end that does not validate', async (world) => {
  const stack = await Stack.start(world);
  const diff = [{ file: 'a/src/ü.ts', action: 'modify', content: '+ line\n' }];
  const stopped = [{ name: 'frontend', status: 'stopped', port: '3000' }];
  await setFaults(stack, [
    script({ port: 15552, path: '/diff' }, { status: 200, json: diff }),
    script({ port: 15552, path: '/jlist' }, { status: 200, json: stopped }, { times: 1 }),
    script({ port: 15552, method: 'POST', path: '/validate_frontend' }, { status: 422, json: { ok: false, message: 'no' } }),
  ]);
  const diffed = await stack.ask('GET', `${POD}/15552/diff`, { headers: { ...BEARER, origin: 'http://app.example' } });
  assert.deepEqual([diffed.status, diffed.json], [200, diff]);
  assert.equal(diffed.headers['content-type'], 'application/json');
  assert.equal(diffed.headers['access-control-allow-origin'], '*');
  assert.deepEqual((await stack.ask('GET', `${POD}/15552/jlist`)).json, stopped);
  assert.equal((await stack.ask('GET', `${POD}/15552/jlist`)).json.length, 2, 'the rule is spent');
  const invalid = await stack.ask('POST', `${POD}/15552/validate_frontend`, { json: {}, headers: BEARER });
  assert.deepEqual([invalid.status, invalid.json.ok, invalid.headers['x-mock-fault']], [422, false, 'fault-3']);
  assert.equal((await stack.ask('GET', `${POD}/3000/`)).status, 200, 'other paths and ports answer as ever');
});

stackCase('rules give a front end an API of its own, at any paths', async (world) => {
  const stack = await Stack.start(world);
  await setFaults(stack, [
    script({ port: 3000, method: 'POST', path: '/api/login' },
      { status: 201, headers: { 'Set-Cookie': 'a=b; Path=/' }, json: { token: 't' } }),
    script({ port: 3000, path: '/api/old/*' }, { status: 302, headers: { Location: '/api/new' }, text: '' }),
    script({ port: 3000, path: '/app.js' }, { status: 200, headers: { 'Content-Type': 'text/javascript' }, text: 'x();' }),
    script({ port: 3000, method: 'DELETE', path: '*' }, { status: 204, text: '' }),
  ]);
  const rows = [
    ['POST', '/api/login', 201, '{"token":"t"}', { 'set-cookie': 'a=b; Path=/', 'content-type': 'application/json' }],
    ['GET', '/api/old/x?y', 302, '', { location: '/api/new' }],
    ['GET', '/app.js', 200, 'x();', { 'content-type': 'text/javascript' }],
    ['HEAD', '/app.js', 200, '', { 'content-length': '4' }],
    ['DELETE', '/api/things/7', 204, '', {}],
    ['OPTIONS', '/api/login', 204, '', { 'access-control-allow-origin': '*' }],
  ];
  await forEachRow(rows, async ([method, path, status, text, headers]) => {
    const answer = await stack.ask(method, `${POD}/3000${path}`, method === 'POST' ? { json: {} } : {});
    assert.deepEqual([answer.status, answer.text], [status, text]);
    for (const [name, value] of Object.entries(headers)) assert.equal(String(answer.headers[name]), value, name);
  });
  assertError(await stack.ask('GET', `${POD}/3000/api/login`), 404, 'not_found');
});

stackCase('the answer of GET faults can be sent back, and another tenant has none of the rules', async (world) => {
  const stack = await Stack.start(world);
  await setFaults(stack, [
    script({ port: 15552, method: 'GET', path: '/diff*' }, { status: 200, headers: { 'X-A': 'b', 'X-C': 'd: e' }, json: { a: [1.5, null] } }),
    script({ path: '*' }, { status: 503, text: 'ü "quoted"\n' }, { id: 'text' }),
    { match: { operation: 'claim' }, answer: { status: 200, json: null } },
    { match: { operation: 'status' }, answer: { status: 503, headers: { 'X-A': '' }, error: 'e' } },
  ]);
  const shown = async () => (await stack.ask('GET', '/__admin/faults')).json.faults;
  const before = await shown();
  await setFaults(stack, before);
  assert.deepEqual(await shown(), before);
  assert.equal((await stack.ask('GET', '/~other/_pod/mock-pod-1--other/15552/diff', { headers: BEARER })).status, 404);
  assertSuccess(await stack.ask('GET', '/~other/pools'));
  const other = await stack.ask('GET', '/~other/_pod/mock-pod-1--other/15552/diff', { headers: BEARER });
  assert.deepEqual(other.json, []);
});

stackCase('a rule that could never match, or a header that nginx would act on, is a 400', async (world) => {
  const stack = await Stack.start(world);
  const answer = { status: 200, json: {} };
  const rows = [
    [{ match: { operation: 'claim', path: '/x' }, answer }, /match\.path: claim requests have no port/],
    [{ match: { operation: ['status', 'pools'], port: 3000 }, answer }, /match\.port: status or pools requests have no port/],
    [{ match: { operation: 'pod', method: 'OPTIONS' }, answer }, /match\.method: expected GET/],
    [{ match: { operation: 'pod', path: 'x' }, answer }, /match\.path: expected a path that begins with/],
    [{ answer: { ...answer, headers: { 'X-Accel-Redirect': '/' } } }, /a rule may not set this header/],
    [{ answer: { ...answer, headers: { 'Content-Length': '1' } } }, /a rule may not set this header/],
    [{ answer: { ...answer, headers: { 'X-A': 'a\r\nb' } } }, /visible ASCII/],
    [{ answer: { truncate: 0.5, json: {} } }, /needs status beside it/],
    [{ answer: { status: 200 } }, /json or text/],
  ];
  await forEachRow(rows, async ([rule, sentence]) => {
    assertError(await stack.ask('POST', '/__admin/faults', { json: rule }), 400, 'bad_field', sentence);
  });
});
