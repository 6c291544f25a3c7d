// SPDX-License-Identifier: MIT
//
// Writes down what clients ask, from when to when, and what becomes of it: answers, answers that break off, and clients
// that give up.

import http from 'node:http';

import { PATIENCE_MS, within } from './case.mjs';
import { BASE } from './worker.mjs';

// Spells a name so that the path with it is the `n`-th one's own: the journal shows paths as they came.
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

  // What was asked, in the order in which it was begun: {n, kind, method, path, begin, end, outcome, status, fault, json} and
  // what the asker has noted of it. `outcome` is 'answered', 'broken' (status and fault as far as they came) or 'left'.
  operations = [];

  // `prefix` is a tenant's.
  constructor(stack, prefix = '') {
    this.#stack = stack;
    this.#base = BASE + prefix;
  }

  // A client with a connection of its own.
  client() {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    this.#stack.world.atEnd(() => agent.destroy());
    return (request) => this.#ask(agent, request);
  }

  // Any later time than now is later than this.
  now() {
    return ++this.#time;
  }

  //   target      what comes behind BASE, and the prefix; @ stands for `name`, spelt for this request alone
  //   leave       gives a promise for an operation: once it is kept, the client gives up
  //   note        goes into the operation
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
