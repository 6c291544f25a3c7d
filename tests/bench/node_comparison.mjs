// SPDX-License-Identifier: MIT
//
// The comparison with a bare node server (node_server.mjs), with and without nginx in front: claims and releases in turns, from a fresh
// state for each load.

import { load } from './measure.mjs';
import { CLAIM } from './servers.mjs';

// The servers that are compared, the first one with the others.
export const COMPARED = [
  { name: 'worker behind nginx', kind: 'worker', isDirect: false },
  { name: 'node', kind: 'node', isDirect: true },
  { name: 'node behind nginx', kind: 'node', isDirect: false },
];

// What is requested before each measurement, so that node compiles its code. It uses another pool, so that the measured one stays fresh.
const WARM_UP = { path: '/pools/warm-up/workspace?workspaceId=workspace-123', clients: 32 };

const serverOf = (kind, pods) => `compared-${kind}-${pods}`;

export const comparisonKey = ({ name }, pods, clients) => `${name}, ${pods} pods, ${clients} clients`;

export function comparedServers(sizes) {
  const rows = sizes.flatMap((pods) => [
    [serverOf('worker', pods), { pods, onDemand: true }],
    [serverOf('node', pods), { pods, isNode: true, onDemand: true }],
  ]);
  return Object.fromEntries(rows);
}

async function compareOne(servers, { kind, isDirect }, pods, clients, script, seconds) {
  const server = serverOf(kind, pods);
  const one = { server, path: CLAIM, script, clients, isDirect };
  await servers.restart(server);
  await load(servers, { ...one, ...WARM_UP }, seconds / 2);
  const sample = await load(servers, one, seconds);
  await servers.stop(server);
  return sample;
}

// Runs each load once. Returns the samples by key, with their rates and CPU times relative to the worker's.
export async function compareRound(servers, { sizes, clients }, script, seconds, isBackwards) {
  const samples = {};
  for (const pods of sizes) {
    for (const count of clients) {
      for (const one of isBackwards ? [...COMPARED].reverse() : COMPARED) {
        samples[comparisonKey(one, pods, count)] = await compareOne(servers, one, pods, count, script, seconds);
      }
      const worker = samples[comparisonKey(COMPARED[0], pods, count)];
      for (const one of COMPARED) {
        const sample = samples[comparisonKey(one, pods, count)];
        Object.assign(sample, { rateRatio: sample.ratePerS / worker.ratePerS, cpuRatio: sample.cpuUs / worker.cpuUs });
      }
    }
  }
  return samples;
}
