// SPDX-License-Identifier: MIT
//
// The command-line client against the worker behind nginx.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { assertSuccess, claimPath } from '../lib/api.mjs';
import { forEachRow, until } from '../lib/case.mjs';
import { assertDone, assertFailed, EXIT, poolctl, startPoolctl } from '../lib/poolctl.mjs';
import { sourceFile, Stack, stackCase } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

// Starts a stack. Returns it with a function that runs poolctl against it.
async function startWithClient(world, settings) {
  const stack = await Stack.start(world, settings);
  const url = `http://${stack.host}:${stack.port}${BASE}`;
  return { stack, run: (args, options = {}) => poolctl(args.split(' '), { url, ...options }) };
}

// Parses output of `name  value` lines.
function fields(text) {
  return Object.fromEntries(text.trimEnd().split('\n').map((line) => line.split(/ {2,}/)));
}

// Parses output below a heading line: an array for each row.
function rows(text) {
  return text.trimEnd().split('\n').slice(1).map((line) => line.split(/ {2,}/));
}

stackCase('a pod is claimed, shown and released', async (world) => {
  const { stack, run } = await startWithClient(world);
  const claimed = fields(assertDone(await run('claim --workspace w-1')));
  assert.deepEqual(claimed, {
    pod: 'pod-pool-1-1', pool: 'default-pool', workspace: 'w-1', url: 'https://mock-pod-1.mock.sphinx.chat',
    password: 'mock-password',
  });
  const status = fields(assertDone(await run('status')));
  assert.deepEqual(status, { pool: 'default-pool', pods: '5', used: '1', free: '4', pending: '0', failed: '0' });
  const [first, second] = rows(assertDone(await run('list default-pool')));
  assert.deepEqual(first.slice(0, 4), ['pod-pool-1-1', 'running', 'used', 'w-1']);
  assert.deepEqual(second.slice(0, 4), ['pod-pool-1-2', 'running', 'free', '-']);
  await stack.assertPool('default-pool', { total: 5, used: 1 });
  const released = fields(assertDone(await run('release mock-pod-1')));
  assert.deepEqual(released, { pod: 'pod-pool-1-1', pool: 'default-pool', usage: 'unused' });
  await stack.assertPool('default-pool', { total: 5, used: 0 });
});

stackCase('--json prints the worker\'s answer unchanged', async (world) => {
  const { stack, run } = await startWithClient(world);
  const { workspace } = JSON.parse(assertDone(await run('--json claim p')));
  const shown = await stack.ask('GET', `/workspaces/${workspace.id}`);
  assert.deepEqual(workspace, assertSuccess(shown).workspace);
  const list = await stack.ask('GET', '/pools/p/workspaces');
  assert.equal(assertDone(await run('list p -j')), `${list.text}\n`);
});

stackCase('pools of any name are listed, and a reset deletes them', async (world) => {
  const { run } = await startWithClient(world);
  await forEachRow(['a/b', '...', 'ü', 'a?b#c', '%2F'], async (name) => {
    assert.equal(fields(assertDone(await run(`claim ${name}`))).pool, name);
  });
  const pools = rows(assertDone(await run('list'))).map(([name, pods, used]) => [name, pods, used]);
  assert.deepEqual(pools, [
    ['default-pool', '5', '0'], ['a/b', '3', '1'], ['...', '3', '1'], ['ü', '3', '1'], ['a?b#c', '3', '1'],
    ['%2F', '3', '1'],
  ]);
  const dropped = fields(assertDone(await run('reset')));
  assert.equal(dropped.pools, '6');
  assert.equal(dropped.pods, '20');
  assert.equal(rows(assertDone(await run('list'))).length, 1);
});

stackCase('a list longer than a page is printed whole', async (world) => {
  const { stack, run } = await startWithClient(world);
  await stack.worker.fill('big', 2100);
  const ids = rows(assertDone(await run('list big'))).map(([id]) => id);
  assert.equal(ids.length, 2100);
  assert.equal(new Set(ids).size, 2100);
});

