// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { claimPath } from '../../lib/api.mjs';
import { forEachRow, testCase, times } from '../../lib/case.mjs';
import { dice } from '../../lib/dice.mjs';
import {
  beginRequest, encodeLength, encodeRequest, nameValues, record, requestRecords, stream, TYPE, variables,
} from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const CLAIM = { target: BASE + claimPath('hostile', 'hostile') };
const [BEGIN, ...REST] = requestRecords(CLAIM);
const END_OF_PARAMS = record(TYPE.PARAMS, 1);
const END_OF_STDIN = record(TYPE.STDIN, 1);

function withParams(content) {
  return Buffer.concat([BEGIN, ...stream(TYPE.PARAMS, 1, content), END_OF_STDIN]);
}

// Encodes a pair with any lengths.
function lyingPair(nameLength, valueLength, rest = 'REQUEST_METHODGET') {
  return Buffer.concat([encodeLength(nameLength, true), encodeLength(valueLength, true), Buffer.from(rest)]);
}

const SOUND = nameValues(variables(CLAIM));

const HOSTILE = {
  'version 0': record(TYPE.BEGIN_REQUEST, 1, Buffer.alloc(8), { version: 0 }),
  'version 2': record(TYPE.BEGIN_REQUEST, 1, Buffer.alloc(8), { version: 2 }),
  'version 255 in the middle': Buffer.concat([BEGIN, record(TYPE.PARAMS, 1, SOUND, { version: 255 })]),
  'HTTP': Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  'zeros': Buffer.alloc(100_000),
  'ones': Buffer.alloc(100_000, 255),
  'BEGIN_REQUEST for id 0': beginRequest(0),
  'a whole request for id 0': encodeRequest({ ...CLAIM, id: 0 }),
  'BEGIN_REQUEST too short': record(TYPE.BEGIN_REQUEST, 1, Buffer.alloc(3)),
  'BEGIN_REQUEST empty': record(TYPE.BEGIN_REQUEST, 1),
  'BEGIN_REQUEST too long': Buffer.concat([record(TYPE.BEGIN_REQUEST, 1, Buffer.alloc(300, 1)), ...REST]),
  'STDIN before BEGIN_REQUEST': record(TYPE.STDIN, 1, 'early'),
  'PARAMS before BEGIN_REQUEST': Buffer.concat(REST),
  'STDIN before PARAMS': Buffer.concat([BEGIN, record(TYPE.STDIN, 1, 'early'), ...REST]),
  'STDIN ended before PARAMS': Buffer.concat([BEGIN, END_OF_STDIN, ...REST]),
  'PARAMS after their end': Buffer.concat([BEGIN, REST[0], END_OF_PARAMS, REST[0], END_OF_PARAMS, END_OF_STDIN]),
  'STDIN after its end': Buffer.concat([BEGIN, ...REST, record(TYPE.STDIN, 1, 'late'), END_OF_STDIN]),
  'DATA': Buffer.concat([BEGIN, record(TYPE.DATA, 1, 'data'), ...REST]),
  'records only a worker sends': Buffer.concat([
    record(TYPE.STDOUT, 1, 'x'), record(TYPE.STDERR, 1, 'x'), record(TYPE.END_REQUEST, 1, Buffer.alloc(8)),
    record(TYPE.GET_VALUES_RESULT, 0, 'x'), record(TYPE.UNKNOWN_TYPE, 0, Buffer.alloc(8)),
  ]),
  'an unknown type with an id': Buffer.concat([BEGIN, record(99, 1, 'x'), ...REST]),
  'a length that runs past the end': Buffer.concat([BEGIN, record(TYPE.PARAMS, 1, SOUND, { contentLength: 65535 })]),
  'a length that stops short': Buffer.concat([
    BEGIN, record(TYPE.PARAMS, 1, SOUND, { contentLength: 11 }), END_OF_PARAMS,
  ]),
  'a name of 0x7fffffff bytes': withParams(lyingPair(0x7fffffff, 0)),
  'a value of 0x7fffffff bytes': withParams(lyingPair(14, 0x7fffffff)),
  'a name and a value of 0x7fffffff bytes': withParams(lyingPair(0x7fffffff, 0x7fffffff)),
  'lengths whose sum overflows': withParams(lyingPair(0x7fffffff, 2)),
  'an empty name': withParams(Buffer.concat([nameValues([['', 'x'], ['', '']]), SOUND])),
  'a value one byte too long': withParams(lyingPair(14, 4)),
  'a name that runs past the end': withParams(Buffer.concat([SOUND, Buffer.from([5, 0, 0x41])])),
  'a length cut off': withParams(Buffer.concat([SOUND, Buffer.from([0x80, 0])])),
  'a name without the length of its value': withParams(Buffer.from([3])),
  'half a million variables': withParams(nameValues(Array.from({ length: 500_000 }, (_, i) => [`H${i}`, '']))),
  'an endless value in the head of a request': withParams(Buffer.alloc(1_000_000, 0x41)),
  'an absurd REQUEST_URI': encodeRequest({ target: `/${'a/'.repeat(200_000)}` }),
  'NUL bytes in variables': encodeRequest({ ...CLAIM, params: { REQUEST_URI: `${CLAIM.target}\0`, 'A\0B': 'C\0D' } }),
  'GET_VALUES cut off': record(TYPE.GET_VALUES, 0, Buffer.from([200, 1, 2])),
  'GET_VALUES of a huge name': record(TYPE.GET_VALUES, 0, lyingPair(0x7fffffff, 0x7fffffff)),
  'GET_VALUES of 16,000 names': record(TYPE.GET_VALUES, 0, nameValues(Array(16_000).fill(['AB', '']))),
  'ten thousand aborts': Buffer.concat(Array(10_000).fill(record(TYPE.ABORT_REQUEST, 7))),
  'ten thousand begins': Buffer.concat(Array.from({ length: 10_000 }, (_, i) => beginRequest((i % 65535) + 1))),
};

