// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { testCase, times } from '../../lib/case.mjs';
import { Dice, seedOf } from '../../lib/dice.mjs';
import { sourceFile } from '../../lib/stack.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const REQUESTS = times(1_500, 100_000); // for each set-up
const CLIENTS = 4;

// The routes of the tables, as [method, path].
const readTable = (name, row) => [...readFileSync(sourceFile('src', 'call', name), 'utf8').matchAll(row)];
const ROUTES = readTable('routes.def', /^ROUTE\((\w+),\s+"([^"]*)"/gm).map(([, method, path]) => [method, path]);
const PORTS = { NONE: '', FRONTEND: '/3000', GOOSE: '/15551', CONTROL: '/15552' };
const POD_ROUTES = readTable('pod_routes.def', /^POD_ROUTE\((\w+),\s+(\w+),\s+"([^"]*)"/gm).map(
  ([, port, method, path]) => [method, `_pod/{pod}${PORTS[port]}${path}`]);

// What stands for a parameter of a path: usual texts, and rare ones.
const USUAL = {
  pool: ['default-pool', 'a', 'b'], pod: ['mock-pod-1', 'pod-pool-1-1', 'mock-pod-2', 'mock-pod-7'],
  tenant: ['t'], session: ['s'], other: ['s1', '1', 'u'],
};
const RARE = ['', '..', '%2e', '%zz', '%00', '%ff', 'x%2Fy', '*', 'ü', 'T!', 'a'.repeat(129), 'mock-pod-1--t', 'mock-pod-15551', 'pod-pool-9-9'];

const QUERIES = [
  'simple=true', 'workspaceId=w', 'workspaceId=%ff', 'ttl=20ms', 'limit=2', 'limit=1&cursor=mock-pod-1', 'cursor=x', 'count=1&timeout=20ms',
  'after=0', 'token=mock-session-token-1', 'keep=faults', 'secrets=true', 'name=*', 'operation=claim&pool=a', 'x=1', '%zz',
];
const BODIES = [
  '', '{}', '[]', 'null', '{', '\xff', '{"a":'.repeat(200), '{"name":"a"}', '{"pool_name":"b","minimum_vms":3}', '{"repositories":["o/r"]}',
  '{"match":{"operation":"claim"},"delay":{"type":"fixed","ms":5}}', '[{"phase":"after","answer":{"truncate":0.5}}]',
  '[{"answer":{"hang":true},"times":2}]', '[{"answer":{"dribble":{"bytesPerSecond":100000}}}]',
  '{"maxPods":2,"onExhausted":"queue","claimTimeout":"30ms"}', '{"onExhausted":"reject"}', '{"progression":"time","starting":"10ms"}',
  '{"mode":"frozen"}', '{"advance":"1h"}', '{"seed":5}', '{"replies":[{"text":"abc","pieces":2,"delay":"5ms"}]}', '{"prompt":"hi"}',
  '{"sessionId":"s"}', '{"username":"u","password":"p"}', '{"times":{"exactly":1}}', '{"schemaVersion":1}',
  '{"environment":[{"name":"A","value":"b"}]}', '{"user_info":"x"}',
];

// Variables that are sometimes there: how often, and their values.
const VARIABLES = {
  HTTP_AUTHORIZATION: [0.3, ['Bearer mock-password', 'Bearer admin', 'Bearer x', 'Basic x']],
  HTTP_X_MOCK_TENANT: [0.2, ['t', 'u', 'T!', 'a,b', '']],
  REQUEST_ID: [0.3, ['1', '2', '3']],
  HTTP_ORIGIN: [0.05, ['http://other.example', 'null']],
  HTTP_SEC_FETCH_SITE: [0.05, ['cross-site', 'same-origin']],
  HTTP_UPGRADE: [0.02, ['websocket', 'h2c']],
  HTTP_HOST: [0.5, ['mock.example:80', '[::1]:1', '']],
  HTTP_X_FORWARDED_HOST: [0.1, ['outer.example', 'a, b']],
  POOL_MANAGER_FAULTS: [0.3, ['1']],
  POOL_MANAGER_MOUNT: [0.02, ['', '/', '/elsewhere/']],
  POOL_MANAGER_POD: [0.03, ['mock-pod-1', 'x', '']],
  POOL_MANAGER_POD_PORT: [0.05, ['15552', 'x', '']],
  POOL_MANAGER_PUBLIC_URL: [0.05, ['http://inner.example/x', 'bad', '']],
};