stackCase('a single pool is reset', async (world) => {
  const { run } = await startWithClient(world);
  assertDone(await run('claim one'));
  assertDone(await run('claim two'));
  assert.deepEqual(fields(assertDone(await run('reset one'))), { pool: 'one', pods: '3', used: '0', free: '3' });
  const used = rows(assertDone(await run('list'))).map(([name, , count]) => [name, count]);
  assert.deepEqual(used, [['default-pool', '0'], ['one', '0'], ['two', '1']]);
  assertFailed(await run('reset three'), EXIT.REFUSED, /\(pool_not_found\)/);
});

stackCase('a claim may have a lease, and an exhausted pool ends with the status for trying again later', async (world) => {
  const { stack, run } = await startWithClient(world);
  const claimed = Date.now();
  const { expires } = fields(assertDone(await run('claim --ttl 1h')));
  assert.ok(Math.abs(Date.parse(expires) - claimed - 3_600_000) < 60_000, expires);
  const none = { maxPods: 5, onExhausted: 'reject', rejectStatus: 409 };
  assertSuccess(await stack.ask('PATCH', '/__admin/pools/default-pool', { json: none }));
  for (let i = 0; i < 4; i++) assertDone(await run('claim'));
  assertFailed(await run('claim'), EXIT.TRY_LATER, /\(exhausted\)/);
});

stackCase('fault rules are added, hit, listed, replaced and cleared', async (world) => {
  const { stack, run } = await startWithClient(world);
  const added = await run('faults add --id busy --operation claim --status 503 --retry-after 2 --times 2');
  assert.deepEqual(fields(assertDone(added)), { fault: 'busy' });
  assertFailed(await run('faults add --id busy --hang'), EXIT.REFUSED, /\(fault_exists\)/);
  assertFailed(await run('faults add --status 503 --hang'), EXIT.REFUSED, /\(bad_field\)/);
  assertFailed(await run('faults add'), EXIT.USAGE, /give --delay, --status/);
  assertFailed(await run('claim'), EXIT.REFUSED, /\(fault\)/);
  assertFailed(await run('claim'), EXIT.REFUSED, /\(fault\)/);
  assertDone(await run('claim'));
  await stack.assertPool('default-pool', { total: 5, used: 1 });
  assert.deepEqual(rows(assertDone(await run('faults list'))), [
    ['busy', 'operation=claim', 'before', '-', 'status=503 retryAfter=2', '2', '2', 'yes'],
  ]);
  const { faults } = JSON.parse(assertDone(await run('faults list --json')));
  const rules = JSON.stringify([...faults, { id: 'slow', delay: { type: 'fixed', ms: 1 } }]);
  const replaced = rows(assertDone(await run('faults set', { stdin: rules })));
  assert.deepEqual(replaced.map(([id, , , , , , hits]) => [id, hits]), [['busy', '0'], ['slow', '0']]);
  assertDone(await run('faults clear busy'));
  assertFailed(await run('faults clear busy'), EXIT.REFUSED, /\(fault_not_found\)/);
  assert.equal(fields(assertDone(await run('faults clear'))).deleted, '1');
  assert.deepEqual(rows(assertDone(await run('faults list'))), []);
});

stackCase('poolctl sets what a pod answers', async (world) => {
  const { stack, run } = await startWithClient(world);
  assertDone(await run('faults add --operation pod --port 3000 --path /api/* --status 200 --answer-json [1] --header X-A:b'));
  const answer = await stack.ask('GET', '/_pod/mock-pod-1/3000/api/x');
  assert.deepEqual([answer.status, answer.text, answer.headers['x-a']], [200, '[1]', 'b']);
  assert.deepEqual(rows(assertDone(await run('faults list'))).map(([, match, , , shown]) => [match, shown]),
    [['operation=pod port=3000 path=/api/*', 'status=200 headers=X-A=b json=1']]);
});

