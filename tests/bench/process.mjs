// SPDX-License-Identifier: MIT
//
// CPU time, memory and children of a process, from the kernel.

import { readdirSync, readFileSync } from 'node:fs';

import { until } from '../lib/case.mjs';

const isNumber = (name) => /^\d+$/.test(name);

// Returns the fields of /proc/PID/stat that follow the name, beginning with the state; null if there is no such process or thread.
function statFields(path) {
  try {
    return readFileSync(`${path}/stat`, 'utf8').split(') ').at(-1).split(' ');
  } catch {
    return null;
  }
}

const threadsOf = (pid) => readdirSync(`/proc/${pid}/task`).map((tid) => `/proc/${pid}/task/${tid}`);

// Returns the CPU time of all threads of a process, in nanoseconds. Waits until they sleep, because the kernel counts all of it only then.
export async function cpuNs(pid) {
  await until(`process ${pid} sleeps`, () => threadsOf(pid).every((thread) => statFields(thread)?.[0] === 'S'));
  return cpuSoFarNs(pid);
}

// Returns the same of a process that may be running, without its present time slices.
export function cpuSoFarNs(pid) {
  return threadsOf(pid).reduce((sum, thread) => sum + Number(readFileSync(`${thread}/schedstat`, 'utf8').split(' ')[0]), 0);
}

// Whether a process has a handler for a signal, given as its number. False if there is no such process.
export function handlesSignal(pid, number) {
  try {
    const caught = /^SigCgt:\s+([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
    return ((BigInt(`0x${caught}`) >> BigInt(number - 1)) & 1n) === 1n;
  } catch {
    return false;
  }
}

// Returns its anonymous memory, in KiB.
export function anonymousKiB(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss_Anon:\s+(\d+) kB$/m.exec(rollup)[1]);
}

// Returns the running processes for which `condition({pid, parent, session})` is true. Leaves out those that have ended but that their
// parent has not yet waited for.
export function findProcesses(condition) {
  const found = [];
  for (const pid of readdirSync('/proc').filter(isNumber).map(Number)) {
    const [state, parent, , session] = statFields(`/proc/${pid}`) ?? ['X'];
    const process = { pid, parent: Number(parent), session: Number(session) };
    if (state !== 'Z' && state !== 'X' && condition(process)) found.push(process);
  }
  return found;
}

// Returns the pids of the running children of a process, of their children, and so on. A parent comes before its children.
export function descendants(pid) {
  const all = findProcesses(() => true);
  const childrenOf = (parent) => all.filter((process) => process.parent === parent).map((process) => process.pid);
  const found = childrenOf(pid);
  for (const one of found) found.push(...childrenOf(one));
  return found;
}