const SET_UPS = [
  [],
  ['--pod-url', 'path', '--public-url', 'http://mock.example/m'],
  ['--pod-url', 'host', '--trust-forwarded', '--require-auth'],
  ['--admin-token', 'admin', '--journal', '0', '--cors-origins', 'http://other.example'],
  ['--pods-max', '12', '--pools-max', '4', '--tenants-max', '2', '--requests-max', '8', '--parked-max', '2', '--state-max', '4M'],
];

function drawParameter(dice, name) {
  return dice.pick(dice.chance(0.1) ? RARE : USUAL[name] ?? USUAL.other);
}

function drawRequest(dice) {
  const [usualMethod, pattern] = dice.pick(dice.chance(0.3) ? POD_ROUTES : ROUTES);
  const method = dice.chance(0.1) ? dice.pick(['HEAD', 'GET', 'OPTIONS', 'DELETE', 'POST', 'PUT', 'get']) : usualMethod;
  const path = pattern.replace(/\{(\w+)\}/g, (_, name) => drawParameter(dice, name));
  const tenant = dice.chance(0.2) ? dice.pick(['~t/', '~u/', '~new/', '~/', '~T!/', '%7et/']) : '';
  const query = dice.chance(0.4) ? `?${dice.pick(QUERIES)}` : '';
  const params = {};
  for (const [name, [share, values]] of Object.entries(VARIABLES)) if (dice.chance(share)) params[name] = dice.pick(values);
  if (dice.chance(0.02)) Object.assign(params, { REQUEST_URI: '', PATH_INFO: `/${tenant}${path}`, SCRIPT_NAME: dice.pick(['', BASE]) });
  const body = ['GET', 'HEAD'].includes(method) && !dice.chance(0.1) ? '' : dice.pick(BODIES);
  return { method, target: `${BASE}/${tenant}${path}${query}`, params, body };
}

// Returns the number of answers by status. A fault rule may break an answer off, which ends its connection.
async function askAtRandom(worker, dice) {
  let connection = await worker.connect();
  const counts = {};
  for (let i = 0; i < REQUESTS / CLIENTS; i++) {
    const request = drawRequest(dice);
    const answer = await connection.ask(request).catch(() => null);
    if (answer) {
      assert.doesNotMatch(answer.text, /"code":"internal"/, JSON.stringify(request));
      counts[answer.status] = (counts[answer.status] ?? 0) + 1;
    } else {
      counts.broken = (counts.broken ?? 0) + 1;
      connection = await worker.connect();
    }
  }
  assert.ok((counts.broken ?? 0) < REQUESTS / CLIENTS / 10, `${counts.broken} answers were broken off`);
  return counts;
}

for (const options of SET_UPS) {
  testCase(`any request is answered by a worker with ${options.join(' ') || 'the defaults'}`, async (world, t) => {
    const dice = new Dice(seedOf(t));
    // --park-timeout ends every wait, so each request has to be answered.
    const worker = await Worker.start(world, { options: [...options, '--park-timeout', '30ms', '--log-level', 'error'] });
    const counts = await Promise.all(Array.from({ length: CLIENTS }, () => askAtRandom(worker, dice.fork())));
    for (const status of [200, 400, 404]) assert.ok(counts.some((count) => count[status] > 0), `no answer was a ${status}`);
  });
}
