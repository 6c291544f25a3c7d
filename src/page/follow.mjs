// SPDX-License-Identifier: MIT
//
// Follows the state: lists the pools, then applies the events after the list. Begins anew after a gap, and when the connection is back.
// Where there are no events it lists again and again.

import { applyEvent, parsePosition, readPools } from './pools.mjs';
import { events } from './stream.mjs';

const HISTORY = 1000; // earlier events, which tell what the last requests changed
const POLL_MS = 2000;
const POLLS = 30; // then a stream is tried again
const WAIT_MS = 500;
const WAIT_MAX_MS = 5_000;

// Codes of errors of a stream that leave the lists readable.
const LISTS_ONLY = new Set(['no_stream', 'no_events', 'tenant_not_found', 'listener_limit']);

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Follower {
  pools = new Map();
  connection = { kind: 'wait' }; // kind: wait, live, polling, lost
  heardAt; // when something last came
  #epoch;
  #failures = 0;

  // Calls `begun(isOtherState)` after each list of the pools, `happened(event)` for each event, `changed()` when the connection or the
  // pools have changed. `askToken(refusal)` returns when there is another token.
  constructor(callbacks) {
    Object.assign(this, callbacks);
  }

  #connect(kind, why) {
    this.connection = { kind, why };
    this.changed();
  }

  #heard() {
    this.heardAt = new Date();
    this.#failures = 0;
  }

  async #list() {
    const { pools, position } = await readPools();
    const { epoch, seq } = parsePosition(position);
    this.#heard();
    this.pools = pools;
    this.begun(epoch !== this.#epoch);
    this.#epoch = epoch;
    this.changed();
    return { epoch, seq };
  }

  async #poll(why) {
    this.#connect('polling', why);
    for (let n = 0; n < POLLS; n++) {
      await pause(POLL_MS);
      await this.#list();
    }
  }

  // Returns when events are missing, so that the list is stale.
  async #listen({ epoch, seq }) {
    let last = seq;
    const from = Math.max(0, seq - HISTORY);
    for await (const event of events(`${epoch}.${from}`, () => this.#heard())) {
      if (this.connection.kind !== 'live') this.#connect('live');
      const isGap = event.type === 'stream.gap' && event.reason === 'epoch';
      if (isGap || event.seq > last + 1 || event.type === 'tenant.deleted') return;
      if (!event.seq) continue;
      last = Math.max(last, event.seq);
      if (applyEvent(this.pools, event)) this.changed();
      this.happened(event, event.seq <= seq);
    }
  }

  async #session() {
    const position = await this.#list();
    if (!position.epoch) return this.#poll('the worker keeps no events (--events 0)');
    try {
      return await this.#listen(position);
    } catch (error) {
      if (!LISTS_ONLY.has(error.code)) throw error;
      return this.#poll(error.message);
    }
  }

  // Never ends.
  async run() {
    for (;;) {
      try {
        await this.#session();
        await pause(WAIT_MS);
      } catch (error) {
        if (error.asksForToken) {
          this.#connect('wait');
          await this.askToken(error);
        } else {
          this.#connect('lost', error.message);
          await pause(Math.min(WAIT_MAX_MS, WAIT_MS * 2 ** this.#failures++));
        }
      }
    }
  }
}
