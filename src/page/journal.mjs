// SPDX-License-Identifier: MIT
//
// The last requests of the journal, and what each changed: the events with its `requestSeq`.

import { read } from './service.mjs';

const KEPT = 200;

// What an event changed, in words; nothing if other columns show it.
function changeWords({ type, subdomain, pool, count, updated, was, ...is }) {
  if (type === 'request.faulted' || type === 'lease.expired') return '';
  if (type === 'pods.created') return `${count} new`;
  const key = ['usage', 'state'].find((name) => was && is[name] && was[name] !== is[name]);
  return `${subdomain ?? pool ?? ''} ${key ? `${was[key]} → ${is[key]}` : (updated ?? type.split('.')[1])}`;
}

export class Journal {
  requests = []; // the newest first
  #changes = new Map(); // by seq of the request
  #newest = 0;

  note(event) {
    const words = event.requestSeq && changeWords(event);
    if (!words) return;
    const before = this.#changes.get(event.requestSeq);
    this.#changes.set(event.requestSeq, before ? `${before}, ${words}`.slice(0, 200) : words);
    if (this.#changes.size > 5 * KEPT) this.#changes.delete(this.#changes.keys().next().value);
  }

  changesOf(request) {
    return this.#changes.get(request.seq) ?? '';
  }

  // Forgets all, because the state was replaced.
  clear() {
    this.requests = [];
    this.#newest = 0;
    this.#changes.clear();
  }

  // Reads what is new, and again the requests that had no answer yet.
  async readNew() {
    const unanswered = this.requests.findLast(({ status }) => status === 0);
    let after = unanswered ? unanswered.seq - 1 : this.#newest;
    let page = await read(`requests?after=${after}&limit=${KEPT}`);
    const isEmptied = page.lastSeq < this.#newest;
    if (isEmptied) this.clear();
    if (isEmptied || page.lastSeq - after > KEPT) {
      after = Math.max(0, page.lastSeq - KEPT);
      page = await read(`requests?after=${after}&limit=${KEPT}`);
    }
    const older = this.requests.filter(({ seq }) => seq <= after);
    this.requests = [...page.requests.reverse(), ...older].slice(0, KEPT);
    this.#newest = this.requests[0]?.seq ?? 0;
  }
}
