// SPDX-License-Identifier: MIT
//
// Events and the position of an answer (docs/live.md): a list, and then the events after it, is the list of later.

import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../lib/api.mjs';
import { times } from '../lib/case.mjs';
import { Dice, seedOf } from '../lib/dice.mjs';
import { assertStale, untilParked } from '../lib/faults.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const CLIENTS = 4;
const CHANGES = times(100, 2_000); // by each client
const POOLS = ['default-pool', 'a', 'b'];

// Makes random changes of pods and pools.
async function change(stack, dice) {
  const pool = dice.pick(POOLS);
  const pod = `mock-pod-${dice.roll(1, 30)}`;
  const json = {};
  const kind = dice.weigh({ claim: 40, release: 25, used: 8, update: 8, scale: 5, delete: 4, resetPool: 2, deletePool: 1, look: 3 });
  const requests = {
    claim: ['GET', `/pools/${pool}/workspace?workspaceId=w${dice.roll(1, 9)}&ttl=${dice.pick(['5ms', '1h'])}`],
    release: ['POST', `/workspaces/${pod}/release`],
    used: ['POST', `/workspaces/${pod}/mark-used`],
    update: ['POST', `/workspaces/${pod}/update`, { json: { repositories: ['o/r'] } }],
    scale: ['POST', `/pools/${pool}/scale`, { json: { minimum_vms: dice.roll(1, 12) } }],
    delete: ['DELETE', `/pools/${pool}/workspaces/${pod}`],
    resetPool: ['POST', `/__admin/pools/${pool}/reset`],
    deletePool: ['DELETE', `/pools/${pool}`],
    look: ['HEAD', `/pools/${pool}/workspace`],
  };
  const [method, path, options = { json }] = requests[kind];
  await stack.ask(method, path, method === 'GET' || method === 'HEAD' ? {} : options);
}

// The pods of all pools by id, as the lists show them, and the position of the first list.
async function listPods(stack) {
  const pods = new Map();
  const { pools } = assertSuccess(await stack.ask('GET', '/pools'));
  let position;
  for (const { name } of pools) {
    const answer = await stack.ask('GET', `/pools/${name}/workspaces`);
    position ??= answer.headers['x-mock-event'];
    for (const { id, usage_status: usage, claimedBy, state } of answer.json.workspaces) {
      pods.set(id, { pool: name, usage, workspaceId: claimedBy, state });
    }
  }
  return { pods, position };
}

function idsOfRange({ first, last }) {
  const [, prefix, from] = /^(.*-)(\d+)$/.exec(first);
  const to = Number(/\d+$/.exec(last)[0]);
  return Array.from({ length: to - from + 1 }, (_, i) => `${prefix}${Number(from) + i}`);
}

function apply(pods, event) {
  const { type, pool, pod, usage, state, workspaceId = null } = event;
  if (type === 'pods.created') for (const id of idsOfRange(event)) pods.set(id, { pool, usage, workspaceId: null, state });
  else if (type === 'pool.reset' || type === 'pool.deleted') for (const [id, each] of pods) if (each.pool === pool) pods.delete(id);
  if (type === 'pod.deleted') pods.delete(pod);
  else if (/^pod\./.test(type)) pods.set(pod, { pool, usage, workspaceId: usage === 'used' ? workspaceId : null, state });
}

// Replays all events after the position. Returns the position after them.
async function follow(stack, pods, position, limit) {
  for (;;) {
    const answer = assertSuccess(await stack.ask('GET', `/__admin/events?after=${position}&limit=${limit}`));
    assert.equal(answer.gap, undefined);
    for (const event of answer.events) apply(pods, event);
    position = answer.lastId;
    if (answer.events.length < limit) return position;
  }
}

stackCase('a list of pods, and then all events after it, is the list of later', async (world, t) => {
  const stack = await Stack.start(world);
  const dice = new Dice(seedOf(t));
  for (const pool of POOLS) await stack.claim(pool, 'w');
  let { pods, position } = await listPods(stack);
  const clients = Array.from({ length: CLIENTS }, async (_, i) => {
    const own = dice.fork(i);
    for (let n = 0; n < CHANGES; n++) await change(stack, own);
  });
  const all = Promise.all(clients);
  let isOver = false;
  all.finally(() => (isOver = true)).catch(() => {});
  while (!isOver) position = await follow(stack, pods, position, 7);
  await all;
  assertSuccess(await stack.ask('PUT', '/__admin/clock', { json: { action: 'freeze' } })); // no lease ends between list and events
  const end = await listPods(stack);
  await follow(stack, pods, position, 7);
  assert.deepEqual(new Map([...pods].sort()), new Map([...end.pods].sort()));
});

