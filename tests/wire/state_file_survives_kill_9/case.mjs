// SPDX-License-Identifier: MIT
//
// With --state, every answered change survives a kill at any moment, and no change is made by half.

import assert from 'node:assert/strict';

import { assertSuccess, claimPath, statusPath } from '../../lib/api.mjs';
import { testCase, times } from '../../lib/case.mjs';
import { dice, seedOf } from '../../lib/dice.mjs';
import { encodeRequest } from '../../lib/fcgi.mjs';
import { BASE, cleanEnvironment, spawnTracked, Worker } from '../../lib/worker.mjs';

const CLIENTS = 6;

// What one client knows about its own pool. It sends one request at a time, so after a kill the state has all answered changes, and
// possibly the one that was in progress.
class Client {
  pods = new Map(); // id -> the workspace, or null
  pending = null;   // the change in progress: {released}, {deleted} or {claimedBy}
  answered = 0;

  constructor(number, random) {
    this.pool = `pool-of-${number}`;
    this.random = random;
  }

  #anyUsed() {
    const used = [...this.pods].filter(([, owner]) => owner !== null);
    return used.length > 0 ? used[this.random(used.length)][0] : null;
  }

  // Chooses a request. `mayBe` is the change that it may make, and `done` applies the answer to `pods`.
  #choose() {
    const used = this.#anyUsed();
    const kind = this.random(10);
    if (used !== null && kind < 3) {
      const release = () => this.pods.set(used, null);
      return { method: 'POST', target: `/workspaces/${used}/release`, done: release, mayBe: { released: used } };
    }
    if (used !== null && kind < 4) {
      const target = `/pools/${this.pool}/workspaces/${used}`;
      return { method: 'DELETE', target, done: () => this.pods.delete(used), mayBe: { deleted: used } };
    }
    const owner = `w-${this.random(1e9)}`;
    const claim = (json) => this.pods.set(json.workspace.id, owner);
    return { method: 'GET', target: claimPath(this.pool, owner), done: claim, mayBe: { claimedBy: owner } };
  }

  // Sends requests until the worker is gone.
  async run(worker) {
    const connection = await worker.connect();
    for (;;) {
      const { method, target, done, mayBe } = this.#choose();
      this.pending = mayBe;
      await connection.send(encodeRequest({ method, target: BASE + target })).catch(() => {});
      const answer = await connection.answerOrClose();
      if (answer === null) return;
      done(assertSuccess(answer));
      this.pending = null;
      this.answered++;
    }
  }

  // Compares the worker's pool with the expected pods, and continues with it. Returns how many pods it has.
  async check(worker) {
    if (this.answered === 0 && this.pending === null) return 0;
    const { status, workspaces } = assertSuccess(await worker.ask('GET', statusPath(this.pool)));
    const used = workspaces.filter((row) => row.status === 'used');
    assert.equal(status.current_vms, workspaces.length, 'the count of pods');
    assert.equal(status.used_vms, used.length, 'the count of used pods');
    const found = new Map(used.map((row) => [row.id, row.claimed_by]));
    const ids = new Set(workspaces.map((row) => row.id));
    for (const [id, owner] of this.pods) {
      const isPending = this.pending?.released === id || this.pending?.deleted === id;
      if (owner !== null && (!isPending || found.has(id))) assert.equal(found.get(id), owner, id);
      if (this.pending?.deleted !== id) assert.ok(ids.has(id), `${id} is gone`);
    }
    const more = [...found].filter(([id]) => (this.pods.get(id) ?? null) === null);
    assert.ok(more.length <= (this.pending?.claimedBy ? 1 : 0), `unanswered: ${JSON.stringify(more)}`);
    for (const [, owner] of more) assert.equal(owner, this.pending.claimedBy);
    this.pods = new Map(workspaces.map((row) => [row.id, found.get(row.id) ?? null]));
    this.pending = null;
    return ids.size;
  }
}

async function killAtSomeMoment(worker, clients, random) {
  const running = clients.map((client) => client.run(worker));
  await new Promise((resolve) => setTimeout(resolve, random(300)));
  await worker.kill();
  await Promise.all(running);
}

async function killRounds(world, t, options) {
  const random = dice(seedOf(t));
  const clients = Array.from({ length: CLIENTS }, (_, number) => new Client(number, random));
  const settings = { options: ['--state', world.path('state.db'), '--log-level', 'error', ...options] };
  for (let round = 0; round < times(10, 200); round++) {
    const worker = await Worker.start(world, settings);
    let pods = 5; // of default-pool
    for (const client of clients) pods += await client.check(worker);
    assert.equal(assertSuccess(await worker.ask('GET', '/__admin/health')).pods, pods, 'the count of all pods');
    await killAtSomeMoment(worker, clients, random);
  }
  const answered = clients.reduce((sum, client) => sum + client.answered, 0);
  t.diagnostic(`${answered} changes were answered`);
  assert.ok(answered > 0);
}

testCase('no change that was answered is lost, and every count is right', (world, t) => killRounds(world, t, []));

testCase('nor with --state-sync=normal', (world, t) => killRounds(world, t, ['--state-sync', 'normal']));

testCase('a start that is killed leaves a file that the next one takes', async (world, t) => {
  const random = dice(seedOf(t));
  for (let round = 0; round < times(10, 200); round++) {
    const options = ['--state', world.path(`state-${round}.db`), '--log-level', 'error'];
    const args = ['--listen', `unix:${world.path('killed.sock')}`, ...options];
    const child = spawnTracked(process.env.POOL_MANAGER_TEST_WORKER, args, { env: cleanEnvironment(), stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => setTimeout(resolve, random(40)));
    child.kill('SIGKILL');
    await ended;
    const worker = await Worker.start(world, { options });
    await worker.assertServes();
    await worker.stop();
  }
});