stackCase('the worker accepts every kind of rule that the options can make', async (world) => {
  const { run } = await startWithClient(world);
  const rules = [
    '-o claim,status --pool a* --pod mock-pod-* --phase after --workspace w --skip 1 --every 2 --times 3 --probability 0.5 --ttl 10m --hang',
    '--phase after --delay 250ms', '--delay 100ms..2s', '--delay 200ms~0.4..5s', '-s 429 --retry-after 2 --error no',
    '--truncate 0.5', '--garbage', '--dribble 200', '-o * --hang',
  ];
  await forEachRow(rules, async (options) => assertDone(await run(`faults add ${options}`)));
  assert.equal(rows(assertDone(await run('faults list'))).length, rules.length);
});

stackCase('the clock is frozen, advanced and resumed', async (world) => {
  const { run } = await startWithClient(world);
  const clock = async (words) => fields(assertDone(await run(`clock ${words}`)));
  assert.equal((await clock('show')).mode, 'real');
  const { now, mode } = await clock('freeze');
  assert.equal(mode, 'frozen');
  assert.deepEqual(await clock('show'), { now, mode });
  assertDone(await run('claim --ttl 30m'));
  const advanced = assertDone(await run('clock advance 1h')).split('\n');
  const hourLater = new Date(Date.parse(now) + 3_600_000).toISOString();
  const halfAnHourLater = new Date(Date.parse(now) + 1_800_000).toISOString();
  assert.deepEqual(fields(advanced.slice(0, 2).join('\n')), { now: hourLater, mode });
  assert.deepEqual(rows(advanced.slice(2).join('\n')), [[halfAnHourLater, 'lease-expired', 'pod-pool-1-1']]);
  assertFailed(await run(`clock set ${now}`), EXIT.REFUSED, /does not go back/);
  assert.equal((await clock('set 2100-01-01T00:00:00Z')).now, '2100-01-01T00:00:00.000Z');
  assert.equal((await clock('advance 5000')).now, '2100-01-01T00:00:05.000Z');
  const resumed = await clock('resume');
  assert.equal(resumed.mode, 'real');
  assert.match(resumed.now, /^2100-/);
});

stackCase('a wait ends when enough requests were answered, or times out', async (world) => {
  const { run } = await startWithClient(world);
  const waiting = run('wait --operation claim --pool default-* --status 200 --count 2 --timeout 10s');
  assertDone(await run('claim --workspace w-1'));
  assertDone(await run('status'));
  assertDone(await run('claim --workspace w-2'));
  assert.deepEqual(fields(assertDone(await waiting)), { count: '2', dropped: '0', lastSeq: '3' });
  const claims = rows(assertDone(await run('requests --operation claim')));
  assert.deepEqual(claims.map(([seq, , ...rest]) => [seq, ...rest]), [
    ['1', '200', 'claim', 'default-pool', 'pod-pool-1-1', '-', 'w-1'],
    ['3', '200', 'claim', 'default-pool', 'pod-pool-1-2', '-', 'w-2'],
  ]);
  assert.equal(rows(assertDone(await run('requests --after 1'))).length, 2);
  assertFailed(await run('wait -o claim --after 3 --timeout 50ms'), EXIT.TRY_LATER, /\(wait_timeout\)/);
  assertFailed(await run('wait -o nothing'), EXIT.REFUSED, /\(bad_query\)/);
});

stackCase('a claim whose answer is lost is a leak until it is released', async (world) => {
  const { run } = await startWithClient(world);
  assertDone(await run('faults add --operation claim --phase after --status 500'));
  assertFailed(await run('claim --workspace w-1'), EXIT.REFUSED, /\(fault\)/);
  const leaks = rows(assertDone(await run('leaks')));
  assert.deepEqual(leaks.map(([pod, pool, workspace]) => [pod, pool, workspace]), [
    ['pod-pool-1-1', 'default-pool', 'w-1'],
  ]);
  assertDone(await run('release pod-pool-1-1'));
  assert.deepEqual(rows(assertDone(await run('leaks'))), []);
});

