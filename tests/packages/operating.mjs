// SPDX-License-Identifier: MIT
//
// An operator's day in a booted Debian, by docs/operating.md alone: its commands run in their order, as root, and its files are
// written. After some of the chapters this test looks at what they promise.

import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { blocksOf } from '../lib/blocks.mjs';
import { testCase, until } from '../lib/case.mjs';
import { Machine } from '../lib/machine.mjs';
import { buildPackages, makeNewer, whyNoPackages } from '../lib/packages.mjs';
import { sourceFile } from '../lib/stack.mjs';

// What `apt-get install` finds in the machine, which has no network.
const PACKAGES = ['nginx-light', 'curl', 'openssl', 'ca-certificates', 'logrotate', 'prometheus', 'procps'];
const ALERT_MS = 180_000; // a minute until it fires, and scrapes and evaluations
const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const HOSTS = '127.0.0.1 localhost mock.example.org\n';
const ARCHIVE = 'pool-manager-mock.tar.gz';
const SET_UP = ['Install', 'The site with TLS', 'Access', 'Options and state']; // chapters
const SERVICE = 'pool-manager-mock.service';
const SOCKET = 'pool-manager-mock.socket';

// Each block runs in a shell of its own, with the variables that the blocks before it have exported. systemctl does not wait until nginx has
// reloaded, and a person does not type the next command that fast.
function script(text) {
  const slow = text.replace(/^systemctl reload nginx$/gm, '$&; sleep 2');
  return `cd /root\n[ ! -e .variables ] || . ./.variables\n${slow}\nexport -p >.variables\n`;
}

class Day {
  outputs = [];

  constructor(machine) {
    this.machine = machine;
  }

  // Writes the file that a block shows, or runs its commands.
  async follow(block) {
    if (block.file) {
      const path = join(this.machine.root, block.file);
      await mkdir(dirname(path), { recursive: true });
      return writeFile(path, block.text);
    }
    if (block.language !== 'sh' || block.mark === 'not run') return undefined;
    await this.say(block.text, `line ${block.line}`);
    return undefined;
  }

  // Runs commands as the reader of the page. Returns their output.
  async say(text, what = text) {
    const { code, stdout, stderr } = await this.machine.run('env', '-i', PATH, 'HOME=/root', 'sh', '-euc', script(text));
    this.outputs.push(`${what}: ${stdout}${stderr}`);
    assert.equal(code, 0, `docs/operating.md, ${what}:\n${text}\n${stdout}${stderr}`);
    return stdout;
  }

  // Returns the names of the workspaces that have a pod.
  async workspaces() {
    const { workspaces } = JSON.parse(await this.say('poolctl --json list default-pool'));
    return workspaces.map(({ claimedBy }) => claimedBy).filter(Boolean);
  }
}

// Asks Prometheus, which needs a moment after its start.
async function prometheus(day, path) {
  return JSON.parse(await day.say(`curl -s --retry 20 --retry-delay 1 --retry-connrefused 'http://127.0.0.1:9090/api/v1/${path}'`)).data;
}

async function alerts(day) {
  const data = await prometheus(day, 'alerts');
  return data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);
}

// What is true once the commands of a chapter have run.
const AFTER = {
  'Access': async (day) => {
    assert.match(day.outputs.join('\n'), /"code":"no_token"/);
    const { stdout } = await day.machine.run('stat', '-c', '%a %U', '/etc/pool-manager-mock/token');
    assert.equal(stdout.trim(), '600 root');
  },

  'Options and state': async (day) => {
    assert.match(day.outputs.join('\n'), /^--state +\/var\/lib\/pool-manager-mock\/state\.db +POOL_MANAGER_STATE$/m);
    await day.say('poolctl claim --workspace in-the-file');
    await day.machine.say('systemctl', 'kill', '--signal=KILL', SERVICE);
    assert.deepEqual(await day.workspaces(), ['in-the-file']);
  },

  'The log': async (day) => {
    const folder = join(day.machine.root, 'var/log/private/pool-manager-mock');
    assert.doesNotMatch(await readFile(join(folder, 'worker.log.1'), 'utf8'), /workspace=second/);
    assert.match(await readFile(join(folder, 'worker.log'), 'utf8'), /workspace=second/);
  },

  'Metrics and alerts': async (day) => {
    const query = 'query?query=pool_manager_mock_tenants';
    await until('Prometheus has the metrics', async () => (await prometheus(day, query)).result?.length === 1, ALERT_MS);
    assert.deepEqual(await alerts(day), []);
    await day.machine.say('systemctl', 'stop', SOCKET, SERVICE);
    await until('the alert fires', async () => (await alerts(day)).includes('PoolManagerMockDown'), ALERT_MS);
    await day.machine.say('systemctl', 'start', SOCKET);
    await until('the alert ends', async () => (await alerts(day)).length === 0, ALERT_MS);
  },

  'Back up and restore': async (day) => {
    assert.deepEqual(await day.workspaces(), ['in-the-file', 'second']);
    const pid = await day.machine.property(SERVICE, 'MainPID');
    const owners = await day.say(`stat -c %u /var/lib/private/pool-manager-mock/state.db /proc/${pid}`);
    assert.match(owners, /^(\d+)\n\1\n$/, 'the worker owns the files');
    await day.say('poolctl --tenant team-a claim --workspace after-the-restore');
  },

  'Upgrade': async (day) => {
    const { stdout } = await day.machine.run('dpkg-query', '-W', '-f', '${Version}', 'pool-manager-mock');
    assert.match(stdout, /\+1$/);
    assert.deepEqual(await day.workspaces(), ['in-the-file', 'second']);
  },

  'Several workers': async (day) => {
    const names = new Set();
    for (const tenant of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      names.add(JSON.parse(await day.say(`poolctl --json --tenant ${tenant} health`)).worker);
    }
    assert.deepEqual([...names].sort(), ['1', '2']);
  },
};

