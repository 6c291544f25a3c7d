// SPDX-License-Identifier: MIT
//
// A supervisor that the worker notifies, as systemd's Type=notify.

import { until } from './case.mjs';
import { spawnTracked } from './worker.mjs';

// Starts a supervisor's socket. `env` leads the worker there. `received` returns the datagrams so far, with "|" for newlines, and " +2"
// at the end of one with two descriptors.
export async function startSupervisor(world) {
  const path = world.path('notify.sock');
  const child = spawnTracked(process.env.POOL_MANAGER_TEST_DATAGRAMS, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
  world.atEnd(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (more) => (text += more));
  const lines = () => text.split('\n').slice(0, -1);
  await until('the supervisor listens', () => lines()[0] === 'listening');
  return { env: { NOTIFY_SOCKET: path }, received: () => lines().slice(1) };
}
