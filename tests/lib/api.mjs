// SPDX-License-Identifier: MIT
//
// Assertions about what the API promises for each answer (docs/api.md, "Rules"). An answer is any object with {status,
// headers, body}, from the FastCGI client or from the HTTP client.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

// The target of a claim, below BASE.
export function claimPath(pool, workspaceId) {
  const query = workspaceId === undefined ? '' : `?workspaceId=${encodeURIComponent(workspaceId)}`;
  return `/pools/${encodeURIComponent(pool)}/workspace${query}`;
}

export function statusPath(pool) {
  return `/pools/${encodeURIComponent(pool)}/status`;
}

function assertStatus(answer, status) {
  if (answer.status !== status) assert.equal(answer.status, status, answer.text.slice(0, 500));
}

function assertJsonAnswer(answer) {
  assert.match(answer.headers['content-type'] ?? '', /^application\/json(; ?charset=utf-8)?$/i, 'Content-Type');
  assert.equal(answer.headers['cache-control'], 'no-store', 'Cache-Control');
  let value;
  try {
    value = answer.json;
  } catch (error) {
    const begin = answer.text.slice(0, 300);
    assert.fail(`${answer.status} with a body that is not JSON in UTF-8 (${error.message}): ${begin}`);
  }
  assert.equal(typeof value.success, 'boolean', 'success');
  return value;
}

// Asserts a success and returns its JSON.
export function assertSuccess(answer, status = 200) {
  assertStatus(answer, status);
  const value = assertJsonAnswer(answer);
  assert.equal(value.success, true);
  return value;
}

