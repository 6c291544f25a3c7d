// SPDX-License-Identifier: MIT
//
// The list of pools, and a pool's configuration: GET, PUT, PATCH and DELETE pools/{pool}, masking, scale.

import assert from 'node:assert/strict';

import { assertError, assertPoolStatus, assertSuccess, assertTime, assertUsedPod } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const POOL = '/pools/default-pool';
const TEXTS = [
  'repo_name', 'branch_name', 'cpu', 'memory', 'github_username', 'dockerfile', 'docker_compose_yml', 'devcontainer_json',
  'pm2_config_js',
];

async function get(stack, path = POOL) {
  return assertSuccess(await stack.ask('GET', path));
}

async function put(stack, json, { method = 'PUT', path = POOL } = {}) {
  return assertSuccess(await stack.ask(method, path, { json }));
}

// Asserts a pool as the answers of create and update show it.
function assertPool(pool, name) {
  assert.match(pool.id, /^pool-\d+$/);
  assert.deepEqual([pool.name, pool.pool_name, pool.status], [name, name, 'active']);
  assertTime(pool.created_at, 'created_at');
  assertTime(pool.updated_at, 'updated_at');
  assert.ok(Number.isInteger(pool.minimum_vms));
  for (const field of ['repo_name', 'branch_name', 'github_username', 'owner_id', 'owner_username', 'description']) {
    assert.equal(typeof pool[field], 'string', field);
  }
  assertSecrets(pool);
}

function assertSecrets({ github_pat: pat, env_vars: variables }) {
  assert.deepEqual([typeof pat.value, typeof pat.masked], ['string', 'boolean']);
  for (const { name, value, masked } of variables) {
    assert.deepEqual([typeof name, typeof value, typeof masked], ['string', 'string', 'boolean']);
  }
}

stackCase('the pools are listed in the order of creation, with their counts', async (world) => {
  const stack = await Stack.start(world);
  await stack.claim('team/ü', 'w');
  const { pools } = assertSuccess(await stack.ask('GET', '/pools'));
  const counts = pools.map(({ created_at: created, ...pool }) => {
    assertTime(created, 'created_at');
    return pool;
  });
  assert.deepEqual(counts, [
    { id: 'pool-1', name: 'default-pool', total_workspaces: 5, available_workspaces: 5, used_workspaces: 0 },
    { id: 'pool-2', name: 'team/ü', total_workspaces: 3, available_workspaces: 2, used_workspaces: 1 },
  ]);
});

stackCase('the pages of a list together are the whole list', async (world) => {
  const stack = await Stack.start(world);
  for (let n = 0; n < 6; n++) await get(stack, `/pools/p${n}`);
  const rows = [['/pools', 'pools', 7], [`${POOL}/workspaces`, 'workspaces', 5]];
  await forEachRow(rows, async ([path, key, total]) => {
    const whole = (await get(stack, path))[key].map((item) => item.id);
    assert.equal(whole.length, total);
    for (const limit of [1, 2, 3, total, 1000]) {
      const ids = [];
      let cursor = '';
      do {
        const page = await get(stack, `${path}?limit=${limit}&cursor=${encodeURIComponent(cursor)}`);
        assert.ok(page[key].length <= limit, `${page[key].length} of ${limit}`);
        assert.ok(page.next_cursor === null || page[key].length === limit, 'a page is full but for the last');
        ids.push(...page[key].map((item) => item.id));
        cursor = page.next_cursor;
      } while (cursor !== null);
      assert.deepEqual(ids, whole);
    }
    for (const query of ['limit=0', 'limit=1001', 'limit=-1', 'limit=x', 'limit=1.5', 'limit=1&cursor=nothing']) {
      assertError(await stack.ask('GET', `${path}?${query}`), 400, 'bad_query', /^(limit|cursor): /);
    }
    assert.equal('next_cursor' in (await get(stack, path)), false, 'no cursor where none was asked for');
  });
});

