// SPDX-License-Identifier: MIT
//
// The process of Debian 12's HAProxy crashes if the head of an answer comes in two pieces (haproxy/haproxy#2150). It also turns an answer
// into a 302 if its Location comes after its Status.

import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';

import { claimPath } from '../../lib/api.mjs';
import { forEachRow, PATIENCE_MS, testCase, within } from '../../lib/case.mjs';
import { Answer, encodeRequest, TYPE } from '../../lib/fcgi.mjs';
import { BEARER } from '../../lib/pods.mjs';
import { BASE, cleanEnvironment, spawnTracked, WORKER } from '../../lib/worker.mjs';

const CONTROL = '/_pod/mock-pod-1/15552';
const LONG = 'x-long,'.repeat(280);

// A worker whose sends are packets. ask() returns the packets of an answer as bytes.
class PacketWorker {
  #child;
  #lines;

  constructor(world, options = []) {
    assert.ok(process.env.POOL_MANAGER_TEST_PACKET_CLIENT, 'the environment names no packet client');
    this.#child = spawnTracked(process.env.POOL_MANAGER_TEST_PACKET_CLIENT, [WORKER, ...options], {
      cwd: world.directory,
      env: cleanEnvironment(),
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    world.atEnd(() => this.#child.kill('SIGKILL'));
  }

  async ask(method, path, { json, headers = {} } = {}) {
    const params = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, value]),
    );
    const body = json === undefined ? undefined : JSON.stringify(json);
    const request = encodeRequest({ method, target: BASE + path, keep: false, body, params });
    this.#child.stdin.write(`${request.toString('hex')}\n`);
    const packets = [];
    for (;;) {
      const { value, done } = await within(PATIENCE_MS, `a packet of ${method} ${path}`, this.#lines.next());
      assert.ok(!done, 'the packet client has ended');
      if (value === '') return packets;
      packets.push(Buffer.from(value, 'hex'));
    }
  }
}

// Asserts that the first record has the whole head, and the first send the whole record. Returns the lines of the head.
function assertWholeHead(packets) {
  const [first] = packets;
  assert.equal(first[1], TYPE.STDOUT);
  const length = first.readUInt16BE(4);
  assert.ok(first.length >= 8 + length + first[6], `the first send has ${first.length} bytes of a record of ${length}`);
  const record = first.subarray(8, 8 + length);
  const end = record.indexOf('\r\n\r\n');
  assert.ok(end > 0, 'the first record has no whole head');
  return record.toString('latin1', 0, end).split('\r\n');
}

// Asserts the same for the packets of an answer, and returns the answer.
function decode(packets) {
  const lines = assertWholeHead(packets);
  const stdout = [];
  const bytes = Buffer.concat(packets);
  for (let at = 0; at < bytes.length; at += 8 + bytes.readUInt16BE(at + 4) + bytes[at + 6]) {
    if (bytes[at + 1] === TYPE.STDOUT) stdout.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt16BE(at + 4)));
  }
  return { lines, answer: new Answer({ id: 1, stdout: Buffer.concat(stdout), recordsCount: stdout.length }) };
}

testCase('the head of each kind of answer is one record and one send', async (world) => {
  const worker = new PacketWorker(world, ['--default-pool-pods', '1000']);
  const rows = [
    ['GET', claimPath('default-pool', 'w'), 200],
    ['GET', '/nowhere', 404],
    ['HEAD', '/pools/default-pool/status', 200],
    ['OPTIONS', '/pools', 204],
    ['POST', '/pools', 201, { json: { name: 'ci' } }],
    ['GET', '/pools/default-pool/workspaces', 200],
    ['GET', '/__admin/state', 200],
  ];
  await forEachRow(rows, async ([method, path, status, more]) => {
    assert.equal(decode(await worker.ask(method, path, more)).answer.status, status);
  });
  const list = await worker.ask('GET', '/pools/default-pool/workspaces');
  assert.ok(list.length > 1, 'a long list comes in several sends');
});

testCase('and so is that of a long answer, of one that trickles, of one that breaks off, and of a stream', async (world) => {
  const worker = new PacketWorker(world);
  const headers = { 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': LONG };
  const { lines } = decode(await worker.ask('OPTIONS', '/pools', { headers }));
  assert.ok(lines.join().length > LONG.length);
  const answers = [{ status: 503 }, { dribble: { bytesPerSecond: 100_000 } }, { truncate: 0.5 }, { garbage: true }];
  await forEachRow(answers, async (answer) => {
    const rules = [{ match: { operation: 'pools' }, phase: 'after', answer }];
    assert.equal(decode(await worker.ask('PUT', '/__admin/faults', { json: rules })).answer.status, 200);
    const given = decode(await worker.ask('GET', '/pools')).answer;
    assert.equal(given.status, answer.status ?? 200, given.text);
  });
  decode(await worker.ask('GET', claimPath('default-pool', 'w')));
  const json = { sessionId: 's' };
  const session = decode(await worker.ask('POST', `${CONTROL}/session`, { json, headers: BEARER })).answer;
  const stream = await worker.ask('POST', `${CONTROL}/stream/s?token=${session.json.token}`, { json: { prompt: 'hello' } });
  assert.equal(decode(stream).answer.headers['content-type'], 'text/event-stream');
});

testCase('Status is the last line of a head, so that a Location is before it', async (world) => {
  const worker = new PacketWorker(world);
  decode(await worker.ask('GET', claimPath('default-pool', 'w')));
  const rows = [['/_pod/mock-pod-1/15551', '307 Temporary Redirect'], ['/pools', '200 OK'], ['/nowhere', '404 Not Found']];
  await forEachRow(rows, async ([path, status]) => {
    const { lines, answer } = decode(await worker.ask('GET', path));
    assert.equal(lines.at(-1), `Status: ${status}`);
    assert.equal('location' in answer.headers, answer.status === 307);
  });
});
