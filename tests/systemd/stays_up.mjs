// SPDX-License-Identifier: MIT
//
// The units with a real systemd and a state file: after any failure the worker is started again, and no claim is lost or made twice.

import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { testCase, until } from '../lib/case.mjs';
import { Connection, encodeRequest } from '../lib/fcgi.mjs';
import { Machine } from '../lib/machine.mjs';
import { Stack } from '../lib/stack.mjs';
import { WebSocketClient, WEBSOCKETS_ARE_MISSING } from '../lib/web_socket.mjs';
import { BASE, spawnTracked } from '../lib/worker.mjs';

const SERVICE = 'pool-manager-mock.service';
const SOCKET = 'pool-manager-mock.socket';
const LIVE_SOCKET = 'pool-manager-mock-live.socket';
const OPTIONS = 'etc/default/pool-manager-mock';
const WITH_STATE = 'POOL_MANAGER_STATE=/var/lib/pool-manager-mock/state.db\n';

const CLIENTS = 8;
const KILLS = 100;
const RESTARTS = 20;
const BUSY_RESTARTS = 100;
const UP_AGAIN_MS = 5_000; // RestartSec=1s, and time for a busy machine

let booted;

function boot() {
  booted ??= Machine.boot().then((machine) => ({ machine }), (error) => ({ error }));
  return booted;
}

after(async () => {
  const { machine } = (await booted) ?? {};
  await machine?.halt();
});

// Declares a case with the machine, whose socket unit is active, and a stack in front of it. The worker has not been started.
function machineCase(name, body, skip = false) {
  const start = async (world, t) => {
    const { machine, error } = await boot();
    if (error?.skip) return t.skip(error.skip);
    if (error) throw error;
    await machine.write(OPTIONS, WITH_STATE);
    await machine.say('systemctl', 'enable', '--now', SOCKET);
    await machine.say('systemctl', 'stop', SERVICE);
    return body(machine, await Stack.before(world, machine.socketPath));
  };
  testCase(name, start, { skip: Machine.whyNot() ?? skip, timeoutMs: 900_000 });
}

// A load of claims, each by its own workspace. `answered` maps workspaces to pods; `refused` counts nginx's 502s.
class Load {
  static #loads = 0;
  answered = new Map();
  refused = 0;
  #over = false;
  #clients;

