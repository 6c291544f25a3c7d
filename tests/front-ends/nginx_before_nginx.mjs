// SPDX-License-Identifier: MIT
//
// nginx before nginx: the outer one refuses bad paths in HTML, and a connection that the worker ends is a 502.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { frontEndCases } from './cases.mjs';
import { IS_ROOT } from './front_end.mjs';

const server = {
  name: 'nginx before nginx',
  program: process.env.POOL_MANAGER_TEST_NGINX,
  debian: 'nginx-light',
  file: 'nginx-before-nginx.conf',
  nginxIn: (port) => [['127.0.0.1:8081', `127.0.0.1:${port}`]],
  async prepare({ directory, shipped }) {
    const around = join(directory, 'around.conf');
    await writeFile(around, `
daemon off;
pid outer.pid;
${IS_ROOT ? 'user root;' : ''}
events {}
http {
    ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`).join('\n    ')}
    access_log off;
    include ${shipped};
}
`);
    return ['-e', join(directory, 'error.log'), '-p', directory, '-c', around];
  },
};

const deviations = {
  paths: {
    '%00': '400 HTML',
    '%zz': '400 HTML',
    '% at the end': '400 HTML',
    'a blank': '400 HTML',
    '.. above the mount': '404 HTML',
  },
  methods: { TRACE: '405 HTML' },
  faults: {
    'closed, phase after': '502 HTML, 1 used',
    'reset, phase after': '502 HTML, 1 used',
  },
};

frontEndCases(server, deviations);
