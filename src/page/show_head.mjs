// SPDX-License-Identifier: MIT
//
// The head of the page: whose state it is, the tenant's clock, whether the page is live; the banners; the form for the token.

import { addLine, byId, element, setAttribute, setText, showList } from './dom.mjs';
import { curlLine, useToken } from './service.mjs';
import { dateWords, tenantNow } from './time.mjs';

const [, tenant] = /\/(?:~|%7e)([^/]+)\/__admin\/$/i.exec(location.pathname) ?? [];

const WORDS = { wait: 'Connecting…', live: 'Live', polling: 'Every 2 seconds' };

export function showHead({ connection: { kind }, heardAt }, health) {
  setText(byId('tenant'), tenant ? `tenant ${tenant}` : 'default tenant');
  document.title = `${tenant ?? 'default'} · pool-manager-mock`;
  const lost = heardAt ? `Not live since ${heardAt.toTimeString().slice(0, 8)}` : 'Not reached yet';
  setText(byId('connection'), WORDS[kind] ?? lost);
  setAttribute(document.body, 'data-connection', kind);
  if (!health) return;
  setText(byId('version'), `${health.version} · worker ${health.worker} · ${health.refusal ? 'not ready' : 'ready'}`);
  setText(byId('clock'), dateWords(tenantNow()));
}

function* banners({ kind, why }, health, faults = []) {
  if (health?.refusal) yield { key: 'ready', text: `The worker is not ready: ${health.refusal}` };
  if (health?.clock.mode === 'frozen')
    yield {
      key: 'clock',
      text: `The clock stands at ${dateWords(tenantNow())}. Leases and starting pods wait until it moves.`,
      line: curlLine('clock', { method: 'PUT', body: { action: 'resume' } }),
    };
  const armed = faults.filter(({ spent }) => !spent).map(({ id }) => id);
  if (armed.length)
    yield {
      key: 'faults',
      text: `${armed.length} armed fault rules: ${armed.slice(0, 9).join(', ')}`,
      line: curlLine('faults', { method: 'DELETE' }),
    };
  if (kind === 'polling') yield { key: kind, text: `There is no live stream: ${why}. The page asks every 2 seconds.` };
  if (kind === 'lost') yield { key: kind, text: `This is an earlier state: ${why}. The page tries again.` };
}

export function showBanners({ connection }, health, faults) {
  const items = [...banners(connection, health, faults)];
  showList(byId('banners'), items, {
    key: ({ key }) => key,
    make({ line }) {
      const banner = element('div', { className: 'banner' }, element('p'));
      if (line) addLine(banner)(line);
      return banner;
    },
    fill: (banner, { text }) => setText(banner.firstChild, text),
  });
}

// Asks for the token that the refusal demands. Returns when one is given.
export function askToken({ message }) {
  const form = byId('ask');
  const input = byId('token');
  setText(byId('refusal'), `The control API refuses this page: ${message}`);
  form.hidden = false;
  input.focus();
  return new Promise((resolve) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      useToken(input.value);
      form.hidden = true;
      form.reset();
      resolve();
    };
  });
}
