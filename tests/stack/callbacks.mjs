// SPDX-License-Identifier: MIT
//
// Deliveries of callbacks as a relay takes and reports them, and the messages of sessions. rows/callbacks.rows tests rules and refusals.

import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { untilParked } from '../lib/faults.mjs';
import { BEARER, parseEvents } from '../lib/pods.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const CONTROL = '/_pod/mock-pod-1/15552';
const URL = 'http://127.0.0.1:9/hook?token=webhook-secret';

const take = async (stack, query = 'timeout=0') => (await stack.say('POST', `/__admin/deliveries/take?${query}`)).deliveries;
const list = async (stack, query = '') => (await stack.say('GET', `/__admin/deliveries?${query}`)).deliveries;
const report = (stack, { id, take: count }, result) => stack.say('POST', `/__admin/deliveries/${id}/result`, { take: count, ...result });

// Queues a delivery to the target "t".
async function failPod(stack, prefix = '') {
  await stack.say('PUT', `${prefix}/__admin/callbacks`, [{ on: 'pod.failed', to: 't' }]);
  await stack.say('PATCH', `${prefix}/__admin/settings`, { failNext: 1 });
  await stack.say('POST', `${prefix}/pools`, { name: 'failing', minimum_vms: 1 }, 201);
}

// Starts a stack with a claimed pod that has the session "s" with a webhook. stack.stream is the session's path.
async function startSession(world, ...replies) {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path'] });
  await stack.claim('default-pool', 'w');
  await stack.say('PUT', '/__admin/goose', { replies });
  await openSession(stack, 's', URL);
  return stack;
}

async function openSession(stack, sessionId, webhookUrl) {
  const session = await stack.ask('POST', `${CONTROL}/session`, { json: { sessionId, webhookUrl }, headers: BEARER });
  stack.stream = `${CONTROL}/stream/${sessionId}?token=${assertSuccess(session).token}`;
}

const stream = async (stack, prompt) => parseEvents((await stack.ask('POST', stack.stream, { json: { prompt } })).text);

stackCase('a result ends a delivery, or it is due again', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(
    [
      [{ status: 200 }, 'delivered', null],
      [{ status: 204 }, 'delivered', null],
      [{ status: 410 }, 'failed', 'status'],
      [{ status: 422 }, 'failed', 'status'],
      [{ status: 301 }, 'due', null],
      [{ status: 429, retryAfter: 60 }, 'due', null],
      [{ status: 500 }, 'due', null],
      [{ error: 'Timeout was reached' }, 'due', null],
      [{ error: 'the relay has no target t', refused: true }, 'failed', 'refused'],
    ],
    async ([result, state, reason]) => {
      await stack.say('POST', '/__admin/reset');
      await failPod(stack);
      const [taken] = await take(stack);
      assert.deepEqual(Object.keys(taken), ['id', 'take', 'tenant', 'to', 'url', 'body']);
      assert.equal(taken.to, 't');
      assert.equal((await list(stack))[0].state, 'taken');
      assert.deepEqual(await take(stack), []);
      await report(stack, taken, result);
      const [delivery] = await list(stack);
      assert.equal(delivery.id, taken.id);
      assert.deepEqual(
        [delivery.state, delivery.reason, delivery.attempts, delivery.status, delivery.error],
        [state, reason, 1, result.status ?? null, result.error ?? null],
      );
      const { events } = await stack.say('GET', '/__admin/events?after=0&types=callback.*');
      const last = state === 'due' ? [] : [[`callback.${state}`, taken.id, 'control', reason ?? 'pod.failed']];
      assert.deepEqual(
        events.slice(1).map((event) => [event.type, event.delivery, event.cause, event.reason ?? event.on]),
        last,
      );
    },
  );
});

stackCase('a take waits for a delivery, and a wait for its end', async (world) => {
  const stack = await Stack.start(world);
  const taking = take(stack, 'timeout=60s');
  await untilParked(stack, 1);
  await failPod(stack);
  const [taken] = await taking;
  const waiting = stack.say('GET', '/__admin/deliveries/wait?state=delivered&timeout=60s');
  await untilParked(stack, 1);
  await report(stack, taken, { status: 200 });
  assert.equal((await waiting).count, 1);
});

