// SPDX-License-Identifier: MIT
//
// The same cases for every front end. Each case observes: it returns what was seen, as texts under names. What must be seen is what the
// project's own nginx shows (expected.mjs), but for the deviations that a front end's own file lists: they pin what it can't do.

import assert from 'node:assert/strict';

import { assertSuccess } from '../lib/api.mjs';
import { BROWSER_IS_MISSING } from '../lib/browser.mjs';
import { sharedCases, testCase } from '../lib/case.mjs';
import { Stack } from '../lib/stack.mjs';
import { HAS_WEBSOCKETS } from '../lib/web_socket.mjs';
import { observeBodies } from './bodies.mjs';
import { observeContract } from './contract.mjs';
import { EXPECTED } from './expected.mjs';
import { observeFaults } from './faults.mjs';
import { observeFence } from './fence.mjs';
import { FrontEndStack } from './front_end.mjs';
import { observeParallelClaims, observeRestart } from './load.mjs';
import { observeMethods } from './methods.mjs';
import { observePage } from './page.mjs';
import { observePaths } from './paths.mjs';
import { observeAddresses, observeStreams } from './streams.mjs';

const SHARED = {
  contract: observeContract,
  paths: observePaths,
  bodies: observeBodies,
  methods: observeMethods,
  streams: observeStreams,
  addresses: observeAddresses,
  fence: observeFence,
  ...(BROWSER_IS_MISSING ? {} : { page: observePage }),
  faults: observeFaults,
  'parallel claims': observeParallelClaims,
};
const RESTART = 'a worker that is killed and started again';
const OPTIONS = ['--pod-url', 'path', '--trust-forwarded', '--log-level', 'error'];

// Returns what must be seen. A deviation has to differ from the usual, or it is none.
function expectedOf(subject, deviations) {
  const expected = { ...EXPECTED[subject] };
  for (const [name, value] of Object.entries(deviations[subject] ?? {})) {
    assert.ok(name in expected, `${subject}: a deviation of something that is not observed: ${name}`);
    assert.notDeepEqual(value, expected[name], `${subject}, ${name}: the deviation is what every front end does`);
    expected[name] = value;
  }
  if (!HAS_WEBSOCKETS) delete expected['a WebSocket'];
  return expected;
}

// Replaces each pattern by what was seen, if it matches: it stands for what differs from run to run.
function settle(expected, seen) {
  const exact = ([name, value]) => [name, value instanceof RegExp && value.test(seen[name]) ? seen[name] : value];
  return Object.fromEntries(Object.entries(expected).map(exact));
}

// Declares the cases of a front end, or with `server` null those of the nginx that the project ships.
export function frontEndCases(server, deviations = {}) {
  const name = server?.name ?? 'nginx';
  const start = (world, settings) => (server ? FrontEndStack.start(world, server, settings) : Stack.start(world, settings));
  const skip = reasonToSkip(server);
  const subjects = [...Object.keys(SHARED), RESTART];
  for (const subject of Object.keys(deviations)) assert.ok(subjects.includes(subject), `there is no case ${subject}`);
  const check = (subject, seen) => assert.deepEqual(seen, settle(expectedOf(subject, deviations), seen));
  const cases = Object.entries(SHARED).map(([subject, observe]) => ({
    name: `${name}: ${subject}`,
    body: async (stack) => {
      assertSuccess(await stack.worker.ask('POST', '/__admin/reset'));
      check(subject, await observe(stack));
    },
  }));
  sharedCases((world) => start(world, { options: OPTIONS }), cases, `${name}: the worker ends with status 0`, { skip });
  testCase(`${name}: ${RESTART}`, async (world) => {
    const options = ['--state', world.path('state.db'), '--state-sync', 'normal', '--log-level', 'error'];
    check(RESTART, await observeRestart(await start(world, { options })));
  }, { skip });
}

function reasonToSkip(server) {
  if (server && !server.program) return `${server.name} is not installed (Debian: ${server.debian})`;
  const needsNginx = !server || server.nginxIn;
  return needsNginx && !process.env.POOL_MANAGER_TEST_NGINX ? 'nginx is not installed' : false;
}
