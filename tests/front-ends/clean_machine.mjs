// SPDX-License-Identifier: MIT
//
// The commands of docs/front-ends.md, run as they are in a fresh Debian: what the page tells is enough to set each front end up. The
// packages are there already, because the system has no network, and so is the worker.

import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';

import { testCase, until } from '../lib/case.mjs';
import { Machine } from '../lib/machine.mjs';
import { sourceFile } from '../lib/stack.mjs';

const CHECKOUT = '/root/pool-manager-mock';
const WORKER = 'worker-of-the-page';
const BEHIND = 'The nginx behind';
const FRONT_ENDS = [
  { name: 'Apache', services: ['apache2'] },
  { name: 'lighttpd', services: ['lighttpd'] },
  { name: 'Caddy', services: ['caddy'] },
  { name: 'HAProxy', services: ['haproxy'] },
  { name: 'Varnish', services: ['varnish'], before: BEHIND },
  { name: 'nginx before nginx', services: ['nginx'] }, // the nginx behind is set up already
];

const page = await readFile(sourceFile('docs', 'front-ends.md'), 'utf8');

function chapter(title) {
  const found = new RegExp(`\n## ${title}\n([^]*?)(?=\n## |$)`).exec(page);
  assert.ok(found, `the page has no chapter "${title}"`);
  return found[1];
}

const commandsOf = (title) => [...chapter(title).matchAll(/```sh\n([^]*?)```/g)].map(([, commands]) => commands);

const packages = [...new Set([...page.matchAll(/^apt-get install (.*)$/gm)].flatMap(([, names]) => names.split(' ')))];

let booted;

// Boots a system that has the files of a checkout. Its services, of which some want the same ports, are as before their start.
async function boot() {
  const machine = await Machine.boot({ packages });
  for (const folder of ['docs', 'nginx']) await cp(sourceFile(folder), join(machine.root, CHECKOUT, folder), { recursive: true });
  await machine.write('etc/hosts', '127.0.0.1 localhost\n'); // an installer writes it, debootstrap does not
  await machine.say('systemctl', 'stop', ...FRONT_ENDS.flatMap(({ services }) => services));
  await machine.say('systemctl', 'reset-failed');
  return machine;
}

after(async () => {
  const { machine } = (await booted) ?? {};
  await machine?.halt();
});

const shell = (machine, commands) => machine.say('sh', '-euc', `cd ${CHECKOUT}\n${commands}`);

// Starts the worker as the page tells, without building it.
async function startWorker(machine, group) {
  const [start] = commandsOf('Set one up');
  const commands = start.replace('./bootstrap build\n', '').replace('build/src/', '').replace('GROUP', group);
  await machine.say('systemd-run', '--quiet', '--collect', `--unit=${WORKER}`, 'sh', '-euc', commands);
}

async function setUp(machine, { name, before }) {
  const [, group, port] = /^GROUP is `(\S+)`, PORT is (\d+)\./m.exec(chapter(name));
  for (const title of [...(before ? [before] : []), name]) await shell(machine, commandsOf(title).join('\n'));
  await startWorker(machine, group);
  const [, claim] = commandsOf('Set one up');
  await until(`${name} gives a pod`, async () => {
    const { stdout } = await machine.run('sh', '-euc', claim.replace('PORT', port));
    return stdout.includes('{"success":true,"workspace":');
  });
}

for (const frontEnd of FRONT_ENDS) {
  testCase(`the page is enough to set up ${frontEnd.name}`, async (world, t) => {
    booted ??= boot().then((machine) => ({ machine }), (error) => ({ error }));
    const { machine, error } = await booted;
    if (error?.skip) return t.skip(error.skip);
    if (error) throw error;
    world.atEnd(() => machine.run('systemctl', 'stop', WORKER, ...frontEnd.services));
    await setUp(machine, frontEnd);
  }, { skip: Machine.whyNot() ?? false, timeoutMs: 900_000 });
}
