// SPDX-License-Identifier: MIT
//
// Reproducible random numbers: the same seed gives the same numbers (mulberry32).

// Returns a function that returns a number from 0 to `below` - 1.
export function dice(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

// Returns the seed: POOL_MANAGER_TEST_SEED, or one from the clock. Prints it in the case's output.
export function seedOf(t) {
  const seed = Number(process.env.POOL_MANAGER_TEST_SEED ?? Date.now() % 2 ** 31);
  t.diagnostic(`POOL_MANAGER_TEST_SEED=${seed}`);
  return seed;
}

// A generator with methods for what is drawn.
export class Dice {
  #draw;

  constructor(seed) {
    this.#draw = dice(seed);
  }

  // Returns an independent generator: later draws from this one do not affect it.
  fork() {
    return new Dice(this.#draw(2 ** 31));
  }

  // Returns a whole number from `least` to `most`.
  roll(least, most) {
    return least + this.#draw(most - least + 1);
  }

  chance(share) {
    return this.#draw(2 ** 31) < share * 2 ** 31;
  }

  pick(list) {
    return list[this.#draw(list.length)];
  }

  // Returns a key of an object whose values are weights.
  weigh(weights) {
    const entries = Object.entries(weights);
    let left = this.#draw(entries.reduce((sum, [, weight]) => sum + weight, 0));
    return entries.find(([, weight]) => (left -= weight) < 0)[0];
  }
}
