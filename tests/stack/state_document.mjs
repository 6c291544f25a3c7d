// SPDX-License-Identifier: MIT
//
// GET and PUT __admin/state: the whole state as one document.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { assertStale, untilParked } from '../lib/faults.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const STATE = '/__admin/state';
const LONG_MS = 60_000;
const WITH_SECRETS = `${STATE}?secrets=true`;

// Returns the document's bytes.
async function get(stack, path = WITH_SECRETS) {
  const answer = await stack.ask('GET', path);
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  assert.match(answer.headers['content-type'], /^application\/json/);
  return answer.body;
}

function put(stack, body, path = STATE) {
  return stack.ask('PUT', path, { body });
}

// Makes a state with something of every kind that a state can have.
async function makeRichState(stack) {
  await stack.claim('default-pool', 'first');
  await stack.say('POST', '/workspaces/mock-pod-1/mark-used', { user_info: 'é "quoted" \u0007' });
  await stack.say('POST', '/workspaces/mock-pod-1/update', { repositories: [{ url: 'o/a', branch: 'main' }, 'o/b'] });
  const environment = { TOKEN: 'secret-value', EMPTY: '' };
  await stack.say('POST', '/pools/default-pool/workspaces/mock-pod-1/environment', { environment });
  await stack.claim('default-pool', 'second');
  await stack.say('POST', '/workspaces/mock-pod-2/release');
  const pool = { apiKey: 'secret-key', github_pat: 'ghp_secret', dockerfile: 'FROM x', repositories: ['o/c'] };
  await stack.say('POST', '/pools', { name: 'team/a', env_vars: [{ name: 'A', value: 'secret-a' }], ...pool }, 201);
  await stack.say('PATCH', '/__admin/settings', { leaseTtl: '2h', failNext: 1 });
  await stack.say('PATCH', '/__admin/pools/slow', { progression: { mode: 'time', pending: '1h', starting: '1h' } });
  await stack.say('PATCH', '/__admin/pools/manual', { progression: { mode: 'manual', looks: 9 }, maxPods: 9 });
  await stack.say('GET', statusPath('slow'));
  await stack.say('GET', statusPath('manual'));
  await stack.claim('team/a', 'leased');
  await stack.say('POST', '/pools/team%2Fa/scale', { minimum_vms: 5 });
  await stack.say('GET', statusPath('gone'));
  await stack.say('DELETE', '/pools/gone');
  await stack.say('POST', '/users', { username: 'ann', password: 'secret-password', email: 'a@b' }, 201);
  await stack.say('POST', '/auth/login', { username: 'guest', password: 'any' });
  const replies = [{ pattern: 'fix*', text: 'done', toolCalls: [{ name: 'edit', input: { a: [1, 2.5e3] } }] }];
  await stack.say('PUT', '/__admin/goose', { replies });
}

stackCase('a fresh worker that imports an export exports the same bytes', async (world) => {
  const stack = await Stack.start(world);
  const fresh = await get(stack);
  await makeRichState(stack);
  for (const document of [fresh, await get(stack)]) {
    await stack.worker.stop();
    await stack.startWorkerAnew();
    assert.notDeepEqual(await get(stack), document); // it has a time of its own
    const { pods, pools } = assertSuccess(await put(stack, document));
    assert.deepEqual(await get(stack), document);
    const health = await stack.say('GET', '/__admin/health');
    assert.deepEqual([health.pods, health.pools, health.generation], [pods, pools, 1]);
  }
});

stackCase('an import into a state file survives a restart', async (world) => {
  const stack = await Stack.start(world, { options: ['--state', world.path('state.db')] });
  await makeRichState(stack);
  const document = await get(stack);
  await stack.say('POST', '/__admin/reset');
  assertSuccess(await put(stack, document));
  await stack.worker.kill();
  await stack.startWorkerAnew();
  assert.deepEqual(await get(stack), document);
});

stackCase('after an import ids, tokens, claims and passwords go on as before', async (world) => {
  const stack = await Stack.start(world);
  await makeRichState(stack);
  const document = await get(stack);
  const next = async () => [
    (await stack.claim('default-pool', 'next')).id,
    (await stack.say('GET', statusPath('new'))).pool.id,
    (await stack.say('POST', '/auth/login', { username: 'new', password: 'p' })).token,
    (await stack.ask('GET', '/workspaces/mock-pod-1')).json.user_info,
    (await stack.ask('POST', '/auth/login', { json: { username: 'ann', password: 'wrong' } })).status,
  ];
  const expected = await next();
  assertSuccess(await put(stack, document));
  assert.deepEqual(await next(), expected);
});

