// SPDX-License-Identifier: MIT
//
// Checks whether a history is linearizable (Herlihy, Wing 1990): whether its operations have an order that the state allows, in which
// each operation takes effect at one instant between its begin and its end.

// States are strings. An operation is {begin, end, sees | moves}. Begin and end are numbers, each of which is used once.
//   sees(state)    returns whether the operation may have seen this state, which it does not change
//   moves(state)   returns the states to which it may have changed this one; none: it was not possible in this state
// `drift(state)` returns the states that may follow this one without an operation. The result is null, or the first operation at whose
// end no order is possible, with the states that were possible before.
export function findImpossible(operations, first, drift = () => []) {
  const worlds = new Worlds(first, drift);
  const events = operations.flatMap((operation) => [
    { at: operation.begin, act: () => worlds.begin(operation) },
    { at: operation.end, act: () => worlds.end(operation), operation },
  ]);
  events.sort((a, b) => a.at - b.at);
  for (const { act, operation } of events) {
    const before = worlds.states();
    act();
    if (worlds.states().length === 0) return { operation, states: before };
  }
  return null;
}

// All possibilities. Each world is a state, and the set of running operations that have taken effect in it.
class Worlds {
  #drift;
  #places = []; // the running operations; the index is the operation's bit
  #worlds = new Map();

  constructor(first, drift) {
    this.#drift = drift;
    this.#add(this.#worlds, first, 0);
  }

  states() {
    return [...new Set([...this.#worlds.values()].map(({ state }) => state))];
  }

  // Adds a world, and those that follow it without an operation. Each running operation that may see this state has seen it: that
  // rules nothing out.
  #add(worlds, state, done) {
    this.#places.forEach((operation, place) => {
      if (operation?.sees?.(state)) done |= 1 << place;
    });
    const key = `${done} ${state}`;
    if (worlds.has(key)) return;
    worlds.set(key, { state, done });
    for (const next of this.#drift(state)) this.#add(worlds, next, done);
  }

  begin(operation) {
    const free = this.#places.indexOf(null);
    if (free < 0 && this.#places.length === 31) throw new Error('too many operations at once');
    this.#places[free < 0 ? this.#places.length : free] = operation;
    const worlds = new Map();
    for (const { state, done } of this.#worlds.values()) this.#add(worlds, state, done);
    this.#worlds = worlds;
  }

  // Ends an operation. Other running operations may take effect before it. Keeps the worlds in which it has taken effect.
  end(operation) {
    const place = this.#places.indexOf(operation);
    const reached = new Map(this.#worlds);
    for (const { state, done } of reached.values()) {
      if (done & (1 << place)) continue;
      this.#places.forEach((other, bit) => {
        if (!other?.moves || done & (1 << bit)) return;
        for (const next of other.moves(state)) this.#add(reached, next, done | (1 << bit));
      });
    }
    this.#places[place] = null;
    this.#worlds = new Map();
    for (const { state, done } of reached.values()) {
      if (done & (1 << place)) this.#add(this.#worlds, state, done & ~(1 << place));
    }
  }
}
