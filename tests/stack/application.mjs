// SPDX-License-Identifier: MIT
//
// docs/application.md: an application and the mock behind one address, and today's client with the host names that are in its code,
// over TLS with an authority of our own. Commands and settings are taken from the document.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { assertError, assertSuccess } from '../lib/api.mjs';
import { PATIENCE_MS } from '../lib/case.mjs';
import { CURL_IS_MISSING } from '../lib/document.mjs';
import { BEARER } from '../lib/pods.mjs';
import { freePort } from '../lib/ports.mjs';
import { ownServer, run, sourceFile, Stack, stackCase } from '../lib/stack.mjs';
import { OPENSSL_IS_MISSING } from '../lib/tls.mjs';
import { BASE } from '../lib/worker.mjs';

// The document's only block of commands that contains the text.
async function commands(part) {
  const document = await readFile(sourceFile('docs', 'application.md'), 'utf8');
  const blocks = [...document.matchAll(/```sh\n([^]*?)\n```/g)].map(([, block]) => block).filter((block) => block.includes(part));
  assert.equal(blocks.length, 1, part);
  return blocks[0];
}

function runHere(script, cwd, env = {}) {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-ec', script], {
    cwd, env: { PATH: process.env.PATH, HOME: cwd, NO_PROXY: '*', ...env }, encoding: 'utf8', timeout: PATIENCE_MS,
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

async function startApplication(world) {
  const application = http.createServer(({ method, url }, outgoing) => outgoing.end(JSON.stringify({ application: `${method} ${url}` })));
  await new Promise((resolve) => application.listen(0, '127.0.0.1', resolve));
  world.atEnd(() => {
    application.closeAllConnections();
    application.close();
  });
  return application.address().port;
}

stackCase('the application and the mock are behind one address, each with its own routes', async (world) => {
  const port = await startApplication(world);
  const configure = async (directory, listen, socketPath) => {
    await ownServer('include pool-manager-mock/upstream.conf; include application.conf;')(directory, listen, socketPath);
    const text = await readFile(sourceFile('nginx', 'application.conf'), 'utf8');
    const here = text.replace('127.0.0.1:8080', listen).replace('127.0.0.1:3000', `127.0.0.1:${port}`);
    await writeFile(join(directory, 'application.conf'), here);
  };
  const stack = await Stack.start(world, { configure });
  for (const path of ['/', '/api/pool-manager/claim-pod/ws-1', '/api/pool-manager/create-pool', '/api/mock/other', '/api/mock/pool-managers']) {
    assert.equal((await stack.request('POST', path, { json: {} })).json.application, `POST ${path}`);
  }
  assert.equal((await stack.claim('swarm-1', 'w')).claimedBy, 'w');
  assertSuccess(await stack.ask('POST', '/__admin/reset'));
  const stranger = { agent: false, localAddress: '127.0.0.2' };
  assert.equal((await stack.ask('POST', '/__admin/reset', stranger)).status, 403);
});

stackCase('render-switch reads the document\'s .env.local', async (world) => {
  const file = world.path('.env.local');
  await writeFile(file, await commands('# .env.local'));
  const env = { USE_MOCKS: '', POOL_MANAGER_BASE_URL: '' };
  assert.match(await run(sourceFile('nginx', 'render-switch'), ['--env-file', file], { env }), /use_mocks "true"/);
});

// --- today's client ---

const DOMAIN = 'workspaces.sphinx.chat';

// The arguments of the document's worker, which listens on the test's own socket. nginx runs as the user of the test.
async function workerOptions() {
  const script = (await commands('--pod-port-url')).replace(/^pool-manager-mock /, 'printf "%s\\n" ');
  const [listen, address, group, , ...options] = runHere(script, '/').trimEnd().split('\n');
  assert.deepEqual([listen, group], ['--listen', '--socket-group']);
  assert.ok((await readFile(sourceFile('nginx', 'upstream.conf'), 'utf8')).includes(`server ${address};`), address);
  return options;
}

// Starts nginx with workspaces.conf and with the API at its usual path. Returns the stack and `fetch`, which resolves every name
// to this machine.
async function startWorkspaces(world) {
  const tlsPort = await freePort();
  const folder = (directory) => join(directory, 'pool-manager-mock');
  const configure = async (directory, listen, socketPath) => {
    const server = 'server { listen @LISTEN@; include pool-manager-mock/location.conf; include pool-manager-mock/admin-fence.conf; }';
    await ownServer(`include pool-manager-mock/upstream.conf; include workspaces.conf; ${server}`)(directory, listen, socketPath);
    const text = await readFile(sourceFile('nginx', 'workspaces.conf'), 'utf8');
    await writeFile(join(directory, 'workspaces.conf'), text.replaceAll('127.0.0.1:443', `127.0.0.1:${tlsPort}`));
    runHere(await commands('openssl req -x509'), folder(directory));
  };
  const stack = await Stack.start(world, { configure, options: await workerOptions() });
  const ca = await readFile(join(folder(stack.nginx.directory), 'ca.crt'));
  const lookup = (_name, options, done) => (options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4));
  const agent = new https.Agent({ ca });
  world.atEnd(() => agent.destroy());
  const ask = (method, url, { json, headers = {}, ...options } = {}) =>
    new Promise((resolve, reject) => {
      const outgoing = https.request(url, { method, port: tlsPort, lookup, agent, headers, ...options }, (incoming) => {
        text(incoming).then((body) => {
          const isJson = /json/.test(incoming.headers['content-type']);
          resolve({ status: incoming.statusCode, headers: incoming.headers, text: body, json: isJson ? JSON.parse(body) : undefined });
        }).catch(reject);
      });
      outgoing.once('error', reject);
      outgoing.end(json ? JSON.stringify(json) : undefined);
    });
  return { stack, ask };
}

