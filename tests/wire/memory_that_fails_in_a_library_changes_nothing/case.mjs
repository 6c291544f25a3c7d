// SPDX-License-Identifier: MIT
//
// Each route is requested while the n-th allocation inside json-c, or inside SQLite, fails. Either the answer is 503 and nothing has
// changed, or the library did without that memory and the answer is the usual one. A failure inside libfcgi ends the worker
// (docs/architecture.md).

import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';

import { assertSuccess } from '../../lib/api.mjs';
import { testCase, times } from '../../lib/case.mjs';
import { encodeRequest } from '../../lib/fcgi.mjs';
import { BASE, Worker, WORKER } from '../../lib/worker.mjs';

const ALLOCATOR = process.env.POOL_MANAGER_TEST_FAILING_ALLOCATOR;
const SANITIZED = readFileSync(WORKER).includes('__asan_init');
const skip = SANITIZED && "the sanitizers' allocator can't be replaced";

const LIBRARY = { 'json-c': 1, SQLite: 2, libfcgi: 3 };
const NEVER = 2n ** 40n;

// How many of a request's allocations are made to fail, one after the other: this many, evenly spread, or all.
const TRIES = times(6, Infinity);

// The orders to the allocator (failing_allocator.c), in the file that it maps.
class Orders {
  #file;

