// SPDX-License-Identifier: MIT
//
// Caddy: its own errors have no body, and the worker is not told that a client has left.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { frontEndCases } from './cases.mjs';
import { fencedWith, NO_CONNECTION_FAULTS } from './expected.mjs';

const server = {
  name: 'Caddy',
  program: process.env.POOL_MANAGER_TEST_CADDY,
  debian: 'caddy',
  file: 'Caddyfile',
  async prepare({ directory, shipped }) {
    const around = join(directory, 'around.Caddyfile');
    await writeFile(around, `{\n\tadmin off\n}\nimport ${shipped}\n`);
    return ['run', '--config', around, '--adapter', 'caddyfile'];
  },
};

const deviations = {
  paths: {
    '%00': '400 empty',
    '%zz': '400 text',
    '% at the end': '400 text',
    'a blank': '400 text',
    '.. above the mount': '200 empty',
  },
  streams: { 'a WebSocket': '501 no_live_door' },
  fence: fencedWith('403 empty'),
  faults: {
    ...NO_CONNECTION_FAULTS,
    'a client that leaves while its claim waits': 'not told',
  },
  'a worker that is killed and started again': { 'while there is no worker': '502 empty' },
};

frontEndCases(server, deviations);
