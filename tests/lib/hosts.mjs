// SPDX-License-Identifier: MIT
//
// A second host: a network namespace. This process has a namespace of its own too, so nothing here touches the network of the machine,
// and nothing leaves it. The kernel removes both namespaces, with all that is in them, when the last process in them ends.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readlink, writeFile } from 'node:fs/promises';

import { until } from './case.mjs';
import { freePort } from './ports.mjs';
import { run, sourceFile } from './stack.mjs';
import { spawnTracked } from './worker.mjs';

const IS_OWN = 'POOL_MANAGER_TEST_OWN_NETWORK';

// The link between the hosts. The addresses are those for documentation (RFC 5737).
const [HERE, THERE] = ['192.0.2.1', '192.0.2.2'];
const [HERE_LINK, THERE_LINK] = ['to-there', 'to-here'];

// A network of its own, and process ids of its own, so that no process stays in it when its first one ends.
const OWN = ['--net', '--pid', '--fork', '--mount-proc', '--kill-child=SIGTERM'];

const succeeds = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

// Returns the reason why there can be no second host here, or false.
function whyNoHosts() {
  if (process.getuid() !== 0) return 'only root can make network namespaces';
  for (const [program, debian] of [['ip', 'iproute2'], ['nsenter', 'util-linux'], ['unshare', 'util-linux']]) {
    if (spawnSync(program, ['--help']).error) return `${program} is missing (Debian: ${debian})`;
  }
  if (!succeeds('unshare', [...OWN, 'ip', 'link', 'set', 'lo', 'up'])) return 'network namespaces can\'t be made here';
  return false;
}

// Moves a program to a network namespace of its own: starts `file` anew there, with the same arguments, and ends this process with its
// exit status. In the new process it only returns. Returns the reason if there can be no namespace here, and otherwise false.
export async function enterOwnNetwork(file) {
  if (process.env[IS_OWN]) {
    await run('ip', ['link', 'set', 'lo', 'up']);
    return false;
  }
  const reason = whyNoHosts();
  if (reason) return reason;
  const command = [process.execPath, ...process.execArgv, file, ...process.argv.slice(2)];
  const child = spawnTracked('unshare', [...OWN, ...command], {
    stdio: 'inherit',
    env: { ...process.env, [IS_OWN]: '1' },
  });
  const [code] = await once(child, 'exit');
  process.exit(code ?? 1);
}

// What Linux has by default of the settings that docs/scale-out.md changes.
export const LINUX = {
  'net.ipv4.tcp_retries2': '15', 'net.ipv4.tcp_keepalive_time': '7200', 'net.ipv4.tcp_keepalive_intvl': '75', 'net.ipv4.tcp_keepalive_probes': '9',
};

// Returns the settings that docs/scale-out.md gives for workers on other hosts.
export async function kernelOfPage() {
  const page = await readFile(sourceFile('docs', 'scale-out.md'), 'utf8');
  return Object.fromEntries(/^sysctl (.*)$/m.exec(page)[1].split(' ').map((setting) => setting.split('=')));
}

// Sets them for the network of this process, which has to be its own. They hold for connections that are opened afterwards.
export async function setKernel(settings) {
  assert.ok(process.env[IS_OWN], 'this is the network of the machine');
  for (const [name, value] of Object.entries(settings)) await writeFile(`/proc/sys/${name.replaceAll('.', '/')}`, value);
}

export class OtherHost {
  #holder;

  // Makes the host and its link to this one. A process in it holds it until the end of the case.
  static async start(world) {
    const host = new OtherHost();
    host.#holder = spawnTracked('unshare', ['--net', 'cat'], { stdio: ['pipe', 'ignore', 'inherit'] });
    const ended = once(host.#holder, 'exit');
    world.atEnd(async () => {
      host.#holder.kill('SIGKILL');
      await ended;
    });
    const own = await readlink('/proc/self/ns/net');
    await until('the namespace exists', async () => (await readlink(host.#namespace)) !== own);
    await host.#connect();
    world.atEnd(() => run('ip', ['link', 'delete', HERE_LINK])); // the kernel removes it with the namespace too, but later
    return host;
  }

  get #namespace() {
    return `/proc/${this.#holder.pid}/ns/net`;
  }

  async #connect() {
    const link = ['link', 'add', HERE_LINK, 'type', 'veth', 'peer', 'name', THERE_LINK, 'netns', String(this.#holder.pid)];
    await run('ip', link);
    await run('ip', ['address', 'add', `${HERE}/30`, 'dev', HERE_LINK]);
    await run('ip', ['link', 'set', HERE_LINK, 'up']);
    await this.#run('ip', ['address', 'add', `${THERE}/30`, 'dev', THERE_LINK]);
    await this.#run('ip', ['link', 'set', THERE_LINK, 'up']);
    await this.#run('ip', ['link', 'set', 'lo', 'up']);
  }

  // Returns the command that runs a program on the host.
  command(program, args) {
    return { command: 'nsenter', args: [`--net=${this.#namespace}`, '--', program, ...args] };
  }

  async #run(program, programArgs) {
    const { command, args } = this.command(program, programArgs);
    return run(command, args);
  }

  // Returns an address of the host as HOST:PORT. Its ports are all free but for those that were returned before.
  async freeAddress() {
    return `${THERE}:${await freePort()}`;
  }

  // From now on no packet reaches the host, and none comes from it. Its processes go on.
  //   behindRouter  true: the sender does not notice. Otherwise, as on the same network segment, the host's link address can't be found
  //                 any more
  async vanish({ behindRouter = false } = {}) {
    if (behindRouter) {
      const [{ address }] = JSON.parse(await this.#run('ip', ['-json', 'link', 'show', THERE_LINK]));
      await run('ip', ['neighbour', 'replace', THERE, 'lladdr', address, 'dev', HERE_LINK, 'nud', 'permanent']);
    }
    await this.#run('ip', ['link', 'set', THERE_LINK, 'down']);
  }

  async comeBack() {
    await this.#run('ip', ['link', 'set', THERE_LINK, 'up']);
    await run('ip', ['neighbour', 'flush', 'dev', HERE_LINK, 'nud', 'permanent']);
  }
}
