// SPDX-License-Identifier: MIT
import net from 'node:net';

// A TCP port on the loopback that was free a moment ago. Somebody else may take it before the caller does, so he has to
// be ready to ask again.
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
