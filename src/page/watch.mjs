// SPDX-License-Identifier: MIT
//
// A part of the state that is read again soon after an event that concerns it, and now and then without one.

export class Watch {
  value;
  refusal; // why the service does not show it, if it does not
  #isDue = true;
  #isReading = false;
  #readAt = -Infinity;

  // `read` returns the value. `concerns(event)` is true for an event that may have changed it.
  constructor(read, { concerns, everyMs = 10_000, pauseMs = 500 }) {
    Object.assign(this, { read, concerns, everyMs, pauseMs });
  }

  note(event) {
    this.#isDue ||= this.concerns(event, this.value);
  }

  // Reads it at the next chance, without a pause.
  renew() {
    this.#isDue = true;
    this.#readAt = -Infinity;
  }

  // Reads it if it is time. Returns whether there is something new to show. A service that can't be reached is nothing new: who follows
  // the state finds that out too.
  async tick() {
    const now = performance.now();
    const pauseMs = this.#isDue ? this.pauseMs : this.everyMs;
    if (this.#isReading || now - this.#readAt < pauseMs) return false;
    this.#isReading = true;
    this.#isDue = false;
    this.#readAt = now;
    try {
      this.value = await this.read();
      this.refusal = undefined;
    } catch (error) {
      if (!error.code || error.asksForToken) return false;
      this.value = undefined;
      this.refusal = error;
    } finally {
      this.#isReading = false;
    }
    return true;
  }
}
