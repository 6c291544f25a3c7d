// SPDX-License-Identifier: MIT
//
// poolctl relay between a worker and an application: what it sends, how often, and what it refuses.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { assertSuccess } from '../lib/api.mjs';
import { forEachRow, times, until } from '../lib/case.mjs';
import { untilParked } from '../lib/faults.mjs';
import { BEARER, parseEvents } from '../lib/pods.mjs';
import { answer, close, nothing, Receiver, Relay, reset } from '../lib/receiver.mjs';
import { run, Stack, stackCase } from '../lib/stack.mjs';
import { OPENSSL_IS_MISSING } from '../lib/tls.mjs';

const CONTROL = '/_pod/mock-pod-1/15552';

async function start(world, options = []) {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path', ...options] });
  await stack.claim('default-pool', 'w');
  return stack;
}

// Streams a reply of the session, and returns its events. The first stream of a session opens it, with this webhook.
async function stream(stack, webhookUrl, { sessionId = 's', prompt = 'x' } = {}) {
  const session = await stack.ask('POST', `${CONTROL}/session`, { json: { sessionId, webhookUrl }, headers: BEARER });
  const { token } = assertSuccess(session);
  return parseEvents((await stack.ask('POST', `${CONTROL}/stream/${sessionId}?token=${token}`, { json: { prompt } })).text);
}

// Makes pods fail, and so queues a delivery to the target "t" for each.
async function failPods(stack, { count = 1, prefix = '', rule = {}, name = 'failing' } = {}) {
  await stack.say('PUT', `${prefix}/__admin/callbacks`, [{ on: 'pod.failed', to: 't', ...rule }]);
  await stack.say('PATCH', `${prefix}/__admin/settings`, { failNext: count });
  await stack.say('POST', `${prefix}/pools`, { name, minimum_vms: count }, 201);
}

const list = async (stack) => (await stack.say('GET', '/__admin/deliveries')).deliveries;

// Waits until `count` deliveries have ended.
async function ended(stack, count, { prefix = '', query = '' } = {}) {
  const path = `${prefix}/__admin/deliveries/wait?count=${count}&timeout=4m${query}`;
  assertSuccess(await stack.ask('GET', path, { patienceMs: 240_000 }));
}

stackCase('a session\'s webhook gets its messages, one to one, in order and once', async (world) => {
  const stack = await start(world);
  const receiver = await Receiver.start(world);
  const relay = Relay.start(stack);
  await stack.say('PUT', '/__admin/goose', { replies: [{ text: 'a "b" ü', pieces: 3, toolCalls: [{ name: 'n', input: { a: 1.50 }, output: [] }] }] });
  for (let i = 0; i < 10; i++) await stream(stack, `${receiver.origin}/hook?token=secret-1`);
  await ended(stack, 40);
  const { deliveries } = await stack.say('GET', '/__admin/deliveries');
  assert.deepEqual(receiver.requests.map(({ body }) => body), deliveries.map(({ body }) => body));
  assert.deepEqual(receiver.requests.map(({ id }) => id), deliveries.map(({ id }) => id));
  assert.equal(new Set(receiver.requests.map(({ id }) => id)).size, 40);
  assert.deepEqual(receiver.requests.slice(0, 4).map(({ body }) => body.type), ['text', 'tool-call', 'tool-result', 'finish']);
  for (const { method, url, headers } of receiver.requests) {
    assert.deepEqual([method, url, headers['content-type']], ['POST', '/hook?token=secret-1', 'application/json']);
    assert.equal(headers.expect, undefined);
    assert.equal(headers.authorization, undefined);
  }
  assert.match(relay.stdout, /^[0-9a-f]{8}\.1 200\n/);
  for (const text of [relay.stdout, relay.stderr, stack.worker.lines.join('\n'), JSON.stringify(deliveries)]) {
    assert.doesNotMatch(text, /secret-1/);
  }
});

// What the client's receiver of launch failures accepts.
function assertLaunchFailure(body) {
  for (const key of ['poolName', 'podId', 'eventMessage', 'timestamp', 'reason']) assert.equal(typeof body[key], 'string', key);
  assert.ok(body.poolName && body.podId);
  assert.ok(!Number.isNaN(Date.parse(body.timestamp)));
  assert.ok(Array.isArray(body.containers));
  for (const { name, type, status, exitCode, reason, logs, lastExitCode, lastReason } of body.containers) {
    assert.ok(typeof name === 'string' && typeof logs === 'string');
    assert.ok(['init', 'container'].includes(type) && ['terminated', 'waiting', 'running'].includes(status));
    assert.ok(exitCode === null || typeof exitCode === 'number');
    assert.ok(reason === null || typeof reason === 'string');
    assert.ok(['undefined', 'number'].includes(typeof lastExitCode) && ['undefined', 'string'].includes(typeof lastReason));
  }
}

