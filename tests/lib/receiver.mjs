// SPDX-License-Identifier: MIT
//
// An application that is called back, and a relay that calls it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';

import { PATIENCE_MS, until, within } from './case.mjs';
import { startPoolctl } from './poolctl.mjs';
import { BASE } from './worker.mjs';

// Returns an answer with this status, for Receiver.answers.
export const answer = (status, headers = {}) => (response) => response.writeHead(status, headers).end('{}');

// Answers that are none.
export const reset = (response) => response.socket.resetAndDestroy();
export const close = (response) => response.socket.destroy();
export const nothing = () => {};

// An HTTP server on a free port of the loopback, or an HTTPS one with `tls`, a key and a certificate. It keeps the requests that it
// gets, each with the time of its arrival, and answers with the next of `answers`, then with 200.
export class Receiver {
  requests = [];
  answers = [];

  static async start(world, { tls = null, host = '127.0.0.1' } = {}) {
    const receiver = new Receiver();
    const serve = (incoming, response) => receiver.#serve(incoming, response);
    const server = tls ? https.createServer(tls, serve) : http.createServer(serve);
    server.on('tlsClientError', () => {});
    server.listen(0, host);
    await once(server, 'listening');
    receiver.port = server.address().port;
    receiver.origin = `http${tls ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${receiver.port}`;
    world.atEnd(() => {
      server.closeAllConnections();
      server.close();
    });
    return receiver;
  }

  #serve(incoming, response) {
    const chunks = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method, url, headers } = incoming;
      const text = Buffer.concat(chunks).toString('utf8');
      this.requests.push({ method, url, headers, id: headers['x-mock-delivery'], at: performance.now(), body: JSON.parse(text) });
      (this.answers.shift() ?? answer(200))(response);
    });
  }

  // Waits for requests, at least `count` in all, and returns them.
  async expect(count, ms = PATIENCE_MS) {
    await until(`${count} requests`, () => this.requests.length >= count, ms);
    return this.requests;
  }
}

// Starts a relay for the stack's worker. It must end with 0 by SIGTERM, if it still runs when the case passes.
export class Relay {
  stdout = '';
  stderr = '';

  static start(stack, ...args) {
    return new Relay(stack, args);
  }

  constructor(stack, args, env = {}) {
    const url = `http://${stack.host}:${stack.port}${BASE}`;
    this.child = startPoolctl(['relay', ...args], { url, env: { ...stack.relayEnv, ...env } });
    for (const name of ['stdout', 'stderr']) this.child[name].setEncoding('utf8').on('data', (text) => (this[name] += text));
    this.ended = once(this.child, 'close');
    stack.world.onFailure(() => [`relay: ${this.stdout}${this.stderr}`]);
    stack.world.atEnd((passed) => (this.hasEnded() ? null : passed ? this.stop() : this.child.kill('SIGKILL')));
  }

  hasEnded() {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  // Ends it, and asserts that it ends cleanly.
  async stop() {
    this.child.kill('SIGTERM');
    assert.deepEqual(await within(PATIENCE_MS, 'the end of the relay', this.ended), [0, null], this.stderr);
  }

  async kill() {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
