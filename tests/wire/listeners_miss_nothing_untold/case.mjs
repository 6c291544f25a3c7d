// SPDX-License-Identifier: MIT
//
// Many clients listen to events, and some read slowly or not at all (docs/live.md).
import assert from 'node:assert/strict';

import { assertSuccess } from '../../lib/api.mjs';
import { testCase, times, until, within } from '../../lib/case.mjs';
import { Dice, seedOf } from '../../lib/dice.mjs';
import { decodeEvent } from '../../lib/event_stream.mjs';
import { encodeRequest } from '../../lib/fcgi.mjs';
import { Metrics } from '../../lib/metrics.mjs';
import { HAS_WEBSOCKETS, OPCODE, WebSocketClient, WEBSOCKETS_ARE_MISSING } from '../../lib/web_socket.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const LISTENERS = times(100, 1_000);
const EVENTS = times(2_000, 20_000);

const EVENTS_PATH = `${BASE}/__admin/events`;
const accept = { HTTP_ACCEPT: 'text/event-stream' };

const eventsAfter = (lastId) => (lastId ? `${EVENTS_PATH}?after=${lastId}` : EVENTS_PATH);

function start(world, ...options) {
  return Worker.start(world, { options: ['--log-level', 'error', ...options] });
}

// A client that keeps only where it is: the numbers of the events come one by one, but for a gap that tells how many are missing.
class Follower {
  #text = '';
  #connection;
  epoch;
  seq;
  count = 0; // events that have come
  missed = 0; // events that gaps told of

  // Connects. `lastId`: goes on after it.
  async open(worker, lastId) {
    this.#text = '';
    this.#connection = await worker.connect();
    this.#connection.onStdout((text) => this.#take(text));
    await this.#connection.send(encodeRequest({ target: eventsAfter(lastId), params: accept }));
  }

  get lastId() {
    return `${this.epoch}.${this.seq}`;
  }

  close() {
    this.#connection.destroy();
  }

  #take(text) {
    const blocks = (this.#text + text).split('\n\n');
    this.#text = blocks.pop();
    for (const block of blocks) {
      const [, epoch, number] = /^id: ([0-9a-f]{8})\.(\d+)$/m.exec(block) ?? [];
      if (!epoch) continue; // stream.open in front of a gap
      const type = /^event: (.+)$/m.exec(block)[1];
      this.follow(type, epoch, Number(number), () => decodeEvent(block).missed);
    }
  }

  follow(type, epoch, seq, readMissed) {
    if (type === 'stream.gap') {
      const missed = readMissed();
      assert.equal(this.seq + missed, seq);
      this.missed += missed;
    } else if (type.startsWith('stream.')) {
      if (this.seq !== undefined) assert.equal(seq, this.seq, 'it goes on where it was');
    } else {
      assert.equal(seq, this.seq + 1, `behind ${this.seq}`);
      this.count++;
    }
    this.epoch = epoch;
    this.seq = seq;
  }
}

// The same by WebSocket, at the door.
class SocketFollower extends Follower {
  #socket;

  async open(worker, lastId) {
    this.#socket = await WebSocketClient.atDoor(worker, eventsAfter(lastId));
    this.#socket.onFrame = (frame) => this.#takeFrame(frame);
    this.#socket.frames.splice(0).forEach(this.#socket.onFrame);
  }

  #takeFrame({ opcode, payload }) {
    if (opcode === OPCODE.PING) this.#socket.send(OPCODE.PONG);
    if (opcode === OPCODE.TEXT) this.#take(payload.toString());
  }

  close() {
    this.#socket.destroy();
  }

  #take(text) {
    const type = /"type":"([^"]+)"/.exec(text)[1];
    const [, epoch, number] = /"(?:id|lastId)":"([0-9a-f]{8})\.(\d+)"/.exec(text) ?? [];
    if (type === 'stream.open' && this.seq !== undefined) return; // its lastId is the newest event
    const readMissed = () => JSON.parse(text).missed;
    if (epoch) this.follow(type, epoch, Number(number), readMissed);
    else this.follow(type, this.epoch, this.seq + readMissed(), readMissed); // a gap has no position of its own
  }
}