stackCase('a pool shows its configuration, with "" for a text that was never set', async (world) => {
  const stack = await Stack.start(world);
  const value = await get(stack);
  assert.equal(value.pool_name, 'default-pool');
  assert.equal(typeof value.owner, 'string');
  const { config, status } = value;
  for (const field of TEXTS) assert.equal(config[field], '', field);
  assert.deepEqual([config.pool_name, config.minimum_vms], ['default-pool', 5]);
  assert.deepEqual([config.env_vars, config.github_pat], [[], { value: '', masked: false }]);
  assertTime(config.created_at, 'created_at');
  assert.equal(config.owner_username, value.owner);
  const whole = assertSuccess(await stack.ask('GET', `${POOL}/status`));
  assertPoolStatus({ ...whole, status }, 'default-pool', { total: 5, used: 0 });
});

stackCase('GET makes an unknown pool, HEAD and DELETE make none', async (world) => {
  const stack = await Stack.start(world);
  const count = async () => assertSuccess(await stack.ask('GET', '/pools')).pools.length;
  assert.equal((await stack.ask('HEAD', '/pools/new')).status, 200);
  assertError(await stack.ask('DELETE', '/pools/new'), 404, 'pool_not_found');
  assert.equal(await count(), 1);
  assert.equal((await get(stack, '/pools/new')).config.minimum_vms, 3);
  await put(stack, {}, { path: '/pools/newer' });
  assertSuccess(await stack.ask('POST', '/pools/newest/scale', { json: { minimum_vms: 1 } }));
  assert.equal(await count(), 4);
});

const CHANGES = {
  env_vars: [{ name: 'A', value: 'secret-value', masked: false }],
  poolCpu: '4', poolMemory: '8Gi', minimum_vms: 6, branch_name: 'main', github_pat: 'ghp_1234567890',
  github_username: 'octo', repositories: ['https://github.com/o/r'], devcontainer_json: '{"a":1}', dockerfile: 'FROM x\n',
  docker_compose_yml: 'services:\n', pm2_config_js: 'module.exports = {}',
};
const SHOWN = {
  env_vars: [{ name: 'A', value: 'se********ue', masked: true }],
  cpu: '4', memory: '8Gi', minimum_vms: 6, branch_name: 'main', github_pat: { value: 'gh**********90', masked: true },
  github_username: 'octo', devcontainer_json: '{"a":1}', dockerfile: 'FROM x\n', docker_compose_yml: 'services:\n',
  pm2_config_js: 'module.exports = {}',
};

stackCase('PUT and PATCH accept any subset of the fields and leave the rest', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(['PUT', 'PATCH'], async (method) => {
    const path = `/pools/${method}`;
    for (const [key, value] of Object.entries(CHANGES)) {
      const answer = await put(stack, { [key]: value, unknown: [1] }, { method, path });
      assert.deepEqual([typeof answer.message, typeof answer.owner], ['string', 'string']);
      assert.equal(answer.config_changed, true, key);
      assertPool(answer.pool, method);
      assert.equal((await put(stack, { [key]: value }, { method, path })).config_changed, false, `${key} again`);
    }
    const { config, status } = await get(stack, path);
    for (const [key, value] of Object.entries(SHOWN)) assert.deepEqual(config[key], value, key);
    assert.equal(status.current_vms, 6);
    assert.equal((await put(stack, {}, { method, path })).config_changed, false);
    assert.equal(assertSuccess(await stack.ask(method, path)).config_changed, false, 'no body');
  });
});

stackCase('empty values are values', async (world) => {
  const stack = await Stack.start(world);
  await put(stack, CHANGES);
  const empty = { env_vars: [], branch_name: '', github_pat: '', dockerfile: '', repositories: [] };
  assert.equal((await put(stack, empty)).config_changed, true);
  const { config } = await get(stack);
  assert.deepEqual([config.env_vars, config.branch_name, config.dockerfile], [[], '', '']);
  assert.deepEqual(config.github_pat, { value: '', masked: false });
});

stackCase('a secret of up to 4 characters is masked whole, a longer one all but its first two and last two', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    ['', '', false], ['a', '*', true], ['abcd', '****', true], ['abcde', 'ab*de', true],
    ['secret-value', 'se********ue', true], ['üöäß', '****', true], ['üöäßé', 'üö*ßé', true], ['🎭🎭🎭🎭🎭🎭', '🎭🎭**🎭🎭', true],
    ['****', '****', true], ['a b\n"c\\', 'a ***c\\', true],
  ];
  await forEachRow(rows, async ([value, shown, masked]) => {
    await put(stack, { env_vars: [{ name: 'A', value }], github_pat: value });
    const { config } = await get(stack);
    assert.deepEqual(config.env_vars, [{ name: 'A', value: shown, masked }]);
    assert.deepEqual(config.github_pat, { value: shown, masked });
  });
});

