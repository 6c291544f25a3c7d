// SPDX-License-Identifier: MIT
//
// The switch: USE_MOCKS sends all of /api/mock/pool-manager/ to the mock or to the real service, here a
// server of ours.

import assert from 'node:assert/strict';
import { access, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';

import { assertError, assertSuccess } from '../lib/api.mjs';
import { forEachRow, until } from '../lib/case.mjs';
import { ownServer, run, sourceFile, Stack, stackCase } from '../lib/stack.mjs';

const SERVER = `
    include pool-manager-mock/upstream.conf;
    server {
        listen @LISTEN@;
        include switch.conf;
        include pool-manager-mock/errors.conf;

        # The application, whose own API begins like the mock's address.
        location / {
            return 200 '{"success":true,"application":"$uri"}';
        }
    }
`;

function renderSwitch(env, args = []) {
  return run(sourceFile('nginx', 'render-switch'), args, { env: { USE_MOCKS: '', POOL_MANAGER_BASE_URL: '', ...env } });
}

// Starts a stack whose nginx uses the switch with these variables.
function startSwitched(world, env) {
  const configure = async (directory, listen, socketPath) => {
    await ownServer(SERVER)(directory, listen, socketPath);
    await writeFile(join(directory, 'switch.conf'), await renderSwitch(env));
  };
  return Stack.start(world, { configure });
}

// Starts a server that answers every request with a description of it.
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
  const claim = await stack.request('GET', '/api/mock/pool-manager/pools/default-pool/workspace?workspaceId=w');
  const { workspace } = assertSuccess(claim);
  assert.equal(workspace.id, 'pod-pool-1-1');
  const json = { repositories: ['o/a'] };
  const updated = assertSuccess(await stack.request('POST', '/api/mock/pool-manager/workspaces/mock-pod-1/update', { json }));
  assert.deepEqual(updated.workspace.repositories, ['o/a']);
  assert.equal(assertSuccess(await stack.request('GET', '/api/mock/pool-manager/pools/a%2Fb/status')).pool_name, 'a/b');
});

for (const useMocks of ['', 'false', 'TRUE', '1']) {
  stackCase(`USE_MOCKS=${useMocks} sends everything to POOL_MANAGER_BASE_URL`, async (world) => {
    const port = await startReal(world);
    const env = { USE_MOCKS: useMocks, POOL_MANAGER_BASE_URL: `http://127.0.0.1:${port}/base/` };
    const stack = await startSwitched(world, env);
    const request = { json: { name: 'p' }, headers: { authorization: 'Bearer key' } };
    const { real } = (await stack.request('POST', '/api/mock/pool-manager/pools?x=1', request)).json;
    assert.deepEqual([real.method, real.url, real.body], ['POST', '/base/pools?x=1', '{"name":"p"}']);
    assert.equal(real.headers.authorization, 'Bearer key');
    assert.equal(real.headers.host, `127.0.0.1:${port}`);
  });
}

// By default nginx speaks HTTP/1.0 and does not verify: the version shows that the switch's settings apply.
stackCase('the path without its slash is handled like the path with it', async (world) => {
  const port = await startReal(world);
  const real = await startSwitched(world, { POOL_MANAGER_BASE_URL: `http://127.0.0.1:${port}/base` });
  await forEachRow(['', '/', '/pools'], async (path) => {
    const answer = await real.request('POST', `/api/mock/pool-manager${path}?x=1`, { json: { name: 'p' } });
    const { method, url, httpVersion, body } = answer.json.real;
    assert.deepEqual([method, url, httpVersion, body], ['POST', `/base${path || '/'}?x=1`, '1.1', '{"name":"p"}']);
  });
});

stackCase('the path without its slash reaches the mock as it was sent', async (world) => {
  const stack = await startSwitched(world, { USE_MOCKS: 'true' });
  assert.equal(assertSuccess(await stack.request('GET', '/api/mock/pool-manager?x=1')).service, 'pool-manager-mock');
  await until('its line in the log', () => stack.worker.lines.some((line) => line.includes(' path=/api/mock/pool-manager ')));
});

stackCase('requests for the control API reach neither the real service nor the mock', async (world) => {
  const port = await startReal(world);
  const stack = await startSwitched(world, { POOL_MANAGER_BASE_URL: `http://127.0.0.1:${port}/base` });
  const paths = ['/__admin', '/__admin/', '/__admin/health', '/__admin/state', '/~t/__admin', '/~t/__admin/reset', '/~t/__admin/state'];
  await forEachRow(paths, async (path) => {
    assert.equal((await stack.request('GET', `/api/mock/pool-manager${path}`)).status, 404);
  });
  assert.equal((await stack.request('GET', '/api/mock/pool-manager/~t/x')).json.real.url, '/base/~t/x');
  assert.ok(!stack.worker.lines.some((line) => line.includes('/__admin/reset')), 'the worker was not asked');
});

for (const USE_MOCKS of ['true', 'false']) {
  stackCase(`the application keeps its own routes with USE_MOCKS=${USE_MOCKS}`, async (world) => {
    const own = ['/api/pool-manager/claim-pod/ws-1', '/api/pool-manager/create-pool', '/api/pool-manager', '/api/mock/pool-managers', '/'];
    const port = await startReal(world);
    const stack = await startSwitched(world, { USE_MOCKS, POOL_MANAGER_BASE_URL: `http://127.0.0.1:${port}` });
    await forEachRow(own, async (path) => {
      assert.equal((await stack.request('POST', path, { json: {} })).json.application, path);
    });
  });
}

