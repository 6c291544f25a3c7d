// SPDX-License-Identifier: MIT
//
// Events as a stream, behind nginx (docs/live.md).

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { until } from '../lib/case.mjs';
import { seedOf, Dice } from '../lib/dice.mjs';
import { EventStream } from '../lib/event_stream.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';
import { WaitingClaim } from '../lib/waiting.mjs';

function positionOf(answer) {
  return answer.headers['x-mock-event'];
}

stackCase('a stream begins with its position, and shows each change when it happens', async (world) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'before');
  const stream = await EventStream.open(stack, '/__admin/events');
  const [open] = await stream.next(1, 'stream.open');
  const position = open.lastId;
  assert.match(position, /^[0-9a-f]{8}\.1$/);
  assert.deepEqual(open, {
    type: 'stream.open', lastId: position, oldestId: position, kept: 1, heartbeatMs: 15000, lastEventId: position, retry: '1000',
  });
  const id = await stack.claim('default-pool', 'w');
  assert.ok(id);
  const [claimed] = await stream.next(1);
  assert.equal(claimed.type, 'pod.claimed');
  assert.equal(claimed.seq, 2);
  assert.equal(claimed.workspaceId, 'w');
  const { events } = assertSuccess(await stack.ask('GET', `/__admin/events?after=${position}`));
  const { lastEventId, retry, ...event } = claimed;
  assert.equal(lastEventId, claimed.id);
  assert.deepEqual([event], events, 'the page of JSON has the same event');
});

stackCase('a client that comes back with its last id misses nothing and gets nothing twice', async (world, t) => {
  const stack = await Stack.start(world);
  const dice = new Dice(seedOf(t));
  const position = positionOf(await stack.ask('GET', '/pools'));
  const seen = [];
  let lastId = position;
  for (let visit = 0; visit < 20; visit++) {
    const byHeader = dice.chance(0.5);
    const headers = byHeader ? { 'last-event-id': lastId } : {};
    const stream = await EventStream.open(stack, `/__admin/events?after=${byHeader ? position : lastId}`, { headers });
    for (let i = dice.roll(0, 3); i > 0; i--) await stack.claim('default-pool', 'w');
    const last = positionOf(await stack.ask('GET', '/pools'));
    if (dice.chance(0.7)) await stream.reaches(last);
    stream.close();
    assert.deepEqual(stream.of('stream.gap'), []);
    seen.push(...stream.of().map(({ seq }) => seq));
    lastId = stream.lastId ?? lastId;
    await stack.claim('default-pool', 'between');
  }
  const end = await EventStream.open(stack, `/__admin/events?after=${lastId}`);
  await end.reaches(positionOf(await stack.ask('GET', '/pools')));
  seen.push(...end.of().map(({ seq }) => seq));
  assert.ok(seen.length > 20);
  assert.deepEqual(seen, seen.map((_, i) => i + 1));
});

stackCase('a stream of a pool shows that pool, and filters select events', async (world) => {
  const stack = await Stack.start(world);
  const open = (path) => EventStream.open(stack, path);
  const pool = await open('/pools/default-pool/events');
  const claims = await open('/__admin/events?types=pod.claimed&workspaceId=w-*');
  const pod = await open('/pools/default-pool/events?pod=mock-pod-1&types=pod.*');
  await stack.claim('other', 'w-1');
  await stack.claim('default-pool', 'v');
  await stack.claim('default-pool', 'w-2');
  await stack.say('PUT', '/__admin/faults', []);
  await stack.say('POST', '/workspaces/mock-pod-1/release', {});
  const kinds = (events) => events.map(({ type, pool: name }) => `${type} ${name}`);
  assert.deepEqual(kinds(await pool.next(3)), ['pod.claimed default-pool', 'pod.claimed default-pool', 'pod.released default-pool']);
  assert.deepEqual(kinds(await claims.next(2)), ['pod.claimed other', 'pod.claimed default-pool']);
  assert.deepEqual((await pod.next(2)).map(({ type, subdomain }) => `${type} ${subdomain}`), [
    'pod.claimed mock-pod-1', 'pod.released mock-pod-1']);
});

stackCase('a stream is refused before it begins, with an ordinary error', async (world) => {
  const stack = await Stack.start(world);
  const headers = { accept: 'text/event-stream' };
  const ask = (path, more = {}) => stack.ask('GET', path, { headers: { ...headers, ...more } });
  assertError(await ask('/pools/nosuch/events'), 404, 'pool_not_found');
  assertError(await ask('/~fresh/__admin/events'), 404, 'tenant_not_found');
  assertError(await ask('/__admin/events?afer=0'), 400, 'bad_query');
  assertError(await ask('/__admin/events?limit=3'), 400, 'bad_query', /^limit: a stream has no limit$/);
  assertError(await ask('/__admin/events', { origin: 'http://foreign.test' }), 403, 'cross_site');
  const head = await stack.ask('HEAD', '/__admin/events', { headers });
  assert.equal(head.status, 200);
  assert.equal(head.headers['content-type'], 'application/json');
  const page = await stack.ask('GET', '/__admin/events', { headers: { accept: 'text/event-stream;q=0, */*' } });
  assert.deepEqual(assertSuccess(page).events, []);
});

