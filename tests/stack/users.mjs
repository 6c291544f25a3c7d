// SPDX-License-Identifier: MIT
//
// auth/login, users, --require-auth, and the places where no secret may appear.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, assertTime } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const login = (stack, json) => stack.ask('POST', '/auth/login', { json });
const makeUser = (stack, json, options) => stack.ask('POST', '/users', { json, ...options });
const bearer = (token) => ({ headers: { authorization: `Bearer ${token}` } });

stackCase('any user may log in with any password', async (world) => {
  const stack = await Stack.start(world);
  const { token, user } = assertSuccess(await login(stack, { username: 'ü b', password: 'any' }));
  assert.ok(typeof token === 'string' && token.length > 0);
  assert.deepEqual(Object.keys(user).sort(), ['role', 'username']);
  assert.deepEqual([user.username, typeof user.role], ['ü b', 'string']);
  assertSuccess(await login(stack, { username: 'ü b', password: 'another' }));
});

stackCase('a login needs a username and a password, both strings', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    [{}, /^username: required$/], [{ password: 'p' }, /^username: required$/], [{ username: 'u' }, /^password: required$/],
    [{ username: '', password: 'p' }, /^username: is empty$/], [{ username: 'u', password: '' }, /^password: is empty$/],
    [{ username: 7, password: 'p' }, /^username: expected a string, not a number$/],
    [{ username: 'u', password: null }, /^password: required$/],
  ];
  await forEachRow(rows, async ([json, sentence]) => {
    assertError(await login(stack, json), 400, 'bad_field', sentence);
    assertError(await makeUser(stack, json), 400, 'bad_field', sentence);
  });
  assertError(await stack.ask('POST', '/auth/login'), 400, 'bad_field');
});

stackCase('a user is created once, and only that password is accepted then', async (world) => {
  const stack = await Stack.start(world);
  const wanted = { username: 'anna', password: 'right', email: 'anna@example.org' };
  const { message, user } = assertSuccess(await makeUser(stack, wanted), 201);
  assert.equal(typeof message, 'string');
  const { authentication_token: token, created_at: created, ...fields } = user;
  assert.ok(typeof token === 'string' && token.length > 0);
  assertTime(created, 'created_at');
  const expected = { email: 'anna@example.org', is_active: true, last_login: null, pool_count: 0, pools: [] };
  assert.deepEqual(fields, { ...expected, username: 'anna' });
  assertError(await makeUser(stack, { ...wanted, password: 'other' }), 409, 'user_exists');
  assertError(await login(stack, { username: 'anna', password: 'wrong' }), 401, 'wrong_password');
  assertSuccess(await login(stack, { username: 'anna', password: 'right' }));
  assertSuccess(await makeUser(stack, { username: 'ben', password: 'p' }), 201);
});

stackCase('a user is deleted by name, also by a name that needs encoding', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(['anna', 'a/b', 'ü b', '100%'], async (username) => {
    const path = `/users/${encodeURIComponent(username)}`;
    assertError(await stack.ask('DELETE', path), 404, 'user_not_found');
    assertSuccess(await makeUser(stack, { username, password: 'right' }), 201);
    assert.equal(typeof assertSuccess(await stack.ask('DELETE', path)).message, 'string');
    assertError(await stack.ask('DELETE', path), 404, 'user_not_found');
    assertSuccess(await login(stack, { username, password: 'any' }));
  });
});

// Routes of every kind, which each need a token under --require-auth.
const GUARDED = [
  ['GET', '/pools'], ['GET', '/pools/default-pool'], ['PUT', '/pools/default-pool'], ['POST', '/pools'],
  ['GET', '/pools/default-pool/workspace'], ['GET', '/pools/default-pool/status'], ['GET', '/workspaces/mock-pod-1'],
  ['POST', '/workspaces/mock-pod-1/release'], ['DELETE', '/pools/default-pool/workspaces/mock-pod-1'],
  ['POST', '/exec/mock-pod-1'], ['POST', '/users'], ['DELETE', '/users/anna'], ['DELETE', '/pools/default-pool'],
];

