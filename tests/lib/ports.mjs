// SPDX-License-Identifier: MIT
import { randomInt } from 'node:crypto';
import net from 'node:net';

// Ports below those that systems use for outgoing connections (32768 and up, or 49152).
const [FIRST, LAST] = [10_240, 32_767];
const TRIES = 100;

function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

// Returns a TCP port on the loopback that was free a moment ago. Another process may take it before the caller does, which is unlikely;
// a caller that must not fail tries again with another port.
export async function freePort() {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, LAST + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port in ${TRIES} tries`);
}

// Returns true if something listens on this port of the loopback.
export function connects(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