stackCase('a take that waits gets the next attempt when it is due', async (world) => {
  const stack = await Stack.start(world);
  await failPod(stack);
  const [first] = await take(stack);
  const taking = take(stack, 'timeout=60s');
  await untilParked(stack, 1);
  const began = process.hrtime.bigint();
  await report(stack, first, { status: 500 });
  const [second] = await taking;
  assert.ok(process.hrtime.bigint() - began >= 1_000_000_000n, 'a second later');
  assert.equal(second.id, first.id);
  assert.equal(second.take, 2);
});

stackCase('a take of the root is woken by a delivery of any tenant, whose events have the cause of the report', async (world) => {
  const stack = await Stack.start(world);
  const taking = take(stack, 'timeout=60s');
  await untilParked(stack, 1);
  await failPod(stack, '/~a');
  const [taken] = await taking;
  assert.equal(taken.tenant, 'a');
  assert.equal(taken.body.podId, 'mock-pod-6--a');
  assertError(
    await stack.ask('POST', `/~b/__admin/deliveries/${taken.id}/result`, { json: { take: 1, status: 200 } }),
    404,
    'delivery_not_found',
  );
  const waiting = stack.say('GET', '/~a/__admin/events/wait?types=callback.delivered&timeout=60s');
  await untilParked(stack, 1, '/~a');
  await report(stack, taken, { status: 200 });
  assert.equal((await waiting).count, 1);
  const { events } = await stack.say('GET', '/~a/__admin/events?after=0&types=callback.delivered');
  assert.deepEqual(events.map(({ cause, tenant }) => [cause, tenant]), [['control', 'a']]);
});

stackCase('a reset, and the end of its tenant, make a report meet nothing', async (world) => {
  const stack = await Stack.start(world);
  await failPod(stack);
  await failPod(stack, '/~a');
  const taken = await take(stack);
  assert.equal(taken.length, 2);
  await stack.say('POST', '/__admin/reset');
  await stack.say('DELETE', '/__admin/tenants/a');
  await forEachRow(taken, async ({ id }) => {
    const answer = await stack.ask('POST', `/__admin/deliveries/${id}/result`, { json: { take: 1, status: 200 } });
    assertError(answer, 404, 'delivery_not_found', new RegExp(`^there is no delivery ${id}$`));
  });
});

// --- sessions ---

// The messages that belong to the events of a stream.
function messagesOf(events) {
  const texts = new Map();
  const messages = [];
  for (const { type, id, delta, usage: _, ...members } of events) {
    if (type === 'text-delta') texts.set(id, texts.get(id) + delta);
    if (type === 'text-start') texts.set(id, '');
    if (type === 'text-end') messages.push({ type: 'text', id, text: texts.get(id) });
    if (['tool-call', 'tool-result', 'finish'].includes(type)) messages.push({ type, ...members });
  }
  return messages;
}

stackCase('the messages of a session are one to one with what was streamed', async (world) => {
  const toolCalls = [{ name: 'read', input: { path: 'a' }, output: 'text' }, { name: 'ls', input: null, output: [{}] }];
  const stack = await startSession(
    world,
    { pattern: 'tools', text: 'I will "fix" it ü🎭\n.', pieces: 3, toolCalls },
    { pattern: 'error', error: 'no model' },
    { pattern: 'slow', text: 'a b c', pieces: 3, delay: '5ms' },
  );
  await forEachRow(['tools', 'error', 'slow', '', 'x'.repeat(100_000)], async (prompt) => {
    const before = await list(stack);
    const events = await stream(stack, prompt);
    const deliveries = (await list(stack)).slice(before.length);
    assert.deepEqual(
      deliveries.map(({ body: { sessionId, timestamp, ...message } }) => message),
      messagesOf(events),
    );
    for (const delivery of deliveries) {
      assert.equal(delivery.body.sessionId, 's');
      assert.ok(Math.abs(delivery.body.timestamp - Date.now()) < 60_000, 'milliseconds since 1970');
      assert.deepEqual(
        [delivery.on, delivery.rule, delivery.to, delivery.url, delivery.sessionId, delivery.subdomain, delivery.pool],
        ['session.message', null, null, 'http://127.0.0.1:9/hook', 's', 'mock-pod-1', 'default-pool'],
      );
    }
  });
});

stackCase('the messages of a session are taken one at a time, with the whole URL', async (world) => {
  const stack = await startSession(world, { text: 'a', toolCalls: [{ name: 'n', input: 1, output: 2 }] });
  await stream(stack, 'x');
  const types = [];
  for (let [taken] = await take(stack); taken; [taken] = await take(stack)) {
    types.push(taken.body.type);
    assert.equal(taken.url, URL);
    assert.deepEqual(await take(stack), []);
    await report(stack, taken, { status: types.length === 2 ? 410 : 200 });
  }
  assert.deepEqual(types, ['text', 'tool-call', 'tool-result', 'finish']);
});

