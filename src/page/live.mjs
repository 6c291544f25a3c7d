// SPDX-License-Identifier: MIT
//
// The live page: reads the state, follows it, and shows what has changed, at most four times a second. It changes nothing.

import { Follower } from './follow.mjs';
import { Journal } from './journal.mjs';
import { read } from './service.mjs';
import { askToken, showBanners, showHead } from './show_head.mjs';
import { chosenPool, choosePool, concernsPods, readPods, showPods, showPools } from './show_pools.mjs';
import { showRequests } from './show_requests.mjs';
import { showSide, sideWatches } from './show_side.mjs';
import { setClock } from './time.mjs';
import { Watch } from './watch.mjs';

const FRAME_MS = 250;

const journal = new Journal();
const due = new Set(); // the parts to show

// Reads the health, with the sentence of the refusal if the worker is not ready.
async function readHealth() {
  const health = await read('health');
  setClock(health.clock);
  const { message } = await read('ready').catch((error) => error);
  return { ...health, refusal: message };
}

const watches = {
  ...sideWatches,
  head: new Watch(readHealth, { concerns: ({ type }) => /^(clock|state)\./.test(type) }),
  requests: new Watch(() => journal.readNew(), {
    concerns: ({ requestSeq }) => requestSeq,
    everyMs: 2000,
    pauseMs: FRAME_MS,
  }),
  pods: new Watch(() => chosen() && readPods(), { concerns: concernsPods }),
};

const eachWatch = (call) => Object.values(watches).forEach(call);

const follower = new Follower({
  askToken,
  changed: () => due.add('pools').add('head').add('pods'),
  begun(isOtherState) {
    if (isOtherState) journal.clear();
    eachWatch((watch) => watch.renew());
  },
  happened(event, isPast) {
    journal.note(event);
    if (!isPast) eachWatch((watch) => watch.note(event));
  },
});

const chosen = () => chosenPool(follower.pools);

function choose() {
  if (!choosePool(follower.pools)) return;
  watches.pods.value = undefined;
  watches.pods.renew();
  due.add('pools').add('pods');
}

const SHOW = {
  head() {
    showHead(follower, watches.head.value);
    showBanners(follower, watches.head.value, watches.faults.value);
  },
  pools: () => showPools(follower.pools),
  requests: () => showRequests(journal, watches.requests.refusal),
  pods: () => showPods(watches.pods, chosen()?.total, () => watches.pods.renew()),
};

function frame() {
  if (document.hidden) return;
  choose();
  if (/live|polling/.test(follower.connection.kind))
    for (const [name, watch] of Object.entries(watches)) watch.tick().then((isNew) => isNew && due.add(name));
  const parts = [...due];
  due.clear();
  for (const part of parts) (SHOW[part] ?? showSide)(part);
}

setInterval(frame, FRAME_MS);
// The clock, ages and leases go on.
setInterval(() => due.add('head').add('pods').add('queue').add('leaks'), 1000);
addEventListener('hashchange', frame);
document.addEventListener('visibilitychange', frame);
follower.run();
