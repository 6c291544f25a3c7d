// SPDX-License-Identifier: MIT
//
// Whether a history is one that a thing with a simple state can have had: whether its operations, each of which took
// effect at some instant between its beginning and its end, have an order that the state allows (linearizability: Herlihy,
// Wing 1990).

// States are strings. An operation is {begin, end, sees | moves}, where begin and end are numbers, each used once:
//   sees(state)    whether it may have seen this state, which it leaves as it is
//   moves(state)   the states it may have left where it found this one; none: it can't have found it
// `drift(state)` gives the states that may come of this one by itself. Returns the first operation at whose end no order is
// left, with the states that were possible then, or null.
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

// All that may be the case: each world is a state, and which of the operations that go on have taken effect in it.
class Worlds {
  #drift;
  #places = []; // the operations that go on; a place is an operation's bit
  #worlds = new Map();

  constructor(first, drift) {
    this.#drift = drift;
    this.#add(this.#worlds, first, 0);
  }

  states() {
    return [...new Set([...this.#worlds.values()].map(({ state }) => state))];
  }

  // Adds a world and those that come of it by itself. What may be seen in it has been seen: to have seen it binds nothing.
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

  // Whatever goes on may take effect before the end of this one does; in the worlds that are left it has.
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