testCase(`${LISTENERS} clients follow ${EVENTS} events, and leave and come back, and none misses one that it is not told`, async (world, t) => {
  const worker = await start(world, '--listeners-max', String(10 * LISTENERS), '--events', '1000');
  const dice = new Dice(seedOf(t));
  const forms = HAS_WEBSOCKETS ? [Follower, SocketFollower] : [Follower];
  const crowd = Array.from({ length: LISTENERS }, (_, i) => new forms[i % forms.length]());
  for (const follower of crowd) await follower.open(worker);
  await until('all listen', () => crowd.every(({ seq }) => seq !== undefined));
  const busy = await worker.connect();
  const claim = encodeRequest({ target: `${BASE}/pools/p/workspace?workspaceId=w` });
  let done = 0;
  for (; done < EVENTS; done += 2) { // each claim makes a pod and takes it
    await busy.send(claim);
    assertSuccess(await busy.answer());
    if (!dice.chance(0.1)) continue;
    const follower = dice.pick(crowd);
    follower.close();
    await follower.open(worker, follower.lastId);
  }
  const last = (await worker.ask('GET', '/pools')).headers['x-mock-event'];
  await until('all have the last event', () => crowd.every(({ lastId }) => lastId === last), 120_000);
  for (const { count, missed } of crowd) assert.equal(count + missed, Number(last.split('.')[1]));
  assert.equal(crowd.filter(({ missed }) => missed === 0).length > LISTENERS / 2, true, 'who reads misses nothing');
  for (const follower of crowd) follower.close();
  await worker.untilDescriptors('are as few as before', (count) => count < LISTENERS / 2);
});

testCase('a listener that falls behind is told what it missed, and the second time within ten seconds is also closed', async (world) => {
  const worker = await start(world, '--events', '4000');
  const slow = await worker.connect();
  let text = '';
  slow.onStdout((more) => (text += more));
  const blocks = () => text.split('\n\n').slice(0, -1).map((block) => decodeEvent(block.replace(/^[^]*\r\n\r\n/, '')));
  const has = (type, count = 1) => blocks().filter((event) => event.type === type).length >= count;
  await slow.send(encodeRequest({ target: EVENTS_PATH, params: accept }));
  await until('it listens', () => has('stream.open'));
  slow.pause();
  await worker.fill('p', 4_000);
  slow.resume();
  const last = (await worker.ask('GET', '/pools')).headers['x-mock-event'];
  await until('it has the last event', () => text.includes(`id: ${last}\n`));
  let seq = 0;
  for (const event of blocks().slice(1)) {
    if (event.type === 'stream.gap') {
      assert.equal(event.reason, 'slow');
      assert.ok(event.missed > 1, `${event.missed} events`);
      assert.equal(event.after, `${last.split('.')[0]}.${seq}`);
      seq += event.missed;
    } else {
      assert.equal(event.seq, ++seq);
    }
  }
  assert.equal(blocks().filter(({ type }) => type === 'stream.gap').length, 1);
  slow.pause();
  await worker.fill('p', 4_000);
  slow.resume();
  await slow.answer(); // the end of the request
  assert.equal(blocks().at(-1).type, 'stream.gap');
});

testCase('a WebSocket that falls behind is told, and the second time within ten seconds is closed with 1013', async (world) => {
  const worker = await start(world, '--events', '4000');
  const slow = await WebSocketClient.atDoor(worker, EVENTS_PATH);
  const gaps = () => slow.texts.map((text) => JSON.parse(text)).filter(({ type }) => type === 'stream.gap');
  await slow.messages(1);
  for (let round = 1; round <= 2 && !slow.hasEnded; round++) { // the first may be enough: a paused socket still reads one piece
    slow.pause();
    await worker.fill('p', 4_000);
    slow.resume();
    await slow.until(`gap ${round}`, () => gaps().length >= round);
  }
  assert.equal(await slow.closed(), 1013);
  assert.equal((await Metrics.of(worker)).get('listeners_behind_total'), 2);
  assert.equal(gaps().length, 2);
  let seq = 0;
  for (const message of (await slow.messages(1)).slice(1)) {
    if (message.type === 'stream.gap') {
      assert.equal(message.reason, 'slow');
      assert.equal(Number(message.after.split('.')[1]), seq);
      seq += message.missed;
    } else {
      assert.equal(message.seq, ++seq, 'whole frames, in order');
    }
  }
}, { skip: WEBSOCKETS_ARE_MISSING });