stackCase('a pod that fails is told to the target, with the token that only targets get', async (world) => {
  const stack = await start(world);
  const receiver = await Receiver.start(world);
  await writeFile(world.path('token'), 'api-secret\nsecond line\n');
  const target = `${receiver.origin}/api/webhook/pool-manager/launch-failure`;
  await forEachRow(
    [
      [['--api-token-file', world.path('token')], {}, 'api-secret'],
      [[], { POOLCTL_API_TOKEN: 'of-the-environment' }, 'of-the-environment'],
      [[], {}, undefined],
    ],
    async ([args, env, token]) => {
      await stack.say('POST', '/__admin/reset');
      await stack.claim('default-pool', 'w');
      receiver.requests = [];
      const relay = new Relay(stack, ['--target', `other=${receiver.origin}/other`, '--target', `t=${target}`, ...args], env);
      await failPods(stack, { rule: { body: { reason: 'OOMKilled', containers: [] } } });
      await failPods(stack, { name: 'second' });
      await stream(stack, `${receiver.origin}/hook`);
      await ended(stack, 4);
      const [first, second] = receiver.requests.filter(({ url }) => url === '/api/webhook/pool-manager/launch-failure');
      assertLaunchFailure(first.body);
      assertLaunchFailure(second.body);
      assert.deepEqual([first.body.poolName, first.body.podId, first.body.reason], ['failing', 'mock-pod-6', 'OOMKilled']);
      assert.deepEqual([second.body.poolName, second.body.reason, second.body.containers.length], ['second', 'BackOff', 1]);
      assert.equal(first.headers['x-api-token'], token);
      for (const { url, headers } of receiver.requests) if (url === '/hook') assert.equal(headers['x-api-token'], undefined);
      await relay.stop();
      assert.doesNotMatch(relay.stdout + relay.stderr, /api-secret|of-the-environment/);
    },
  );
});

// Answers of a receiver to the first message of a session, and the seconds at least between its attempts, of which there is one more.
const late = (ms) => (response) => setTimeout(() => answer(200)(response), ms);
const cut = (response) => response.writeHead(200, { 'content-length': '9' }).write('x', () => response.destroy());
const ATTEMPTS = [
  { name: '200', answers: [answer(200)] },
  { name: '201', answers: [answer(201)], status: 201 },
  { name: 'slow', answers: [late(2000)] },
  { name: '410', answers: [answer(410)], state: 'failed', status: 410 },
  { name: '422', answers: [answer(422)], state: 'failed', status: 422 },
  { name: '400', answers: [answer(400)], state: 'failed', status: 400 },
  { name: '408', answers: [answer(408)], pauses: [1] },
  { name: '429 with Retry-After', answers: [answer(429, { 'retry-after': '3' })], pauses: [3] },
  { name: '301', answers: [answer(301, { location: '/elsewhere' })], pauses: [1] },
  { name: '500', answers: [answer(500)], pauses: [1] },
  { name: '500 twice', answers: [answer(500), answer(500)], pauses: [1, 5] },
  { name: 'reset', answers: [reset], pauses: [1] },
  { name: 'closed', answers: [close], pauses: [1] },
  { name: 'cut', answers: [cut], pauses: [1] },
  { name: 'nothing', answers: [nothing], pauses: [11] },
  ...times([], [{ name: 'all attempts', answers: Array(5).fill(answer(503)), state: 'failed', status: 503, pauses: [1, 5, 30, 120] }]),
];

stackCase('the answer decides about another attempt, with the same id and after the right pause', async (world) => {
  const stack = await start(world);
  const relay = Relay.start(stack);
  const attempt = async ({ name, answers, pauses = [], state = 'delivered', status = 200 }, i) => {
    const receiver = await Receiver.start(world);
    receiver.answers = [...answers];
    await stream(stack, `${receiver.origin}/hook`, { sessionId: `s${i}` });
    await ended(stack, 2, { query: `&sessionId=s${i}` });
    const { deliveries: [text, finish] } = await stack.say('GET', `/__admin/deliveries?sessionId=s${i}`);
    const attempts = receiver.requests.filter(({ body }) => body.type === 'text');
    assert.deepEqual(
      [text.state, text.status, text.attempts, attempts.length],
      [state, status, pauses.length + 1, pauses.length + 1],
      name,
    );
    assert.deepEqual(new Set(attempts.map(({ id }) => id)), new Set([text.id]), `${name}: one id`);
    pauses.forEach((seconds, k) => {
      const pause = (attempts[k + 1].at - attempts[k].at) / 1000;
      assert.ok(pause > seconds - 0.05 && pause < seconds + 3, `${name}: ${pause} s before attempt ${k + 2}`);
    });
    assert.equal(receiver.requests.at(-1).id, finish.id, `${name}: the next message follows`);
    assert.equal(receiver.requests.length, attempts.length + 1, name);
  };
  await Promise.all(ATTEMPTS.map(attempt));
  assert.equal(relay.stderr, '');
  assert.match(relay.stdout, /^[0-9a-f]{8}\.\d+ Timeout was reached$/m);
});