stackCase('secrets are null unless requested, and an import needs none', async (world) => {
  const stack = await Stack.start(world);
  await makeRichState(stack);
  const open = await get(stack);
  const closed = await get(stack, STATE);
  for (const secret of ['secret-value', 'secret-key', 'ghp_secret', 'secret-a', 'secret-password', 'mock-token-1']) {
    assert.ok(open.includes(secret), secret);
    assert.ok(!closed.includes(secret), secret);
  }
  assertSuccess(await put(stack, closed));
  assert.deepEqual(await get(stack, STATE), closed);
  const any = { username: 'ann', password: 'any' };
  assert.equal((await stack.say('POST', '/auth/login', any)).token, 'mock-token-of-ann');
  assertError(await stack.ask('GET', `${STATE}?secrets=yes`), 400, 'bad_query', /^secrets: /);
});

stackCase('an invalid document changes nothing, and the answer names the place', async (world) => {
  const stack = await Stack.start(world);
  await makeRichState(stack);
  const before = await get(stack);
  const { generation } = await stack.say('GET', '/__admin/health');
  const change = (edit) => {
    const document = JSON.parse(before);
    edit(document);
    return JSON.stringify(document);
  };
  const last = JSON.parse(before).pods.length - 1;
  await forEachRow(
    [
      { body: '', sentence: /^\/schemaVersion: required$/ },
      { body: ' ', code: 'bad_json', sentence: /: expected a value, at byte 1$/ },
      { body: '[]', sentence: /^the body: expected a JSON object, not an array$/ },
      { body: 'null', sentence: /^the body: expected a JSON object, not null$/ },
      { body: 'name=x', code: 'bad_json', sentence: /: it is a form \(name=value\); send a JSON object$/ },
      { body: before.subarray(0, -3), code: 'bad_json', sentence: / at byte \d+$/ },
      { body: Buffer.concat([before, Buffer.from('x')]), code: 'bad_json', sentence: /unexpected text after the value/ },
      { body: change((d) => delete d.schemaVersion), sentence: /^\/schemaVersion: required$/ },
      { body: change((d) => (d.schemaVersion = 2)), sentence: /^\/schemaVersion: expected 1, / },
      { body: change((d) => (d.faults = [])), sentence: /^\/faults: unknown; expected counters, pods, / },
      { body: change((d) => d.pods.push({})), sentence: new RegExp(`^/pods/${last + 1}/number: required$`) },
      { body: change((d) => (d.pods[last].pool = 'x')), sentence: new RegExp(`^/pods/${last}/pool: the document has`) },
      { body: change((d) => (d.pods[2].claimedBy = 'w')), sentence: /^\/pods\/2\/claimedBy: the pod is not used$/ },
      { body: change((d) => (d.counters.lastPod = 1)), sentence: /^\/counters\/lastPod: must not be below \d+, which is in use$/ },
      { body: change((d) => d.pools.reverse()), sentence: /^\/pools\/1\/number: must be above / },
      { body: change((d) => d.users.push(d.users[0])), sentence: /^\/users\/2: a user before it has / },
      { body: change((d) => (d.settings[0].settings.leaseTtl = 'x')), sentence: /^\/settings\/0\/settings\/leaseTtl: / },
      { body: change((d) => (d.replies[0].pieces = 0)), sentence: /^\/replies\/0\/pieces: / },
    ],
    async ({ body, code = 'bad_field', sentence }) => {
      assertError(await put(stack, body), 400, code, sentence);
      assert.deepEqual(await get(stack), before);
    },
  );
  assert.equal((await stack.say('GET', '/__admin/health')).generation, generation);
});

stackCase('an import answers waiting requests, since their state is gone', async (world) => {
  const stack = await Stack.start(world);
  const document = await get(stack);
  await stack.say('PATCH', '/__admin/pools/default-pool', { maxPods: 5, onExhausted: 'queue', claimTimeout: '1h' });
  for (let n = 0; n < 5; n++) await stack.claim('default-pool', 'w');
  const waiting = stack.ask('GET', claimPath('default-pool', 'late'));
  await untilParked(stack, 1);
  assertSuccess(await put(stack, document));
  assertStale(await waiting);
  assert.deepEqual(await get(stack), document);
});

stackCase('each tenant is exported and replaced alone', async (world) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'w');
  const document = await get(stack);
  const other = await get(stack, `/~other${WITH_SECRETS}`);
  assert.notDeepEqual(other, document);
  assertSuccess(await put(stack, document, `/~other${STATE}`));
  assert.deepEqual(await get(stack, `/~other${WITH_SECRETS}`), document);
  await stack.claim('default-pool', 'w');
  assert.deepEqual(await get(stack, `/~other${WITH_SECRETS}`), document);
});