stackCase('a session opened again gets the new webhook, or keeps its own; one without has no messages', async (world) => {
  const stack = await startSession(world);
  await forEachRow([[undefined, URL], ['https://h/other?t=1', 'https://h/other?t=1'], [null, 'https://h/other?t=1']], async ([url, expected]) => {
    await stack.say('POST', '/__admin/reset?keep=settings');
    await stack.claim('default-pool', 'w');
    await openSession(stack, 's', expected === URL || url === null ? expected : URL);
    await openSession(stack, 's', url);
    await stream(stack, 'x');
    assert.equal((await take(stack))[0].url, expected);
  });
  await openSession(stack, 'without');
  await stream(stack, 'x');
  assert.deepEqual(await list(stack, 'sessionId=without'), []);
});

stackCase('a webhookUrl that no relay could call is refused', async (world) => {
  const stack = await startSession(world);
  const sentence = /^webhookUrl: expected a URL that begins with http:\/\/ or https:\/\/$/;
  await forEachRow(['', 'x', 'ftp://h/', 'http://', 'http://h/ x', 'file:///etc/passwd'], async (webhookUrl) => {
    const answer = await stack.ask('POST', `${CONTROL}/session`, { json: { sessionId: 'n', webhookUrl }, headers: BEARER });
    assertError(answer, 400, 'bad_field', sentence);
  });
  const answer = await stack.ask('POST', `${CONTROL}/session`, { json: { sessionId: 'n', webhookUrl: 7 }, headers: BEARER });
  assertError(answer, 400, 'bad_field', /^webhookUrl: expected a string, not a number$/);
});

stackCase('a release ends the webhook with its session', async (world) => {
  const stack = await startSession(world);
  await stack.say('POST', '/workspaces/mock-pod-1/release');
  await stack.claim('default-pool', 'w');
  await openSession(stack, 's');
  await stream(stack, 'x');
  assert.deepEqual(await list(stack), []);
});

stackCase('the query of a webhookUrl is shown to the relay and in an export of secrets only', async (world) => {
  const stack = await startSession(world);
  await stream(stack, 'x');
  await stack.say('PUT', '/__admin/snapshots/s', undefined, 201);
  await forEachRow(
    ['deliveries', 'events?after=0', 'requests', 'state', 'snapshots/s', 'callbacks'],
    async (path) => assert.doesNotMatch((await stack.ask('GET', `/__admin/${path}`)).text, /webhook-secret/),
  );
  const whole = await stack.ask('GET', '/__admin/state?secrets=true');
  assert.equal(whole.json.pods[0].sessions[0].webhookUrl, URL);
  assert.equal((await take(stack))[0].url, URL);
  await stack.say('POST', '/__admin/reset');
  assertSuccess(await stack.ask('PUT', '/__admin/state', { json: whole.json }));
  await stream(stack, 'x');
  assert.equal((await take(stack))[0].url, URL);
  assert.doesNotMatch(stack.worker.lines.join('\n'), /webhook-secret/);
});

stackCase('a state file keeps the webhook of a session, and no delivery', async (world) => {
  const options = ['--pod-url', 'path', '--state', world.path('state.db')];
  const stack = await Stack.start(world, { options });
  await stack.claim('default-pool', 'w');
  await openSession(stack, 's', URL);
  await stream(stack, 'x');
  const [before] = await list(stack);
  await stack.worker.stop();
  await stack.startWorkerAnew();
  assert.deepEqual(await list(stack), []);
  await stream(stack, 'x');
  const [taken] = await take(stack);
  assert.equal(taken.url, URL);
  assert.notEqual(taken.id.split('.')[0], before.id.split('.')[0], 'another worker has other ids');
});

stackCase('without a relay the oldest delivery is given up and counted', async (world) => {
  const stack = await startSession(world);
  for (let i = 0; i < 501; i++) await stream(stack, 'x');
  const answer = await stack.say('GET', '/__admin/deliveries');
  assert.equal(answer.deliveries.length, 1000);
  assert.equal(answer.dropped, 2);
  assert.equal(answer.givenUp, 2);
  const { events } = await stack.say('GET', '/__admin/events?after=0&types=callback.failed');
  assert.deepEqual(events.map(({ reason }) => reason), ['given-up', 'given-up']);
});