stackCase('nothing goes to a host that is not allowed', async (world) => {
  const stack = await start(world);
  const receiver = await Receiver.start(world);
  const other = await Receiver.start(world);
  const relay = Relay.start(stack, '--allow-host', 'allowed.invalid');
  const sentence = 'the relay may not call this host (--allow-host)';
  await forEachRow(
    ['http://192.0.2.1/', 'http://example.invalid/', `http://0.0.0.0:${receiver.port}/`, `http://[::ffff:127.0.0.1]:${receiver.port}/`,
      `http://localhost.example.invalid:${receiver.port}/`, `http://127.0.0.1.nip.invalid:${receiver.port}/`,
      `http://127.0.0.1@192.0.2.1:${receiver.port}/`, `http://10.0.0.1:${receiver.port}/`, 'http://169.254.169.254/latest'],
    async (url) => {
      await stack.say('POST', '/__admin/reset');
      await stack.claim('default-pool', 'w');
      await stream(stack, url);
      await ended(stack, 2);
      for (const { state, reason, error, attempts } of await list(stack)) {
        assert.deepEqual([state, reason, error, attempts], ['failed', 'refused', sentence, 1], url);
      }
    },
  );
  receiver.answers = [answer(302, { location: `${other.origin}/x` }), answer(307, { location: `${other.origin}/x` })];
  for (const host of ['127.0.0.1', 'localhost', 'a.localhost', '2130706433']) {
    await stream(stack, `http://${host}:${receiver.port}/`, { sessionId: host });
  }
  await ended(stack, 10);
  assert.equal(other.requests.length, 0, 'no redirect is followed');
  assert.equal(receiver.requests.length, 8 + 2);
  await failPods(stack, { rule: { to: 'unknown' } });
  await ended(stack, 11);
  assert.equal((await list(stack)).at(-1).error, 'the relay does not have this target (--target)');
  assert.equal(relay.stderr, '');
});

stackCase('an allowed host is called', async (world) => {
  const stack = await start(world);
  const receiver = await Receiver.start(world);
  Relay.start(stack, '--allow-host', '0.0.0.0', '--target', `t=http://0.0.0.0:${receiver.port}/t`);
  await stream(stack, `http://0.0.0.0:${receiver.port}/hook`);
  await failPods(stack);
  await ended(stack, 3);
  assert.deepEqual(new Set(receiver.requests.map(({ url }) => url)), new Set(['/hook', '/t']));
});

stackCase('https is called if the certificate is trusted', async (world) => {
  const stack = await start(world);
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=receiver', '-addext',
    'subjectAltName=IP:127.0.0.1', '-keyout', world.path('key'), '-out', world.path('certificate')]);
  const tls = { key: await readFile(world.path('key')), cert: await readFile(world.path('certificate')) };
  const receiver = await Receiver.start(world, { tls });
  const strict = Relay.start(stack);
  await stream(stack, `${receiver.origin}/hook`);
  await until('an attempt has failed', async () => (await list(stack))[0].attempts > 0);
  assert.match((await list(stack))[0].error, /certificate|SSL/);
  assert.equal(receiver.requests.length, 0);
  await strict.stop();
  Relay.start(stack, '--cacert', world.path('certificate'));
  await ended(stack, 2);
  assert.deepEqual(receiver.requests.map(({ body }) => body.type), ['text', 'finish']);
}, { skip: OPENSSL_IS_MISSING });

stackCase('a relay outlives restarts of the worker, and tells it once', async (world) => {
  const stack = await start(world);
  const receiver = await Receiver.start(world);
  const relay = Relay.start(stack);
  await stream(stack, `${receiver.origin}/hook`);
  await ended(stack, 2);
  await stack.worker.stop();
  await until('the relay tells it', () => /^poolctl: the service does not answer \([^)]+\); it is asked again and again\n$/.test(relay.stderr));
  await sleep(1500); // it has asked again by then
  await stack.startWorkerAnew();
  await stack.claim('default-pool', 'w');
  await stream(stack, `${receiver.origin}/hook`);
  await ended(stack, 2);
  assert.equal(receiver.requests.length, 4);
  assert.equal(relay.stderr.split('\n').length, 2, 'one line');
});

