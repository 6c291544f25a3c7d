// SPDX-License-Identifier: MIT
//
// The panel of pools, and that of the chosen pool's pods, page by page. A pool's link chooses it: the address of the page names it.

import { element, setAttribute, setText } from './dom.mjs';
import { Panel } from './panel.mjs';
import { curlLine, read } from './service.mjs';
import { durationWords, tenantNow, timeWords } from './time.mjs';

let chosen; // the name of a pool

// Chooses the pool that the address names, otherwise the first. Returns whether that is another one.
export function choosePool(pools) {
  const before = chosen;
  chosen = new URLSearchParams(location.hash.slice(1)).get('pool') ?? pools.keys().next().value;
  if (chosen !== before) cursors = [''];
  return chosen !== before;
}

export const chosenPool = (pools) => pools.get(chosen);

const STATES = ['used', 'free', 'starting', 'failed'];

const poolsPanel = new Panel('Pools', 'The pools, with their pods in each state', {
  Pool: '',
  Pods: 'bars',
  Used: 'n used',
  Free: 'n free',
  Starting: 'n starting',
  Failed: 'n failed',
});

function makePool(row, { name }) {
  const href = `#pool=${encodeURIComponent(name)}`;
  row.cells[0].append(element('a', { href, textContent: name }));
  const parts = STATES.map((className) => element('span', { className }));
  row.cells[1].append(element('div', { className: 'bar', ariaHidden: true }, ...parts));
}

function fillPool(row, pool) {
  setAttribute(row.cells[0].firstChild, 'aria-current', pool.name === chosen);
  for (const [index, state] of STATES.entries()) {
    setText(row.cells[2 + index], pool[state]);
    const { style } = row.cells[1].firstChild.children[index];
    if (style.flexGrow !== String(pool[state])) style.flexGrow = pool[state];
  }
}

export function showPools(pools) {
  const items = [...pools.values()];
  poolsPanel.show(items, { key: ({ name }) => name, cells: () => [], make: makePool, fill: fillPool });
  poolsPanel.setNote(items.length || 'none');
  poolsPanel.setLine(curlLine('pools'));
}

const PAGE = 100;

const back = element('button', { textContent: 'Previous' });
const next = element('button', { textContent: 'Next' });
const range = element('span', { className: 'quiet' });
const podsPanel = new Panel(
  'Pods',
  'Who holds the pods of the chosen pool',
  { Pod: '', State: 'state', 'Held by': '', Since: 'n', 'Lease left': 'n' },
  { tools: [element('nav', { ariaLabel: 'Pages of pods' }, back, range, next)] },
);

let cursors = ['']; // of the pages up to the shown one

const path = () => `pools/${encodeURIComponent(chosen)}/pods`;

export async function readPods() {
  const cursor = cursors.at(-1);
  const page = await read(`${path()}?limit=${PAGE}${cursor && `&cursor=${cursor}`}`);
  return { ...page, first: (cursors.length - 1) * PAGE + 1 };
}

// Returns true if the event may have changed the shown page.
export function concernsPods(event, page) {
  if (event.pool !== chosen) return false;
  return !event.pod || !page || page.pods.some(({ id }) => id === event.pod);
}

function podCells({ subdomain, usage_status, state, claimedBy, user_info, claimedAt, expiresAt }) {
  return [
    subdomain,
    state === 'running' ? usage_status.replace('unused', 'free') : state,
    claimedBy ?? user_info ?? '',
    claimedAt ? timeWords(claimedAt) : '',
    expiresAt ? durationWords(Date.parse(expiresAt) - tenantNow()) : '',
  ];
}

// Shows the page that a watch has read. `total` is the number of the pool's pods; undefined: there is no such pool. `renew` reads
// another page.
export function showPods({ value: page, refusal }, total, renew) {
  const pods = page?.pods ?? [];
  podsPanel.show(pods, {
    cells: podCells,
    fill: (row) => setAttribute(row, 'data-state', row.cells[1].textContent),
  });
  podsPanel.setNote(total === undefined ? `there is no pool ${chosen ?? ''}` : chosen);
  const last = pods.length && page.first + pods.length - 1;
  setText(range, refusal?.message ?? (last ? `${page.first} to ${last} of ${total}` : 'none'));
  back.disabled = cursors.length === 1;
  next.disabled = !page?.nextCursor;
  next.onclick = () => renew(cursors.push(page.nextCursor));
  back.onclick = () => renew(cursors.pop());
  podsPanel.setLine(curlLine(path()));
}