stackCase('--require-auth: without a valid token only login and the control API answer', async (world) => {
  const stack = await Stack.start(world, { options: ['--require-auth'] });
  await forEachRow(GUARDED, async ([method, path]) => {
    const { hint } = assertError(await stack.ask(method, path), 401, 'no_token', /^Token is missing$/);
    assert.match(hint, /Authorization.*front end/);
    for (const authorization of ['Bearer nobody', 'Bearer ', 'Bearer', 'Basic eDp5', 'mock-token-1']) {
      const answer = await stack.ask(method, path, { headers: { authorization } });
      assertError(answer, 401, 'bad_token', /^Invalid or expired token$/);
    }
  });
  assert.equal((await stack.ask('OPTIONS', '/pools')).status, 204);
  assertSuccess(await stack.ask('GET', '/__admin/health'));
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  assertSuccess(await login(stack, { username: 'u', password: 'p' }));
});

stackCase('--require-auth: tokens of a login and of a user and a pool\'s apiKey are valid until they end', async (world) => {
  const stack = await Stack.start(world, { options: ['--require-auth'] });
  const first = assertSuccess(await login(stack, { username: 'u', password: 'p' })).token;
  const made = await makeUser(stack, { username: 'anna', password: 'p' }, bearer(first));
  const { authentication_token: user } = assertSuccess(made, 201).user;
  const pool = { name: 'p', apiKey: 'the-key-of-p' };
  assertSuccess(await stack.ask('POST', '/pools', { json: pool, ...bearer(user) }), 201);
  const rows = [
    [first, '/users/u', 404], // a login alone creates no user
    [user, '/users/anna', 200],
    [pool.apiKey, '/pools/p', 200],
  ];
  await forEachRow(rows, async ([token]) => assertSuccess(await stack.ask('GET', '/pools', bearer(token))));
  await forEachRow(rows, async ([token, path, status]) => {
    assert.equal((await stack.ask('DELETE', path, bearer(token))).status, status);
    const answer = await stack.ask('GET', '/pools', bearer(token));
    if (status === 200) assertError(answer, 401, 'bad_token');
    else assertSuccess(answer);
  });
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  assertError(await stack.ask('GET', '/pools', bearer(first)), 401, 'bad_token');
});

const SECRETS = {
  login: 'SECRET-login', user: 'SECRET-user', apiKey: 'SECRET-api-key', pat: 'SECRET-pat', variable: 'SECRET-variable',
  environment: 'SECRET-environment', bearer: 'SECRET-bearer',
};

// Sends a secret in every place for one, in valid and invalid requests. Returns all answers.
async function sendSecrets(stack) {
  const s = SECRETS;
  const config = { apiKey: s.apiKey, github_pat: s.pat, env_vars: [{ name: 'A', value: s.variable }] };
  const environment = { environment: { A: s.environment } };
  const rows = [
    ['POST', '/auth/login', { username: 'u', password: s.login }],
    ['POST', '/auth/login', { username: 'u', password: [s.login] }],
    ['POST', '/users', { username: 'v', password: s.user }],
    ['POST', '/users', { username: 'v', password: s.user }],
    ['POST', '/auth/login', { username: 'v', password: s.login }],
    ['POST', '/pools', { name: 'p', ...config }],
    ['PUT', '/pools/p', config],
    ['PATCH', '/pools/p', { ...config, github_pat: { value: [s.pat] } }],
    ['PUT', '/pools/p', { env_vars: [{ name: 'A', value: s.variable, masked: s.variable }] }],
    ['GET', '/pools/p'],
    ['GET', '/pools'],
    ['GET', '/pools/p/workspace'],
    ['POST', '/pools/p/workspaces/mock-pod-6/environment', environment],
    ['POST', '/pools/p/workspaces/mock-pod-6/environment', { environment: { A: [s.environment] } }],
    ['GET', '/workspaces/mock-pod-6'],
    ['GET', '/pools/p/workspaces'],
  ];
  const headers = { authorization: `Bearer ${s.bearer}` };
  const texts = [];
  for (const [method, path, json] of rows) {
    texts.push((await stack.ask(method, path, { json, headers })).text);
    if (json) texts.push((await stack.ask(method, path, { body: `${JSON.stringify(json)}}`, headers })).text);
  }
  return texts;
}

for (const options of [[], ['--log-level', 'debug', '--log-format', 'json']]) {
  stackCase(`no secret appears in an answer or in the log (${options.join(' ') || 'as it is'})`, async (world) => {
    const stack = await Stack.start(world, { options });
    const texts = await sendSecrets(stack);
    for (const text of texts) assert.doesNotMatch(text, /SECRET/, text.slice(0, 300));
    assert.ok(texts.some((text) => text.includes('SE***********le')), 'the masked form is what is shown');
    await stack.worker.stop();
    for (const line of stack.worker.lines) assert.doesNotMatch(line, /SECRET/);
  });
}
