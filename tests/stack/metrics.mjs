// SPDX-License-Identifier: MIT
//
// GET __admin/metrics and GET __admin/ready.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';

import { assertError, assertSuccess, claimPath, statusPath } from '../lib/api.mjs';
import { times, until } from '../lib/case.mjs';
import { Dice, seedOf } from '../lib/dice.mjs';
import { EventStream } from '../lib/event_stream.mjs';
import { setFaults } from '../lib/faults.mjs';
import { Metrics } from '../lib/metrics.mjs';
import { sourceFile, Stack, stackCase } from '../lib/stack.mjs';
import { HAS_WEBSOCKETS, WebSocketClient } from '../lib/web_socket.mjs';

const SERIES_MAX = 550;
const PROMTOOL_IS_MISSING = spawnSync('promtool', ['--version']).error ? 'promtool is not installed (Debian: prometheus)' : false;

// Runs promtool with this input. Returns {code, output}.
function promtool(args, input) {
  const child = spawn('promtool', args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

async function document() {
  return readFile(sourceFile('docs', 'metrics.md'), 'utf8');
}

stackCase('promtool has no complaint about the metrics', async (world) => {
  const stack = await Stack.start(world);
  await stack.claim('default-pool', 'w');
  assert.deepEqual(await promtool(['check', 'metrics'], (await Metrics.of(stack)).text), { code: 0, output: '' });
}, { skip: PROMTOOL_IS_MISSING });

stackCase('promtool accepts the alerts of the document', async (world) => {
  const [, rules] = /## Alerts\n\n```yaml\n([^`]*)```/.exec(await document());
  await writeFile(world.path('rules.yml'), rules);
  const { code, output } = await promtool(['check', 'rules', world.path('rules.yml')]);
  assert.equal(code, 0, output);
  assert.match(output, /SUCCESS: 4 rules found/);
  const { all } = await Metrics.of(await Stack.start(world));
  for (const [name] of rules.matchAll(/pool_manager_mock_\w+/g)) assert.ok(all[name], `there is no ${name}`);
}, { skip: PROMTOOL_IS_MISSING });

stackCase('the document lists each metric with its type, labels and meaning', async (world) => {
  const { all } = await Metrics.of(await Stack.start(world));
  const rows = Object.entries(all).map(([name, { type, series, help }]) => {
    const labels = Object.keys(series)[0].matchAll(/(\w+)="/g);
    const shown = [...labels].map(([, label]) => label).filter((label) => label !== 'le').map((label) => `\`${label}\``).join(', ');
    return `| \`${name.replace('pool_manager_mock_', '')}\` | ${type} | ${shown}${shown && ' '}| ${help} |`;
  });
  const [, table] = /\| Metric \|[^\n]*\n\|[-|]*\n([^]*?)\n\n/.exec(await document());
  assert.deepEqual(table.split('\n'), rows);
});

stackCase('there are the same series, whatever clients ask for', async (world) => {
  const stack = await Stack.start(world, { options: ['--tenants-max', '100', '--log-level', 'error'] });
  const before = await Metrics.of(stack);
  const count = times(2_000, 10_000);
  const clients = Array.from({ length: 20 }, async (_, c) => {
    for (let i = c; i < count; i += 20) {
      await stack.ask('GET', claimPath(`pool"\\\n${i}`, `w${i}`));
      await stack.ask('GET', `/~t${i}/pools`);
      await stack.ask(`M${i}`, `/path/${i}?q=${i}`);
    }
  });
  await Promise.all(clients);
  const after = await Metrics.of(stack);
  assert.equal(after.seriesCount, before.seriesCount);
  assert.ok(after.seriesCount <= SERIES_MAX, `${after.seriesCount} series`);
  assert.deepEqual(Object.keys(after.all), Object.keys(before.all));
  assert.ok(after.get('tenants') > 50);
});

// --- a random run ---

async function exportState(stack) {
  return JSON.parse((await stack.ask('GET', '/__admin/state?secrets=true')).text);
}

// Makes a state in which a login fails, with the whole turn that it is in.
async function breakLogins(stack) {
  const state = await exportState(stack);
  state.counters.lastToken = Number.MAX_SAFE_INTEGER;
  assertSuccess(await stack.ask('PUT', '/__admin/state', { json: state }));
}

const SETTINGS = [
  { onExhausted: 'create' }, { onExhausted: 'reject', maxPods: 6 }, { onExhausted: 'queue', maxPods: 6, claimTimeout: 30 },
  { leaseTtl: 20 }, { leaseTtl: null }, { podStartDelay: 10 },
];

const FAULTS = [
  [], [], [{ id: 'late', delay: { type: 'fixed', ms: 3 } }],
  [{ id: 'wrong', probability: 0.3, answer: { status: 503 } }], [{ id: 'cut', probability: 0.3, phase: 'after', answer: { truncate: 0.5 } }],
  [{ id: 'garbage', probability: 0.3, phase: 'after', answer: { garbage: true } }],
];

// A rule may cut the answer off.
function act(stack, dice) {
  return actAtRandom(stack, dice).catch((error) => assert.equal(error.code, 'ECONNRESET'));
}

function actAtRandom(stack, dice) {
  const pod = `mock-pod-${dice.roll(1, 12)}`;
  const pool = dice.pick(['default-pool', 'p', 'q']);
  const claim = claimPath(pool, `w${dice.roll(1, 9)}`);
  const actions = {
    claim: [40, () => stack.ask('GET', claim)],
    look: [5, () => stack.ask('HEAD', claim)],
    release: [25, () => stack.ask('POST', `/workspaces/${pod}/release`)],
    use: [4, () => stack.ask('POST', `/workspaces/${pod}/mark-used`)],
    remove: [3, () => stack.ask('DELETE', `/pools/${pool}/workspaces/${pod}`)],
    status: [10, () => stack.ask('GET', statusPath(pool))],
    scale: [3, () => stack.ask('POST', `/pools/${pool}/scale`, { json: { minimum_vms: dice.roll(1, 8) } })],
    drop: [2, () => stack.ask('DELETE', `/pools/${dice.pick(['p', 'q'])}`)],
    renew: [2, () => stack.ask('POST', `/__admin/pools/${pool}/reset`)],
    login: [3, () => stack.ask('POST', '/auth/login', { json: { username: `u${dice.roll(1, 99)}`, password: 'x' } })],
    nothing: [3, () => stack.ask('GET', '/nothing')],
    settings: [3, () => stack.ask('PATCH', '/__admin/settings', { json: dice.pick(SETTINGS) })],
    faults: [3, () => setFaults(stack, dice.pick(FAULTS))],
  };
  return actions[dice.weigh(Object.fromEntries(Object.entries(actions).map(([name, [weight]]) => [name, weight])))][1]();
}

function count(list, keyOf) {
  const counts = {};
  for (const item of list) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

const withoutZeros = (counts) => Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== 0));

async function allEntries(stack) {
  const { requests, dropped } = await stack.say('GET', '/__admin/requests?limit=10000');
  assert.equal(dropped, 0);
  return requests;
}

stackCase('after random requests, the metrics agree with the journal, the events and the state', async (world, t) => {
  const stack = await Stack.start(world, { options: ['--journal', '100000', '--events', '100000', '--log-level', 'error'] });
  const dice = new Dice(seedOf(t));
  await breakLogins(stack);
  const before = await Metrics.of(stack);
  const first = (await stack.ask('GET', '/__admin/health')).headers['x-mock-event'];
  for (let i = 0; i < times(150, 3_000); i++) await Promise.all(Array.from({ length: dice.roll(1, 6) }, () => act(stack, dice)));
  await stack.moveClock({ action: 'freeze' });
  await until('nothing waits', async () => (await Metrics.of(stack)).get('open_requests') === 1);

  const metrics = await Metrics.of(stack);
  const entries = (await allEntries(stack)).filter(({ status }) => status);
  const requests = {};
  for (const [labels, value] of Object.entries(metrics.all.pool_manager_mock_requests_total.series)) {
    const [, operation, status] = /operation="(.*)",status="(.*)"/.exec(labels);
    if (operation !== 'control' && operation !== 'other') requests[`${operation} ${status}`] = value;
  }
  assert.deepEqual(withoutZeros(requests), count(entries, ({ operation, status }) => `${operation} ${Math.trunc(status / 100)}xx`));

  const durations = Object.entries(metrics.all.pool_manager_mock_request_duration_seconds.series);
  const timed = durations.filter(([labels]) => /^_count\{operation="(?!control|other)/.test(labels)).reduce((sum, [, value]) => sum + value, 0);
  assert.equal(timed, entries.filter(({ fault }) => !fault?.includes('late')).length);

  const { events, dropped } = await stack.say('GET', `/__admin/events?after=${first}&limit=10000`);
  assert.equal(dropped, 0);
  const kept = Object.fromEntries(Object.entries(metrics.by('events_total')).map(([type, value]) => [type, value - before.by('events_total')[type]]));
  if (events.length < 10_000) assert.deepEqual(withoutZeros(kept), count(events, ({ type }) => type));
  const claims = metrics.by('claims_total');
  assert.equal(claims.served + claims.made, kept['pod.claimed']);
  assert.equal(claims.rejected, kept['claim.rejected']);
  assert.equal(claims.queued, kept['claim.queued']);
  assert.equal(metrics.get('leases_expired_total'), kept['lease.expired']);
  const hits = Object.values(metrics.by('faults_total')).reduce((sum, value) => sum + value, 0);
  assert.equal(hits, entries.flatMap(({ fault }) => fault?.split(', ') ?? []).length);

  const { pods, pools } = await exportState(stack);
  const shown = {};
  for (const [labels, value] of Object.entries((await Metrics.of(stack)).all.pool_manager_mock_pods.series)) {
    const [, usage, state] = /usage="(.*)",state="(.*)"/.exec(labels);
    shown[`${usage} ${state}`] = value;
  }
  assert.deepEqual(withoutZeros(shown), count(pods, ({ usage, state }) => `${usage ?? 'free'} ${state ?? 'running'}`));
  assert.equal(metrics.get('pools'), pools.length);
  assert.ok(metrics.get('turns_lost_total') > 0, 'no turn was lost');
}, { timeoutMs: times(60_000, 600_000) });

// --- single metrics ---

stackCase('waiting requests, listeners and their connections are counted while they last', async (world) => {
  const stack = await Stack.start(world);
  await stack.say('PATCH', '/__admin/settings', { onExhausted: 'queue', maxPods: 5, claimTimeout: 60_000 });
  for (let i = 0; i < 5; i++) await stack.claim('default-pool', 'w');
  const idle = await Metrics.of(stack);
  assert.deepEqual(idle.by('parked_requests'), { fault: 0, claim: 0, stream: 0, other: 0 });
  assert.equal(idle.get('open_requests'), 1, 'the scrape itself');

  await setFaults(stack, [{ id: 'late', match: { operation: 'status' }, delay: { type: 'fixed', ms: 60_000 } }]);
  const abort = new AbortController();
  const options = { agent: false, signal: abort.signal };
  const waiting = [statusPath('default-pool'), claimPath('default-pool', 'late'), '/__admin/requests/wait?operation=exec&timeout=60s'];
  const answers = waiting.map((path) => stack.ask('GET', path, options).catch((error) => error));
  const stream = await EventStream.open(stack, '/__admin/events');
  const sockets = HAS_WEBSOCKETS ? [
    await WebSocketClient.open(stack, '/__admin/events'), await WebSocketClient.open(stack, '/_pod/mock-pod-1/15552/_echo'),
  ] : [];
  await until('all wait', async () => {
    const metrics = await Metrics.of(stack);
    const { fault, claim, other } = metrics.by('parked_requests');
    return fault === 1 && claim === 1 && other === 1 && metrics.get('open_requests') === 4;
  });
  const busy = await Metrics.of(stack);
  assert.deepEqual(busy.by('listeners'), { sse: 1, websocket: sockets.length / 2, pod: sockets.length / 2 });
  assert.equal(busy.get('connections', { state: 'stream' }), 1);
  assert.equal(busy.get('connections', { state: 'busy' }), 3, 'the scrape shows its own connection as it was');
  assert.equal(busy.get('claims_total', { outcome: 'queued' }), 1);

  stream.close();
  for (const socket of sockets) socket.destroy();
  await stack.say('POST', '/__admin/reset');
  abort.abort();
  await Promise.all(answers);
  await until('nothing waits', async () => {
    const metrics = await Metrics.of(stack);
    const none = [...Object.values(metrics.by('parked_requests')), ...Object.values(metrics.by('listeners'))];
    return metrics.get('open_requests') === 1 && none.every((value) => value === 0) && metrics.get('connections', { state: 'stream' }) === 0;
  });
});

stackCase('each end of a callback is counted', async (world) => {
  const stack = await Stack.start(world);
  await stack.say('PUT', '/__admin/callbacks', [{ on: 'pod.failed', to: 't', maxAttempts: 1 }]);
  await stack.say('PATCH', '/__admin/settings', { failNext: 5 });
  await stack.say('POST', '/pools', { name: 'failing', minimum_vms: 5 }, 201);
  const { deliveries } = await stack.say('POST', '/__admin/deliveries/take?limit=4');
  const results = [{ status: 200 }, { status: 410 }, { status: 500 }, { refused: true }];
  for (const [i, result] of results.entries()) {
    await stack.say('POST', `/__admin/deliveries/${deliveries[i].id}/result`, { take: 1, ...result });
  }
  await stack.say('PUT', '/__admin/snapshots/s', undefined, 201);
  await stack.say('POST', '/__admin/snapshots/s/restore');
  const ends = (await Metrics.of(stack)).by('callbacks_total');
  assert.deepEqual(ends, { delivered: 1, status: 1, attempts: 1, refused: 1, stale: 1, 'given-up': 0 });
});

stackCase('each way in which a claim ends is counted', async (world) => {
  const stack = await Stack.start(world);
  const claims = async () => (await Metrics.of(stack)).by('claims_total');
  for (let i = 0; i < 5; i++) await stack.claim('default-pool', 'w');
  await stack.claim('default-pool', 'w');
  assert.deepEqual(withoutZeros(await claims()), { served: 5, made: 1 });
  await stack.say('PATCH', '/__admin/settings', { onExhausted: 'reject' });
  assertError(await stack.ask('GET', claimPath('default-pool', 'w')), 503, 'exhausted');
  await stack.say('PATCH', '/__admin/settings', { onExhausted: 'queue', claimTimeout: 10 });
  assertError(await stack.ask('GET', claimPath('default-pool', 'w')), 503, 'exhausted');
  assert.deepEqual(withoutZeros(await claims()), { served: 5, made: 1, rejected: 1, queued: 1, timeout: 1 });
  assert.equal((await stack.ask('HEAD', claimPath('p', 'w'))).status, 200);
  assert.deepEqual(withoutZeros(await claims()), { served: 5, made: 1, rejected: 1, queued: 1, timeout: 1 });
});

stackCase('leaks, and entries that the journal has no room for, are counted', async (world) => {
  const stack = await Stack.start(world, { options: ['--journal', '3'] });
  await setFaults(stack, [{ id: 'lost', times: 1, phase: 'after', answer: { status: 500 } }]);
  for (let i = 0; i < 5; i++) await stack.ask('GET', claimPath('default-pool', 'w'));
  const metrics = await Metrics.of(stack);
  assert.equal(metrics.get('leaks'), 1);
  assert.equal(metrics.get('journal_dropped_total'), 2);
  assert.deepEqual(withoutZeros(metrics.by('faults_total')), { status: 1 });
  assert.equal(metrics.get('requests_total', { operation: 'claim', status: '5xx' }), 1);
});

stackCase('the metrics of all tenants are at the root, and survive a reset', async (world) => {
  const stack = await Stack.start(world);
  assertSuccess(await stack.ask('GET', `/~t${claimPath('p', 'w')}`));
  assertError(await stack.ask('GET', '/~t/__admin/metrics'), 404, 'not_found', /without one/);
  await stack.say('POST', '/__admin/reset');
  await stack.say('DELETE', '/__admin/tenants/t');
  const metrics = await Metrics.of(stack);
  assert.equal(metrics.get('tenants'), 1);
  assert.equal(metrics.get('requests_total', { operation: 'claim', status: '2xx' }), 1);
  assert.deepEqual(withoutZeros(metrics.all.pool_manager_mock_pods.series), { '{usage="free",state="running"}': 5 });
});

stackCase('the process is described', async (world) => {
  const stack = await Stack.start(world, { options: ['--worker-name', 'left'] });
  const metrics = await Metrics.of(stack);
  const { version } = await stack.say('GET', '/__admin/health');
  assert.equal(metrics.get('build_info', { version, worker: 'left' }), 1);
  const now = Date.now() / 1000;
  for (const name of ['start_time_seconds', 'process_start_time_seconds']) assert.ok(now - metrics.get(name) < 60 && metrics.get(name) < now + 1, name);
  assert.equal(metrics.get('process_open_fds'), await stack.worker.descriptorsCount());
  assert.ok(metrics.get('process_resident_memory_bytes') > 1e6 && metrics.get('process_cpu_seconds_total') > 0);
  assert.ok(metrics.get('process_virtual_memory_bytes') >= metrics.get('process_resident_memory_bytes'));
});

stackCase('the route is fenced like the rest of the control API', async (world) => {
  const stack = await Stack.start(world, { options: ['--admin-token', 'secret'] });
  for (const path of ['/__admin/metrics', '/__admin/ready']) {
    assertError(await stack.ask('GET', path), 401, 'no_token');
    assert.equal((await stack.ask('GET', path, { headers: { authorization: 'Bearer secret' } })).status, 200);
  }
});

stackCase('a worker without a state file is ready', async (world) => {
  const stack = await Stack.start(world);
  assert.deepEqual(await stack.say('GET', '/__admin/ready'), { success: true, status: 'ready' });
  assert.deepEqual(await stack.say('GET', '/~t/__admin/ready'), { success: true, status: 'ready' });
});