stackCase('each answer of a tenant has the position of its own changes', async (world) => {
  const stack = await Stack.start(world);
  const before = (await stack.ask('GET', '/pools')).headers['x-mock-event'];
  const claimed = (await stack.ask('GET', '/pools/default-pool/workspace')).headers['x-mock-event'];
  const other = (await stack.ask('GET', '/~t/pools')).headers['x-mock-event'];
  const [epoch, number] = before.split('.');
  assert.equal(claimed, `${epoch}.${Number(number) + 1}`);
  assert.match(other, /^[0-9a-f]{8}\.0$/);
  assert.notEqual(other.split('.')[0], epoch);
  const { events } = assertSuccess(await stack.ask('GET', `/__admin/events?after=${before}`));
  assert.deepEqual(events.map(({ id, type }) => [id, type]), [[claimed, 'pod.claimed']]);
  assert.equal((await stack.ask('GET', '/nowhere')).headers['x-mock-event'], undefined);
});

stackCase('the position of a claim that has waited is that of its answer', async (world) => {
  const stack = await Stack.start(world);
  assertSuccess(await stack.ask('PATCH', '/__admin/pools/busy', { json: { newPoolPods: 1, onExhausted: 'queue', claimTimeout: '1h' } }));
  const { id } = await stack.claim('busy', 'holder');
  const waiting = stack.ask('GET', '/pools/busy/workspace?workspaceId=next', { agent: false });
  await untilParked(stack, 1);
  assertSuccess(await stack.ask('POST', `/workspaces/${id}/release`));
  const { headers } = await waiting;
  const { events } = assertSuccess(await stack.ask('GET', '/__admin/events?after=0'));
  const claimed = events.findLast(({ type }) => type === 'pod.claimed');
  assert.equal(claimed.workspaceId, 'next');
  assert.equal(headers['x-mock-event'], claimed.id);
});

stackCase('a position that the ring has left behind is a gap, and the events go on with the oldest kept', async (world) => {
  const stack = await Stack.start(world, { options: ['--events', '3'] });
  const position = (await stack.ask('GET', '/pools')).headers['x-mock-event'];
  for (let i = 0; i < 5; i++) await stack.claim('default-pool', 'w');
  const { gap, events, dropped } = assertSuccess(await stack.ask('GET', `/__admin/events?after=${position}`));
  assert.deepEqual(gap, { after: position, missed: 2, reason: 'trimmed' });
  assert.deepEqual([events.map(({ seq }) => seq), dropped], [[3, 4, 5], 2]);
});

stackCase('a wait tells which events it could not count', async (world) => {
  const stack = await Stack.start(world, { options: ['--events', '2'] });
  const position = (await stack.ask('GET', '/pools')).headers['x-mock-event'];
  for (let i = 0; i < 3; i++) await stack.claim('default-pool', 'w');
  const answer = await stack.ask('GET', `/__admin/events/wait?after=${position}&count=3&timeout=10ms`);
  const { gap, count } = assertError(answer, 408, 'wait_timeout', /; 1 event was dropped before the count$/);
  assert.deepEqual([gap, count], [{ after: position, missed: 1, reason: 'trimmed' }, 2]);
  const wait = stack.ask('GET', '/__admin/events/wait?timeout=60s&count=3', { agent: false });
  await untilParked(stack, 1);
  assertSuccess(await stack.ask('POST', '/__admin/pools/default-pool/reset')); // pool.reset and pods.created
  await stack.ask('GET', '/pools/default-pool/workspace');
  assert.equal(assertSuccess(await wait).count, 3);
});

stackCase('--events 0 keeps none, and no answer has a position', async (world) => {
  const stack = await Stack.start(world, { options: ['--events', '0'] });
  const { headers } = await stack.ask('GET', '/pools/default-pool/workspace');
  assert.equal(headers['x-mock-event'], undefined);
});

stackCase('a wait for events ends with the change that completes its count, whatever makes it', async (world) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'before');
  const wait = stack.ask('GET', '/__admin/events/wait?types=pod.claimed,lease.expired&pool=default-pool&count=2&timeout=60s', { agent: false });
  await untilParked(stack, 1);
  await stack.claim('other', 'w');
  await stack.ask('HEAD', '/pools/default-pool/workspace'); // claims nothing
  assert.equal(assertSuccess(await stack.ask('GET', '/__admin/health')).parked, 1);
  assertSuccess(await stack.ask('GET', '/pools/default-pool/workspace?ttl=1ms')); // its lease ends without a request
  const { count, lastId } = assertSuccess(await wait);
  assert.equal(count, 2);
  const { events } = assertSuccess(await stack.ask('GET', `/__admin/events?after=${lastId}`));
  assert.deepEqual(events, []);
});

stackCase('a wait for events ends with its state', async (world) => {
  const stack = await Stack.start(world);
  for (const [method, path] of [['POST', '/~a/__admin/reset'], ['DELETE', '/__admin/tenants/a']]) {
    assertSuccess(await stack.ask('GET', '/~a/pools/default-pool/workspace'));
    const wait = stack.ask('GET', '/~a/__admin/events/wait?timeout=60s', { agent: false });
    await untilParked(stack, 1, '/~a');
    assertSuccess(await stack.ask(method, path));
    assertStale(await wait);
  }
});
