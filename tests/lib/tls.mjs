// SPDX-License-Identifier: MIT
//
// A stack that also serves TLS, with HTTP/2, by a certificate of its own.

import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { freePort } from './ports.mjs';
import { ownServer, run, Stack } from './stack.mjs';

// The reason for skipping these tests, or false.
export const OPENSSL_IS_MISSING = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is missing';

const SNIPPETS = ['location', 'admin-fence', 'errors', 'faults', 'live'].map((name) => `include pool-manager-mock/${name}.conf;`);

// Starts a stack with these settings. Returns {stack, port, ca}: `port` has TLS, by a certificate for 127.0.0.1 that `ca` confirms.
export async function startTls(world, settings = {}) {
  const port = await freePort();
  const server = `server {
        listen @LISTEN@;
        listen 127.0.0.1:${port} ssl http2;
        ssl_certificate own.crt;
        ssl_certificate_key own.key;
        ${SNIPPETS.join(' ')}
    }`;
  const configure = async (directory, listen, socketPath) => {
    await ownServer(`include pool-manager-mock/upstream.conf; ${server}`)(directory, listen, socketPath);
    await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=mock', '-addext',
      'subjectAltName=IP:127.0.0.1', '-keyout', join(directory, 'own.key'), '-out', join(directory, 'own.crt')]);
  };
  const stack = await Stack.start(world, { configure, ...settings });
  return { stack, port, ca: await readFile(join(stack.nginx.directory, 'own.crt')) };
}