testCase('a burst that is larger than the ring leaves a gap that counts what is missing, in each form', async (world) => {
  const worker = await start(world, '--events', '50');
  const followers = HAS_WEBSOCKETS ? [new Follower(), new SocketFollower()] : [new Follower()];
  for (const follower of followers) await follower.open(worker);
  await until('all listen', () => followers.every(({ seq }) => seq !== undefined));
  const busy = await worker.connect();
  const claim = encodeRequest({ target: `${BASE}/pools/p/workspace?workspaceId=w` });
  await busy.send(Buffer.concat(Array(400).fill(claim)));
  let last;
  for (let i = 0; i < 400; i++) last = (await busy.answer()).headers['x-mock-event'];
  for (const follower of followers) { // one that fell behind twice was closed, and comes back
    follower.close();
    await follower.open(worker, follower.lastId);
  }
  await until('all have the last event', () => followers.every(({ lastId }) => lastId === last));
  for (const { count, missed } of followers) {
    assert.ok(missed > 0, 'nothing is missing: the burst was cut into small turns');
    assert.equal(count + missed, Number(last.split('.')[1]));
  }
});

testCase('listeners that read nothing delay nobody, keep little memory, and are closed after --send-timeout', async (world) => {
  const worker = await start(world, '--send-timeout', '1s', '--listeners-max', '1000');
  const deaf = await Promise.all(Array.from({ length: 100 }, () => worker.connect({ paused: true })));
  for (const connection of deaf) await connection.send(encodeRequest({ target: EVENTS_PATH, params: accept }));
  const before = await worker.memoryPeakKiB();
  await within(10_000, '4,000 claims beside them', worker.fill('p', 4_000));
  const more = (await worker.memoryPeakKiB()) - before;
  assert.ok(more < 100 * 16 + 8_192, `${more} KiB more`); // the piece that is being sent to each, and what 4,000 claims leave
  await worker.untilDescriptors('are as few as before', (count) => count < 50);
  for (const connection of deaf) connection.resume();
  await Promise.all(deaf.map((connection) => connection.closed()));
  await worker.assertServes();
});

testCase('a worker that stops shows the events of all that it still answers', async (world) => {
  const worker = await start(world);
  const follower = new Follower();
  await follower.open(worker);
  await until('it listens', () => follower.seq !== undefined);
  const busy = await worker.connect();
  const claim = encodeRequest({ target: `${BASE}/pools/p/workspace?workspaceId=w` });
  await busy.send(Buffer.concat(Array(200).fill(claim)));
  worker.signal('SIGTERM');
  let last;
  for (let i = 0; i < 200; i++) {
    const answer = await busy.answer();
    assertSuccess(answer);
    last = answer.headers['x-mock-event'];
  }
  await worker.end();
  await until('the stream has come to its end', () => follower.lastId === last);
  assert.equal(follower.missed, 0);
});

testCase('a front end whose request ids have any length ends no stream', async (world) => {
  const worker = await start(world);
  const follower = new Follower();
  await follower.open(worker);
  for (const length of [100, 1_000, 40_000]) {
    const answer = await worker.ask('GET', '/pools/default-pool/workspace', { params: { REQUEST_ID: '"'.repeat(length) } });
    assertSuccess(answer);
    await until('its event', () => follower.lastId === answer.headers['x-mock-event']);
  }
});

testCase('a tenant has its newest events, however full the rings of others are', async (world) => {
  const worker = await start(world, '--events-memory', '128K');
  const claim = encodeRequest({ target: `${BASE}/~full/pools/p/workspace?workspaceId=w` });
  const busy = await worker.connect();
  await busy.send(Buffer.concat(Array(1_000).fill(claim)));
  for (let i = 0; i < 1_000; i++) await busy.answer();
  for (const tenant of ['a', 'b', 'c']) {
    assertSuccess(await worker.ask('GET', `/~${tenant}/pools/default-pool/workspace`));
    const { events, dropped } = assertSuccess(await worker.ask('GET', `/~${tenant}/__admin/events?after=0`));
    assert.deepEqual([events.map(({ type }) => type), dropped], [['pod.claimed'], 0]);
  }
  const full = assertSuccess(await worker.ask('GET', '/~full/__admin/events?after=0'));
  assert.ok(full.events.length > 50 && full.dropped > 1_000, `${full.events.length} are kept`);
});