stackCase('a position that is lost is a gap, and the stream goes on', async (world) => {
  const stack = await Stack.start(world, { options: ['--events', '3'] });
  const first = positionOf(await stack.ask('GET', '/pools'));
  for (let i = 0; i < 5; i++) await stack.claim('default-pool', 'w');
  const trimmed = await EventStream.open(stack, `/__admin/events?after=${first}`);
  const [{ after, missed, reason, lastEventId }] = await trimmed.next(1, 'stream.gap');
  const epoch = first.split('.')[0];
  assert.deepEqual({ after, missed, reason, lastEventId }, { after: first, missed: 2, reason: 'trimmed', lastEventId: `${epoch}.2` });
  assert.equal(trimmed.events[0].lastEventId, undefined, 'who breaks off before the gap must be told again');
  assert.deepEqual((await trimmed.next(3)).map(({ seq }) => seq), [3, 4, 5]);
  const other = await EventStream.open(stack, '/__admin/events?after=0badc0de.7');
  const [gap] = await other.next(1, 'stream.gap');
  assert.deepEqual([gap.after, gap.missed, gap.reason, gap.lastEventId], ['0badc0de.7', null, 'epoch', `${epoch}.5`]);
  await stack.say('POST', '/workspaces/mock-pod-1/release', {});
  assert.deepEqual((await other.next(1)).map(({ seq }) => seq), [6]);
});

for (const [what, prepare, replace, event] of [
  ['a reset', async () => {}, (stack) => stack.say('POST', '/__admin/reset'), { type: 'state.reset' }],
  ['a restore', (stack) => stack.say('PUT', '/__admin/snapshots/s', undefined, 201),
    (stack) => stack.say('POST', '/__admin/snapshots/s/restore'), { type: 'state.replaced', by: 'restore' }],
  ['an import', async () => {}, (stack) => stack.say('PUT', '/__admin/state', { schemaVersion: 1 }), { type: 'state.replaced', by: 'import' }],
]) {
  stackCase(`${what} is a gap for all that listen, then an event, and the stream goes on`, async (world) => {
    const stack = await Stack.start(world);
    await prepare(stack);
    const all = await EventStream.open(stack, '/__admin/events');
    const pool = await EventStream.open(stack, '/pools/default-pool/events');
    await stack.claim('default-pool', 'before');
    await all.next(1); // otherwise the gap may stand for it
    await replace(stack);
    await stack.claim('p', 'after');
    const events = await all.next(5);
    assert.equal(events[0].type, 'pod.claimed');
    assert.deepEqual([events[1].type, events[1].by, events[1].seq], [event.type, event.by, 1]);
    assert.deepEqual(events.slice(2).map(({ type }) => type), ['pool.created', 'pods.created', 'pod.claimed']);
    for (const stream of [all, pool]) {
      const [gap] = await stream.next(1, 'stream.gap');
      assert.deepEqual([gap.reason, gap.missed], ['epoch', null]);
      assert.notEqual(gap.lastEventId.split('.')[0], gap.after.split('.')[0]);
      assert.equal(stream.hasEnded, false);
    }
  });
}

stackCase('a tenant that is deleted ends its streams with an event, and no other', async (world) => {
  const stack = await Stack.start(world);
  for (const tenant of ['a', 'b']) await stack.say('GET', `/~${tenant}/pools/default-pool/workspace`);
  const [a, b, pool] = await Promise.all(['/~a/__admin/events', '/~b/__admin/events', '/~a/pools/default-pool/events']
    .map((path) => EventStream.open(stack, path)));
  await stack.say('DELETE', '/__admin/tenants/a');
  await Promise.all([a.end(), pool.end()]);
  assert.deepEqual(a.of().map(({ type, tenant, cause }) => [type, tenant, cause]), [['tenant.deleted', 'a', 'control']]);
  assert.deepEqual(pool.of(), []);
  assertError(await stack.ask('GET', '/~a/__admin/events'), 404, 'tenant_not_found');
  await stack.say('GET', '/~b/pools/default-pool/workspace');
  await b.next(1);
  assert.equal(b.hasEnded, false);
  await stack.say('GET', '/~a/pools/default-pool/workspace'); // the name can be used again
  assertSuccess(await stack.ask('GET', '/~a/__admin/events'));
});

