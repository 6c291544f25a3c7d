// SPDX-License-Identifier: MIT
//
// A body that is not read, or that has two different lengths, must never be taken for a request.

import assert from 'node:assert/strict';
import net from 'node:net';

import { assertSuccess, statusPath } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { encodeRequest } from '../lib/fcgi.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

const CLAIM = `${BASE}/pools/default-pool/workspace?workspaceId=smuggled`;
const SMUGGLED_HTTP = `GET ${CLAIM} HTTP/1.1\r\nHost: x\r\n\r\n`;
const SMUGGLED_FCGI = encodeRequest({ target: CLAIM });

async function assertNothingSmuggled(stack) {
  const { pool } = assertSuccess(await stack.ask('GET', statusPath('default-pool')));
  assert.equal(pool.used_workspaces, 0, 'a smuggled claim was made');
}

stackCase('the body of a request to a route that reads none is not taken for a request', async (world) => {
  const stack = await Stack.start(world);
  const rows = [
    ['GET', '/pools/default-pool/status', 200],
    ['GET', '/workspaces/mock-pod-1', 200],
    ['GET', '/nowhere', 404],
    ['PUT', '/pools', 405],
    ['OPTIONS', '/pools', 204],
    ['POST', '/workspaces/none/release', 400],
    ['POST', '/pools', 400],
    ['GET', '/pools/%FF/status', 400],
  ];
  await forEachRow(rows, async ([method, path, status]) => {
    for (const body of [SMUGGLED_HTTP, SMUGGLED_FCGI, Buffer.concat(Array(200).fill(SMUGGLED_FCGI))]) {
      for (const chunked of [false, true]) {
        const answer = await stack.ask(method, path, { body, chunked });
        assert.equal(answer.status, status, answer.text);
        await assertNothingSmuggled(stack);
      }
    }
  });
});

stackCase('a request with two different lengths gets at most one answer', async (world) => {
  const stack = await Stack.start(world);
  const post = (headers, body) => `POST ${BASE}/pools HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`;
  const rows = [
    post('Content-Length: 4\r\nTransfer-Encoding: chunked', `0\r\n\r\n${SMUGGLED_HTTP}`),
    post(`Transfer-Encoding: chunked\r\nContent-Length: ${SMUGGLED_HTTP.length}`, `0\r\n\r\n${SMUGGLED_HTTP}`),
    post('Content-Length: 0\r\nContent-Length: 44', SMUGGLED_HTTP),
    post('Transfer-Encoding: chunked, identity', `0\r\n\r\n${SMUGGLED_HTTP}`),
    post('Transfer-Encoding: xchunked', `0\r\n\r\n${SMUGGLED_HTTP}`),
    post('Content-Length: +4', `{}\r\n${SMUGGLED_HTTP}`),
    post('Content-Length: 4, 4', `{}\r\n${SMUGGLED_HTTP}`),
  ];
  await forEachRow(rows, async (bytes) => {
    const answers = await stack.raw(bytes);
    assert.equal(answers.length, 1, `${answers.length} answers`);
    assert.ok(answers[0].status >= 400, `${answers[0].status}`);
    await assertNothingSmuggled(stack);
  });
});

stackCase('pipelined requests with bodies get one answer each', async (world) => {
  const stack = await Stack.start(world);
  const one = (path, body, extra = '') =>
    `POST ${BASE}${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n${extra}\r\n${body}`;
  const answers = await stack.raw(
    one('/nowhere', SMUGGLED_HTTP) +
      one('/workspaces/mock-pod-1/mark-used', '{"user_info":"mine"}') +
      one('/pools', SMUGGLED_HTTP) +
      one('/workspaces/mock-pod-1/release', '', 'Connection: close\r\n'),
  );
  assert.deepEqual(answers.map((answer) => answer.status), [404, 200, 400, 200]);
  await assertNothingSmuggled(stack);
});

stackCase('a body cut off by its client changes nothing and disturbs no other request', async (world) => {
  const stack = await Stack.start(world);
  for (let n = 0; n < 20; n++) {
    const socket = net.connect({ host: stack.host, port: stack.port });
    await new Promise((resolve) => socket.once('connect', resolve));
    const head = `POST ${BASE}/workspaces/mock-pod-1/mark-used HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n`;
    socket.write(`${head}{"user_info":`);
    await assertNothingSmuggled(stack);
    socket.destroy();
  }
  await assertNothingSmuggled(stack);
});
