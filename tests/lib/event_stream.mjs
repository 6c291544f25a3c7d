// SPDX-License-Identifier: MIT
//
// A client of a stream of events (docs/live.md). Checks the form of what arrives: one event with an id, a type and JSON on one line after
// the other, and no number twice or out of order.

import assert from 'node:assert/strict';
import http from 'node:http';

import { PATIENCE_MS, within } from './case.mjs';
import { Conditions } from './conditions.mjs';
import { BASE } from './worker.mjs';

// Decodes one event of the stream, without the empty line behind it.
export function decodeEvent(block) {
  const fields = {};
  for (const line of block.split('\n')) {
    const [, key, value] = /^(retry|id|event|data): (.+)$/.exec(line) ?? [];
    assert.ok(key && !(key in fields), `a malformed line in ${JSON.stringify(block)}`);
    fields[key] = value;
  }
  const data = JSON.parse(fields.data);
  assert.equal(data.type, fields.event);
  if (data.id) assert.equal(data.id, fields.id);
  return { ...data, lastEventId: fields.id, retry: fields.retry };
}

export class EventStream {
  #outgoing;
  #incoming;
  #rest = '';
  #conditions = new Conditions(() => `the stream has ${JSON.stringify(this.events.slice(-5))}`);
  #position;

  // All events so far, those of the stream itself too. `lastId` is what a browser would send as Last-Event-ID.
  events = [];
  lastId;
  hasEnded = false;
  isBroken = false;

  // Opens a stream at a path below BASE. Returns it after its head; rejects if the answer is not a stream.
  static async open(stack, path, { headers } = {}) {
    const stream = new EventStream();
    const begun = new Promise((resolve, reject) => {
      stream.#outgoing = http.request({
        host: stack.host, port: stack.port, path: BASE + path, agent: false, headers: { accept: 'text/event-stream', ...headers },
      }, (incoming) => resolve(incoming.on('error', () => (stream.isBroken = true))));
      stream.#outgoing.on('error', (error) => {
        stream.isBroken = true;
        stream.#conditions.check();
        reject(error);
      });
      stream.#outgoing.end();
    });
    stack.world.atEnd(() => stream.close());
    stream.#incoming = await within(PATIENCE_MS, `the head of ${path}`, begun);
    assert.equal(stream.#incoming.statusCode, 200);
    assert.equal(stream.#incoming.headers['content-type'], 'text/event-stream');
    assert.equal(stream.#incoming.headers['cache-control'], 'no-store');
    stream.#listen();
    return stream;
  }

  #listen() {
    this.#incoming.setEncoding('utf8');
    this.#incoming.on('data', (text) => this.#take(text));
    this.#incoming.on('close', () => {
      this.hasEnded = true;
      this.#conditions.check();
    });
  }

  #take(text) {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop();
    for (const block of blocks) this.#add(decodeEvent(block));
    this.#conditions.check();
  }

  #add(event) {
    if (event.lastEventId) this.lastId = event.lastEventId;
    if (event.seq) {
      const [epoch] = event.id.split('.');
      if (this.#position?.epoch === epoch) assert.ok(event.seq > this.#position.seq, `${event.id} is out of order`);
      this.#position = { epoch, seq: event.seq };
    }
    this.events.push(event);
  }

  // The events of these types; without types all but those of the stream itself.
  of(...types) {
    return this.events.filter(({ type }) => (types.length > 0 ? types.includes(type) : !type.startsWith('stream.')));
  }

  // Waits for `count` events of these types. Returns them.
  async next(count, ...types) {
    await this.#conditions.until(`${count} events ${types}`, () => this.of(...types).length >= count);
    return this.of(...types);
  }

  // Waits for the event with this id, or a later one of its epoch.
  async reaches(id) {
    const [epoch, seq] = id.split('.');
    const isThere = () => this.lastId?.startsWith(`${epoch}.`) && Number(this.lastId.split('.')[1]) >= Number(seq);
    await this.#conditions.until(`event ${id}`, isThere);
  }

  async end() {
    await this.#conditions.until('the end of the stream', () => this.hasEnded);
    assert.equal(this.#rest, '', 'an event is cut short');
  }

  pause() {
    this.#incoming.pause();
  }

  resume() {
    this.#incoming.resume();
  }

  close() {
    this.#outgoing.destroy();
  }
}
