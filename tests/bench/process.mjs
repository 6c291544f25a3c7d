// SPDX-License-Identifier: MIT
//
// What the kernel says of a process: CPU time and memory.

import { readFileSync } from 'node:fs';

import { until } from '../lib/case.mjs';

// CPU time that a process of one thread has spent, in nanoseconds. Waits until it sleeps: only then is all of it counted.
export async function cpuNs(pid) {
  await until(`process ${pid} sleeps`, () => /\) S /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);
}

// Its anonymous memory, in KiB.
export function anonymousKiB(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss_Anon:\s+(\d+) kB$/m.exec(rollup)[1]);
}