  constructor(stack) {
    const name = `load-${Load.#loads++}`;
    this.stack = stack;
    this.prefix = `${name}-`;
    this.#clients = Promise.all(Array.from({ length: CLIENTS }, (_, c) => this.#run(`${name}-${c}`)));
    this.#clients.catch(() => {}); // stop() reports the error
    stack.world.atEnd(() => (this.#over = true));
  }

  async #run(client) {
    for (let n = 0; !this.#over; n++) {
      const workspaceId = `${client}-${n}`;
      const answer = await this.stack.ask('GET', claimPath('default-pool', workspaceId));
      if (answer.status === 502) {
        assertError(answer, 502, 'bad_gateway');
        this.refused++;
      } else {
        this.answered.set(workspaceId, assertSuccess(answer).workspace.id);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  // Waits until a claim that begins from now on is answered. Returns how long that took, in milliseconds.
  async answersAgain(what) {
    const begin = performance.now();
    const before = this.answered.size + CLIENTS; // that many may be in progress
    await until(what, () => this.answered.size > before, UP_AGAIN_MS);
    return performance.now() - begin;
  }

  // Ends the load. Asserts that no workspace has two pods, and that the state has each answered claim. Returns the load's claims in the
  // state: workspace -> pod.
  async stop() {
    this.#over = true;
    await this.#clients;
    const claims = new Map();
    for (const pod of await everyPod(this.stack)) {
      if (!pod.claimedBy?.startsWith(this.prefix)) continue;
      assert.ok(!claims.has(pod.claimedBy), `${pod.claimedBy} has two pods`);
      claims.set(pod.claimedBy, pod.id);
    }
    for (const [workspace, pod] of this.answered) assert.equal(claims.get(workspace), pod, `the pod of ${workspace}`);
    return claims;
  }
}

async function everyPod(stack) {
  const pods = [];
  let cursor = '';
  do {
    const page = assertSuccess(await stack.ask('GET', `/pools/default-pool/workspaces?limit=1000${cursor}`));
    pods.push(...page.workspaces);
    cursor = page.next_cursor ? `&cursor=${encodeURIComponent(page.next_cursor)}` : null;
  } while (cursor);
  return pods;
}

// Returns the worker's own lines in the journal, of this priority or a higher one.
function journal(machine, priority) {
  const words = ['-t', 'pool-manager-mock', '-p', priority, '-o', 'cat', '--no-pager'];
  return machine.say('journalctl', ...words);
}

async function assertSocketIsHeld(machine) {
  assert.equal(await machine.property(SOCKET, 'ActiveState'), 'active');
}

machineCase('the first request starts the worker, and systemctl status shows its status', async (machine, stack) => {
  assert.equal(await machine.property(SERVICE, 'ActiveState'), 'inactive');
  assertSuccess(await stack.ask('GET', '/pools'));
  assert.equal(await machine.property(SERVICE, 'ActiveState'), 'active');
  const { stdout } = await machine.run('systemctl', 'status', '--no-pager', SERVICE);
  assert.match(stdout, /Status: "serving, version \d+\.\d+\.\d+, state in a file"/);
  assert.equal(await machine.property(SERVICE, 'MemoryMax'), String(1024 ** 3));
  const pid = await machine.property(SERVICE, 'MainPID');
  assert.match(await machine.say('cat', `/proc/${pid}/limits`), /^Max core file size +0 +0 /m);
  await machine.say('systemctl', 'reload', SERVICE);
  assertSuccess(await stack.ask('GET', '/pools'));
  assert.equal(await machine.property(SERVICE, 'MainPID'), pid, 'SIGHUP restarts nothing');
});

machineCase(`a worker that is killed ${KILLS} times under load is started again each time`, async (machine, stack) => {
  const load = new Load(stack);
  for (let n = 0; n < KILLS; n++) {
    await load.answersAgain('claims are answered');
    const refused = load.refused;
    await machine.say('systemctl', 'kill', '--signal=KILL', SERVICE);
    await load.answersAgain(`claims are answered after kill ${n}`);
    assert.ok(load.refused - refused <= CLIENTS, `${load.refused - refused} refused: more than were on their way`);
  }
  await assertSocketIsHeld(machine);
  const claims = await load.stop();
  assert.ok(claims.size - load.answered.size <= load.refused, 'a claim that nobody made');
});

machineCase(`${RESTARTS} restarts in a row under load lose no answer`, async (machine, stack) => {
  const load = new Load(stack);
  await load.answersAgain('claims are answered');
  for (let n = 0; n < RESTARTS; n++) await machine.say('systemctl', 'restart', SERVICE);
  await load.answersAgain('claims are answered after the restarts');
  await assertSocketIsHeld(machine);
  const claims = await load.stop();
  assert.deepEqual([...claims].sort(), [...load.answered].sort(), 'each claim in the state was answered');
});

// Keeps each processor busy with several processes, until the case ends.
function makeBusy(world) {
  for (let n = 0; n < 3 * availableParallelism(); n++) {
    const child = spawnTracked('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' });
    world.atEnd(() => child.kill('SIGKILL'));
  }
}

// nginx then often sends a request on a kept connection when the worker is about to stop.
machineCase(`${BUSY_RESTARTS} restarts of a busy machine lose no request`, async (machine, stack) => {
  makeBusy(stack.world);
  const load = new Load(stack);
  for (let n = 0; n < BUSY_RESTARTS; n++) {
    await load.answersAgain('claims are answered');
    await machine.say('systemctl', 'restart', SERVICE);
  }
  await load.answersAgain('claims are answered after the restarts');
  assert.equal((await load.stop()).size, load.answered.size, 'each claim in the state was answered');
  assert.equal(load.refused, 0);
});

machineCase('a kept connection outlives restarts, and a failed one, and ends with a kill or a stop', async (machine) => {
  const claim = async (connection, workspace) => {
    await connection.send(encodeRequest({ target: BASE + claimPath('default-pool', workspace) }));
    return assertSuccess(await connection.answer());
  };
  const stored = () => machine.property(SERVICE, 'NFileDescriptorStore');
  const connection = await Connection.open(machine.socketPath);
  for (let n = 0; n < 3; n++) {
    await claim(connection, `kept-${n}`);
    await machine.say('systemctl', 'restart', SERVICE);
  }
  await machine.write(OPTIONS, `${WITH_STATE}POOL_MANAGER_PODS_MAX=abc\n`);
  assert.notEqual((await machine.run('systemctl', 'restart', SERVICE)).code, 0);
  assert.equal(await stored(), '1');
  const answer = claim(connection, 'kept-meanwhile');
  await machine.write(OPTIONS, WITH_STATE);
  await answer;
  assert.equal(await stored(), '0', 'the worker has cleared the store');
  await machine.say('systemctl', 'kill', '--signal=KILL', SERVICE);
  await connection.closed();

  const other = await Connection.open(machine.socketPath);
  await claim(other, 'kept-until-a-stop');
  await machine.say('systemctl', 'stop', SERVICE);
  await other.closed();
  assert.equal(await stored(), '0');
});

machineCase('WebSockets come by the second socket, close when the worker stops, and open again', async (machine, stack) => {
  await symlink('live.sock', `${machine.socketPath}.live`); // where the nginx of the tests looks for it
  assertSuccess(await stack.ask('GET', '/pools'));
  assert.equal(await machine.property(LIVE_SOCKET, 'ActiveState'), 'active', 'the service brings it along');
  for (let round = 0; round < 3; round++) {
    const socket = await WebSocketClient.open(stack, '/__admin/events?types=pod.claimed');
    await socket.messages(1);
    assertSuccess(await stack.ask('GET', claimPath('default-pool', `listener-${round}`)));
    assert.equal((await socket.messages(2))[1].workspaceId, `listener-${round}`);
    await machine.say('systemctl', 'restart', SERVICE);
    assert.equal(await socket.closed(), 1001);
    assert.equal(await machine.property(LIVE_SOCKET, 'ActiveState'), 'active');
  }
}, WEBSOCKETS_ARE_MISSING);

machineCase('a bad option fails the restart with its sentence, and the worker starts once it is corrected', async (machine, stack) => {
  const load = new Load(stack);
  await load.answersAgain('claims are answered');
  await machine.write(OPTIONS, `${WITH_STATE}POOL_MANAGER_PODS_MAX=abc\n`);
  const { code } = await machine.run('systemctl', 'restart', SERVICE);
  assert.notEqual(code, 0, 'systemctl restart succeeds');
  const sentence = /POOL_MANAGER_PODS_MAX: .*expected a number .*'abc'/;
  assert.match((await machine.run('systemctl', 'status', '--no-pager', '--full', SERVICE)).stdout, sentence);
  await until('the sentence is in the journal', async () => sentence.test(await journal(machine, 'err')));
  const { size } = load.answered;
  await new Promise((resolve) => setTimeout(resolve, 5_000)); // clients wait, and each of five starts fails
  assert.equal(load.answered.size, size);
  await assertSocketIsHeld(machine);
  await machine.write(OPTIONS, WITH_STATE);
  const ms = await load.answersAgain('claims are answered again');
  assert.ok(ms < 3_000, `it took ${Math.round(ms)} ms`);
  await load.stop();
});

machineCase('each line in the journal has its priority, and no time', async (machine, stack) => {
  const path = claimPath('default-pool', 'in-the-journal');
  assertSuccess(await stack.ask('GET', path));
  assertError(await stack.ask('GET', '/workspaces/nowhere-to-be-found'), 404, 'pod_not_found');
  const [claim, missing] = [/^🎭 ✅ \[Mock Pool Manager\] claim .*in-the-journal$/mu, /^🎭 ❌ .*nowhere-to-be-found/mu];
  await until('both lines', async () => missing.test(await journal(machine, 'info')));
  assert.match(await journal(machine, 'info'), claim);
  assert.match(await journal(machine, 'warning'), missing);
  assert.doesNotMatch(await journal(machine, 'warning'), claim);
  assert.doesNotMatch(await journal(machine, 'err'), missing);
});

machineCase('each instance of the templates has its name, its sockets and its state file', async (machine) => {
  const unit = (name, kind = 'service') => `pool-manager-mock@${name}.${kind}`;
  const ask = async (name, path) => {
    const connection = await Connection.open(join(machine.runFolder, `${name}.sock`));
    await connection.send(encodeRequest({ target: BASE + path, keep: false }));
    return assertSuccess(await connection.answer());
  };
  const names = ['1', 'two'];
  await machine.say('systemctl', 'enable', '--now', ...names.map((name) => unit(name, 'socket')));
  for (const name of names) {
    assert.equal((await ask(name, '/__admin/health')).worker, name);
    assert.equal((await ask(name, claimPath('default-pool', 'w'))).workspace.id, 'pod-pool-1-1');
    assert.equal(await machine.property(`pool-manager-mock-live@${name}.socket`, 'ActiveState'), 'active');
  }
  await machine.say('systemctl', 'kill', '--signal=KILL', unit('1'));
  assert.equal((await ask('1', claimPath('default-pool', 'w'))).workspace.id, 'pod-pool-1-2', 'its state is in its file');
  assert.equal((await ask('two', claimPath('default-pool', 'w'))).workspace.id, 'pod-pool-1-2');
  await machine.say('systemctl', 'disable', '--now', ...names.flatMap((name) => [unit(name, 'socket'), unit(name)]));
});

// A service with one delivery, whose receiver it is too. Prints the requests that it gets.
const ONE_DELIVERY = `
let given = false;
require('node:http').createServer((incoming, response) => {
  let body = '';
  incoming.on('data', (chunk) => (body += chunk)).on('end', () => {
    const { url, headers } = incoming;
    console.log(JSON.stringify({ url, token: headers['x-api-token'], authorization: headers.authorization, body }));
    const deliveries = !given && url.includes('/take') ? [{ id: 'e.1', take: 1, tenant: '', to: 't', url: null, body: { a: 1 } }] : [];
    given ||= deliveries.length > 0;
    const answer = () => response.end(JSON.stringify({ success: true, deliveries, leaseMs: 30000 }));
    if (url.includes('/take') && deliveries.length === 0) setTimeout(answer, 20000).unref();
    else answer();
  });
}).listen(8080, '127.0.0.1');`;

machineCase('the unit of the relay makes a delivery, and stops cleanly', async (machine) => {
  const service = machine.spawnInNetwork(process.execPath, ['-e', ONE_DELIVERY], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  service.stdout.setEncoding('utf8').on('data', (piece) => (text += piece));
  try {
    await machine.write('etc/default/pool-manager-mock-relay',
      'RELAY_OPTIONS=--target t=http://localhost:8080/t\nPOOLCTL_URL=http://127.0.0.1:8080/base\nPOOLCTL_TOKEN=a\nPOOLCTL_API_TOKEN=b\n');
    await machine.say('systemctl', 'start', 'pool-manager-mock-relay');
    const requests = () => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    await until('the result is reported', () => requests().some(({ url }) => url === '/base/__admin/deliveries/e.1/result'));
    assert.deepEqual(requests().filter(({ url }) => !url.includes('/take')), [
      { url: '/t', token: 'b', body: '{"a":1}' },
      { url: '/base/__admin/deliveries/e.1/result', authorization: 'Bearer a', body: '{"take":1,"status":200}' },
    ]);
    await machine.say('systemctl', 'stop', 'pool-manager-mock-relay');
    assert.equal(await machine.property('pool-manager-mock-relay', 'Result'), 'success');
    assert.equal(await machine.property('pool-manager-mock-relay', 'ExecMainStatus'), '0');
    assert.match(await machine.say('journalctl', '-u', 'pool-manager-mock-relay', '-o', 'cat'), /^e\.1 200$/m);
  } finally {
    service.kill('SIGKILL');
  }
});