// The seconds of Retry-After for each code, from the worker's table. Two codes are left out: pool settings and fault rules set theirs.
const table = readFileSync(new URL('../../src/base/err.def', import.meta.url), 'utf8');
const retryAfter = new Map(
  [...table.matchAll(/^ERR\(\w+,\s+\d+,\s+(\d+),\s+"(\w+)"/gm)].map(([, seconds, code]) => [code, Number(seconds)]),
);
assert.equal(retryAfter.get('busy'), 1);
for (const code of ['exhausted', 'fault']) retryAfter.delete(code);

function assertRetryAfter(answer, code) {
  const expected = retryAfter.get(code);
  if (expected === undefined) return;
  assert.equal(answer.headers['retry-after'], expected > 0 ? String(expected) : undefined, `Retry-After of ${code}`);
}

// Asserts an error with this status and code, whose sentence matches `sentence`. Returns its JSON.
export function assertError(answer, status, code, sentence = /./) {
  assertStatus(answer, status);
  const value = assertJsonAnswer(answer);
  assert.equal(value.success, false);
  assert.equal(value.code, code, value.error);
  assert.equal(value.message, value.error, 'message and error are the same sentence');
  assert.match(value.error, sentence);
  assert.doesNotMatch(value.error, /[\r\n]/, 'one line');
  assertRetryAfter(answer, code);
  return value;
}

// Asserts that the worker answered, and not the server in front of it.
export function assertByWorker(answer) {
  assert.ok('access-control-allow-origin' in answer.headers, `not the worker's: ${answer.text.slice(0, 300)}`);
}

export function assertTime(value, what) {
  assert.match(value ?? '', TIME, what);
  assert.ok(Math.abs(Date.parse(value) - Date.now()) < 120_000, `${what} is now, or nearly: ${value}`);
}

function assertKeys(object, keys, what) {
  assert.deepEqual(Object.keys(object).sort(), [...keys].sort(), `the fields of ${what}`);
}

const POD_FIELDS = [
  'id', 'poolName', 'url', 'password', 'usage_status', 'claimedBy', 'claimedAt', 'portMappings', 'subdomain', 'fqdn',
  'state', 'internal_state', 'user_info', 'marked_at', 'created', 'branches', 'repositories', 'primaryRepo', 'repoName',
  'image', 'customImage', 'useDevContainer', 'flagged_for_recreation', 'resource_usage',
];

function assertUrls(pod) {
  const host = `${pod.subdomain}.mock.sphinx.chat`;
  assert.match(pod.subdomain, /^mock-pod-\d+$/);
  assert.equal(pod.fqdn, host);
  assert.equal(pod.url, `https://${host}`);
  const port = (number) => `https://${host}:${number}`;
  assert.deepEqual(pod.portMappings, { 15551: port(15551), 15552: port(15552), 3000: port(3000) });
}

function assertResources({ available, requests, usage }) {
  assert.equal(available, true);
  assertKeys(requests, ['cpu', 'memory'], 'requests');
  assertKeys(usage, ['cpu', 'memory'], 'usage');
  for (const name of ['cpu', 'memory']) {
    assert.equal(typeof usage[name], typeof requests[name], `${name}: one type`);
    const unit = (value) => String(value).replace(/^[\d.]+/, '');
    assert.equal(unit(usage[name]), unit(requests[name]), `${name}: one unit`);
  }
}

function assertPodState(pod, free) {
  assert.equal(pod.state, 'running');
  assert.equal(pod.internal_state, 'running');
  assert.equal(pod.usage_status, free);
  assert.equal(pod.claimedBy, null);
  assert.equal(pod.claimedAt, null);
  assert.equal(pod.user_info, null);
  assert.deepEqual(pod.repositories, []);
  assert.deepEqual(pod.branches, []);
}

// Asserts the shape of a pod (docs/api.md, "The pod").
export function assertPod(pod) {
  assertKeys(pod, POD_FIELDS, 'a pod');
  assert.match(pod.id, /^pod-pool-\d+-\d+$/);
  assert.equal(pod.subdomain, `mock-pod-${pod.id.split('-').pop()}`, 'the pod number in id and host');
  assert.equal(pod.password, 'mock-password');
  assertUrls(pod);
  assertTime(pod.created, 'created');
  for (const list of [pod.branches, pod.repositories]) {
    assert.ok(Array.isArray(list) && list.every((item) => typeof item === 'string'));
  }
  const first = pod.repositories[0] ?? '';
  assert.equal(pod.primaryRepo, first, 'primaryRepo');
  assert.equal(pod.repoName, first.split('/').pop().replace(/\.git$/, ''), 'repoName');
  assert.equal(pod.flagged_for_recreation, false);
  assert.equal(typeof pod.customImage, 'boolean', 'customImage');
  assert.equal(typeof pod.useDevContainer, 'boolean', 'useDevContainer');
  assertResources(pod.resource_usage);
  return pod;
}

// Asserts a free pod, without any field of an earlier claim.
export function assertFreePod(pod, free = 'free') {
  assertPodState(assertPod(pod), free);
  return pod;
}

// Asserts a pod that `claimedBy` has claimed.
export function assertUsedPod(pod, claimedBy) {
  assertPod(pod);
  assert.equal(pod.usage_status, 'used');
  assert.equal(pod.claimedBy, claimedBy);
  assertTime(pod.claimedAt, 'claimedAt');
  return pod;
}

const STATUS_FIELDS = [
  'running_vms', 'pending_vms', 'failed_vms', 'used_vms', 'unused_vms', 'minimum_vms', 'current_vms', 'last_check',
];

function assertStatusList(list, pool) {
  assert.equal(list.length, pool.total_workspaces);
  for (const item of list) {
    assertKeys(item, ['id', 'status', 'claimed_by', 'claimed_at', 'url'], 'a row of the status');
    assert.equal(item.status === 'used', item.claimed_at !== null);
  }
  assert.equal(list.filter((item) => item.status === 'used').length, pool.used_workspaces);
}

// Asserts a pool's status: `total` pods of which `used` are used, and `minimum` to begin with.
export function assertPoolStatus(value, name, { total, used, minimum = total, simple = false }) {
  assertKeys(value, ['success', 'pool', 'pool_name', 'status', ...(simple ? [] : ['workspaces'])], 'a status');
  const { pool, status } = value;
  assertKeys(pool, ['name', 'id', 'total_workspaces', 'available_workspaces', 'used_workspaces'], 'pool');
  assert.equal(value.pool_name, name);
  assert.equal(pool.name, name);
  assert.match(pool.id, /^pool-\d+$/);
  assert.deepEqual(
    [pool.total_workspaces, pool.available_workspaces, pool.used_workspaces],
    [total, total - used, used],
    'total, available and used workspaces',
  );
  assertKeys(status, STATUS_FIELDS, 'status');
  assertTime(status.last_check, 'last_check');
  const { last_check: _, ...counts } = status;
  assert.deepEqual(counts, {
    running_vms: total,
    pending_vms: 0,
    failed_vms: 0,
    used_vms: used,
    unused_vms: total - used,
    minimum_vms: minimum,
    current_vms: total,
  });
  if (!simple) assertStatusList(value.workspaces, pool);
  return value;
}
