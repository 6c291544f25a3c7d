// SPDX-License-Identifier: MIT
//
// Goose's answers as server-sent events, scripted by PUT __admin/goose: their order, their pieces as they come through
// nginx, and the cost of open streams.

import assert from 'node:assert/strict';
import http from 'node:http';

import { assertError, assertSuccess, statusPath } from '../lib/api.mjs';
import { forEachRow, until } from '../lib/case.mjs';
import { untilParked } from '../lib/faults.mjs';
import { fetchClient } from '../lib/pod_client.mjs';
import { assertReply, BEARER, parseEvents } from '../lib/pods.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

const CONTROL = '/_pod/mock-pod-1/15552';
const FOREVER = '1h';

// Starts a stack with a claimed pod that has a session. stack.stream is the session's path.
async function start(world) {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path', '--log-level', 'error'] });
  await stack.claim('default-pool', 'w');
  await openSession(stack);
  return stack;
}

async function openSession(stack) {
  const session = await stack.ask('POST', `${CONTROL}/session`, { json: { sessionId: 's' }, headers: BEARER });
  stack.stream = `${CONTROL}/stream/s?token=${assertSuccess(session).token}`;
}

async function script(stack, ...replies) {
  return assertSuccess(await stack.ask('PUT', '/__admin/goose', { json: { replies } }));
}

// Returns the whole answer to a prompt, as events.
async function eventsOf(stack, prompt) {
  const answer = await stack.ask('POST', stack.stream, { json: { prompt } });
  assert.equal(answer.status, 200, answer.text);
  return parseEvents(answer.text);
}

// Opens a stream and returns it after its first event: {incoming, text(), close()}.
function openStream(stack, agent) {
  return new Promise((resolve, reject) => {
    const options = { host: stack.host, port: stack.port, agent, method: 'POST', path: BASE + stack.stream };
    const outgoing = http.request(options, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (piece) => {
        text += piece;
        if (text.includes('"start"')) resolve({ incoming, text: () => text, close: () => outgoing.destroy() });
      });
      incoming.on('error', reject);
      incoming.on('end', () => reject(new Error(`${incoming.statusCode}: ${text}`)));
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify({ prompt: 'x' }));
  });
}

stackCase('without a script the prompt is echoed', async (world) => {
  const stack = await start(world);
  await forEachRow(['hello', '', 'ü🎭 "quoted"\n\ndata: [DONE]\n\n\\', 'x'.repeat(100_000)], async (prompt) => {
    assert.ok(assertReply(await eventsOf(stack, prompt)).includes(prompt));
  });
  assert.deepEqual(assertSuccess(await stack.ask('GET', '/__admin/goose')).replies, []);
});

stackCase('the script\'s first reply that matches is sent as written', async (world) => {
  const stack = await start(world);
  const toolCalls = [{ name: 'read', input: { path: 'a', deep: [1, null] }, output: 'text' }, { name: 'ls', input: null, output: [] }];
  const rows = [
    [{ pattern: 'fix', text: 'I will fix it ü🎭.', pieces: 3, toolCalls }, ['please fix this', 'fix', 'prefix'], ['Fix', '']],
    [{ pattern: 'a*z', text: 'glob' }, ['az', 'a to z', 'a\nz'], ['xaz', 'azx']],
    [{ pattern: '*', text: 'all', pieces: 1 }, ['', 'anything'], []],
    [{ text: 'no pattern' }, ['', 'anything'], []],
  ];
  await forEachRow(rows, async ([reply, fitting, others]) => {
    await script(stack, reply, { pattern: '*', text: 'never' });
    for (const prompt of fitting) {
      const { pieces = undefined, toolCalls: calls } = reply;
      assert.equal(assertReply(await eventsOf(stack, prompt), { pieces, toolCalls: calls }), reply.text);
    }
    for (const prompt of others) assert.equal(assertReply(await eventsOf(stack, prompt)), 'never');
  });
});

stackCase('a text comes in the given number of pieces, each of whole characters', async (world) => {
  const stack = await start(world);
  const rows = [['abcdefghij', 1], ['abcdefghij', 5], ['abcdefghij', 10], ['ü🎭é"\\\n', 6], ['🎭', 1], ['word '.repeat(2000), 1000]];
  await forEachRow(rows, async ([text, pieces]) => {
    await script(stack, { text, pieces });
    assert.equal(assertReply(await eventsOf(stack, 'x'), { pieces }), text);
  });
  await script(stack, { text: 'ab', pieces: 1000 });
  assert.equal(assertReply(await eventsOf(stack, 'x')), 'ab');
});

stackCase('a scripted error is an event, and ends the reply', async (world) => {
  const stack = await start(world);
  await script(stack, { pattern: 'bad', error: 'the model is "down"' });
  const events = await eventsOf(stack, 'bad');
  assert.deepEqual(events.map((event) => event.type), ['start', 'error', 'finish']);
  assert.equal(events[1].errorText, 'the model is "down"');
  assert.equal(events[2].finishReason, 'error');
});

