// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';

import { assertError, assertSuccess, claimPath } from '../../lib/api.mjs';
import { forEachRow, testCase, until } from '../../lib/case.mjs';
import { beginRequest, encodeRequest, nameValues, record, stream, TYPE, variables } from '../../lib/fcgi.mjs';
import { BASE, Worker } from '../../lib/worker.mjs';

const BODY = JSON.stringify({ repositories: ['owner/one', 'owner/two'] });
const UPDATE = { method: 'POST', target: `${BASE}/workspaces/pod-pool-1-1/update`, body: BODY };

function assertUpdated(answer) {
  const { workspace } = assertSuccess(answer);
  assert.deepEqual(workspace.repositories, ['owner/one', 'owner/two']);
}

testCase('every length of padding is skipped', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  for (let padding = 0; padding <= 255; padding++) {
    assertUpdated(await connection.ask({ ...UPDATE, padding }));
  }
});

testCase('PARAMS and STDIN may be split anywhere', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  for (let chunk = 1; chunk <= 64; chunk++) {
    assertUpdated(await connection.ask({ ...UPDATE, chunk, wide: true }));
    assertUpdated(await connection.ask({ ...UPDATE, chunk, params: { HTTP_X_LONG: 'v'.repeat(300) } }));
  }
});

testCase('short names and values may have lengths of four bytes', async (world) => {
  const worker = await Worker.start(world);
  assertUpdated(await (await worker.connect()).ask({ ...UPDATE, wide: true }));
});

testCase('many empty values are accepted', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const params = Object.entries(variables(UPDATE));
  await forEachRow(
    [
      [['HTTP_EMPTY', '']],
      Array.from({ length: 200 }, (_, i) => [`HTTP_X_${i}`, String(i)]),
    ],
    async (extra) => {
      const pairs = nameValues([...extra, ...params]);
      await connection.send(
        Buffer.concat([beginRequest(1), ...stream(TYPE.PARAMS, 1, pairs), ...stream(TYPE.STDIN, 1, BODY)]),
      );
      assertUpdated(await connection.answer());
    },
  );
});

testCase('if a parameter occurs twice, the later one counts', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const pairs = [
    ['REQUEST_URI', `${BASE}/nowhere`],
    ['REQUEST_METHOD', 'GET'],
    ['CONTENT_LENGTH', '1'],
    ['POOL_MANAGER_MOUNT', '/elsewhere'],
    ...Object.entries(variables(UPDATE)),
    ['POOL_MANAGER_MOUNT', BASE],
  ];
  await connection.send(
    Buffer.concat([beginRequest(1), ...stream(TYPE.PARAMS, 1, nameValues(pairs)), ...stream(TYPE.STDIN, 1, BODY)]),
  );
  assertUpdated(await connection.answer());
});

testCase('the empty records that end streams may be padded', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const claim = variables({ target: BASE + claimPath('default-pool', 'w') });
  await connection.send(
    Buffer.concat([
      beginRequest(1),
      record(TYPE.PARAMS, 1, nameValues(claim)),
      record(TYPE.PARAMS, 1, '', { padding: 255 }),
      record(TYPE.STDIN, 1, '', { padding: 7 }),
    ]),
  );
  assert.equal(assertSuccess(await connection.answer()).workspace.claimedBy, 'w');
});

testCase('the padding of a record is never read', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  const update = variables({ ...UPDATE, contentLength: null });
  const fake = Buffer.from(BODY.replaceAll('owner', 'owned'));
  const smuggled = Buffer.concat([record(TYPE.STDIN, 1, fake), record(TYPE.STDIN, 1)]);
  const padded = (type, content = '') => {
    const bytes = record(type, 1, content, { padding: smuggled.length });
    smuggled.copy(bytes, bytes.length - smuggled.length);
    return bytes;
  };
  const sent = [
    [record(TYPE.PARAMS, 1, nameValues(update)), padded(TYPE.PARAMS), record(TYPE.STDIN, 1, BODY), record(TYPE.STDIN, 1)],
    [padded(TYPE.PARAMS, nameValues(update)), padded(TYPE.PARAMS), padded(TYPE.STDIN, BODY), padded(TYPE.STDIN)],
  ];
  await forEachRow(sent, async (records) => {
    await connection.send(Buffer.concat([beginRequest(1), ...records]));
    assertUpdated(await connection.answer());
    await connection.send(Buffer.concat([padded(TYPE.BEGIN_REQUEST, beginRequest(1).subarray(8)), ...records]));
    assertUpdated(await connection.answer());
    for (let padding = 0; padding <= 16; padding++) {
      const end = record(TYPE.PARAMS, 1, '', { padding });
      end.fill(0, 8);
      await connection.send(Buffer.concat([beginRequest(1), records[0], end, ...records.slice(2)]));
      assertUpdated(await connection.answer());
    }
  });
});

testCase('every request id except 0 is accepted', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await forEachRow([1, 2, 255, 256, 32768, 65535], async (id) => {
    const answer = await connection.ask({ ...UPDATE, id });
    assert.equal(answer.id, id);
    assertUpdated(answer);
  });
});

testCase('a request without variables is an error, and the connection stays usable', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await connection.send(Buffer.concat([beginRequest(1), record(TYPE.PARAMS, 1), record(TYPE.STDIN, 1)]));
  assertError(await connection.answer(), 400, 'no_request_method', /REQUEST_METHOD/);
  assertUpdated(await connection.ask(UPDATE));
});

testCase('a request without a method is refused with the name of what is missing', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await forEachRow(['', 'GET'], async (method) => {
    const { REQUEST_METHOD: _, ...params } = variables(UPDATE);
    const pairs = [['REQUEST_METHOD', method], ...Object.entries(params), ['REQUEST_METHOD', '']];
    await connection.send(
      Buffer.concat([beginRequest(1), ...stream(TYPE.PARAMS, 1, nameValues(pairs)), ...stream(TYPE.STDIN, 1, BODY)]),
    );
    assertError(await connection.answer(), 400, 'no_request_method', /REQUEST_METHOD/);
  });
  const line = await until('its line is in the log', () => worker.lines.find((text) => text.includes('no_request_method')));
  assert.ok(line.includes('/workspaces/pod-pool-1-1/update'), line);
});

testCase('a parameter whose name is empty or contains a "=" is a 400, and the connection stays usable', async (world) => {
  const worker = await Worker.start(world);
  const connection = await worker.connect();
  await forEachRow(['', '=', '=A', 'A=B', 'REQUEST_URI='], async (name) => {
    const pairs = [[name, 'value'], ...Object.entries(variables(UPDATE))];
    await connection.send(
      Buffer.concat([beginRequest(1), ...stream(TYPE.PARAMS, 1, nameValues(pairs)), ...stream(TYPE.STDIN, 1, BODY)]),
    );
    assertError(await connection.answer(), 400, 'bad_request', /name/);
    assertUpdated(await connection.ask(UPDATE));
  });
});

testCase('an invalid method is refused', async (world) => {
  const worker = await Worker.start(world);
  await forEachRow(['get', 'GE', 'GETS', 'PURGE'], async (method) => {
    const connection = await worker.connect();
    await connection.send(encodeRequest({ method, target: `${BASE}/pools/default-pool/status` }));
    assertError(await connection.answer(), 405, 'method_not_allowed');
  });
  const connection = await worker.connect();
  await connection.send(encodeRequest({ method: 'GET\0', target: `${BASE}/pools/default-pool/status` }));
  assertError(await connection.answer(), 400, 'bad_request');
});
