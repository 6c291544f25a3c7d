// SPDX-License-Identifier: MIT
//
// The small panels. Each is a row of `parts`: its panel, the route that lists its items, and how it shows one.

import { byId } from './dom.mjs';
import { Panel } from './panel.mjs';
import { curlLine, read } from './service.mjs';
import { ageWords } from './time.mjs';
import { Watch } from './watch.mjs';

const small = (title, caption, columns) => new Panel(title, caption, columns, { parent: byId('side') });

// "status 503, retryAfter 2" of {"status": 503, "retryAfter": 2, "error": null}
function words(value) {
  if (typeof value !== 'object') return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return members.map(([key, member]) => (Array.isArray(value) ? member : `${key} ${words(member)}`)).join(', ');
}

const parts = {
  faults: {
    panel: small('Fault rules', 'The rules, in their order', {
      Rule: '',
      Requests: '',
      Effect: '',
      Hits: 'n',
      Left: 'n',
    }),
    concerns: ({ type }) => /^(faults|request|state)\./.test(type),
    cells: ({ id, match, delay, answer, phase, hits, spent, times }) => [
      id,
      words(match),
      words({ delay, answer, phase }),
      hits,
      spent ? 'spent' : times === null ? 'no limit' : times - hits,
    ],
  },
  queue: {
    panel: small('Waiting claims', 'Claims in a queue, the oldest first', { Pool: '', Workspace: '', Waits: 'n' }),
    concerns: ({ type }) => /^(claim|state)\./.test(type),
    cells: ({ pool, workspaceId, since }) => [pool, workspaceId, ageWords(since)],
  },
  leaks: {
    panel: small('Leaks', 'Claimed pods whose answer was lost', { Pod: '', Pool: '', Workspace: '', Lost: 'n' }),
    concerns: ({ type }) => /^(request|pod|pool|state)\./.test(type),
    cells: ({ pod, pool, workspaceId, lostAt }) => [pod, pool, workspaceId, ageWords(lostAt)],
  },
  deliveries: {
    path: 'deliveries?limit=20',
    panel: small('Callbacks', 'The newest deliveries', { To: '', State: '' }),
    concerns: ({ type }) => /^(callback|state)\./.test(type),
    cells: ({ to, url, state }) => [to ?? url, state],
  },
};

// The watches of the small panels, by the name of their route.
export const sideWatches = Object.fromEntries(
  Object.entries(parts).map(([name, { path = name, concerns }]) => [name, new Watch(async () => (await read(path))[name], { concerns })]),
);

export function showSide(name) {
  const { path = name, panel, cells } = parts[name];
  const { value, refusal } = sideWatches[name];
  const items = value ?? [];
  panel.show(items, { cells });
  panel.setNote(refusal?.message ?? (items.length || 'none'));
  panel.setLine(curlLine(path));
}