// What happens between the commands of a chapter, before its block of this number.
const BETWEEN = {
  // The machine that goes on has other pods meanwhile, and another user for the worker than the archive.
  'Back up and restore': [1, async (day, restore, world, blocks) => {
    await restoreElsewhere(world, day, blocks, restore);
    await day.say('poolctl claim --workspace after-the-backup');
    await day.say('tar -xzf pool-manager-mock.tar.gz && tar --owner=64999 --group=64999 -czf pool-manager-mock.tar.gz pool-manager-mock');
  }],

  'Upgrade': [0, async (day) => {
    const home = join(day.machine.root, 'root');
    await rm(join(home, 'packages'), { recursive: true });
    await makeNewer(join(home, 'first'), join(home, 'packages'), '+1');
    await placePackages(day.machine);
  }],
};

// Restores the backup on another machine, which was set up by the page too.
async function restoreElsewhere(world, day, blocks, restore) {
  const other = await Machine.boot({ bare: true, packages: PACKAGES.filter((name) => name !== 'prometheus') });
  world.atEnd(() => other.halt());
  const second = new Day(other);
  world.onFailure(() => second.outputs);
  await cp(join(day.machine.root, 'root/packages'), join(other.root, 'root/packages'), { recursive: true });
  await placePackages(other);
  await other.write('etc/hosts', HOSTS);
  for (const block of blocks.filter(({ chapter }) => SET_UP.includes(chapter))) await second.follow(block);
  await second.say('poolctl claim --workspace of-the-other-machine');
  await cp(join(day.machine.root, 'root', ARCHIVE), join(other.root, 'root', ARCHIVE));
  await second.follow(restore);
  assert.deepEqual(await second.workspaces(), await day.workspaces());
}

// Puts the packages where the page expects them: into the folder in which the reader is.
async function placePackages(machine) {
  await machine.say('sh', '-c', 'rm -f /root/*.deb; cp /root/packages/*.deb /root/');
}

testCase('docs/operating.md leads through the day', async (world, t) => {
  const machine = await Machine.boot({ bare: true, packages: PACKAGES }).catch((error) => error);
  if (machine.skip) return t.skip(machine.skip);
  if (machine instanceof Error) throw machine;
  world.atEnd(() => machine.halt());
  const home = join(machine.root, 'root');
  await buildPackages(join(home, 'first'));
  await machine.say('cp', '-r', '/root/first', '/root/packages');
  await placePackages(machine);
  await machine.write('etc/hosts', HOSTS);

  const day = new Day(machine);
  world.onFailure(() => day.outputs);
  const blocks = blocksOf(await readFile(sourceFile('docs', 'operating.md'), 'utf8'));
  for (const chapter of new Set(blocks.map((block) => block.chapter))) {
    const [number, happen] = BETWEEN[chapter] ?? [];
    for (const [n, block] of blocks.filter((each) => each.chapter === chapter).entries()) {
      if (n === number) await happen(day, block, world, blocks);
      await day.follow(block);
    }
    await AFTER[chapter]?.(day);
    t.diagnostic(`done: ${chapter}`);
  }
}, { skip: whyNoPackages() ?? false, timeoutMs: 1_200_000 });