  constructor(world, name) {
    this.path = world.path(name);
    writeFileSync(this.path, Buffer.alloc(4096));
    this.#file = openSync(this.path, 'r+');
    world.atEnd(() => closeSync(this.#file));
  }

  #read(place) {
    const bytes = Buffer.alloc(8);
    readSync(this.#file, bytes, 0, 8, place * 8);
    return bytes.readBigUInt64LE();
  }

  #write(place, value) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    writeSync(this.#file, bytes, 0, 8, place * 8);
  }

  get environment() {
    return { LD_PRELOAD: ALLOCATOR, FAILING_ALLOCATOR: this.path };
  }

  isLoaded(library) {
    return (this.#read(3) & (1n << BigInt(LIBRARY[library]))) !== 0n;
  }

  // Makes the n-th allocation of the library from now fail, once.
  failAt(library, n) {
    this.#write(2, 0);
    this.#write(0, n);
    this.#write(1, 0);
    this.#write(2, LIBRARY[library]);
  }

  // Ends the order. Returns whether the allocation has failed, and, if none was to fail, how many there were.
  end() {
    this.#write(2, 0);
    return { hasFailed: this.#read(1) > 0n, count: Number(NEVER - this.#read(0)) };
  }
}

// --- the routes ---

// The values for the parameters of a pattern.
const NAMES = { pool: 'default-pool', pod: 'mock-pod-1', username: 'ann', snapshot: 'base', fault: 'f', name: 'other', session: 's' };

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
  const text = readFileSync(new URL(`../../../src/call/${name}`, import.meta.url), 'utf8');
  const rows = [...text.matchAll(expression)].map((match) => match.groups);
  assert.ok(rows.length > 10, name);
  return rows;
}

function allRows() {
  const ports = { CONTROL: '/15552', GOOSE: '/15551', FRONTEND: '/3000', NONE: '' };
  const routes = readTable('routes.def', /^ROUTE\((?<method>\w+),\s+"(?<pattern>[^"]+)"/gm);
  const podRoutes = readTable('pod_routes.def', /^POD_ROUTE\((?<port>\w+),\s+(?<method>\w+),\s+"(?<pattern>[^"]*)"/gm);
  return [
    ...routes.map((row) => ({ ...row, target: `/${row.pattern}` })),
    ...podRoutes.map((row) => ({ ...row, target: `/_pod/mock-pod-1${ports[row.port]}${row.pattern}` })),
  ];
}

function requestOf({ method, pattern, target }) {
  const { query, body, names = {}, refusal } = ROUTES[`${method} ${pattern}`] ?? {};
  const path = target.replace(/\{(\w+)\}/g, (_, name) => names[name] ?? NAMES[name]);
  assert.ok(!path.includes('undefined'), `${method} ${pattern}: a name is missing in NAMES`);
  return {
    method,
    refusal,
    target: `${BASE}${path}${query ? `?${query}` : ''}`,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    params: { HTTP_AUTHORIZATION: 'Bearer mock-password', HTTP_HOST: '127.0.0.1:8080' },
  };
}

// --- the state before a request ---

class Rig {
  static async start(world) {
    const rig = new Rig();
    rig.orders = new Orders(world, 'orders');
    rig.worker = await Worker.start(world, { env: rig.orders.environment, options: ['--log-level', 'error'] });
    rig.connection = await rig.worker.connect();
    await rig.#makeDocument();
    return rig;
  }

  async ask(method, path, json) {
    const body = json === undefined ? undefined : typeof json === 'string' ? json : JSON.stringify(json);
    return this.connection.ask({ method, target: BASE + path, body });
  }

  async say(method, path, json) {
    const answer = await this.ask(method, path, json);
    return assertSuccess(answer, answer.status === 201 ? 201 : 200);
  }

  async #makeDocument() {
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
    await this.say('POST', '/__admin/reset');
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

  // Returns everything that may change, as text.
  async look() {
    const paths = ['state?secrets=true', 'faults', 'snapshots', 'tenants', 'clock'];
    const requests = paths.map((path) => encodeRequest({ target: `${BASE}/__admin/${path}` }));
    await this.connection.send(Buffer.concat(requests));
    const texts = [];
    for (const path of paths) {
      const answer = await this.connection.answer();
      assert.equal(answer.status, 200, `${path}: ${answer.text}`);
      texts.push(shown(answer));
    }
    return texts.join('\n');
  }

  // Sends the request while the n-th allocation fails. Returns the answer (null: the connection was closed), and the result of
  // Orders.end.
  async askFailing(request, library, n) {
    this.orders.failAt(library, n);
    await this.connection.send(encodeRequest(request)).catch(() => {}); // the answer, or its absence, shows the result
    const answer = await this.connection.answerOrClose();
    return { answer, ...this.orders.end() };
  }
}

// Returns the text of an answer, without the parts that differ between runs.
function shown(answer) {
  return `${answer.status} ${answer.text.replace(/"(uptimeMs|durationMs|ageMs|generation|seq)":[\d.]+/g, '"$1":0')}`
    .replace(/"[0-9a-f]{8}\.\d+"/g, '"position"')
    .replace(/^(\w+(?:\{.*\})?) [\d.]+$/gm, '$1 0') // of the metrics
    .replace(/("(?:at|now|lastUsedAt|usedAt|takenAt)":")(?!2100)[^"]*/g, '$1');
}

function assertUnchanged(after, before, where) {
  if (after === before) return;
  const at = [...before].findIndex((char, i) => char !== after[i]);
  assert.fail(`${where}: 503, and yet this has changed: ${after.slice(Math.max(0, at - 100), at + 100)}`);
}

// Returns the numbers from 1 to `count` that are tried.
function* numbers(count, offset) {
  const step = Math.max(1, count / TRIES);
  for (let at = step === 1 ? 0 : offset % step; at < count; at += step) yield Math.floor(at) + 1;
}

async function tryRow(rig, row, library, offset) {
  const request = requestOf(row);
  const outcome = { refused: 0, right: 0, count: 0 };
  await rig.prepare();
  const before = await rig.look();
  const { answer: right, count } = await rig.askFailing(request, library, NEVER);
  outcome.count = count;
  if (request.refusal) assert.equal(right.status, request.refusal);
  else assert.ok(right.status < 400, `${row.method} ${row.target}: ${right.text}`);
  await rig.prepare();
  for (const n of numbers(count, offset)) {
    const where = `${row.method} ${row.target}, allocation ${n} of ${count} in ${library}`;
    const { answer, hasFailed } = await rig.askFailing(request, library, n);
    assert.ok(answer !== null, `${where}: the connection was closed`);
    assert.ok(hasFailed || shown(answer) === shown(right), `${where}, which was not asked for: ${answer.text}`);
    if (answer.status === 503) {
      assert.match(answer.json.code, /^(no_memory|not_committed)$/, where);
      assertUnchanged(await rig.look(), before, where);
      outcome.refused++;
    } else {
      assert.ok(shown(answer) === shown(right), `${where}: ${answer.status} ${answer.text.slice(0, 300)}`);
      await rig.prepare();
      outcome.right++;
    }
  }
  return outcome;
}

for (const library of ['json-c', 'SQLite']) {
  testCase(
    `each route without memory inside ${library} answers 503 and changes nothing, or answers as usual`,
    async (world, t) => {
      const rig = await Rig.start(world);
      assert.ok(rig.orders.isLoaded(library), `${library} is not a shared library of the worker`);
      const all = { refused: 0, right: 0, count: 0 };
      for (const [i, row] of allRows().entries()) {
        const outcome = await tryRow(rig, row, library, i * 0.61803 + 0.5);
        for (const key of Object.keys(all)) all[key] += outcome[key];
      }
      t.diagnostic(`${library}: ${all.count} allocations, ${all.refused} times 503, ${all.right} times the right answer`);
      assert.ok(all.refused > 100);
      await rig.worker.assertServes();
    },
    { skip },
  );
}

// The exception: libfcgi's assertions end the process, and a supervisor starts it again. Each failing allocation ends the worker, or is
// harmless. The state in its file is unchanged.
testCase(
  'a failing allocation inside libfcgi ends the worker, or has no effect',
  async (world, t) => {
    let ended = 0;
    const state = world.path('state');
    for (let n = 1; n <= times(2, 24); n++) {
      const orders = new Orders(world, `orders-${n}`);
      const worker = await Worker.start(world, {
        env: orders.environment, options: ['--state', state], socketPath: world.path(`${n}.sock`),
      });
      assert.ok(orders.isLoaded('libfcgi'));
      const before = (await worker.ask('GET', '/pools')).text;
      const connection = await worker.connect();
      orders.failAt('libfcgi', n);
      await connection.offer(encodeRequest({ method: 'POST', target: `${BASE}/pools`, body: `{"name":"p${n}"}` }));
      const answer = await connection.answerOrClose();
      const { hasFailed } = orders.end();
      if (answer === null) {
        const { signal } = await worker.end();
        assert.equal(signal, 'SIGABRT', `allocation ${n}`);
        ended++;
      } else {
        assert.equal(answer.status, 201, `allocation ${n}: ${answer.text}`);
        await worker.stop();
      }
      const again = await Worker.start(world, { options: ['--state', state], socketPath: world.path(`${n}-again.sock`) });
      assert.equal((await again.ask('GET', '/pools')).text.includes(`"p${n}"`), answer !== null);
      if (answer === null) assert.equal((await again.ask('GET', '/pools')).text, before);
      await again.stop();
      if (!hasFailed) break;
    }
    t.diagnostic(`${ended} allocations of libfcgi end the worker`);
    assert.ok(ended > 0);
  },
  { skip },
);
