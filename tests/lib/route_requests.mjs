// SPDX-License-Identifier: MIT
//
// A request for each route of the tables, which succeeds, and the state that it needs.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { assertSuccess } from './api.mjs';
import { BASE } from './worker.mjs';

// The values for the parameters of a pattern.
const NAMES = {
  pool: 'default-pool', pod: 'mock-pod-1', username: 'ann', snapshot: 'base', fault: 'f', name: 'other', session: 's', file: 'icon.svg',
};

const RULE = { match: { operation: ['claim', 'status'], pool: 'zz*' }, answer: { status: 503, error: 'e' } };

// What the request of a row needs: {query, body, names, refusal}, the last a status. A row that is null is requested elsewhere.
const ROUTES = {
  'GET pools/{pool}/workspace': { query: 'workspaceId=w%20x' },
  'POST workspaces/{pod}/update': { body: { repositories: ['a/b', { url: 'c', branch: 'd' }], branches: ['e'] } },
  'POST workspaces/{pod}/mark-used': { body: { user_info: 'u' } },
  'POST pools/{pool}/workspaces/{pod}/mark-used': { body: { user_info: '\u00fc\n' } },
  'POST pools/{pool}/workspaces/{pod}/repositories': { body: { repositories: ['x'] } },
  'POST pools/{pool}/workspaces/{pod}/environment': { body: { environment: { A: 'secret', B: '' } } },
  'POST exec/{pod}': { body: { command: 'ls' } },
  'POST pools': {
    body: {
      name: 'n2', minimum_vms: 4, repo_name: 'r', branch_name: 'b', github_pat: { value: 'pat-1234', masked: false },
      env_vars: [{ name: 'A', value: 'secret' }], repositories: ['a/b', 'c/d'], unknown: [1.5, null, true, {}],
    },
  },
  'PUT pools/{pool}': { body: { minimum_vms: 7, dockerfile: 'x', env_vars: [{ name: 'B', value: 'y' }], repositories: ['r'] } },
  'PATCH pools/{pool}': { body: { branch_name: 'b', github_username: 'u', poolCpu: '2', poolMemory: '4' } },
  'POST pools/{pool}/scale': { body: { minimum_vms: 2 } },
  'POST auth/login': { body: { username: 'bob', password: 'p' } },
  'POST users': { body: { username: 'new', password: 'p', email: 'e' } },
  'PUT __admin/state': {
    body: {
      schemaVersion: 1, pools: [{ number: 1, name: 'p', config: { repo_name: 'r' } }], pods: [{ number: 7, pool: 'p' }],
      users: [{ name: 'u' }], settings: [{ pool: 'p', settings: { maxPods: 9 } }], replies: [{ text: 'a' }],
    },
  },
  'PUT __admin/snapshots/{snapshot}': { names: { snapshot: 'second' } },
  'PUT __admin/goose': {
    body: { replies: [{ pattern: 'a', delay: '1s', toolCalls: [{ name: 'n', input: { a: 1.5 }, output: ['x'] }] }] },
  },
  'PUT __admin/faults': { body: [RULE, { id: 'b', ...RULE, delay: { type: 'lognormal', medianMs: 1, sigma: 0.5, maxMs: 9 } }] },
  'POST __admin/faults': { body: { ...RULE, probability: 0.5, ttl: '10m', skip: 1, times: 3 } },
  'PUT __admin/callbacks': { body: [{ id: 'c', on: 'pod.failed', to: 't', body: { reason: 'r', containers: [] } }] },
  'GET __admin/deliveries/wait': { query: 'timeout=1s' },
  'POST __admin/deliveries/take': { query: 'timeout=0' },
  'POST __admin/deliveries/{delivery}/result': { body: { take: 1, status: 200 } },
  'PATCH __admin/settings': { body: { onExhausted: 'reject', leaseTtl: '1m', progression: { mode: 'manual', looks: 3 } } },
  'PATCH __admin/pools/{pool}': { body: { newPoolPods: 4, maxPods: null, retryAfter: 3 } },
  'PUT __admin/clock': { body: { action: 'advance', by: '1h' } },
  'POST __admin/seed': { body: { seed: 7 } },
  'DELETE __admin/tenants': { query: 'name=oth*' },
  'GET __admin/events/wait': { query: 'after=0&timeout=1s' },
  'GET __admin/requests/wait': { query: 'count=1&timeout=1s' },
  'POST __admin/verify': { body: { match: { operation: ['claim', 'usage'], pool: 'default-pool' }, times: { atLeast: 0 } } },
  'PUT /latest': { body: { repos: [{ url: 'https://x/o/r' }] } },
  'POST /session': { body: { sessionId: 'new' } },
  'POST /validate_session': { body: { session: 's' } },
  'GET /ws': { refusal: 400 }, // FastCGI carries no WebSocket
  'POST /stream/{session}': { query: 'token=mock-session-token-1', body: { prompt: 'hello' } },
};

