// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertSuccess, claimPath } from '../../lib/api.mjs';
import { forEachRow, testCase } from '../../lib/case.mjs';
import { decodeNameValues, nameValues, record, requestRecords, TYPE } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

function getValues(...names) {
  return record(TYPE.GET_VALUES, 0, nameValues(names.map((name) => [name, ''])));
}

testCase('GET_VALUES returns what the worker supports', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await connection.send(getValues('FCGI_MAX_CONNS', 'FCGI_MAX_REQS', 'FCGI_MPXS_CONNS', 'FCGI_NO_SUCH_THING'));
  const { type, content } = await connection.management();
  assert.equal(type, TYPE.GET_VALUES_RESULT);
  const values = decodeNameValues(content);
  assert.deepEqual(Object.keys(values).sort(), ['FCGI_MAX_CONNS', 'FCGI_MAX_REQS', 'FCGI_MPXS_CONNS']);
  assert.match(values.FCGI_MAX_CONNS, /^[1-9]\d*$/);
  assert.match(values.FCGI_MAX_REQS, /^[1-9]\d*$/);
  assert.equal(values.FCGI_MPXS_CONNS, '0');
});

testCase('GET_VALUES returns only the requested values', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await forEachRow([[], ['FCGI_MPXS_CONNS'], ['NO_SUCH_THING']], async (names) => {
    await connection.send(getValues(...names));
    const { type, content } = await connection.management();
    assert.equal(type, TYPE.GET_VALUES_RESULT);
    const expected = names.includes('FCGI_MPXS_CONNS') ? { FCGI_MPXS_CONNS: '0' } : {};
    assert.deepEqual(decodeNameValues(content), expected);
  });
});

testCase('an unknown management record is answered UNKNOWN_TYPE', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await forEachRow([0, 12, 100, 255], async (unknown) => {
    await connection.send(record(unknown, 0, 'whatever', { padding: 5 }));
    const { type, content } = await connection.management();
    assert.equal(type, TYPE.UNKNOWN_TYPE);
    assert.equal(content.length, 8);
    assert.equal(content[0], unknown);
  });
});

testCase('management records in the middle of a request are answered, and do not affect it', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const records = requestRecords({ target: BASE + claimPath('default-pool', 'w'), chunk: 30 });
  await connection.send(Buffer.concat(records.flatMap((one) => [getValues('FCGI_MPXS_CONNS'), one])));
  for (const _ of records) {
    assert.equal((await connection.management()).type, TYPE.GET_VALUES_RESULT);
  }
  assert.equal(assertSuccess(await connection.answer()).workspace.claimedBy, 'w');
});