stackCase('settings are shown, set for all pools or for one, and removed', async (world) => {
  const { run } = await startWithClient(world);
  const own = async (command) =>
    rows(assertDone(await run(command))).filter(([, , said]) => said === 'yes').map(([key, value]) => [key, value]);
  assert.deepEqual(await own('settings show'), []);
  assert.deepEqual(await own('settings set onExhausted=reject rejectStatus=429'),
    [['onExhausted', 'reject'], ['rejectStatus', '429']]);
  const manual = 'settings set-pool p progression={"mode":"manual","looks":2} leaseTtl=30m rejectStatus=404';
  const ofPool = [['rejectStatus', '404'], ['leaseTtl', '1800000'], ['progression', 'mode=manual looks=2']];
  assert.deepEqual(await own(manual), ofPool);
  assert.deepEqual(await own('settings show p'), ofPool);
  assertFailed(await run('settings set maxPod=1'), EXIT.REFUSED, /maxPods.*\(bad_field\)/);
  assertFailed(await run('settings set maxPods=many'), EXIT.REFUSED, /\(bad_field\)/);
  assert.deepEqual(await own('settings set onExhausted=null rejectStatus=null'), []);
});

stackCase('a snapshot is saved, listed, restored and deleted', async (world) => {
  const { run } = await startWithClient(world);
  assertDone(await run('claim'));
  assertDone(await run('snapshots save one-used'));
  assertDone(await run('claim'));
  assertDone(await run('snapshots restore one-used'));
  assert.equal(fields(assertDone(await run('status'))).used, '1');
  const listed = rows(assertDone(await run('snapshots list')));
  assert.deepEqual(listed.map(([name, , pools, pods]) => [name, pools, pods]), [['one-used', '1', '5']]);
  assertDone(await run('snapshots delete one-used'));
  assertFailed(await run('snapshots restore one-used'), EXIT.REFUSED, /\(snapshot_not_found\)/);
  assert.deepEqual(rows(assertDone(await run('snapshots list'))), []);
});

stackCase('requests are verified and cleared', async (world) => {
  const { run } = await startWithClient(world);
  assertDone(await run('claim --workspace w-1'));
  assertDone(await run('claim --workspace w-2'));
  assert.equal(assertDone(await run('verify --operation claim --exactly 2')), 'count    2\ndropped  0\n');
  assertDone(await run('verify --operation release --at-most 0'));
  const missed = await run('verify --operation release --workspace w-2');
  assertFailed(missed, EXIT.REFUSED, /\(not_verified\)/);
  assert.deepEqual(rows(missed.stdout), [['operation', '2', '200', 'claim', 'default-pool', 'pod-pool-1-2', 'w-2']]);
  assertFailed(await run('verify --exactly 2 --at-most 3'), EXIT.REFUSED, /\(bad_field\)/);
  assertDone(await run('requests clear'));
  assertDone(await run('verify --exactly 0'));
});

stackCase('an assertion that needs dropped entries is refused, with a way out', async (world) => {
  const { run } = await startWithClient(world, { options: ['--journal', '2'] });
  for (const workspace of ['w-1', 'w-2', 'w-3']) assertDone(await run(`claim --workspace ${workspace}`));
  const refused = await run('verify --operation claim --workspace w-1 --exactly 0');
  assertFailed(refused, EXIT.REFUSED, /1 older request is no longer .* clear it first.*\(journal_incomplete\)/);
  assertFailed(await run('wait -w w-1 --timeout 50ms'), EXIT.TRY_LATER, /1 older request is no longer .*\(wait_timeout\)/);
  const listed = await run('requests');
  assert.deepEqual([rows(listed.stdout).length, listed.stderr], [2, 'poolctl: 1 older request has been dropped and may be missing\n']);
  assertDone(await run('verify --after 1 --exactly 2'));
});

stackCase('the random seed is set, and health is shown', async (world) => {
  const { run } = await startWithClient(world);
  assert.deepEqual(fields(assertDone(await run('seed 42'))), { seed: '42' });
  assertFailed(await run('seed soon'), EXIT.REFUSED, /\(bad_field\)/);
  const { status, pods } = fields(assertDone(await run('health')));
  assert.deepEqual([status, pods], ['ok', '5']);
});

