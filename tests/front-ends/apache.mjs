// SPDX-License-Identifier: MIT
//
// Apache: its own errors are HTML, and it hides that an answer is cut short and that a client has left.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { frontEndCases } from './cases.mjs';
import { fencedWith, NO_CONNECTION_FAULTS } from './expected.mjs';
import { IS_ROOT } from './front_end.mjs';

// Stands for the files of Debian's package apache2, which apache2-bin has not. With fewer
// threads it closes more kept connections.
const APACHE_AROUND = ({ directory, shipped, port }) => `
ServerRoot ${directory}
PidFile ${directory}/apache.pid
ErrorLog ${directory}/error.log
Listen 127.0.0.1:${port}
ServerName 127.0.0.1
${['mpm_event', 'authz_core', 'authz_host', 'headers', 'proxy', 'proxy_fcgi']
    .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
    .join('\n')}
${IS_ROOT ? 'User www-data\nGroup www-data' : ''}
StartServers 8
MinSpareThreads 75
MaxSpareThreads 400
MaxRequestWorkers 400
KeepAliveTimeout 60
MaxKeepAliveRequests 0
Include ${shipped}
`;

const server = {
  name: 'Apache',
  program: process.env.POOL_MANAGER_TEST_APACHE,
  debian: 'apache2-bin',
  file: 'apache.conf',
  listensIn: 'arguments',
  workerOptions: IS_ROOT ? ['--socket-group', 'www-data'] : [],
  async prepare(where) {
    const around = join(where.directory, 'around.conf');
    await writeFile(around, APACHE_AROUND(where));
    return ['-d', where.directory, '-f', around, '-DFOREGROUND'];
  },
};

const deviations = {
  paths: {
    '%00': '404 HTML',
    '%zz': '400 HTML',
    '% at the end': '400 HTML',
    'a blank': '400 HTML',
    'a hash': '400 HTML',
    '.. above the mount': '404 HTML',
  },
  methods: { TRACE: '405 HTML' },
  streams: { 'a WebSocket': '501 no_live_door' },
  fence: fencedWith('403 HTML'),
  faults: {
    'truncated, phase after': '200 text, 1 used',
    'truncated, on a kept connection': '200 text, 1 used',
    ...NO_CONNECTION_FAULTS,
    'a client that leaves while its claim waits': 'not told',
  },
  // A few kept connections may be closed; their claims have not run.
  'parallel claims': { 'answers to 960 claims': /^9[3-6]\d(, (closed|reset): \d+)*$/ },
  'a worker that is killed and started again': { 'while there is no worker': '503 HTML' },
};

frontEndCases(server, deviations);
