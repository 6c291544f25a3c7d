// SPDX-License-Identifier: MIT
//
// POST pools

import assert from 'node:assert/strict';

import { assertError, assertSuccess, assertTime } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const FIELDS = [
  'id', 'name', 'pool_name', 'created_at', 'updated_at', 'status', 'minimum_vms', 'repo_name', 'branch_name',
  'github_username',
  'github_pat', 'env_vars', 'owner_id', 'owner_username', 'description',
];

function create(stack, json) {
  return stack.ask('POST', '/pools', { json });
}

function assertCreated(answer, status = 201) {
  const value = assertSuccess(answer, status);
  assert.deepEqual(Object.keys(value).sort(), ['message', 'owner', 'pool', 'success']);
  assert.equal(typeof value.message, 'string');
  assert.equal(typeof value.owner, 'string');
  assert.deepEqual(Object.keys(value.pool).sort(), [...FIELDS].sort());
  assertTime(value.pool.created_at, 'created_at');
  assertTime(value.pool.updated_at, 'updated_at');
  assert.equal(value.pool.pool_name, value.pool.name);
  assert.equal(value.pool.status, 'active');
  return value.pool;
}

stackCase('a pool is made with three pods: 201', async (world) => {
  const stack = await Stack.start(world);
  const pool = assertCreated(await create(stack, { name: 'my-pool', apiKey: 'optional-key' }));
  assert.deepEqual(
    [pool.id, pool.name, pool.minimum_vms, pool.repo_name, pool.branch_name, pool.github_username, pool.env_vars],
    ['pool-2', 'my-pool', 3, '', '', '', []],
  );
  await stack.assertPool('my-pool', { total: 3, used: 0 });
});

stackCase('all fields that clients send are accepted, and secrets are shown masked', async (world) => {
  const stack = await Stack.start(world);
  const pool = assertCreated(
    await create(stack, {
      pool_name: 'wide',
      minimum_vms: 7,
      repo_name: 'https://github.com/owner/repo',
      branch_name: 'main',
      repositories: [{ url: 'x', branch: 'y' }],
      github_pat: 'ghp_0123456789',
      github_username: 'octocat',
      env_vars: [
        { name: 'TOKEN', value: 'secret-value' },
        { name: 'PIN', value: '1234' },
        { name: 'EMPTY', value: '' },
        { name: 'Ü', value: 'äöüßé' },
      ],
      container_files: { Dockerfile: 'FROM scratch' },
      something_else: 5,
    }),
  );
  assert.deepEqual(
    [pool.minimum_vms, pool.repo_name, pool.branch_name, pool.github_username],
    [7, 'https://github.com/owner/repo', 'main', 'octocat'],
  );
  assert.deepEqual(pool.github_pat, { value: 'gh**********89', masked: true });
  assert.deepEqual(pool.env_vars, [
    { name: 'TOKEN', value: 'se********ue', masked: true },
    { name: 'PIN', value: '****', masked: true },
    { name: 'EMPTY', value: '', masked: false },
    { name: 'Ü', value: 'äö*ßé', masked: true },
  ]);
  await stack.assertPool('wide', { total: 7, used: 0 });
});

stackCase('github_pat may be an object', async (world) => {
  const stack = await Stack.start(world);
  const pool = assertCreated(await create(stack, { name: 'p', github_pat: { value: 'ghp_0123456789', masked: false } }));
  assert.equal(pool.github_pat.value, 'gh**********89');
});

stackCase('a pool that exists is answered 200 and not changed', async (world) => {
  const stack = await Stack.start(world);
  const json = { name: 'p', minimum_vms: 2, branch_name: 'main', env_vars: [{ name: 'A', value: 'abcdef' }] };
  const first = assertCreated(await create(stack, json));
  await stack.claim('p', 'w');
  const other = { name: 'p', minimum_vms: 9, branch_name: 'other', env_vars: [] };
  const again = assertCreated(await create(stack, other), 200);
  assert.deepEqual(again, first);
  await stack.assertPool('p', { total: 2, used: 1 });
  assertCreated(await create(stack, { name: 'default-pool' }), 200);
});

