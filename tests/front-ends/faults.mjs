// SPDX-License-Identifier: MIT
//
// Each kind of fault as the client of a front end sees it, and how often the claim has run.

import { assertSuccess, claimPath } from '../lib/api.mjs';
import { until } from '../lib/case.mjs';
import { WaitingClaim } from '../lib/waiting.mjs';
import { outcome } from './observe.mjs';
import { parkedCount, usedCount } from './state.mjs';

// A front end may hold a broken answer back for longer.
const PATIENCE_MS = 2_000;

const RULES = {
  'a status': { answer: { status: 429 } },
  'a delay': { delay: { type: 'fixed', ms: 120 } },
  'truncated, phase after': { phase: 'after', answer: { truncate: 0.5 } },
  'truncated, on a kept connection': { phase: 'after', isKept: true, answer: { truncate: 0.5 } },
  garbage: { answer: { garbage: true } },
  dribbled: { phase: 'after', answer: { dribble: { bytesPerSecond: 5_000 } } },
  'a request that hangs': { patienceMs: 200, answer: { hang: true } },
  'closed, phase after': { phase: 'after', answer: { connection: 'close' } },
  'reset, phase after': { phase: 'after', answer: { connection: 'reset' } },
};

// What a claim under this rule is answered, and how many pods it took. A rule that the worker refuses is named so.
async function observeFault(stack, { isKept = false, patienceMs = PATIENCE_MS, ...rule }) {
  assertSuccess(await stack.worker.ask('POST', '/__admin/reset'));
  const set = await stack.ask('PUT', '/__admin/faults', { json: [{ match: { operation: 'claim', pool: 'default-pool' }, ...rule }] });
  if (set.status !== 200) return `refused: ${set.status} ${set.json.code}`;
  const target = claimPath('default-pool', 'w');
  await stack.claim('other', 'warm'); // a kept connection behind the front end
  const begun = performance.now();
  const came = await outcome(stack, 'GET', target, { patienceMs, agent: isKept && stack.agent });
  if (rule.delay && performance.now() - begun < rule.delay.ms - 1) return `${came} too early`;
  return `${came}, ${await usedCount(stack)} used`;
}

// Whether the worker learns that the client of a parked request has gone.
async function observeLeaving(stack) {
  const settings = { newPoolPods: 1, onExhausted: 'queue', claimTimeout: '1h' };
  assertSuccess(await stack.worker.ask('POST', '/__admin/reset'));
  assertSuccess(await stack.worker.ask('PATCH', '/__admin/settings', { body: JSON.stringify(settings) }));
  await stack.claim('queue', 'holder');
  const waiting = new WaitingClaim(stack, 'queue', 'leaver');
  await until('the claim waits', async () => (await parkedCount(stack)) === 1);
  waiting.hangUp();
  const told = await until('the worker is told', async () => (await parkedCount(stack)) === 0, 1_000).catch(() => false);
  return told ? 'told' : 'not told';
}

export async function observeFaults(stack) {
  const seen = {};
  for (const [what, rule] of Object.entries(RULES)) seen[what] = await observeFault(stack, rule);
  return { ...seen, 'a client that leaves while its claim waits': await observeLeaving(stack) };
}
