// SPDX-License-Identifier: MIT
//
// CPU time and memory of a process, from the kernel.

import { readFileSync } from 'node:fs';

import { until } from '../lib/case.mjs';

// Returns the CPU time of a process with one thread, in nanoseconds. Waits until it sleeps, because the kernel counts all of it only then.
export async function cpuNs(pid) {
  await until(`process ${pid} sleeps`, () => /\) S /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]);
}

// Returns its anonymous memory, in KiB.
export function anonymousKiB(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss_Anon:\s+(\d+) kB$/m.exec(rollup)[1]);
}
