// SPDX-License-Identifier: MIT
import { randomInt } from 'node:crypto';
import net from 'node:net';

// Below those that systems give to connections that go out (32768 and up, or 49152), which come and go in numbers.
const [FIRST, LAST] = [10_240, 32_767];
const TRIES = 100;

function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

// A TCP port on the loopback that was free a moment ago. Somebody else may take it before the caller does, though hardly: who has to be
// sure is ready to ask again.
export async function freePort() {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, LAST + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port in ${TRIES} tries`);
}
