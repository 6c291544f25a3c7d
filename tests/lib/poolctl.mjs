// SPDX-License-Identifier: MIT
//
// The command-line client as a process, and a scripted server for it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';

import { PATIENCE_MS, within } from './case.mjs';
import { BASE, spawnTracked } from './worker.mjs';

export const POOLCTL = process.env.POOL_MANAGER_TEST_POOLCTL;
export const COMPLETION = process.env.POOL_MANAGER_TEST_COMPLETION;

// The exit statuses, of sysexits.h.
export const EXIT = {
  OK: 0, REFUSED: 1, USAGE: 64, NO_INPUT: 66, UNAVAILABLE: 69, CANT_CREATE: 73, IO_ERROR: 74, TRY_LATER: 75,
  PROTOCOL: 76,
};

// Returns the environment without the variables that would configure the client or give it a proxy.
function cleanEnvironment(extra) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^POOLCTL_|_proxy$/i.test(name));
  return { ...Object.fromEntries(inherited), ...extra };
}

// Starts the client. `url` is the base URL, `stdin` a text or nothing, and `shell` a script that runs the client as "$@".
export function startPoolctl(args, { url, env = {}, cwd, stdio = ['pipe', 'pipe', 'pipe'], shell = 'exec "$@"' } = {}) {
  assert.ok(POOLCTL, 'POOL_MANAGER_TEST_POOLCTL names no program');
  const base = url === undefined ? {} : { POOLCTL_URL: url };
  const options = { cwd, stdio, env: cleanEnvironment({ ...base, ...env }) };
  return spawnTracked('/bin/sh', ['-c', shell, 'sh', POOLCTL, ...args], options);
}

// Runs the client and waits for its end. Returns {code, signal, stdout, stderr}.
export async function poolctl(args, { stdin = '', ...options } = {}) {
  const child = startPoolctl(args, options);
  const output = { stdout: '', stderr: '' };
  for (const name of Object.keys(output)) {
    child[name]?.setEncoding('utf8').on('data', (text) => (output[name] += text));
  }
  child.stdin?.on('error', () => {}); // the client may end before it has read all
  child.stdin?.end(stdin);
  const ended = once(child, 'close');
  try {
    const [code, signal] = await within(PATIENCE_MS, `the end of poolctl ${args.join(' ')}`, ended);
    return { code, signal, ...output };
  } finally {
    child.kill('SIGKILL');
  }
}

// Asserts a success without any output on standard error. Returns the standard output.
export function assertDone({ code, signal, stdout, stderr }) {
  assert.deepEqual({ code, signal, stderr }, { code: EXIT.OK, signal: null, stderr: '' });
  return stdout;
}

// Asserts this exit status, and one line on standard error that `sentence` matches.
export function assertFailed({ code, signal, stderr }, status, sentence) {
  assert.deepEqual({ code, signal }, { code: status, signal: null }, stderr);
  assert.match(stderr, /^poolctl: [^\n]+\n$/, 'one line');
  assert.match(stderr, sentence);
}

// An HTTP server on a free port of the loopback. For each request it calls `answer({method, target, headers, body})` and keeps the
// request in `requests`. `answer` returns {status, headers, json or body}, or a function that writes node's response itself. With
// `tls`, a key and a certificate, it speaks HTTPS.
export class ScriptedServer {
  requests = [];
  #refusal = null;

  static async start(world, answer = () => ({ json: { success: true } }), tls = null) {
    const scripted = new ScriptedServer();
    scripted.answer = answer;
    const serve = (incoming, response) => {
      scripted.#serve(incoming, response).catch(() => response.destroy());
    };
    const server = tls ? https.createServer(tls, serve) : http.createServer(serve);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    world.atEnd(() => {
      server.closeAllConnections();
      server.close();
    });
    scripted.url = `http${tls ? 's' : ''}://127.0.0.1:${server.address().port}${BASE}`;
    return scripted;
  }

  // From now on, answers each request before it has read the body, and closes the connection.
  refuseAtOnce(status, json) {
    this.#refusal = { status, json };
  }

  async #serve(incoming, response) {
    const { method, url: target, headers } = incoming;
    if (this.#refusal !== null) {
      const { status, json } = this.#refusal;
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify(json));
      return;
    }
    const request = { method, target, headers, body: await text(incoming) };
    this.requests.push(request);
    const answer = this.answer(request);
    if (typeof answer === 'function') {
      answer(response);
      return;
    }
    const { status = 200, headers: more = {}, json, body = JSON.stringify(json) } = answer;
    response.writeHead(status, { 'content-type': 'application/json', ...more });
    response.end(body);
  }

  // Returns the requests since the last call.
  take() {
    return this.requests.splice(0);
  }

  // Runs poolctl against this server.
  run(args, options = {}) {
    return poolctl(args, { url: this.url, ...options });
  }
}