stackCase('the name is read from name, otherwise from pool_name', async (world) => {
  const stack = await Stack.start(world);
  assert.equal(assertCreated(await create(stack, { name: 'a', pool_name: 'b' })).name, 'a');
  assert.equal(assertCreated(await create(stack, { name: null, pool_name: 'b' })).name, 'b');
});

stackCase('a client may make a pool of at most 1,000 pods', async (world) => {
  const stack = await Stack.start(world);
  assertCreated(await create(stack, { name: 'large', minimum_vms: 1000 }));
  await stack.assertPool('large', { total: 1000, used: 0 });
});

stackCase('a bad field is refused by its name, and no pool is made', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    [{}, /^name: required$/],
    [{ name: null }, /^name: required$/],
    [{ name: 5 }, /^name: expected a string, not a number$/],
    [{ pool_name: [] }, /^pool_name: expected a string, not an array$/],
    [{ name: '' }, /^name: is empty$/],
    [{ name: 'x'.repeat(129) }, /^name: longer than 128 bytes$/],
    [{ name: 'ü'.repeat(65) }, /^name: longer than 128 bytes$/],
    [{ name: 'a\nb' }, /^name: has a control character$/],
    [{ name: 'a\u0085b' }, /^name: has a control character$/],
    [{ name: 'p', minimum_vms: 0 }, /^minimum_vms: expected a number from 1 to 1000, not 0$/],
    [{ name: 'p', minimum_vms: 1001 }, /^minimum_vms: expected a number from 1 to 1000, not 1001$/],
    [{ name: 'p', minimum_vms: -3 }, /^minimum_vms: /],
    [{ name: 'p', minimum_vms: 1.5 }, /^minimum_vms: expected a whole number, not 1\.5$/],
    [{ name: 'p', minimum_vms: '3' }, /^minimum_vms: expected a whole number, not a string$/],
    [{ name: 'p', minimum_vms: true }, /^minimum_vms: expected a whole number, not a boolean$/],
    [{ name: 'p', apiKey: 5 }, /^apiKey: expected a string, not a number$/],
    [{ name: 'p', repo_name: {} }, /^repo_name: expected a string, not an object$/],
    [{ name: 'p', branch_name: 1 }, /^branch_name: expected a string, not a number$/],
    [{ name: 'p', github_username: [] }, /^github_username: expected a string, not an array$/],
    [{ name: 'p', github_pat: 5 }, /^github_pat: expected a string, not a number$/],
    [{ name: 'p', github_pat: { value: 5 } }, /^github_pat\.value: expected a string, not a number$/],
    [{ name: 'p', env_vars: {} }, /^env_vars: expected an array, not an object$/],
    [{ name: 'p', env_vars: ['A=b'] }, /^env_vars\[0\]: expected an object$/],
    [{ name: 'p', env_vars: [{ name: 'A', value: 'b' }, { value: 'b' }] }, /^env_vars\[1\]\.name: required$/],
    [{ name: 'p', env_vars: [{ name: 'A', value: 5 }] }, /^env_vars\[0\]\.value: expected a string, not a number$/],
    [['p'], /^the body: expected a JSON object, not an array$/],
  ];
  await forEachRow(rows, async ([json, sentence]) => {
    assertError(await create(stack, json), 400, 'bad_field', sentence);
  });
  assertError(await stack.ask('POST', '/pools'), 400, 'bad_field', /^name: required$/);
  assert.equal(assertSuccess(await stack.ask('GET', '/__admin/health')).pools, 1);
});

stackCase('a number past every limit is refused, not wrapped', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(['4294967299', '18446744073709551619', '1e400', '-0', '0'], async (number) => {
    const answer = await stack.ask('POST', '/pools', { body: `{"name":"p","minimum_vms":${number}}` });
    assertError(answer, 400, 'bad_field', /^minimum_vms: /);
  });
});

stackCase('a limit of pods or pools is a 503', async (world) => {
  const stack = await Stack.start(world, { options: ['--pods-max', '10', '--pools-max', '2'] });
  assertError(await create(stack, { name: 'too-large', minimum_vms: 6 }), 503, 'pod_limit');
  assertCreated(await create(stack, { name: 'fits', minimum_vms: 5 }));
  assertCreated(await create(stack, { name: 'fits' }), 200);
  assertError(await create(stack, { name: 'third', minimum_vms: 1 }), 503, 'pool_limit');
});