stackCase('a stream requires the token of its session, and the session must be the pod\'s', async (world) => {
  const stack = await start(world);
  const ask = (path, json = { prompt: 'x' }) => stack.ask('POST', CONTROL + path, { json });
  const { token } = assertSuccess(await stack.ask('POST', `${CONTROL}/session`, { json: { sessionId: 'other' }, headers: BEARER }));
  assertError(await ask('/stream/s'), 401, 'no_token');
  assertError(await ask('/stream/s?token='), 401, 'no_token');
  assertError(await ask('/stream/s?token=nobody'), 401, 'bad_token');
  assertError(await ask(`/stream/s?token=${token}`), 401, 'bad_token');
  assertError(await ask(`/stream/none?token=${token}`), 404, 'session_not_found');
  assertError(await ask(`/stream/other?token=${token}`, {}), 400, 'bad_field', /^prompt: required$/);
  assert.equal((await ask(`/stream/other?token=${token}`)).status, 200);
});

stackCase('a bad script is refused by its field, and the earlier script stays', async (world) => {
  const stack = await start(world);
  const { replies } = await script(stack, { pattern: 'x', text: 'kept', delay: '50ms' });
  assert.equal(replies.length, 1);
  const rows = [
    [{}, /^replies: required$/], [{ replies: {} }, /^replies: expected an array, not an object$/],
    [{ replies: [7] }, /^replies\[0\]: /], [{ replies: [{}, { txt: 'x' }] }, /^replies\[1\]\.txt: unknown; did you mean text\?$/],
    [{ replies: [{ pieces: 0 }] }, /^replies\[0\]\.pieces: /], [{ replies: [{ delay: '5 apples' }] }, /^replies\[0\]\.delay: /],
    [{ replies: [{ delay: -1 }] }, /^replies\[0\]\.delay: /], [{ replies: [{ toolCalls: [{}] }] }, /^replies\[0\]\.toolCalls\[0\]\.name: required$/],
    [{ replies: [{ text: ['x'] }] }, /^replies\[0\]\.text: expected a string, not an array$/],
  ];
  await forEachRow(rows, async ([json, sentence]) => {
    assertError(await stack.ask('PUT', '/__admin/goose', { json }), 400, 'bad_field', sentence);
  });
  assert.deepEqual(assertSuccess(await stack.ask('GET', '/__admin/goose')).replies, replies);
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  assert.deepEqual(assertSuccess(await stack.ask('GET', '/__admin/goose')).replies, [], 'a reset drops the script');
});

stackCase('events pass through nginx at once, and delayed events on time', async (world) => {
  const stack = await start(world);
  await script(stack, { pattern: 'soon', text: 'abc', pieces: 3, delay: '300ms' }, { text: 'never', delay: FOREVER });
  const never = await openStream(stack);
  await until('the text has begun', () => never.text().includes('text-start'));
  assert.ok(!never.text().includes('text-delta'));
  await untilParked(stack, 1);

  const answer = await fetchClient('POST', `http://${stack.host}:${stack.port}${BASE}${stack.stream}`, { json: { prompt: 'soon' } });
  const deltas = [];
  let text = '';
  for await (const bytes of answer.body) {
    text += Buffer.from(bytes).toString();
    while (deltas.length < text.split('"text-delta"').length - 1) deltas.push(performance.now());
  }
  assertReply(parseEvents(text), { pieces: 3 });
  assert.ok(deltas[2] - deltas[0] >= 300, `pieces, not a burst: ${deltas[2] - deltas[0]} ms for two delays of 300 ms`);
  never.incoming.removeAllListeners('error').on('error', () => {});
  never.close();
  await untilParked(stack, 0); // the stream is dropped with its client
});

stackCase('a reset ends the streams, and a stopping worker waits for none', async (world) => {
  const stack = await start(world);
  for (const end of [() => stack.ask('POST', '/__admin/reset'), () => stack.worker.stop()]) {
    await stack.claim('default-pool', 'w');
    await openSession(stack);
    await script(stack, { text: 'never', delay: FOREVER });
    const { incoming, text } = await openStream(stack);
    const closed = new Promise((resolve) => incoming.removeAllListeners('error').on('error', () => {}).once('close', resolve));
    await end();
    await closed;
    assert.ok(!text().includes('[DONE]'), 'it is broken off, not ended');
  }
});

// Returns the median time of `count` status requests, one after another, in milliseconds.
async function medianOfStatus(stack, count = 200) {
  const times = [];
  for (let n = 0; n < count; n++) {
    const begin = performance.now();
    assertSuccess(await stack.ask('GET', `${statusPath('default-pool')}?simple=true`));
    times.push(performance.now() - begin);
  }
  return times.sort((a, b) => a - b)[count / 2];
}

// The time of a status request meanwhile is printed, not asserted: the machine may be busy.
stackCase('500 open streams delay no other request, and end with their clients', async (world) => {
  const stack = await start(world);
  await script(stack, { text: 'never', delay: FOREVER });
  await medianOfStatus(stack);
  const before = await medianOfStatus(stack);
  const streams = await Promise.all(Array.from({ length: 500 }, () => openStream(stack, false)));
  await untilParked(stack, 500);
  const during = await medianOfStatus(stack);
  console.log(`# a status takes ${during} ms, and took ${before} ms without streams`);
  for (const { incoming, close } of streams) {
    incoming.removeAllListeners('error').on('error', () => {});
    close();
  }
  await untilParked(stack, 0);
  await script(stack, { text: 'still here' });
  assert.equal(assertReply(await eventsOf(stack, 'x')), 'still here');
});
