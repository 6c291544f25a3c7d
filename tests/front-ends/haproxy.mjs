// SPDX-License-Identifier: MIT
//
// HAProxy: what does not fit into a buffer is refused, and an answer that is cut short just never ends.

import { frontEndCases } from './cases.mjs';
import { fencedWith, NO_CONNECTION_FAULTS } from './expected.mjs';

const server = {
  name: 'HAProxy',
  program: process.env.POOL_MANAGER_TEST_HAPROXY,
  debian: 'haproxy',
  file: 'haproxy.cfg',
  prepare: async ({ shipped }) => ['-db', '-f', shipped],
};

const deviations = {
  paths: {
    'UTF-8, not encoded': '400 HTML',
    '%zz': '500 HTML',
    '% at the end': '500 HTML',
    'a blank': '400 HTML',
    'a hash': '400 HTML',
  },
  bodies: { 'chunked, 1 MiB': '400 HTML' },
  streams: { 'a WebSocket': '200' },
  fence: fencedWith('403 HTML'),
  faults: {
    'truncated, phase after': 'no answer, 1 used',
    'truncated, on a kept connection': 'no answer, 1 used',
    ...NO_CONNECTION_FAULTS,
  },
  'a worker that is killed and started again': { 'while there is no worker': '503 HTML' },
};

frontEndCases(server, deviations);
