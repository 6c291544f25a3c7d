// SPDX-License-Identifier: MIT
// Usage: node node_server.mjs PODS SOCKET
//
// What the worker is compared with: the mock that one would write first, in one process of Node.js, with its state in Maps. It gives the
// worker's answers to a claim, a release and a status, and nothing more: no limits, checks, journal, faults, or log. "default-pool" has
// PODS pods from the start. Listens on the unix socket SOCKET and on a free TCP port of the loopback, and prints that port as a line.

import http from 'node:http';

const [podsCount, socketPath] = process.argv.slice(2);
const HEADERS = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Retry-After, X-Mock-Event, X-Mock-Fault, X-Mock-Stale',
};
const pools = new Map(); // by name
const pods = new Map(); // by id

function addPod(pool) {
  const [number, created] = [pods.size + 1, new Date().toISOString()];
  const pod = { id: `pod-${pool.id}-${number}`, pool, number, created, claimedBy: null, claimedAt: null };
  pool.pods.set(number, pod);
  pods.set(pod.id, pod);
  return pod;
}

function getPool(name, count = 3) {
  if (!pools.has(name)) {
    const pool = { name, id: `pool-${pools.size + 1}`, minimum: count, pods: new Map() };
    pools.set(name, pool);
    for (let n = 0; n < count; n++) addPod(pool);
  }
  return pools.get(name);
}

function showPod({ id, pool, number, created, claimedBy, claimedAt }) {
  const [subdomain, used] = [`mock-pod-${number}`, claimedAt !== null];
  const [fqdn, usage] = [`${subdomain}.mock.sphinx.chat`, used ? { cpu: '500m', memory: '1024Mi' } : { cpu: '100m', memory: '204Mi' }];
  const url = `https://${fqdn}`;
  return {
    id, poolName: pool.name, url, password: 'mock-password', usage_status: used ? 'used' : 'free', claimedBy, claimedAt,
    portMappings: { 15551: `${url}:15551`, 15552: `${url}:15552`, 3000: `${url}:3000` },
    subdomain, fqdn, state: 'running', internal_state: 'running', user_info: null, marked_at: claimedAt, created,
    branches: [], repositories: [], primaryRepo: '', repoName: '', image: 'mock-image:latest', customImage: false,
    useDevContainer: false, flagged_for_recreation: false,
    resource_usage: { available: true, requests: { cpu: '2000m', memory: '4096Mi' }, usage },
  };
}

function findFree(pool) {
  for (const pod of pool.pods.values()) if (pod.claimedAt === null) return pod;
  return null;
}

function claim(pool, workspaceId) {
  const pod = findFree(pool) ?? addPod(pool);
  Object.assign(pod, { claimedBy: workspaceId, claimedAt: new Date().toISOString() });
  return { success: true, workspace: showPod(pod) };
}

function release(pod) {
  Object.assign(pod, { claimedBy: null, claimedAt: null });
  return {
    success: true, message: 'Workspace marked as unused', workspace_id: pod.id, pool_name: pod.pool.name, usage_status: 'unused',
    action: 'marked_unused', workspace: showPod(pod),
  };
}

function status({ name, id, minimum, pods: { size: total }, pods: all }, isSimple) {
  const used = [...all.values()].filter((pod) => pod.claimedAt !== null).length;
  const answer = {
    success: true,
    pool: { name, id, total_workspaces: total, available_workspaces: total - used, used_workspaces: used },
    pool_name: name,
    status: {
      running_vms: total, pending_vms: 0, failed_vms: 0, used_vms: used, unused_vms: total - used, minimum_vms: minimum,
      current_vms: total, last_check: new Date().toISOString(),
    },
  };
  if (isSimple) return answer;
  const row = (pod) => ({
    id: pod.id, status: pod.claimedAt === null ? 'free' : 'used', claimed_by: pod.claimedBy, claimed_at: pod.claimedAt,
    url: `https://mock-pod-${pod.number}.mock.sphinx.chat`,
  });
  return { ...answer, workspaces: [...all.values()].map(row) };
}

// Returns the answer, or undefined if there is none.
function answerTo(method, url) {
  const [path, query] = url.split('?');
  const names = path.slice(path.search(/\/(pools|workspaces)\//)).split('/').map(decodeURIComponent);
  const [, kind, name, action] = names;
  const parameters = new URLSearchParams(query);
  if (method === 'GET' && kind === 'pools' && action === 'workspace') return claim(getPool(name), parameters.get('workspaceId'));
  if (method === 'GET' && kind === 'pools' && action === 'status') return status(getPool(name), parameters.get('simple') === 'true');
  if (method === 'POST' && kind === 'workspaces' && action === 'release' && pods.has(name)) return release(pods.get(name));
  return undefined;
}

function serve(request, response) {
  request.resume();
  request.on('end', () => {
    const answer = answerTo(request.method, request.url);
    const text = JSON.stringify(answer ?? { success: false });
    response.writeHead(answer ? 200 : 404, { ...HEADERS, 'Content-Length': Buffer.byteLength(text) });
    response.end(text);
  });
}

getPool('default-pool', Number(podsCount));
const keepAliveTimeout = 60_000; // the default of 5 s would close nginx's kept connections between two loads
http.createServer({ keepAliveTimeout }, serve).listen(socketPath);
const server = http.createServer({ keepAliveTimeout }, serve).listen(0, '127.0.0.1', () => console.log(server.address().port));
