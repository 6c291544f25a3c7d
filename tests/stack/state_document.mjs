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

// The document's bytes.
async function get(stack, path = WITH_SECRETS) {
  const answer = await stack.ask('GET', path);
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  assert.match(answer.headers['content-type'], /^application\/json/);
  return answer.body;
}

function put(stack, body, path = STATE) {
  return stack.ask('PUT', path, { body });
}

// Something of everything that a state can have.
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

stackCase('an export, taken by a fresh worker, is exported again byte for byte', async (world) => {
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

stackCase('what was taken into a state file is there again', async (world) => {
  const stack = await Stack.start(world, { options: ['--state', world.path('state.db')] });
  await makeRichState(stack);
  const document = await get(stack);
  await stack.say('POST', '/__admin/reset');
  assertSuccess(await put(stack, document));
  await stack.worker.kill();
  await stack.startWorkerAnew();
  assert.deepEqual(await get(stack), document);
});

stackCase('what an import has brought goes on as it would have', async (world) => {
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

stackCase('secrets are null unless they are asked for, and an import does without them', async (world) => {
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

stackCase('a document that is wrong anywhere changes nothing, and the place is named', async (world) => {
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
      { body: change((d) => (d.counters.lastPod = 1)), sentence: /^\/counters\/lastPod: below \d+, which is used$/ },
      { body: change((d) => d.pools.reverse()), sentence: /^\/pools\/1\/number: not above / },
      { body: change((d) => d.users.push(d.users[0])), sentence: /^\/users\/2: a user before this one has / },
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

stackCase('an import wakes those who wait, for what they wait for is gone', async (world) => {
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

stackCase('tenants are exported and replaced apart', async (world) => {
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

stackCase('a state whose numbers have come to their end gives out none, and is taken again', async (world) => {
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

stackCase('HEAD tells of the document and sends none', async (world) => {
  const stack = await Stack.start(world);
  const answer = await stack.ask('HEAD', STATE);
  assert.equal(answer.status, 200);
  assert.equal(answer.body.length, 0);
});

stackCase('a document has a limit of its own', async (world) => {
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

stackCase('a long document is taken from who bears the admin token, and from nobody else', async (world) => {
  const options = ['--body-max', '500', '--state-body', '8K', '--admin-token', 'sesame'];
  const stack = await Stack.start(world, { options });
  const bearing = (token) => ({ headers: { Authorization: `Bearer ${token}` } });
  const body = Buffer.from('{"schemaVersion":1}'.padEnd(8192));
  assertError(await stack.ask('PUT', STATE, { body }), 401, 'no_token');
  assertError(await stack.ask('PUT', STATE, { body, ...bearing('guessed') }), 401, 'bad_token');
  assertSuccess(await stack.ask('PUT', STATE, { body, ...bearing('sesame') }));
});

// A document of so many pods, of which every third is used.
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

// What a promise gives, and how often another request was answered meanwhile.
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

stackCase('100,000 pods go round in bounded memory, and others are answered meanwhile', sendManyPods, {
  timeoutMs: 4 * LONG_MS,
});

stackCase('a reset while a document is taken is the last word', async (world) => {
  const stack = await Stack.start(world, { options: ['--log-level', 'error'] });
  const body = manyPods(20_000);
  const importing = put(stack, body);
  await untilParked(stack, 1);
  await stack.say('POST', '/__admin/reset');
  assertStale(await importing);
  assert.equal((await stack.say('GET', '/__admin/health')).pods, 5);
});