stackCase('POOL_MANAGER_SWITCH_PREFIX sets the prefix of the switch, with the fence and the mount', async (world) => {
  const stack = await startSwitched(world, { USE_MOCKS: 'true', POOL_MANAGER_SWITCH_PREFIX: '/api/pool-manager/' });
  assert.equal(assertSuccess(await stack.request('GET', '/api/pool-manager/pools')).pools.length, 1);
  assertSuccess(await stack.request('GET', '/api/pool-manager/__admin/health'));
  const stranger = { agent: false, localAddress: '127.0.0.2' };
  assertError(await stack.request('GET', '/api/pool-manager/__admin/health', stranger), 403, 'forbidden');
  assert.equal((await stack.request('GET', '/api/mock/pool-manager/pools')).json.application, '/api/mock/pool-manager/pools');
});

stackCase('an invalid prefix is refused', async () => {
  const rows = ['/', '//', 'api', '/a b', '/a;', '/a//b', '/a.b', '/a$x'];
  await forEachRow(rows, async (prefix) => {
    await assert.rejects(renderSwitch({ USE_MOCKS: 'true', POOL_MANAGER_SWITCH_PREFIX: prefix }), /gave 64.*POOL_MANAGER_SWITCH_PREFIX/);
  });
});

// Returns what the switch rendered from a dotenv file does: 'true', or the real service's address.
async function renderedFrom(world, text, env = {}) {
  const file = world.path('env.local');
  await writeFile(file, text);
  const rendered = await renderSwitch(env, ['--env-file', file]);
  const [, useMocks] = /use_mocks "(.*)"/.exec(rendered);
  return useMocks === 'true' ? useMocks : /proxy_pass (http.*)\/;/.exec(rendered)[1];
}

stackCase('a dotenv file is read as dotenv reads it', async (world) => {
  const url = 'POOL_MANAGER_BASE_URL=https://real.example/api';
  const rows = [
    ['USE_MOCKS=true', 'true'],
    ['USE_MOCKS="true"', 'true'],
    ["USE_MOCKS='true'", 'true'],
    ['USE_MOCKS=`true`', 'true'],
    ['export USE_MOCKS="true"', 'true'],
    ['  export   USE_MOCKS = "true"  # on', 'true'],
    ['USE_MOCKS=true # on', 'true'],
    ['USE_MOCKS=true#on', 'true'],
    ['USE_MOCKS="true"\r\nX=1\r\n', 'true'],
    ['\ufeffUSE_MOCKS=true\n', 'true'],
    ['USE_MOCKS=false\nUSE_MOCKS=true', 'true'],
    ['# a comment\n\nUSE_MOCKS=true\nnot a line\n=x\n', 'true'],
    ['OTHER="first\nUSE_MOCKS=false\nlast"\nUSE_MOCKS=true\nMORE="a \\" b"', 'true'],
    [`MY_USE_MOCKS=true\n#USE_MOCKS=true\n${url}`, 'https://real.example/api'],
    [`USE_MOCKS="TRUE"\n${url}/ # x`, 'https://real.example/api'],
    [`USE_MOCKS=\nexport ${url}`, 'https://real.example/api'],
    ['POOL_MANAGER_BASE_URL="https://real.example/api"', 'https://real.example/api'],
    ['USE_MOCKS="true', 'https://env.example', { POOL_MANAGER_BASE_URL: 'https://env.example' }],
    ['USE_MOCKS=true', 'https://env.example', { USE_MOCKS: 'false', POOL_MANAGER_BASE_URL: 'https://env.example' }],
    [`USE_MOCKS=false\n${url}`, 'true', { USE_MOCKS: 'true' }],
  ];
  await forEachRow(rows, async ([text, expected, env]) => {
    assert.equal(await renderedFrom(world, text, env), expected);
  });
});

stackCase('nothing in a dotenv file is executed, and a missing file is refused', async (world) => {
  const ran = world.path('ran');
  const evil = [`USE_MOCKS=$(touch ${ran})`, `X=\`touch ${ran}\``, `touch ${ran}`, `export Y="$(touch ${ran})"`];
  await assert.rejects(renderedFrom(world, evil.join('\n')), /gave 64: render-switch: POOL_MANAGER_BASE_URL is not set/);
  await assert.rejects(renderedFrom(world, `POOL_MANAGER_BASE_URL=https://x/$(touch ${ran})`), /gave 64.*not allowed/);
  await assert.rejects(access(ran));
  await assert.rejects(renderSwitch({}, ['--env-file', world.path('nothing')]), /gave 64.*no such file/);
  for (const args of [['--env-file'], ['x'], ['--env-file', 'a', 'b']]) {
    await assert.rejects(renderSwitch({}, args), /gave 64: render-switch: usage/);
  }
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

stackCase('the switch opens no second way to the control API', async (world) => {
  const stack = await startSwitched(world, { USE_MOCKS: 'true' });
  assertSuccess(await stack.request('GET', '/api/mock/pool-manager/__admin/health'));
  const stranger = { agent: false, localAddress: '127.0.0.2' };
  const paths = [
    '/__admin', '/__admin/', '/__admin/health', '/%5f%5fadmin/health', '//__admin/health', '/x/../__admin/health', '/__admin/state',
    '/~t/__admin/health', '/%7et/%5f_admin/health', '/~t//__admin/health', '/~t%0A/__admin/health', '/~t/__admin/state',
  ];
  await forEachRow(paths, async (path) => {
    const answer = await stack.request('GET', `/api/mock/pool-manager${path}`, stranger);
    assert.ok(answer.status === 403 || answer.status === 404, `${answer.status}`);
  });
});