// A front end that passes requests on, but fails reports as `failures` tell: by a status, or by closing the connection.
class LosingFront {
  static async start(world, stack, failures) {
    const front = Object.assign(new LosingFront(), { world, failures, host: '127.0.0.1' });
    const server = http.createServer((incoming, response) => {
      const failure = incoming.url.endsWith('/result') ? failures.shift() : undefined;
      if (failure === 'lost') incoming.socket.destroy();
      else if (failure !== undefined) response.writeHead(failure).end();
      else incoming.pipe(http.request(
        { host: stack.host, port: stack.port, method: incoming.method, path: incoming.url, headers: incoming.headers },
        (answered) => answered.pipe(response.writeHead(answered.statusCode, answered.headers)),
      ).on('error', () => response.destroy()));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    front.port = server.address().port;
    world.atEnd(() => {
      server.closeAllConnections();
      server.close();
    });
    return front;
  }
}

stackCase('a result that the worker could not take is reported again', async (world) => {
  const stack = await start(world);
  const receiver = await Receiver.start(world);
  const front = await LosingFront.start(world, stack, [502, 'lost', 503]);
  Relay.start(front);
  await stream(stack, `${receiver.origin}/hook`);
  await ended(stack, 2);
  assert.deepEqual(receiver.requests.map(({ body }) => body.type), ['text', 'finish'], 'nothing twice');
  assert.equal(front.failures.length, 0);
});

stackCase('SIGTERM ends a relay once its attempts are reported', async (world) => {
  const stack = await start(world);
  const receiver = await Receiver.start(world);
  receiver.answers = [late(700)];
  const relay = Relay.start(stack);
  await stream(stack, `${receiver.origin}/hook`);
  await receiver.expect(1);
  await relay.stop();
  assert.deepEqual((await list(stack)).map(({ state }) => state), ['delivered', 'due']);
});

stackCase('two relays make nothing twice, and serve all tenants', async (world) => {
  const stack = await start(world);
  const receiver = await Receiver.start(world);
  for (let i = 0; i < 2; i++) Relay.start(stack, '--target', `t=${receiver.origin}/t`);
  await failPods(stack, { count: 50 });
  for (const tenant of ['a', 'b']) await failPods(stack, { count: 50, prefix: `/~${tenant}` });
  for (const prefix of ['', '/~a', '/~b']) await ended(stack, 50, { prefix });
  assert.equal(receiver.requests.length, 150);
  assert.equal(new Set(receiver.requests.map(({ id }) => id)).size, 150);
  assert.equal(new Set(receiver.requests.map(({ body }) => body.podId)).size, 150);
});

stackCase('a relay needs the admin token, and a service that keeps running', async (world) => {
  const stack = await start(world, ['--admin-token', 'open-sesame']);
  const refused = Relay.start(stack);
  assert.deepEqual(await refused.ended, [1, null]);
  assert.match(refused.stderr, /^poolctl: [^\n]*\(no_token\)\n$/);
  const relay = new Relay(stack, [], { POOLCTL_TOKEN: 'open-sesame' });
  await once(relay.child, 'spawn');
  await until('it takes', async () => {
    const health = await stack.ask('GET', '/__admin/health', { headers: { authorization: 'Bearer open-sesame' } });
    return health.json.parked === 1;
  });
});

// Fails a pod of the tenant, kills its relay as `kill` does, and starts another one. Returns the receiver.
async function killRelay(stack, tenant, answers, kill) {
  const receiver = await Receiver.start(stack.world);
  const args = ['--tenant', tenant, '--target', `t=${receiver.origin}/t`];
  const prefix = `/~${tenant}`;
  await stack.say('GET', `${prefix}/pools`);
  const relay = Relay.start(stack, ...args);
  receiver.answers = answers(relay);
  await failPods(stack, { prefix });
  await kill(relay, receiver, prefix);
  Relay.start(stack, ...args);
  await untilParked(stack, 1, prefix);
  await ended(stack, 1, { prefix });
  return receiver;
}

// A killed relay has reported nothing, so the delivery is made again when its lease is over, after 30 seconds.
stackCase('a delivery is made at least once, and with one id, whenever the relay is killed', async (world) => {
  const stack = await start(world);
  const killed = (relay) => relay.ended;
  const [before, after, reported] = await Promise.all([
    killRelay(stack, 'a', () => [nothing], async (relay, receiver) => {
      await receiver.expect(1);
      await relay.kill();
    }),
    killRelay(stack, 'b', (relay) => [(response) => relay.child.kill('SIGKILL') && answer(200)(response)], killed),
    killRelay(stack, 'c', () => [], async (relay, receiver, prefix) => {
      await ended(stack, 1, { prefix });
      await relay.kill();
    }),
  ]);
  for (const { requests } of [before, after]) {
    assert.equal(requests.length, 2);
    assert.equal(requests[0].id, requests[1].id);
    assert.ok(requests[1].at - requests[0].at > 29_000, 'the lease');
  }
  assert.equal(reported.requests.length, 1);
}, { timeoutMs: 60_000 });