// Returns whether a secret is stored: sending the stored secret in clear changes nothing.
async function assertStored(stack, value) {
  const same = await put(stack, { env_vars: [{ name: 'A', value, masked: false }], github_pat: value });
  assert.equal(same.config_changed, false, `${value} is what is stored`);
}

stackCase('masked: true with exactly the masked text keeps the stored value, any other text is stored', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    // stored, sent, masked, and the value stored afterwards
    ['secret-value', 'se********ue', true, 'secret-value'],
    ['secret-value', 'se********ue', false, 'se********ue'],
    ['secret-value', 'se********ue', undefined, 'se********ue'],
    ['secret-value', 'se*******ue', true, 'se*******ue'],
    ['secret-value', 'se********uf', true, 'se********uf'],
    ['secret-value', 'se********ue ', true, 'se********ue '],
    ['secret-value', 'secret-value', true, 'secret-value'],
    ['secret-value', 'new', true, 'new'],
    ['secret-value', '', true, ''],
    ['abcd', '****', true, 'abcd'],
    ['abcd', '****', false, '****'],
    ['abcd', '***', true, '***'],
    ['üöäßé', 'üö*ßé', true, 'üöäßé'],
    ['', '', true, ''],
  ];
  await forEachRow(rows, async ([before, value, masked, after]) => {
    for (const method of ['PUT', 'PATCH']) {
      await put(stack, { env_vars: [{ name: 'A', value: before }], github_pat: before });
      const json = { env_vars: [{ name: 'A', value, masked }], github_pat: { value, masked } };
      assert.equal((await put(stack, json, { method })).config_changed, before !== after);
      await assertStored(stack, after);
    }
  });
});

stackCase('a masked variable keeps its own value at any place in the list', async (world) => {
  const stack = await Stack.start(world);
  const clear = (list) => list.map(([name, value]) => ({ name, value, masked: false }));
  await put(stack, { env_vars: clear([['A', 'first-secret'], ['B', 'second-one'], ['C', 'third-one']]) });
  const [a, b] = (await get(stack)).config.env_vars;
  await put(stack, { env_vars: [{ name: 'N', value: 'new-value' }, b, a, { name: 'D', value: b.value, masked: true }] });
  const expected = clear([['N', 'new-value'], ['B', 'second-one'], ['A', 'first-secret'], ['D', b.value]]);
  assert.equal((await put(stack, { env_vars: expected })).config_changed, false);
});

stackCase('the whole answer of GET can be sent back, and changes nothing', async (world) => {
  const stack = await Stack.start(world);
  const state = async () => (await stack.ask('GET', '/__admin/state?secrets=true')).text;
  await put(stack, { ...CHANGES, env_vars: [{ name: 'A', value: 'secret-value' }, { name: 'E', value: '' }] });
  assertSuccess(await stack.ask('PATCH', '/__admin/pools/empty', { json: { newPoolPods: 0 } }));
  await forEachRow([POOL, '/pools/new', '/pools/empty'], async (pool) => {
    const { config } = await get(stack, pool);
    const before = await state();
    assert.equal(assertSuccess(await stack.ask('PUT', pool, { json: config })).config_changed, false);
    assert.equal(await state(), before);
  });
});