const TODAY = { skip: OPENSSL_IS_MISSING || CURL_IS_MISSING };

stackCase('today\'s client finds the API and each port of a pod at the host names in its code', async (world) => {
  const { ask } = await startWorkspaces(world);
  const api = (method, path, json) => ask(method, `https://${DOMAIN}/api${path}`, { json });
  assert.ok(assertSuccess(await api('POST', '/auth/login', { username: 'u', password: 'p' })).token);
  assertSuccess(await api('POST', '/users', { username: 'v', password: 'p' }), 201);
  assertSuccess(await api('POST', '/pools', { pool_name: 'swarm-1', minimum_vms: 1 }), 201);
  const [pod] = assertSuccess(await api('GET', '/pools/swarm-1/workspaces')).workspaces;
  const url = (port) => `https://${pod.subdomain}-${port}.${DOMAIN}`; // as the client makes it
  assert.deepEqual(pod.portMappings, { 15551: url(15551), 15552: url(15552), 3000: url(3000) });
  assert.deepEqual([pod.url, pod.fqdn], [`https://${pod.subdomain}.${DOMAIN}`, `${pod.subdomain}.${DOMAIN}`]);
  assertSuccess(await api('POST', `/pools/swarm-1/workspaces/${pod.subdomain}/mark-used`, { user_info: 'task-1' }));
  const processes = (await ask('GET', `${url(15552)}/jlist`)).json;
  assert.deepEqual(processes.map(({ name }) => name), ['frontend', 'staklink-proxy']);
  assert.equal((await ask('HEAD', url(3000))).status, 200);
  assert.equal((await ask('GET', pod.url)).status, 200);
  assert.equal((await ask('GET', `${url(15551)}/api/health`)).json.status, 'ok');
  const repos = [{ url: 'https://github.com/o/r.git', branch_name: 'b' }];
  const pushed = await ask('POST', `${url(15552)}/push?pr=true&commit=true`, { json: { repos }, headers: BEARER });
  assert.deepEqual(pushed.json.prs, { 'o/r': 'https://github.com/o/r/pull/1' });
}, TODAY);

stackCase('these host names have no control API, and their certificate is not valid under another authority', async (world) => {
  const { ask } = await startWorkspaces(world);
  for (const path of ['/api/__admin/health', '/api/__admin', '/api/~t/__admin/health', '/api/%5f%5fadmin/health', '/', '/x']) {
    assertError(await ask('GET', `https://${DOMAIN}${path}`), 404, 'not_found');
  }
  assert.equal((await ask('GET', `https://mock-pod-99-3000.${DOMAIN}/`)).status, 404);
  await assert.rejects(ask('GET', `https://${DOMAIN}/api/pools`, { agent: new https.Agent() }), /self.signed|issuer|verify/i);
}, TODAY);

stackCase('the statement that fills the client\'s table has a row for each pod', async (world) => {
  const { stack } = await startWorkspaces(world);
  assertSuccess(await stack.ask('POST', '/pools', { json: { name: 'swarm-1', minimum_vms: 2 } }), 201);
  await stack.claim('swarm-1', 'w');
  const script = (await commands('INSERT INTO pods')).replace(' swarm-id ', ' "o\'hara" ');
  runHere(script, world.directory, { BASE: `http://${stack.host}:${stack.port}${BASE}` });
  const rows = (await readFile(world.path('pods.sql'), 'utf8')).trimEnd().split('\n');
  const values = (id, usage) =>
    `VALUES ('pod-pool-2-${id}', 'mock-pod-${id}', 'o''hara', 'mock-password', '[3000,15551,15552]', 'RUNNING', '${usage}', now(), now())`;
  assert.equal(rows.length, 2);
  assert.ok(rows[0].includes(values(6, 'USED')), rows[0]);
  assert.ok(rows[1].includes(values(7, 'UNUSED')), rows[1]);
  for (const row of rows) assert.match(row, /^INSERT INTO pods \(id, pod_id, swarm_id, .*\) VALUES .* ON CONFLICT \(pod_id\) DO UPDATE SET .*;$/);
}, TODAY);