stackCase('a state is exported, and imported again', async (world) => {
  const { stack, run } = await startWithClient(world);
  const before = world.path('before.json');
  const after = world.path('after.json');
  assertSuccess(await stack.ask('POST', '/pools', { json: { name: 'team', apiKey: 'the-key' } }), 201);
  assertDone(await run('claim team --workspace w-1'));
  assertDone(await run('clock freeze'));
  assertDone(await run(`export ${before}`));
  assert.ok(!(await readFile(before, 'utf8')).includes('the-key'), 'secrets stay where they are');
  const secret = assertDone(await run('export --secrets'));
  assert.ok(secret.includes('the-key'));
  assertDone(await run('reset'));
  assert.equal(rows(assertDone(await run('list'))).length, 1);
  assertDone(await run(`import ${before}`));
  assert.deepEqual(rows(assertDone(await run('list'))).map(([name, , used]) => [name, used]), [
    ['default-pool', '0'], ['team', '1'],
  ]);
  assertDone(await run(`export ${after}`));
  assert.equal(await readFile(after, 'utf8'), await readFile(before, 'utf8'));
  assert.equal(fields(assertDone(await run('import -', { stdin: secret }))).pods, '8');
  assertFailed(await run('import -', { stdin: '{"schemaVersion": 0}' }), EXIT.REFUSED, /schemaVersion.*\(bad_field\)/);
  assertFailed(await run('import -', { stdin: '{' }), EXIT.REFUSED, /\(bad_json\)/);
});

stackCase('a tenant is a state of its own', async (world) => {
  const { run } = await startWithClient(world);
  assertDone(await run('claim --tenant one'));
  const used = async (tenant) => fields(assertDone(await run(`status -T ${tenant}`))).used;
  assertFailed(await run('status -T two'), EXIT.REFUSED, /there is no tenant two/);
  assertFailed(await run('list nosuch -T one'), EXIT.REFUSED, /there is no pool nosuch \(pool_not_found\)/);
  assert.equal(rows(assertDone(await run('list -T one'))).length, 1, 'a slip makes no pool');
  assertDone(await run('reset -T two'));
  assert.deepEqual([await used('one'), await used('two')], ['1', '0']);
  assert.equal(fields(assertDone(await run('status'))).used, '0');
  assertDone(await run('reset -T one'));
  assert.equal(await used('one'), '0');
  assert.deepEqual(rows(assertDone(await run('tenants list'))), [['one', '1', '5'], ['two', '1', '5']]);
  assertDone(await run('tenants delete one'));
  assertFailed(await run('tenants delete one'), EXIT.REFUSED, /\(tenant_not_found\)/);
  assertDone(await run('claim --tenant two-b'));
  assert.equal(fields(assertDone(await run('tenants delete two*'))).deleted, '2');
  assert.deepEqual(rows(assertDone(await run('tenants list'))), []);
  assertFailed(await run('claim -T Not/one'), EXIT.REFUSED, /./);
});

stackCase('control commands send the admin token', async (world) => {
  const { run } = await startWithClient(world, { options: ['--admin-token', 'open-sesame'] });
  assertFailed(await run('faults list'), EXIT.REFUSED, /\(no_token\)/);
  assertFailed(await run('faults list --token guess'), EXIT.REFUSED, /\(bad_token\)/);
  assertDone(await run('faults list --token open-sesame'));
  assertDone(await run('faults list', { env: { POOLCTL_TOKEN: 'open-sesame' } }));
});

stackCase('a refusal prints the worker\'s sentence, and a missing worker ends with the status for unavailable', async (world) => {
  const { stack, run } = await startWithClient(world);
  assertFailed(await run('release nowhere'), EXIT.REFUSED, /^poolctl: .+ \(pod_not_found\)$/m);
  assertFailed(await run(`status ${'x'.repeat(200)}`), EXIT.REFUSED, /\(bad_name\)/);
  assertSuccess(await stack.ask('GET', claimPath('default-pool', 'w')));
  await stack.worker.stop();
  assertFailed(await run('status'), EXIT.UNAVAILABLE, /\(bad_gateway\)/);
});