stackCase('a bad field of a change is refused by its name, and nothing changes', async (world) => {
  const stack = await Stack.start(world);
  await put(stack, CHANGES);
  const before = (await get(stack)).config;
  const rows = [
    [{ minimum_vms: 0 }, /^minimum_vms: /],
    [{ minimum_vms: 1001 }, /^minimum_vms: /],
    [{ minimum_vms: '5' }, /^minimum_vms: /],
    [{ minimum_pods: 1.5 }, /^minimum_pods: /],
    [{ branch_name: 7 }, /^branch_name: expected a string, not a number$/],
    [{ poolCpu: 4 }, /^poolCpu: expected a string, not a number$/],
    [{ env_vars: { A: 'b' } }, /^env_vars: expected an array, not an object$/],
    [{ env_vars: [{ value: 'x' }] }, /^env_vars\[0\]\.name: required$/],
    [{ env_vars: [{ name: 'A', value: 7 }] }, /^env_vars\[0\]\.value: expected a string, not a number$/],
    [{ env_vars: [{ name: 'A', value: 'x' }, { name: 'B', masked: 'yes' }] }, /^env_vars\[1\]\.masked: /],
    [{ github_pat: ['x'] }, /^github_pat: /],
    [{ github_pat: { value: 7 } }, /^github_pat\.value: expected a string, not a number$/],
    [{ repositories: [{}] }, /^repositories\[0\]\.url: required$/],
    [[], /^the body: expected a JSON object, not an array$/],
  ];
  await forEachRow(rows, async ([json, sentence]) => {
    const answer = await stack.ask('PUT', POOL, { json: Array.isArray(json) ? json : { dockerfile: 'FROM y', ...json } });
    assertError(answer, 400, 'bad_field', sentence);
  });
  assert.deepEqual((await get(stack)).config, before);
});

stackCase('scaling makes pods up to the minimum, and deletes free pods above it, the newest first', async (world) => {
  const stack = await Stack.start(world);
  const scale = (json) => stack.ask('POST', `${POOL}/scale`, { json });
  const ids = async () => (await get(stack, `${POOL}/workspaces`)).workspaces.map((item) => item.subdomain);
  const up = assertSuccess(await scale({ minimum_vms: 7 }));
  assert.deepEqual([up.old_minimum, up.new_minimum, typeof up.message, typeof up.owner], [5, 7, 'string', 'string']);
  await stack.assertPool('default-pool', { total: 7, used: 0 });
  const down = assertSuccess(await scale({ minimum_vms: 4 }));
  assert.deepEqual([down.old_minimum, down.new_minimum], [7, 4]);
  assert.deepEqual(await ids(), ['mock-pod-1', 'mock-pod-2', 'mock-pod-3', 'mock-pod-4']);
  assertSuccess(await scale({ minimum_vms: 4 }));
  await stack.assertPool('default-pool', { total: 4, used: 0 });
  const rows = [{}, { minimum_vms: 0 }, { minimum_vms: 1001 }, { minimum_vms: -1 }, { minimum_vms: '4' }, { minimum_vms: null }];
  await forEachRow(rows, async (json) => assertError(await scale(json), 400, 'bad_field', /^minimum_vms: /));
  await stack.assertPool('default-pool', { total: 4, used: 0 });
});

stackCase('scaling down never takes a used pod', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(['mock-pod-1', 'mock-pod-4', 'mock-pod-5'], async (name) => {
    assertSuccess(await stack.ask('POST', `${POOL}/workspaces/${name}/mark-used`, { json: { user_info: 'kept' } }));
  });
  const rows = [
    ['POST', `${POOL}/scale`, { minimum_vms: 1 }],
    ['PUT', POOL, { minimum_vms: 2 }],
    ['PATCH', POOL, { minimum_pods: 1 }],
  ];
  await forEachRow(rows, async ([method, path, json]) => {
    assertSuccess(await stack.ask(method, path, { json }));
    const { workspaces } = await get(stack, `${POOL}/workspaces`);
    assert.deepEqual(workspaces.map((item) => item.subdomain), ['mock-pod-1', 'mock-pod-4', 'mock-pod-5']);
    for (const item of workspaces) assertUsedPod({ ...item, claimedBy: item.user_info }, 'kept');
  });
  await stack.assertPool('default-pool', { total: 3, used: 3, minimum: 2 });
});

stackCase('a deleted pool loses its pods, used ones too, and is made again with three', async (world) => {
  const stack = await Stack.start(world);
  await put(stack, CHANGES);
  const claimed = await stack.claim('default-pool', 'w');
  const { message, owner } = assertSuccess(await stack.ask('DELETE', POOL));
  assert.deepEqual([typeof message, typeof owner], ['string', 'string']);
  assertError(await stack.ask('GET', `/workspaces/${claimed.id}`), 404, 'pod_not_found');
  assertError(await stack.ask('DELETE', POOL), 404, 'pool_not_found');
  const { config } = await get(stack);
  assert.deepEqual([config.minimum_vms, config.dockerfile, config.env_vars], [3, '', []]);
  await stack.assertPool('default-pool', { total: 3, used: 0 });
});
