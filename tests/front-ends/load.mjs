// SPDX-License-Identifier: MIT
//
// Many clients at once, and a worker that is killed meanwhile: no pod goes to two clients, no claim runs twice, and none that was answered
// is lost.

import http from 'node:http';

import { claimPath } from '../lib/api.mjs';
import { until } from '../lib/case.mjs';
import { endOf, gist, outcome } from './observe.mjs';
import { podsOf, repeatedCount, usedCount } from './state.mjs';

// Claims with `clients` connections, each claim for its own workspace, until `over(n)` is true for a client's n-th claim. Returns the
// answered claims: workspace -> pod, and how many had another result.
function claimUntil(stack, clients, over) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
  stack.world.atEnd(() => agent.destroy());
  const load = { answered: new Map(), failed: new Map() };
  const claimOnce = async (workspaceId) => {
    const answer = await stack.ask('GET', claimPath('load', workspaceId), { agent });
    if (answer.status === 200) load.answered.set(workspaceId, answer.json.workspace.id);
    return answer.status === 200 ? null : gist(answer);
  };
  const client = async (c) => {
    for (let n = 0; !over(n); n++) {
      const failure = await claimOnce(`w-${c}-${n}`).catch(endOf);
      if (failure !== null) load.failed.set(failure, (load.failed.get(failure) ?? 0) + 1);
    }
  };
  load.done = Promise.all(Array.from({ length: clients }, (_, c) => client(c)));
  return load;
}

// Compares the answered claims with the state.
async function compare(stack, { answered }) {
  const holders = new Map((await podsOf(stack, 'load')).map((pod) => [pod.id, pod.claimed_by]));
  const workspaces = [...holders.values()].filter((holder) => holder !== null);
  return {
    'pods given to two clients': repeatedCount([...answered.values()]),
    'claims that ran twice': repeatedCount(workspaces),
    'answered claims that are lost': [...answered].filter(([workspace, pod]) => holders.get(pod) !== workspace).length,
  };
}

export async function observeParallelClaims(stack) {
  const [clients, claims] = [64, 15];
  const load = claimUntil(stack, clients, (n) => n === claims);
  await load.done;
  const failed = [...load.failed].map(([failure, count]) => `, ${failure}: ${count}`);
  const unanswered = (await usedCount(stack, 'load')) - load.answered.size;
  return {
    ...(await compare(stack, load)),
    'claims that ran without an answer': unanswered,
    [`answers to ${clients * claims} claims`]: `${load.answered.size}${failed.join('')}`,
  };
}

// The worker has --state. It is killed under load and started again.
export async function observeRestart(stack) {
  let isOver = false;
  const load = claimUntil(stack, 16, () => isOver);
  await until('the load runs', () => load.answered.size > 200);
  await stack.worker.kill();
  const during = await outcome(stack, 'GET', '/__admin/health');
  await stack.startWorkerAnew();
  const before = load.answered.size;
  await until('claims are answered again', () => load.answered.size > before + 200);
  isOver = true;
  await load.done;
  return { ...(await compare(stack, load)), 'while there is no worker': during };
}