const MUST_CLOSE = new Set(['version 0', 'version 2', 'version 255 in the middle', 'HTTP', 'zeros', 'ones']);

for (const [name, bytes] of Object.entries(HOSTILE)) {
  testCase(`${name}: the worker survives`, async (world) => {
    const worker = await Worker.start(world);
    const connection = await worker.connect();
    await connection.offer(bytes);
    await worker.assertServes();
    if (MUST_CLOSE.has(name)) await connection.closed();
    await connection.end().catch(() => {});
    await worker.assertServes();
  });
}

testCase('100 MB of PARAMS are not stored', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const before = await worker.memoryPeakKiB();
  await connection.offer(BEGIN);
  const megabyte = Buffer.concat(stream(TYPE.PARAMS, 1, Buffer.alloc(1_000_000, 0x7f)).slice(0, -1));
  for (let sent = 0; sent < 100 && !connection.isClosed; sent++) await connection.offer(megabyte);
  await worker.assertServes();
  const growth = (await worker.memoryPeakKiB()) - before;
  assert.ok(growth < 8 * 1024, `the worker grew by ${growth} KiB`);
});

testCase('requests with random changes: the worker survives', async (world) => {
  const worker = await Worker.start(world, { options: ['--log-level', 'error'] });
  const random = dice(20240115);
  const sound = encodeRequest({ ...CLAIM, method: 'POST', body: '{"repositories":["o/r"]}', padding: 4, chunk: 50 });
  const seeds = Array.from({ length: times(1_000, 200_000) }, (_, i) => i);
  await forEachRow(seeds, async () => {
    const connection = await worker.connect();
    const bytes = Buffer.from(sound);
    for (let flips = 1 + random(6); flips > 0; flips--) bytes[random(bytes.length)] = random(256);
    await connection.offer(bytes.subarray(0, random(4) === 0 ? random(bytes.length) : bytes.length));
    connection.destroy();
    if (random(50) === 0) await worker.assertServes();
  });
  await worker.assertServes();
});
