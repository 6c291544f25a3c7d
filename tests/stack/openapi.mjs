// SPDX-License-Identifier: MIT
//
// GET __admin/openapi.json. lib/http.mjs checks each answer of the other tests against it.

import assert from 'node:assert/strict';

import { assertError } from '../lib/api.mjs';
import { testCase } from '../lib/case.mjs';
import { AJV_IS_MISSING, checkAnswer, importModule, openapiDocument } from '../lib/openapi.mjs';
import { allRoutes, requestOf, RouteRig } from '../lib/route_requests.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';
import { BASE, Worker } from '../lib/worker.mjs';

const SIZE_MAX = 300_000;

stackCase('the document is that of the build, at each mount and tenant, and within its size', async (world) => {
  const stack = await Stack.start(world);
  const answer = await stack.ask('GET', '/__admin/openapi.json');
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.deepEqual(answer.json, openapiDocument());
  assert.ok(answer.body.length < SIZE_MAX, `${answer.body.length} bytes`);
  const ofTenant = await stack.ask('GET', '/~t/__admin/openapi.json');
  assert.equal(ofTenant.text, answer.text);
  for (const prefix of ['', '/~t']) {
    const base = new URL(answer.json.servers[0].url, `http://x${BASE}${prefix}/__admin/openapi.json`);
    assert.equal(base.pathname, `${BASE}${prefix}/`);
  }
});

stackCase('the document is fenced like the rest of the control API', async (world) => {
  const stack = await Stack.start(world, { options: ['--admin-token', 'secret'] });
  assertError(await stack.ask('GET', '/__admin/openapi.json'), 401, 'no_token');
});

testCase('an independent validator accepts the document', async () => {
  const { Validator } = await importModule('@seriousme/openapi-schema-validator');
  const validator = new Validator();
  const { valid, errors } = await validator.validate(openapiDocument());
  assert.ok(valid, JSON.stringify(errors));
  assert.equal(validator.version, '3.1');
}, { skip: AJV_IS_MISSING });

testCase('each route answers with each success that the document describes', async (world) => {
  const worker = await Worker.start(world, { options: ['--log-level', 'error'] });
  const rig = new RouteRig(await worker.connect());
  await rig.makeDocument();
  const seen = new Set();
  for (const row of allRoutes()) {
    const request = requestOf(row, rig);
    await rig.prepare();
    for (let time = 0; time < 2; time++) { // some routes answer differently the second time
      const answer = await rig.connection.ask(request);
      seen.add(checkAnswer(request.method, request.target, { ...answer, body: Buffer.from(answer.text) }));
    }
  }
  for (const target of [BASE, `${BASE}/__admin`]) { // a browser without the slash
    const answer = await rig.connection.ask({ target, params: { HTTP_ACCEPT: 'text/html' } });
    seen.add(checkAnswer('GET', target, { ...answer, body: Buffer.from(answer.text) }));
  }
  const described = Object.entries(openapiDocument().paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { responses }]) =>
      Object.keys(responses).filter((status) => Number(status) >= 200 && Number(status) < 400).map((status) => `${method.toUpperCase()} ${path} ${status}`)));
  assert.deepEqual(described.filter((label) => !seen.has(label)), []);
}, { skip: AJV_IS_MISSING });

testCase('the examples are answers of the documents, and fit', () => {
  const examples = Object.entries(openapiDocument().paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { responses }]) =>
      Object.entries(responses).map(([status, { content }]) => [method.toUpperCase(), path, Number(status), content?.['application/json']?.example])));
  const given = examples.filter(([, , , example]) => example !== undefined);
  assert.ok(given.length > 45, `${given.length} examples`);
  for (const [method, path, status, example] of given) {
    const target = BASE + path.replace(/\{\w+\}/g, 'x');
    const answer = { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(example)) };
    assert.equal(checkAnswer(method, target, answer), `${method} ${path} ${status}`);
  }
}, { skip: AJV_IS_MISSING });

// A check that can't fail would be none.
testCase('an answer that does not fit is found', () => {
  const headers = { 'content-type': 'application/json' };
  const check = (method, path, status, json) => checkAnswer(method, BASE + path, { status, headers, body: Buffer.from(JSON.stringify(json)) });
  const usage = { success: true, workspace_id: 'x', pool_name: 'p', usage_status: 'used', user_info: null, marked_at: null };
  const path = '/pools/p/workspaces/mock-pod-1/usage';
  assert.equal(check('GET', path, 200, usage), 'GET /pools/{pool}/workspaces/{pod}/usage 200');
  assert.throws(() => check('GET', path, 200, { ...usage, more: 1 }), /additional properties.*more/);
  assert.throws(() => check('GET', path, 200, { ...usage, pool_name: null }), /pool_name must be string/);
  assert.throws(() => check('GET', path, 200, { success: true }), /required property 'workspace_id'/);
  assert.throws(() => check('GET', path, 201, usage), /no status 201/);
  assert.throws(() => check('GET', path, 404, { success: false, error: 'e', message: 'e', code: 'exhausted' }), /code must be equal to one of/);
  assert.equal(check('GET', path, 404, { success: false, error: 'e', message: 'e', code: 'pod_not_found' }).slice(-3), '404');
}, { skip: AJV_IS_MISSING });
