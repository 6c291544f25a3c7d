// SPDX-License-Identifier: MIT
//
// lighttpd: a POST needs a length, control bytes in a path are refused, and the worker is not told that a client has left.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { frontEndCases } from './cases.mjs';
import { fencedWith, NO_CONNECTION_FAULTS } from './expected.mjs';

// The settings of Debian's lighttpd.conf that change which requests are taken.
const DEBIAN = `
server.modules = ( "mod_access" )
server.http-parseopts = (
    "header-strict" => "enable",
    "host-strict" => "enable",
    "host-normalize" => "enable",
    "url-normalize-unreserved" => "enable",
    "url-normalize-required" => "enable",
    "url-ctrls-reject" => "enable",
    "url-path-2f-decode" => "enable",
    "url-path-dotseg-remove" => "enable"
)
url.access-deny = ( "~", ".inc" )`;

const server = {
  name: 'lighttpd',
  program: process.env.POOL_MANAGER_TEST_LIGHTTPD,
  debian: 'lighttpd',
  file: 'lighttpd.conf',
  listensIn: 'arguments',
  async prepare({ directory, shipped, port }) {
    const around = join(directory, 'around.conf');
    await writeFile(around, `
server.document-root = "${directory}"
server.bind = "127.0.0.1"
server.port = ${port}
server.upload-dirs = ( "${directory}" )
${DEBIAN}
include "${shipped}"
`);
    return ['-D', '-f', around];
  },
};

const deviations = {
  paths: {
    '%FF': '400 HTML',
    '%00': '400 HTML',
    '%0A': '400 HTML',
    '%0D%0A': '400 HTML',
    '%zz': '400 bad_encoding',
    '% at the end': '400 bad_encoding',
    'a blank': '200 "a b"',
    '.. above the mount': '404 HTML',
  },
  bodies: { 'without a length': '411 HTML' },
  streams: { 'a WebSocket': '501 no_live_door' },
  fence: fencedWith('403 HTML'),
  faults: {
    'truncated, on a kept connection': 'no answer, 1 used',
    ...NO_CONNECTION_FAULTS,
    'a client that leaves while its claim waits': 'not told',
  },
  'a worker that is killed and started again': { 'while there is no worker': '503 HTML' },
};

frontEndCases(server, deviations);
