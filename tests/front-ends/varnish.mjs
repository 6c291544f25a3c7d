// SPDX-License-Identifier: MIT
//
// Varnish before nginx: a connection that the worker ends is a 503, and the worker is not told that a client has left.

import { join } from 'node:path';

import { frontEndCases } from './cases.mjs';

const server = {
  name: 'Varnish',
  program: process.env.POOL_MANAGER_TEST_VARNISH,
  debian: 'varnish',
  file: 'varnish.vcl',
  listensIn: 'arguments',
  nginxIn: (port) => [['.port = "8081"', `.port = "${port}"`]],
  prepare: async ({ directory, shipped, port }) => [
    '-F', '-j', 'none', '-n', join(directory, 'varnish'), '-a', `127.0.0.1:${port}`, '-s', 'malloc,16m', '-f', shipped,
  ],
};

// If Varnish sees the end of a cut answer before it has begun its own, the client gets a 503.
const CUT_SHORT = /^(cut short|503 HTML), 1 used$/;

const deviations = {
  paths: { 'a blank': '400 empty' },
  faults: {
    'truncated, phase after': CUT_SHORT,
    'truncated, on a kept connection': CUT_SHORT,
    'closed, phase after': '503 HTML, 1 used',
    'reset, phase after': '503 HTML, 1 used',
    'a client that leaves while its claim waits': 'not told',
  },
};

frontEndCases(server, deviations);
