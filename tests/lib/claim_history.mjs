// SPDX-License-Identifier: MIT
//
// Claims of many tenants at once, as their clients saw them, for comparison with the states. It is independent of the worker: it knows
// only requests and answers.

import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath, statusPath } from './api.mjs';
import { forEachRow, PATIENCE_MS, until } from './case.mjs';

const POOL = 'default-pool';
const POD_PORT = '15552';
const BAD_GATEWAY = { 502: 'bad_gateway' };

// Returns the names of `count` tenants; '' is the default tenant.
export const tenantNames = (count) => ['', ...Array.from({ length: count - 1 }, (_, n) => `t${n}`)];

export const prefixOf = (tenant) => (tenant === '' ? '' : `/~${tenant}`);

// Sends a GET to a pod's own host.
export function askHost(stack, url, options = {}) {
  const { host, pathname } = new URL(url);
  return stack.request('GET', pathname, { ...options, headers: { host, ...options.headers } });
}

export class ClaimHistory {
  // {tenant, workspaceId, at, status, pod, podStatus, endedAt}: when the claim was sent, in milliseconds, its status, the pod if it was
  // answered, the status of the request that its client then sent to the pod's own host, and when that was answered.
  claims = [];
  #stack;
  #errors;
  #patienceMs;

  // `tenants` are their names; '' is the default tenant. `errors` has the code for each status of an error that may come.
  constructor(stack, tenants, { errors = BAD_GATEWAY, patienceMs = PATIENCE_MS } = {}) {
    this.#stack = stack;
    this.tenants = tenants;
    this.#errors = errors;
    this.#patienceMs = patienceMs;
  }

  // Asserts that an answer is a success or an error that may come. Returns true for a success.
  #isSuccess(answer) {
    if (answer.status === 200) return true;
    assertError(answer, answer.status, this.#errors[answer.status]);
    return false;
  }

  // Claims a pod, and asks it at its own host who has claimed it.
  async claim(tenant) {
    const claim = { tenant, workspaceId: `w-${this.claims.length}`, at: performance.now() };
    this.claims.push(claim);
    const answer = await this.#askForPod(claim);
    claim.status = answer.status;
    if (this.#isSuccess(answer)) {
      claim.pod = assertSuccess(answer).workspace;
      claim.podStatus = await this.#askPod(claim);
    }
    claim.endedAt = performance.now();
  }

  // Every second claim names its tenant in the header instead of the path.
  #askForPod({ tenant, workspaceId }) {
    const byHeader = this.claims.length % 2 === 0 && tenant !== '';
    const headers = byHeader ? { 'X-Mock-Tenant': tenant } : {};
    const path = (byHeader ? '' : prefixOf(tenant)) + claimPath(POOL, workspaceId);
    return this.#stack.ask('GET', path, { headers, patienceMs: this.#patienceMs });
  }

  // Returns for how long the last claim of a tenant, with its request to the pod, has waited for an answer; 0 if it has ended.
  hasWaitedMs(tenant) {
    const last = this.claims.findLast((claim) => claim.tenant === tenant);
    return last.endedAt ? 0 : performance.now() - last.at;
  }

  // Asks a pod at its own host, which names no tenant but in the pod's name. Returns the status.
  async #askPod({ pod, workspaceId, tenant }) {
    const answer = await askHost(this.#stack, `${pod.portMappings[POD_PORT]}/_echo`, { patienceMs: this.#patienceMs });
    if (this.#isSuccess(answer)) assert.equal(answer.json.claimedBy, workspaceId, `tenant "${tenant}": ${pod.id} at its own host`);
    return answer.status;
  }

  // Each tenant makes claims, one after the other, `rounds` at least and until `isOver()`.
  async load(rounds, isOver = () => true) {
    const client = async (tenant) => {
      for (let n = 0; n < rounds || !isOver(); n++) await this.claim(tenant);
    };
    await Promise.all(this.tenants.map(client));
  }

  // Loads until `change()` has ended, and for `rounds` at least. Returns the claims that were sent meanwhile.
  async loadDuring(rounds, change) {
    const first = this.claims.length;
    let isOver = false;
    const load = this.load(rounds, () => isOver);
    try {
      await Promise.race([change(), load]); // a load that fails rejects here
    } finally {
      isOver = true;
    }
    await load;
    return this.claims.slice(first);
  }

  // Waits until each of these tenants has had an error.
  untilFailed(tenants) {
    return until('each of its tenants has had an error', () => {
      const failed = new Set(this.errors.map(({ tenant }) => tenant));
      return tenants.every((tenant) => failed.has(tenant));
    }, this.#patienceMs);
  }

  // The claims so far that were answered with an error, or whose pod was.
  get errors() {
    const isError = (status) => status !== undefined && status !== 200;
    return this.claims.filter(({ status, podStatus }) => isError(status) || isError(podStatus));
  }

  // Forgets the claims of a tenant whose state is gone.
  forget(tenant) {
    this.claims = this.claims.filter((claim) => claim.tenant !== tenant);
  }

  // Compares the claims of a tenant with its state: none is doubled, none that was answered is lost, and no pod is used without a claim.
  // Each pod is asked once more at its own host.
  async check(tenant) {
    const claims = this.claims.filter((claim) => claim.tenant === tenant);
    const byPod = new Map();
    for (const { pod, workspaceId } of claims.filter(({ pod }) => pod)) {
      assert.ok(!byPod.has(pod.id), `tenant "${tenant}": ${pod.id} was given to ${byPod.get(pod.id)} and to ${workspaceId}`);
      byPod.set(pod.id, workspaceId);
    }
    const status = assertSuccess(await this.#stack.ask('GET', prefixOf(tenant) + statusPath(POOL)));
    const used = new Map(status.workspaces.filter((row) => row.status === 'used').map((row) => [row.id, row.claimed_by]));
    for (const [id, workspaceId] of byPod) assert.equal(used.get(id), workspaceId, `tenant "${tenant}": ${id}`);
    const failed = new Set(claims.filter(({ pod }) => !pod).map(({ workspaceId }) => workspaceId));
    for (const [id, owner] of used) {
      if (!byPod.has(id)) assert.ok(failed.has(owner), `tenant "${tenant}": ${id} is used by ${owner}, whose claim was answered`);
    }
    for (const claim of claims.filter(({ pod }) => pod)) assert.equal(await this.#askPod(claim), 200);
  }

  async checkAll() {
    await forEachRow(this.tenants, (tenant) => this.check(tenant));
  }
}
