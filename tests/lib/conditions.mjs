// SPDX-License-Identifier: MIT
//
// Conditions about what arrives on a connection, which are checked whenever something does.

import { PATIENCE_MS, within } from './case.mjs';

export class Conditions {
  #checks = new Set();
  #describe;

  // `describe` returns a sentence about what has arrived, for failures.
  constructor(describe) {
    this.#describe = describe;
  }

  // Checks all conditions that are waited for.
  check() {
    for (const each of [...this.#checks]) each();
  }

  // Waits until the condition is true. `what` names it.
  until(what, condition) {
    return within(PATIENCE_MS, what, new Promise((resolve) => {
      const check = () => {
        if (!condition()) return;
        this.#checks.delete(check);
        resolve();
      };
      this.#checks.add(check);
      check();
    })).catch((error) => {
      throw new Error(`${error.message}; ${this.#describe()}`);
    });
  }
}
