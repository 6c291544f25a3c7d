// SPDX-License-Identifier: MIT
//
// The Debian packages in a booted Debian: installed by dpkg with nginx beside them, upgraded under load, and purged.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { testCase, until } from '../lib/case.mjs';
import { Machine } from '../lib/machine.mjs';
import { buildPackages, makeNewer, whyNoPackages } from '../lib/packages.mjs';

const SOCKETS = ['pool-manager-mock.socket', 'pool-manager-mock-live.socket'];
const SERVICES = ['pool-manager-mock.service', 'pool-manager-mock@1.service'];
const CLIENTS = 4;
const UPGRADES = 3;

// Claims a pod for one workspace after another, until /root/stop exists. Writes a line for each claim to answered or lost.
const LOAD = `#!/bin/sh
n=0
while [ ! -e /root/stop ]; do
    n=$((n + 1))
    if poolctl claim --workspace "$1-$n" >/dev/null 2>>/root/errors; then
        echo "$1-$n" >>/root/answered
    else
        echo "$1-$n" >>/root/lost
    fi
done
`;

function lines(machine, name) {
  return readFile(join(machine.root, 'root', name), 'utf8').then((text) => text.trim().split('\n'), () => []);
}

function install(machine, version) {
  return machine.say('sh', '-c', `dpkg --install /root/${version}/*.deb`);
}

async function enableSite(machine) {
  await machine.say('rm', '-f', '/etc/nginx/sites-enabled/default');
  await machine.say('ln', '-s', '../sites-available/pool-manager-mock', '/etc/nginx/sites-enabled/');
  await machine.say('systemctl', 'restart', 'nginx');
}

// Returns how many pods are claimed.
async function claims(machine) {
  return JSON.parse(await machine.say('poolctl', '--json', 'status')).status.used_vms;
}

// Returns the process of each service.
function workers(machine) {
  return Promise.all(SERVICES.map((service) => machine.property(service, 'MainPID')));
}

// Installs newer versions while clients claim. Asserts that every claim is answered, and that the state has each of them.
async function upgradeUnderLoad(machine) {
  const claimsBefore = await claims(machine);
  for (let n = 0; n < CLIENTS; n++) {
    await machine.say('systemd-run', '--quiet', `--unit=load-${n}`, 'sh', '/root/load', `client-${n}`);
  }
  for (let n = 1; n <= UPGRADES; n++) {
    const before = await workers(machine);
    const { length } = await lines(machine, 'answered');
    await until('claims are answered', async () => (await lines(machine, 'answered')).length > length + CLIENTS);
    await install(machine, `newer-${n}`);
    for (const [n, pid] of (await workers(machine)).entries()) assert.notEqual(pid, before[n], `the new worker of ${SERVICES[n]} runs`);
    const after = (await lines(machine, 'answered')).length;
    await until('claims are answered again', async () => (await lines(machine, 'answered')).length > after + CLIENTS);
  }
  await machine.write('root/stop', '');
  await until('the clients end', async () => {
    return (await machine.run('systemctl', 'is-active', '--quiet', 'load-*')).code !== 0;
  });
  assert.deepEqual(await lines(machine, 'lost'), [], `requests were lost: ${await lines(machine, 'errors')}`);
  assert.equal((await claims(machine)) - claimsBefore, (await lines(machine, 'answered')).length);
}

// Returns the paths of everything with the packages' names. dpkg's own log and the test's files are left out.
async function traces(machine) {
  const names = ['-name', '*pool-manager*', '-o', '-name', '*poolctl*'];
  const where = ['/', '/run', '/tmp', '-xdev', '-path', '/root', '-prune'];
  const found = await machine.say('find', ...where, '-o', '(', ...names, ')', '-print');
  return found.trim().split('\n').filter(Boolean);
}

testCase('the packages are installed, upgraded under load without a lost request, and purged without a trace', async (world, t) => {
  const machine = await Machine.boot({ bare: true, packages: ['nginx-light'] }).catch((error) => error);
  if (machine.skip) return t.skip(machine.skip);
  if (machine instanceof Error) throw machine;
  world.atEnd(() => machine.halt());
  const home = join(machine.root, 'root');
  await buildPackages(join(home, 'first'));
  for (let n = 1; n <= UPGRADES; n++) await makeNewer(join(home, 'first'), join(home, `newer-${n}`), `+${n}`);
  await machine.write('root/load', LOAD);
  assert.deepEqual(await traces(machine), []);

  await install(machine, 'first');
  for (const socket of SOCKETS) {
    assert.equal((await machine.say('systemctl', 'is-enabled', socket)).trim(), 'enabled');
    assert.equal(await machine.property(socket, 'ActiveState'), 'active');
  }
  await machine.write('etc/default/pool-manager-mock', 'POOL_MANAGER_STATE=/var/lib/pool-manager-mock/state.db\n');
  await machine.say('systemctl', 'restart', 'pool-manager-mock');
  await machine.say('systemctl', 'enable', '--now', 'pool-manager-mock@1.socket');
  await machine.say('systemctl', 'start', 'pool-manager-mock@1.service');
  await enableSite(machine);
  await machine.say('poolctl', 'claim', '--workspace', 'first');
  await upgradeUnderLoad(machine);

  await machine.say('dpkg', '--purge', 'pool-manager-mock', 'poolctl');
  await machine.say('nginx', '-t');
  assert.equal(await machine.property('nginx.service', 'ActiveState'), 'active');
  assert.deepEqual(await traces(machine), []);
  assert.equal((await machine.say('systemctl', 'list-units', '--all', '--no-legend', 'pool-manager*')).trim(), '');
}, { skip: whyNoPackages() ?? false, timeoutMs: 900_000 });