stackCase('the session in the README is real', async (world) => {
  const { run } = await startWithClient(world);
  const readme = await readFile(sourceFile('README.md'), 'utf8');
  const [, session] = /^## From the command line\n[^]*?```console\n([^]*?)```/m.exec(readme);
  const withoutTimes = (text) => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
  const commands = session.split(/^\$ /m).slice(1).filter((command) => command.startsWith('poolctl '));
  await forEachRow(commands, async (command) => {
    const [line, ...output] = command.split('\n');
    assert.equal(withoutTimes(assertDone(await run(line.replace('poolctl ', '')))), withoutTimes(output.join('\n')));
  });
});

// Follows the events, in the background. Returns {stdout, stderr, child}.
function follow(world, stack, ...options) {
  const url = `http://${stack.host}:${stack.port}${BASE}`;
  const child = startPoolctl(['events', '--follow', ...options], { url });
  const output = { child, stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
  world.atEnd(() => child.kill('SIGKILL'));
  return output;
}

stackCase('events that are kept are listed, and a gap is told', async (world) => {
  const { run } = await startWithClient(world, { options: ['--events', '2'] });
  assertDone(await run('claim p --workspace w'));
  const listed = await run('events');
  assert.equal(listed.stderr, 'poolctl: 1 older event has been dropped and may be missing\n');
  assert.deepEqual(rows(listed.stdout).map(([seq, , type, pool, pod, workspace]) => [seq, type, pool, pod, workspace]), [
    ['2', 'pods.created', 'p', '-', '-'], ['3', 'pod.claimed', 'p', 'pod-pool-2-6', 'w']]);
  const missed = await run('events --position 0badc0de.1');
  assert.match(missed.stderr, /^poolctl: events may be missing here: the state is another one \(epoch\)$/m);
  assertFailed(await run('events --types nonsense'), EXIT.REFUSED, /types: no event has the type 'nonsense'/);
});

stackCase('events are followed as they happen, and through a restart of the worker', async (world) => {
  const { stack, run } = await startWithClient(world);
  const table = follow(world, stack, '--types', 'pod.*');
  const json = follow(world, stack, '--json', '--pool', 'p');
  const isFollowed = async () => table.stdout !== '' && json.stdout !== '';
  await until('both follow', async () => {
    assertDone(await run('claim p --workspace first'));
    return isFollowed();
  });
  const [line] = json.stdout.split('\n');
  assert.equal(JSON.parse(line).pool, 'p');
  assert.match(table.stdout, /^SEQ +AT +TYPE +POOL +POD +WORKSPACE +CAUSE +REQUEST\n\d+ +\S+ +pod\.claimed +p +pod-pool-2-\d+ +first +request +\d+\n/);
  await stack.worker.kill();
  await until('the end is told', () => /^poolctl: the stream broke off; /.test(table.stderr));
  await stack.startWorkerAnew();
  await until('both follow again', async () => {
    assertDone(await run('claim p --workspace second'));
    return / second /.test(table.stdout) && /"second"/.test(json.stdout);
  });
  assert.equal(table.stderr.match(/broke off/g).length, 1);
  assert.match(table.stderr, /^poolctl: events may be missing here: the state is another one \(epoch\)$/m);
  assert.equal(table.stdout.match(/^SEQ/gm).length, 1);
});

stackCase('events of a tenant that ends are followed to their end', async (world) => {
  const { stack, run } = await startWithClient(world);
  assertDone(await run('--tenant t claim'));
  const followed = follow(world, stack, '--tenant', 't');
  await until('it follows', async () => {
    assertDone(await run('--tenant t claim'));
    return followed.stdout !== '';
  });
  assertDone(await run('tenants delete t'));
  await until('it has ended', () => followed.child.exitCode !== null);
  assert.equal(followed.child.exitCode, EXIT.REFUSED);
  assert.match(followed.stdout, / tenant\.deleted /);
  assert.match(followed.stderr, /there is no tenant t \(tenant_not_found\)/);
});

stackCase('what is not a stream of the service is no stream', async (world) => {
  const { stack } = await startWithClient(world);
  const url = `http://${stack.host}:${stack.port}/`;
  assertFailed(await poolctl(['events', '-f'], { url }), EXIT.UNAVAILABLE, /no Pool Manager mock is there/);
});