// Returns the rows of a table of routes, as {method, pattern, port}.
function readTable(name, expression) {
  const text = readFileSync(new URL(`../../src/call/${name}`, import.meta.url), 'utf8');
  const rows = [...text.matchAll(expression)].map((match) => match.groups);
  assert.ok(rows.length > 10, name);
  return rows;
}

export function allRoutes() {
  const ports = { CONTROL: '/15552', GOOSE: '/15551', FRONTEND: '/3000', NONE: '' };
  const routes = readTable('routes.def', /^ROUTE\((?<method>\w+),\s+"(?<pattern>[^"]*)"/gm);
  const podRoutes = readTable('pod_routes.def', /^POD_ROUTE\((?<port>\w+),\s+(?<method>\w+),\s+"(?<pattern>[^"]*)"/gm);
  return [
    ...routes.map((row) => ({ ...row, target: `/${row.pattern}` })),
    ...podRoutes.map((row) => ({ ...row, target: `/_pod/mock-pod-1${ports[row.port]}${row.pattern}` })),
  ];
}

// Returns the request for a row of allRoutes, for the FastCGI connection of the rig.
export function requestOf({ method, pattern, target }, rig) {
  const { query, body, names = {}, refusal } = ROUTES[`${method} ${pattern}`] ?? {};
  const path = target.replace(/\{(\w+)\}/g, (_, name) => names[name] ?? NAMES[name] ?? rig[name]);
  assert.ok(!path.includes('undefined'), `${method} ${pattern}: a name is missing in NAMES`);
  return {
    method,
    refusal,
    target: `${BASE}${path}${query ? `?${query}` : ''}`,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    params: { HTTP_AUTHORIZATION: 'Bearer mock-password', HTTP_HOST: '127.0.0.1:8080' },
  };
}

// The state before a request. Sends its requests over a FastCGI connection.
export class RouteRig {
  constructor(connection) {
    this.connection = connection;
  }

  async ask(method, path, json) {
    const body = json === undefined ? undefined : typeof json === 'string' ? json : JSON.stringify(json);
    return this.connection.ask({ method, target: BASE + path, body });
  }

  async say(method, path, json) {
    const answer = await this.ask(method, path, json);
    return assertSuccess(answer, answer.status === 201 ? 201 : 200);
  }

  // Makes a delivery, which stays when the state is replaced. `delivery` is its id.
  async makeDelivery() {
    await this.say('PUT', '/__admin/callbacks', [{ on: 'pod.failed', to: 't' }]);
    await this.say('PATCH', '/__admin/settings', { failNext: 1 });
    await this.say('POST', '/pools', { name: 'failing', minimum_vms: 1 });
    [{ id: this.delivery }] = (await this.say('POST', '/__admin/deliveries/take')).deliveries;
    await this.say('POST', '/__admin/reset?keep=callbacks');
  }

  // Makes the state once, and keeps it.
  async makeDocument() {
    await this.makeDelivery();
    await this.say('GET', '/pools/default-pool/workspace?workspaceId=w');
    await this.say('POST', '/workspaces/mock-pod-1/update', { repositories: ['o/r'], branches: ['b'] });
    await this.say('PUT', '/pools/default-pool', { dockerfile: 'd', github_pat: 'ghp_secret', env_vars: [{ name: 'A', value: 'v' }] });
    await this.say('POST', '/users', { username: 'ann', password: 'p' });
    await this.say('PUT', '/__admin/goose', { replies: [{ text: 'some text', pieces: 3, toolCalls: [{ name: 't', input: {} }] }] });
    const target = `${BASE}/_pod/mock-pod-1/15552/session`;
    const params = { HTTP_AUTHORIZATION: 'Bearer mock-password' };
    const session = await this.connection.ask({ method: 'POST', target, body: '{"sessionId":"s"}', params });
    assert.equal(session.status, 200, session.text);
    this.document = (await this.ask('GET', '/__admin/state?secrets=true')).text;
  }

  // Restores the state before a request.
  async prepare() {
    await this.say('POST', '/__admin/reset?keep=callbacks');
    await this.say('PUT', '/__admin/clock', { action: 'freeze' });
    await this.say('PUT', '/__admin/clock', { action: 'set', to: '2100-01-01T00:00:00.000Z' });
    await this.say('PUT', '/__admin/state', this.document);
    await this.say('POST', '/workspaces/mock-pod-2/mark-used'); // an event of this state
    await this.say('POST', '/__admin/seed', { seed: 1 });
    await this.say('PUT', '/__admin/faults', [{ id: 'f', match: { operation: 'create-pool', pool: 'zz*' }, answer: { status: 503 } }]);
    await this.ask('DELETE', '/__admin/snapshots/second');
    await this.say('PUT', '/__admin/snapshots/base');
    await this.say('GET', '/~other/pools');
    await this.say('GET', '/pools');
  }
}
