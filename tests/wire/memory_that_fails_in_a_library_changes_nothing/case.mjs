// SPDX-License-Identifier: MIT
//
// Each route is requested while the n-th allocation inside json-c, or inside SQLite, fails. Either the answer is 503 and nothing has
// changed, or the library did without that memory and the answer is the usual one. A failure inside libfcgi ends the worker
// (docs/architecture.md).

import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';

import { testCase, times } from '../../lib/case.mjs';
import { encodeRequest } from '../../lib/fcgi.mjs';
import { allRoutes, requestOf, RouteRig } from '../../lib/route_requests.mjs';
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

// --- the state before a request ---

class Rig extends RouteRig {
  static async start(world) {
    const orders = new Orders(world, 'orders');
    const worker = await Worker.start(world, { env: orders.environment, options: ['--log-level', 'error'] });
    const rig = Object.assign(new Rig(await worker.connect()), { orders, worker });
    await rig.makeDocument();
    return rig;
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
  const request = requestOf(row, rig);
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
      for (const [i, row] of allRoutes().entries()) {
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