stackCase('a worker that stops ends all streams, after the changes that it still makes', async (world) => {
  const stack = await Stack.start(world, { options: ['--listeners-max', '1000'] });
  const streams = await Promise.all(Array.from({ length: 50 }, () => EventStream.open(stack, '/__admin/events')));
  await stack.claim('default-pool', 'w');
  const last = positionOf(await stack.ask('GET', '/pools'));
  const from = Date.now();
  stack.worker.signal('SIGTERM');
  await Promise.all(streams.map((stream) => stream.end()));
  await stack.worker.end();
  assert.ok(Date.now() - from < 5000);
  for (const stream of streams) {
    assert.equal(stream.lastId, last);
    assert.equal(stream.isBroken, false, 'the answer has an end');
  }
});

stackCase('a stream whose token is gone ends before the next event', async (world) => {
  const stack = await Stack.start(world, { options: ['--require-auth'] });
  const login = async (username) => {
    const { token } = await stack.say('POST', '/auth/login', { username, password: 'p' });
    return { authorization: `Bearer ${token}` };
  };
  const bob = await login('bob');
  assertSuccess(await stack.ask('POST', '/users', { json: { username: 'ann', password: 'p' }, headers: bob }), 201);
  const ann = await login('ann');
  assertError(await stack.ask('GET', '/pools/default-pool/events', { headers: { accept: 'text/event-stream' } }), 401, 'no_token');
  const [hers, his] = [await EventStream.open(stack, '/pools/default-pool/events', { headers: ann }),
    await EventStream.open(stack, '/pools/default-pool/events', { headers: bob })];
  const claim = () => stack.ask('GET', claimPath('default-pool', 'w'), { headers: bob });
  assertSuccess(await claim());
  await Promise.all([hers.next(1), his.next(1)]);
  assertSuccess(await stack.ask('DELETE', '/users/ann', { headers: bob }));
  assertSuccess(await claim());
  await hers.end();
  assert.equal(hers.of().length, 1);
  await his.next(2);
  assertError(await stack.ask('GET', '/pools/default-pool/events', { headers: ann }), 401, 'bad_token');
});

stackCase('past --listeners-max a stream is refused, and requests are not', async (world) => {
  const stack = await Stack.start(world, { options: ['--listeners-max', '20', '--requests-max', '1', '--parked-max', '1'] });
  const open = (prefix = '') => EventStream.open(stack, `${prefix}/__admin/events`);
  const ask = (prefix = '') => stack.ask('GET', `${prefix}/__admin/events`, { headers: { accept: 'text/event-stream' } });
  const streams = [await open(), await open()];
  assertError(await ask(), 503, 'listener_limit', /^this tenant has 2 listeners, its share of --listeners-max$/);
  for (let i = 1; i < 10; i++) {
    await stack.say('GET', `/~t${i}/pools`);
    streams.push(await open(`/~t${i}`), await open(`/~t${i}`));
  }
  await stack.say('GET', '/~last/pools');
  assertError(await ask('/~last'), 503, 'listener_limit', /^the limit of 20 listeners is reached \(--listeners-max\)$/);
  await stack.claim('default-pool', 'w'); // streams are neither open nor parked requests
  streams[0].close();
  await until('there is room again', async () => {
    const answer = await stack.ask('HEAD', '/~last/__admin/events');
    assert.equal(answer.status, 200);
    return open('/~last').then(() => true, () => false);
  });
});

stackCase('claims that wait are events, and so is how their wait ends', async (world) => {
  const stack = await Stack.start(world);
  await stack.say('PATCH', '/__admin/pools/p', { newPoolPods: 1, maxPods: 1, onExhausted: 'queue' });
  await stack.claim('p', 'holder');
  const stream = await EventStream.open(stack, '/__admin/events?types=claim.*');
  const outcome = async (count) => {
    const { workspaceId, outcome: how, pool, waitedMs, cause } = (await stream.next(count, 'claim.dequeued')).at(-1);
    assert.ok(waitedMs >= 0 && waitedMs < 60000);
    return [workspaceId, how, pool, cause];
  };
  const wait = async (name) => {
    const claim = new WaitingClaim(stack, 'p', name);
    await until(`${name} waits`, async () => stream.of('claim.queued').some(({ workspaceId }) => workspaceId === name));
    return claim;
  };
  await wait('served');
  await stack.say('POST', '/workspaces/mock-pod-6/release', {});
  assert.deepEqual(await outcome(1), ['served', 'served', 'p', 'request']);
  const gone = await wait('gone');
  gone.hangUp();
  assert.deepEqual(await outcome(2), ['gone', 'gone', 'p', 'request']);
  await wait('refused');
  await stack.say('PATCH', '/__admin/pools/p', { onExhausted: 'reject' });
  assert.deepEqual(await outcome(3), ['refused', 'rejected', 'p', 'request']);
  assert.equal((await stream.next(1, 'claim.rejected'))[0].workspaceId, 'refused');
  await stack.say('PATCH', '/__admin/pools/p', { onExhausted: 'queue' });
  await wait('stale');
  await stack.say('POST', '/__admin/reset');
  assert.deepEqual(await outcome(4), ['stale', 'stale', 'p', 'request']);
});
