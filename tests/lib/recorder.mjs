// SPDX-License-Identifier: MIT
//
// Records the requests of clients with their begin and end, and their outcome: an answer, an answer that breaks off, or a client that
// gives up.

import http from 'node:http';

import { PATIENCE_MS, within } from './case.mjs';
import { BASE } from './worker.mjs';

// Percent-encodes a name in a way that only the `n`-th request uses, so that its path identifies it in the journal, which keeps paths as
// they came.
function spell(name, n) {
  const escape = (character) => `%${character.charCodeAt(0).toString(16)}`;
  return [...name].map((character, bit) => ((n >> bit) & 1 ? escape(character) : character)).join('');
}

function parse(bytes) {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

export class Recorder {
  #stack;
  #base;
  #time = 0;

  // The operations in the order of their begin: {n, kind, method, path, begin, end, outcome, status, fault, json}, and the fields of
  // `note`. `outcome` is 'answered', 'broken' (status and fault may be missing) or 'left'.
  operations = [];

  // `prefix` is that of a tenant.
  constructor(stack, prefix = '') {
    this.#stack = stack;
    this.#base = BASE + prefix;
  }

  // Returns a client with its own connection.
  client() {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    this.#stack.world.atEnd(() => agent.destroy());
    return (request) => this.#ask(agent, request);
  }

  // Returns the next instant, which is later than all before.
  now() {
    return ++this.#time;
  }

  //   target      the path after BASE and the prefix; @ stands for `name`, encoded for this request alone
  //   leave       returns a promise for an operation; the client gives up when it resolves
  //   note        additional fields of the operation
  async #ask(agent, { kind, method, target, name, json, leave, note }) {
    const n = this.operations.length;
    const written = this.#base + (name === undefined ? target : target.replace('@', spell(name, n)));
    const operation = { n, kind, method, path: written.split('?')[0], begin: this.now(), ...note };
    this.operations.push(operation);
    const answered = this.#exchange(operation, agent, written, json, leave);
    await within(PATIENCE_MS, `an end of ${method} ${written}`, answered);
    operation.end = this.now();
    return operation;
  }

  #exchange(operation, agent, path, json, leave) {
    const body = json === undefined ? '' : JSON.stringify(json);
    const headers = { 'content-length': Buffer.byteLength(body) };
    const { host, port } = this.#stack;
    return new Promise((resolve, reject) => {
      const outgoing = http.request({ host, port, agent, method: operation.method, path, headers });
      const end = (outcome) => {
        operation.outcome ??= outcome;
        resolve();
      };
      leave?.(operation).then(() => {
        end('left');
        if (operation.outcome === 'left') outgoing.destroy();
      }, reject);
      outgoing.on('error', () => end('broken'));
      outgoing.on('response', (incoming) => {
        operation.status = incoming.statusCode;
        operation.fault = incoming.headers['x-mock-fault'] ?? null;
        const chunks = [];
        incoming.on('data', (chunk) => chunks.push(chunk));
        incoming.on('error', () => end('broken'));
        incoming.on('end', () => {
          if (operation.outcome === undefined) operation.json = parse(Buffer.concat(chunks));
          end('answered');
        });
      });
      outgoing.end(body);
    });
  }
}
