// SPDX-License-Identifier: MIT
//
// The source document's switch: USE_MOCKS sends all of /api/pool-manager/ to the mock or to the real service, here a
// server of ours.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';

import { assertSuccess } from '../lib/api.mjs';
import { forEachRow, until } from '../lib/case.mjs';
import { ownServer, run, sourceFile, Stack, stackCase } from '../lib/stack.mjs';

const SERVER = `
    include pool-manager-mock/upstream.conf;
    server {
        listen @LISTEN@;
        include switch.conf;
    }
`;

function renderSwitch(env) {
  return run(sourceFile('nginx', 'render-switch'), [], { env: { USE_MOCKS: '', POOL_MANAGER_BASE_URL: '', ...env } });
}

// The stack with nginx switched by these variables.
function startSwitched(world, env) {
  const configure = async (directory, listen, socketPath) => {
    await ownServer(SERVER)(directory, listen, socketPath);
    await writeFile(join(directory, 'switch.conf'), await renderSwitch(env));
  };
  return Stack.start(world, { configure });
}

// A server that answers every request with what it was.
async function startReal(world) {
  const real = http.createServer((incoming, outgoing) => {
    const chunks = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method, url, headers, httpVersion } = incoming;
      const body = Buffer.concat(chunks).toString();
      outgoing.end(JSON.stringify({ success: true, real: { method, url, headers, httpVersion, body } }));
    });
  });
  await new Promise((resolve) => real.listen(0, '127.0.0.1', resolve));
  world.atEnd(() => {
    real.closeAllConnections();
    real.close();
  });
  return real.address().port;
}

stackCase('USE_MOCKS=true sends everything to the mock', async (world) => {
  const stack = await startSwitched(world, { USE_MOCKS: 'true' });
  const claim = await stack.request('GET', '/api/pool-manager/pools/default-pool/workspace?workspaceId=w');
  const { workspace } = assertSuccess(claim);
  assert.equal(workspace.id, 'pod-pool-1-1');
  const json = { repositories: ['o/a'] };
  const updated = assertSuccess(await stack.request('POST', '/api/pool-manager/workspaces/mock-pod-1/update', { json }));
  assert.deepEqual(updated.workspace.repositories, ['o/a']);
  assert.equal(assertSuccess(await stack.request('GET', '/api/pool-manager/pools/a%2Fb/status')).pool_name, 'a/b');
});

for (const useMocks of ['', 'false', 'TRUE', '1']) {
  stackCase(`USE_MOCKS=${useMocks} sends everything to POOL_MANAGER_BASE_URL`, async (world) => {
    const port = await startReal(world);
    const env = { USE_MOCKS: useMocks, POOL_MANAGER_BASE_URL: `http://127.0.0.1:${port}/base/` };
    const stack = await startSwitched(world, env);
    const request = { json: { name: 'p' }, headers: { authorization: 'Bearer key' } };
    const { real } = (await stack.request('POST', '/api/pool-manager/pools?x=1', request)).json;
    assert.deepEqual([real.method, real.url, real.body], ['POST', '/base/pools?x=1', '{"name":"p"}']);
    assert.equal(real.headers.authorization, 'Bearer key');
    assert.equal(real.headers.host, `127.0.0.1:${port}`);
  });
}

// By default nginx speaks HTTP/1.0 and verifies nobody: the version shows that the rules of the switch hold.
stackCase('the path without its slash goes by the same rules', async (world) => {
  const port = await startReal(world);
  const real = await startSwitched(world, { POOL_MANAGER_BASE_URL: `http://127.0.0.1:${port}/base` });
  await forEachRow(['', '/', '/pools'], async (path) => {
    const answer = await real.request('POST', `/api/pool-manager${path}?x=1`, { json: { name: 'p' } });
    const { method, url, httpVersion, body } = answer.json.real;
    assert.deepEqual([method, url, httpVersion, body], ['POST', `/base${path || '/'}?x=1`, '1.1', '{"name":"p"}']);
  });
});

stackCase('the path without its slash reaches the mock as it was sent', async (world) => {
  const stack = await startSwitched(world, { USE_MOCKS: 'true' });
  assert.equal(assertSuccess(await stack.request('GET', '/api/pool-manager?x=1')).service, 'pool-manager-mock');
  await until('its line in the log', () => stack.worker.lines.some((line) => line.includes(' path=/api/pool-manager ')));
});

stackCase('the real service has no tenants whose control API it could be asked for', async (world) => {
  const port = await startReal(world);
  const stack = await startSwitched(world, { POOL_MANAGER_BASE_URL: `http://127.0.0.1:${port}/base` });
  await forEachRow(['/~t/__admin', '/~t/__admin/reset', '/~t/__admin/state'], async (path) => {
    assert.equal((await stack.request('GET', `/api/pool-manager${path}`)).status, 404);
  });
  assert.equal((await stack.request('GET', '/api/pool-manager/~t/x')).json.real.url, '/base/~t/x');
});

stackCase('a switch without an address of the real service is refused', async () => {
  const rows = [
    {},
    { USE_MOCKS: 'false' },
    { POOL_MANAGER_BASE_URL: 'ftp://x' },
    { POOL_MANAGER_BASE_URL: 'http://x; } evil {' },
  ];
  await forEachRow(rows, async (env) => {
    await assert.rejects(renderSwitch(env), /render-switch.* gave 64: render-switch: POOL_MANAGER_BASE_URL/);
  });
});

stackCase('the switch has no second gate to the control API', async (world) => {
  const stack = await startSwitched(world, { USE_MOCKS: 'true' });
  assertSuccess(await stack.request('GET', '/api/pool-manager/__admin/health'));
  const stranger = { agent: false, localAddress: '127.0.0.2' };
  const paths = [
    '/__admin/health', '/%5f%5fadmin/health', '//__admin/health', '/x/../__admin/health', '/__admin/state',
    '/~t/__admin/health', '/%7et/%5f_admin/health', '/~t//__admin/health', '/~t%0A/__admin/health', '/~t/__admin/state',
  ];
  await forEachRow(paths, async (path) => {
    const answer = await stack.request('GET', `/api/pool-manager${path}`, stranger);
    assert.ok(answer.status === 403 || answer.status === 404, `${answer.status}`);
  });
});
