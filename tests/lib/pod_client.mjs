// SPDX-License-Identifier: MIT
//
// A client that uses a pod from the claim to the release, over any way to the pod. A client is a function
// (method, url, {json, headers}) that returns {status, headers, body}. `body` is an async iterable of bytes. Redirects are not
// followed.

import assert from 'node:assert/strict';
import http from 'node:http';

import { until } from './case.mjs';
import { assertPortUrls, assertProcesses, assertReply, BEARER, parseEvents, PASSWORD } from './pods.mjs';

const JSON_TYPE = { 'content-type': 'application/json' };

// A client over Node's fetch. Sends a JSON content type with every request, as the real client does.
export async function fetchClient(method, url, { json, headers } = {}) {
  const body = json === undefined ? undefined : JSON.stringify(json);
  const answer = await fetch(url, { method, redirect: 'manual', headers: { ...JSON_TYPE, ...headers }, body });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: answer.body ?? [] };
}

// A client over node:http. `place(url)` returns the options of http.request for the URL's address.
function httpClient(world, place, agentOptions = {}) {
  const agent = new http.Agent({ keepAlive: true, ...agentOptions });
  world.atEnd(() => agent.destroy());
  return (method, url, { json, headers } = {}) =>
    new Promise((resolve, reject) => {
      const body = json === undefined ? '' : JSON.stringify(json);
      const length = body === '' ? {} : { 'content-length': Buffer.byteLength(body) };
      const { host, ...where } = place(new URL(url));
      const options = { agent, method, ...where, headers: { ...JSON_TYPE, ...length, ...headers, host } };
      const outgoing = http.request(options, (incoming) => {
        resolve({ status: incoming.statusCode, headers: incoming.headers, body: incoming });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
}

// A client that connects to nginx at 127.0.0.1:`port` for every host. Only its Host header has the URL's host.
export function hostClient(world, port) {
  return httpClient(world, ({ host, pathname, search }) => ({ host, hostname: '127.0.0.1', port, path: pathname + search }));
}

// A client that resolves hosts below `domain` to 127.0.0.1, and no others. The port is the URL's.
export function lookupClient(world, domain) {
  const lookup = (name, options, callback) => {
    if (!name.endsWith(`.${domain}`)) callback(new Error(`not to be looked up: ${name}`));
    else if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
    else callback(null, '127.0.0.1', 4);
  };
  const place = ({ host, hostname, port, pathname, search }) => ({ host, hostname, port, path: pathname + search });
  return httpClient(world, place, { lookup });
}

// Returns the whole text of an answer.
export async function textOf(answer) {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  for await (const bytes of answer.body) text += decoder.decode(bytes, { stream: true });
  return text + decoder.decode();
}

// Asserts a JSON answer of this status, and returns its value.
export async function jsonOf(answer, status = 200) {
  const text = await textOf(answer);
  assert.equal(answer.status, status, text.slice(0, 300));
  assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
  return JSON.parse(text);
}

// Claims a pod with `client`. Returns {pod, ask}: ask(port, method, path, {json, headers}) sends a request to that port of the pod, or to
// the pod's own address if the port is null.
export async function claimPod(client, base, { pool = 'default-pool', workspaceId = 'workspace-123' } = {}) {
  const target = `${base}/pools/${encodeURIComponent(pool)}/workspace?workspaceId=${encodeURIComponent(workspaceId)}`;
  const { workspace: pod } = await jsonOf(await client('GET', target));
  assertPortUrls(pod);
  const ask = (port, method, path, options) => client(method, (port === null ? pod.url : pod.portMappings[port]) + path, options);
  return { pod, ask };
}

async function findFrontEnd({ pod, ask }) {
  for (const path of ['', '/']) {
    const head = await ask(3000, 'HEAD', path);
    assert.deepEqual([head.status, await textOf(head)], [200, '']);
    for (const [port, what] of [[3000, 'Front end'], [null, 'IDE']]) {
      const page = await ask(port, 'GET', path);
      assert.equal(page.status, 200);
      assert.match(page.headers['content-type'], /^text\/html/);
      const text = await textOf(page);
      for (const shown of [pod.subdomain, pod.poolName, pod.claimedBy, what]) assert.ok(text.includes(shown), `${shown} on the page`);
    }
  }
  const list = await until('the front end runs', async () => {
    const processes = await jsonOf(await ask(15552, 'GET', '/jlist'));
    return processes.some((process) => process.name === 'frontend') && processes;
  });
  assertProcesses(list, ['frontend', 'staklink-proxy']);
}

async function updateRepositories({ ask }) {
  const json = { repos: [{ url: 'https://github.com/owner/site.git' }, { url: 'https://github.com/owner/api' }] };
  assert.equal((await jsonOf(await ask(15552, 'PUT', '/latest', { json, headers: BEARER }))).success, true);
  assert.deepEqual(await jsonOf(await ask(15552, 'GET', '/diff', { headers: BEARER })), []);
  const page = await textOf(await ask(3000, 'GET', '/'));
  for (const { url } of json.repos) assert.ok(page.includes(url), `${url} on the page`);
}

async function startGoose({ ask }) {
  const json = { repoName: 'site', apiKey: 'a-key' };
  assert.equal((await jsonOf(await ask(15552, 'POST', '/goose_web', { json, headers: BEARER }))).success, true);
  const list = await until('Goose runs', async () => {
    const processes = await jsonOf(await ask(15552, 'GET', '/jlist'));
    return processes.some((process) => process.name === 'goose') && processes;
  });
  assertProcesses(list, ['frontend', 'staklink-proxy', 'goose']);
}

// The real client matches /session/ at the front of Location, and uses the rest as the id.
async function openSession({ ask }) {
  const ids = [];
  for (const path of ['', '/']) {
    const answer = await ask(15551, 'GET', path);
    assert.equal(answer.status, 307, await textOf(answer));
    const [, id] = /^\/session\/([^/]+)$/.exec(answer.headers.location) ?? assert.fail(`Location: ${answer.headers.location}`);
    ids.push(decodeURIComponent(id));
  }
  assert.equal((await jsonOf(await ask(15551, 'GET', '/api/health'))).status, 'ok');
  const { sessions } = await jsonOf(await ask(15551, 'GET', '/api/sessions'));
  assert.deepEqual(sessions.map((session) => session.id), ids);
  const [id] = ids;
  const session = await jsonOf(await ask(15551, 'GET', `/api/sessions/${id}`));
  assert.equal(session.id, id);
  assert.equal('error' in session, false, 'no error where there is a session');
  assert.equal(typeof (await jsonOf(await ask(15551, 'GET', '/api/sessions/none'), 404)).error, 'string');
  assert.match(await textOf(await ask(15551, 'GET', `/session/${id}`)), new RegExp(id));
  return id;
}

async function talk({ ask }, id) {
  const post = async (path, json) => jsonOf(await ask(15552, 'POST', path, { json, headers: BEARER }));
  assert.equal((await post('/validate_session', { session: id })).exists, true);
  assert.equal((await post('/validate_session', { session: 'none' })).exists, false);
  const { token } = await post('/session', { sessionId: id, webhookUrl: 'https://example.org/hook', apiKey: 'a-key' });
  assert.ok(typeof token === 'string' && token.length > 0, 'token');
  const answer = await ask(15552, 'POST', `/stream/${id}?token=${token}`, { json: { prompt: 'Say ü!' }, headers: { origin: 'http://x.example' } });
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-type'], /^text\/event-stream/);
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assert.ok(assertReply(parseEvents(await textOf(answer))).includes('Say ü!'), 'the prompt is echoed');
}

// Asserts that a released pod answers as a free pod, without what was stored in it.
async function assertForgotten({ ask }, id) {
  for (const port of [null, 3000]) assert.equal((await ask(port, 'GET', '')).status, 200);
  assert.equal((await jsonOf(await ask(15552, 'GET', '/jlist'))).length, 2, 'Goose has ended');
  const { exists } = await jsonOf(await ask(15552, 'POST', '/validate_session', { json: { session: id }, headers: BEARER }));
  assert.equal(exists, false, 'the session has ended');
  assert.deepEqual((await jsonOf(await ask(15552, 'POST', '/push', { json: {}, headers: BEARER }))).prs, {});
}

async function finish({ pod, ask }, client, base, id) {
  const post = async (path, json) => jsonOf(await ask(15552, 'POST', path, { json, headers: BEARER }));
  const { ok, message } = await post('/validate_frontend', { apiKey: 'a-key' });
  assert.deepEqual([ok, typeof message], [true, 'string']);
  assert.equal((await post('/playwright_test', {})).ok, true);
  const { prs } = await post('/push', {});
  assert.deepEqual(Object.keys(prs), ['owner/site', 'owner/api']);
  for (const url of Object.values(prs)) assert.match(url, /^https:\/\//);
  const released = await client('POST', `${base}/pools/default-pool/workspaces/${pod.id}/mark-unused`, { json: {} });
  assert.equal((await jsonOf(released)).workspace.usage_status, 'free');
  await assertForgotten({ ask }, id);
}

// Claims, discovers the front end, updates repositories, starts Goose, talks to it, pushes, releases.
export async function goTheWholeWay(client, base) {
  const claimed = await claimPod(client, base);
  assert.equal(claimed.pod.password, PASSWORD);
  await findFrontEnd(claimed);
  await updateRepositories(claimed);
  await startGoose(claimed);
  const id = await openSession(claimed);
  await talk(claimed, id);
  await finish(claimed, client, base, id);
}
