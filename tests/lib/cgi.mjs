// SPDX-License-Identifier: MIT
//
// Runs the program as a CGI server does: a process for each request, with the request in its environment and on its standard input.

import { PATIENCE_MS, within } from './case.mjs';
import { Answer, variables } from './fcgi.mjs';
import { BASE, cleanEnvironment, spawnTracked } from './worker.mjs';

const PROGRAM = process.env.POOL_MANAGER_TEST_WORKER;

// Starts the program with one request (see encodeRequest of fcgi.mjs; `target` is below BASE) and returns its process.
//   env     additional variables, such as POOL_MANAGER_STATE
//   words   arguments
export function startCgi({ target, env = {}, words = [], ...request }) {
  const query = target.split('?')[1] ?? '';
  const child = spawnTracked(PROGRAM, words, {
    env: cleanEnvironment({
      GATEWAY_INTERFACE: 'CGI/1.1',
      QUERY_STRING: query,
      ...variables({ target: BASE + target, ...request }),
      ...env,
    }),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {});
  return child;
}

function gather(stream) {
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  return chunks;
}

// Runs one request and waits for the end. Returns the answer, with `code` and `stderr` of the process.
export async function askCgi(request) {
  const child = startCgi(request);
  const [stdout, stderr] = [gather(child.stdout), gather(child.stderr)];
  child.stdin.end(request.body ?? '');
  const code = await within(
    PATIENCE_MS,
    'the end of the CGI program',
    new Promise((resolve, reject) => child.once('error', reject).once('close', resolve)),
  );
  const answer = new Answer({ stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString('utf8') });
  return Object.assign(answer, { code });
}
