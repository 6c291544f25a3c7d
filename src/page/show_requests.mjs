// SPDX-License-Identifier: MIT
//
// The panel of requests. A request's number shows the curl line that sends it again.

import { element, setAttribute } from './dom.mjs';
import { Panel } from './panel.mjs';
import { curlLine } from './service.mjs';
import { timeWords } from './time.mjs';

const panel = new Panel('Requests', 'The last 200 requests, and what each changed', {
  'No.': 'n',
  Time: 'n wide',
  Request: '',
  Status: 'n',
  ms: 'n wide',
  Changed: '',
  Fault: '',
});

let chosen; // a request

function showChosen() {
  for (const row of panel.rows) setAttribute(row.cells[0].firstChild, 'aria-pressed', row.dataset.key === String(chosen?.seq));
  if (!chosen) return panel.setLine(curlLine('requests'));
  const { method, path, operation, workspaceId } = chosen;
  const query = operation === 'claim' ? `?workspaceId=${encodeURIComponent(workspaceId)}` : '';
  panel.setLine(curlLine(path + query, { method }));
}

function make(row, request) {
  const button = element('button', { textContent: request.seq, title: 'Shows its curl line' });
  button.onclick = () => {
    chosen = chosen?.seq === request.seq ? undefined : request;
    showChosen();
  };
  row.cells[0].append(button);
  row.cells[2].title = `${request.method} ${request.path}`;
}

function cells({ at, operation, pool, pod, status, durationMs, fault }, changes) {
  return [
    undefined,
    timeWords(at),
    `${operation} ${pool ?? pod ?? ''}`,
    status || 'open',
    durationMs?.toFixed(1) ?? '',
    changes,
    fault ?? '',
  ];
}

export function showRequests(journal, refusal) {
  const items = refusal ? [] : journal.requests;
  panel.show(items, {
    key: ({ seq }) => seq,
    cells: (request) => cells(request, journal.changesOf(request)),
    make,
    fill: (row, { status }) => setAttribute(row, 'data-bad', status >= 400),
  });
  panel.setNote(refusal?.message ?? (items.length ? `the last ${items.length}` : 'none'));
  showChosen();
}