stackCase('a state whose numbers are used up makes nothing new, and can be imported', async (world) => {
  const stack = await Stack.start(world);
  const last = Number.MAX_SAFE_INTEGER;
  const counters = { lastPod: last, lastPool: last, lastSession: last, lastToken: last };
  const pods = [{ number: 1, pool: 'a', usage: 'used' }];
  const document = { schemaVersion: 1, counters, pods, pools: [{ number: 1, name: 'a' }] };
  assertSuccess(await put(stack, Buffer.from(JSON.stringify(document))));
  const exported = await get(stack);
  assertError(await stack.ask('GET', claimPath('a', 'w')), 503, 'pod_limit');
  assertError(await stack.ask('GET', claimPath('b', 'w')), 503, 'pool_limit');
  const login = await stack.ask('POST', '/auth/login', { json: { username: 'u', password: 'p' } });
  assertError(login, 503, 'not_committed');
  assert.deepEqual(await get(stack), exported);
  assertSuccess(await put(stack, exported));
});

stackCase('HEAD answers with the headers of the document and no body', async (world) => {
  const stack = await Stack.start(world);
  const answer = await stack.ask('HEAD', STATE);
  assert.equal(answer.status, 200);
  assert.equal(answer.body.length, 0);
});

stackCase('documents have their own size limit', async (world) => {
  const stack = await Stack.start(world, { options: ['--body-max', '500', '--state-body', '8K'] });
  const document = await get(stack);
  const padded = (bytes) => Buffer.concat([document, Buffer.alloc(bytes - document.length, ' ')]);
  assert.ok(document.length > 500);
  assertSuccess(await put(stack, padded(8192)));
  assertError(await put(stack, padded(8193)), 413, 'body_too_large');
  assertError(await stack.ask('POST', '/pools', { json: { name: 'a', apiKey: 'x'.repeat(500) } }), 413, 'body_too_large');
  assertError(await put(stack, padded(8192), '/__admin/goose'), 413, 'body_too_large');
  assert.deepEqual(await get(stack), document);
});

stackCase('a long document needs the admin token', async (world) => {
  const options = ['--body-max', '500', '--state-body', '8K', '--admin-token', 'sesame'];
  const stack = await Stack.start(world, { options });
  const bearing = (token) => ({ headers: { Authorization: `Bearer ${token}` } });
  const body = Buffer.from('{"schemaVersion":1}'.padEnd(8192));
  assertError(await stack.ask('PUT', STATE, { body }), 401, 'no_token');
  assertError(await stack.ask('PUT', STATE, { body, ...bearing('guessed') }), 401, 'bad_token');
  assertSuccess(await stack.ask('PUT', STATE, { body, ...bearing('sesame') }));
});

// Makes a document of `count` pods; every third is used.
function manyPods(count) {
  const pods = [];
  for (let number = 1; pods.length < count; number++) {
    if (/15551|15552/.test(String(number))) continue;
    const used = { usage: 'used', claimedBy: `w-${number}`, repositories: [`o/r${number}`] };
    pods.push({ number, pool: `p${number % 100}`, ...(number % 3 === 0 ? used : {}) });
  }
  const pools = Array.from({ length: 100 }, (_, n) => ({ number: n + 1, name: `p${n}` }));
  return Buffer.from(JSON.stringify({ schemaVersion: 1, pods, pools }));
}

// Returns the result of a promise, and the number of other requests answered meanwhile.
async function withOthers(stack, promise) {
  let done = false;
  const asked = promise.finally(() => (done = true));
  let answered = 0;
  for (; !done; answered++) await stack.say('GET', `${statusPath('p1')}?simple=true`);
  return { answer: await asked, answered };
}

async function sendManyPods(world) {
  const stack = await Stack.start(world, { options: ['--log-level', 'error'] });
  const send = (method, body) => withOthers(stack, stack.ask(method, STATE, { body, patienceMs: LONG_MS }));
  const first = await send('PUT', manyPods(100_000));
  assert.equal(assertSuccess(first.answer).pods, 100_000);
  const exported = await send('GET');
  const again = await send('PUT', exported.answer.body);
  assert.equal(assertSuccess(again.answer).pods, 100_000);
  const { answer } = await send('GET');
  assert.ok(answer.body.equals(exported.answer.body));
  for (const { answered } of [first, exported, again]) assert.ok(answered > 10, String(answered));
  const [peak, document] = [await stack.worker.memoryPeakKiB(), answer.body.length / 1024];
  assert.ok(peak < 5 * document, `${peak} KiB for a document of ${document} KiB`);
}

stackCase('100,000 pods are exported and imported in bounded memory, while other requests are answered', sendManyPods, {
  timeoutMs: 4 * LONG_MS,
});

stackCase('a reset during an import wins', async (world) => {
  const stack = await Stack.start(world, { options: ['--log-level', 'error'] });
  const body = manyPods(20_000);
  const importing = put(stack, body);
  await untilParked(stack, 1);
  await stack.say('POST', '/__admin/reset');
  assertStale(await importing);
  assert.equal((await stack.say('GET', '/__admin/health')).pods, 5);
});
