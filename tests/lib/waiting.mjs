// SPDX-License-Identifier: MIT
//
// Claims that wait for a pod, each on its own connection, so that each client can give up.

import http from 'node:http';

import { claimPath } from './api.mjs';
import { within } from './case.mjs';
import { untilParked } from './faults.mjs';
import { HttpAnswer } from './http.mjs';
import { BASE } from './worker.mjs';

export class WaitingClaim {
  #outgoing;
  #answer;

  // Claims a pod. `prefix` is that of a tenant.
  constructor(stack, pool, workspaceId, { prefix = '' } = {}) {
    this.workspaceId = workspaceId;
    this.isAnswered = false;
    const path = BASE + prefix + claimPath(pool, workspaceId);
    this.#answer = new Promise((resolve, reject) => {
      this.#outgoing = http.request({ host: stack.host, port: stack.port, path, agent: false }, (incoming) => {
        const chunks = [];
        incoming.on('data', (chunk) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          this.isAnswered = true;
          resolve(new HttpAnswer(incoming.statusCode, incoming.headers, Buffer.concat(chunks)));
        });
      });
      this.#outgoing.on('error', reject);
      this.#outgoing.end();
    });
    this.#answer.catch(() => {});
    stack.world.atEnd(() => this.hangUp());
  }

  // Returns the answer. Rejects if the client has given up before.
  answer(ms) {
    return within(ms, `an answer to ${this.workspaceId}`, this.#answer);
  }

  hangUp() {
    this.#outgoing.destroy();
  }
}

// Queues `count` claims one after the other, `${prefix}-0` first. No other request may be parked.
export async function queueUp(stack, pool, count, name = 'waiter') {
  const waiting = [];
  while (waiting.length < count) {
    waiting.push(new WaitingClaim(stack, pool, `${name}-${waiting.length}`));
    await untilParked(stack, waiting.length);
  }
  return waiting;
}
