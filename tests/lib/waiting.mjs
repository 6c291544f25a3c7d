// SPDX-License-Identifier: MIT
//
// Claims that wait for a pod, each on a connection of its own: a client that may give up.

import http from 'node:http';

import { claimPath } from './api.mjs';
import { within } from './case.mjs';
import { untilParked } from './faults.mjs';
import { HttpAnswer } from './http.mjs';
import { BASE } from './worker.mjs';

export class WaitingClaim {
  #outgoing;
  #answer;

  // Asks for a pod. `prefix` is a tenant's.
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

  // Its answer; rejects where it hangs up before.
  answer(ms) {
    return within(ms, `an answer to ${this.workspaceId}`, this.#answer);
  }

  hangUp() {
    this.#outgoing.destroy();
  }
}

// Queues up so many claims, `${prefix}-0` to the last, one after the other. Nobody else may be parked.
export async function queueUp(stack, pool, count, name = 'waiter') {
  const waiting = [];
  while (waiting.length < count) {
    waiting.push(new WaitingClaim(stack, pool, `${name}-${waiting.length}`));
    await untilParked(stack, waiting.length);
  }
  return waiting;
}
