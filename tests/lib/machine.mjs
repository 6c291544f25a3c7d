// SPDX-License-Identifier: MIT
//
// A separate Debian system with systemd as process 1: a root that debootstrap makes, booted by systemd-nspawn. It has no network.
// Either it has the files that `make install` installs, and its folder /run/pool-manager-mock is `runFolder` outside, so that an nginx
// outside can reach the worker's socket. Or it is bare, and the test installs what it needs.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { until, within } from './case.mjs';
import { POOLCTL } from './poolctl.mjs';
import { spawnTracked, WORKER } from './worker.mjs';

const MAKE_ROOT_MS = 400_000;
const BOOT_MS = 60_000;
const HALT_MS = 20_000;

// Usage: sh -c IN_OWN_CGROUP NAME COMMAND...: runs the command in a new cgroup. Where no systemd runs outside, nspawn keeps the cgroup that
// it is started in, and machines in one cgroup would end each other's services.
const HIERARCHIES = ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'];
const IN_OWN_CGROUP = `
for hierarchy in ${HIERARCHIES.join(' ')}; do
    [ ! -w "$hierarchy/cgroup.procs" ] || { mkdir "$hierarchy/$0" && echo $$ >"$hierarchy/$0/cgroup.procs"; } || exit
done
exec "$@"`;

export function isInstalled(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}

// Runs a program to its end. Returns {code, stdout, stderr}.
export function execute(command, args, { env = {}, ms = 60_000 } = {}) {
  const child = spawnTracked(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  for (const name of Object.keys(output)) child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output }));
  });
  return within(ms, `the end of ${command}`, ended).finally(() => child.kill('SIGKILL'));
}

async function output(command, args) {
  const { code, stdout, stderr } = await execute(command, args);
  assert.equal(code, 0, `${command}: ${stderr}`);
  return stdout.trim();
}

// Returns the mirror that apt uses for Debian, and the name of the release.
async function aptSource() {
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1];
  const format = ['--format', '$(REPO_URI)'];
  const filters = ['Created-By: Packages', 'Origin: Debian', 'Component: main', `Codename: ${release}`];
  const [mirror] = (await output('apt-get', ['indextargets', ...format, ...filters])).split('\n');
  return { release, mirror };
}

// Returns the environment for debootstrap, with apt's proxy, if there is one.
async function aptProxy() {
  const proxy = /^http_proxy='(.*)'$/m.exec(await output('apt-config', ['shell', 'http_proxy', 'Acquire::http::Proxy']));
  return proxy ? { http_proxy: proxy[1] } : {};
}

// Makes a minimal Debian system with these packages in a folder. Throws an error with `skip`, a sentence, where there is no network.
export async function makeRoot(folder, packages) {
  const { release, mirror } = await aptSource();
  const include = packages.length > 0 ? [`--include=${packages}`] : [];
  const args = ['--variant=minbase', ...include, release, folder, ...(mirror ? [mirror] : [])];
  const { code, stdout } = await execute('debootstrap', args, { env: await aptProxy(), ms: MAKE_ROOT_MS });
  if (code === 0) return;
  const skip = `debootstrap could not make a root (is there a network?): ${stdout.trim().split('\n').at(-1)}`;
  throw Object.assign(new Error(skip), { skip });
}

// Returns Debian's packages of the libraries that the worker and the client are linked with.
async function libraryPackages() {
  const linked = await output('ldd', [WORKER, POOLCTL]);
  const paths = new Set([...linked.matchAll(/=> (\S+) \(/g)].map(([, path]) => path));
  const packages = new Set();
  for (const path of paths) {
    const names = [path, await realpath(path)].flatMap((name) => [name, name.replace(/^\/usr/, ''), `/usr${name}`]);
    const { stdout } = await execute('dpkg-query', ['--search', ...names]);
    const [name] = stdout.split(':');
    assert.ok(name, `no package has ${path}`);
    packages.add(name);
  }
  return [...packages];
}

export class Machine {
  #nspawn = null;
  #exited = Promise.resolve();
  #leader;

  // Returns the reason why there can be no machine here, or null.
  static whyNot() {
    if (process.getuid() !== 0) return 'only root can boot a system in systemd-nspawn';
    if (!existsSync('/etc/debian_version')) return 'this is not Debian';
    for (const [program, source] of [['debootstrap', 'debootstrap'], ['systemd-nspawn', 'systemd-container']]) {
      if (!isInstalled(program)) return `${program} is missing (Debian: ${source})`;
    }
    return null;
  }

  // Makes the root and boots it. `bare` leaves the programs out, and `packages` are Debian packages to have besides. Throws an error with
  // `skip`, a sentence, where there is no network.
  static async boot({ bare = false, packages = [] } = {}) {
    const machine = new Machine();
    machine.directory = await mkdtemp('/var/tmp/pool-manager-test-');
    machine.root = join(machine.directory, 'root');
    machine.runFolder = join(machine.directory, 'run');
    machine.socketPath = join(machine.runFolder, 'worker.sock');
    try {
      await mkdir(machine.runFolder);
      await makeRoot(machine.root, ['systemd-sysv', ...(await libraryPackages()), ...packages]);
      if (!bare) await machine.#install();
      await machine.#start(bare ? [] : [`--bind=${machine.runFolder}:/run/pool-manager-mock`]);
    } catch (error) {
      await machine.halt();
      throw error;
    }
    return machine;
  }

  // The tests run in the build folder.
  async #install() {
    const env = { MAKEFLAGS: '', MFLAGS: '' };
    const { code, stderr } = await execute('make', ['-s', 'install', `DESTDIR=${this.root}`], { env });
    assert.equal(code, 0, `make install: ${stderr}`);
  }

  async #start(binds) {
    const console = openSync(join(this.directory, 'console'), 'w');
    const name = basename(this.directory);
    const args = [
      '--quiet', '--boot', '--private-network', '--resolv-conf=off', '--timezone=off', '--link-journal=no',
      `--machine=${name}`, `--directory=${this.root}`, ...binds,
    ];
    const [command, ...words] = existsSync('/run/systemd/system')
      ? ['systemd-nspawn', ...args]
      : ['sh', '-c', IN_OWN_CGROUP, name, 'systemd-nspawn', '--register=no', '--keep-unit', ...args];
    this.#nspawn = spawnTracked(command, words, { stdio: ['ignore', console, console] });
    closeSync(console);
    this.#exited = new Promise((resolve) => this.#nspawn.once('exit', resolve));
    this.#leader = await until('systemd runs', () => this.#findLeader(), BOOT_MS);
    await until('the system is up', async () => {
      return /^(running|degraded)$/.test((await this.run('systemctl', 'is-system-running')).stdout.trim());
    }, BOOT_MS);
  }

  async #findLeader() {
    if (this.#nspawn.exitCode !== null) {
      throw new Error(`systemd-nspawn ended: ${await readFile(join(this.directory, 'console'), 'utf8')}`);
    }
    const { pid } = this.#nspawn;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
    for (const child of children.trim().split(' ').filter(Boolean)) {
      if ((await readFile(`/proc/${child}/comm`, 'utf8').catch(() => '')) === 'systemd\n') return child;
    }
    return null;
  }

  // Runs a program in the system. Returns {code, stdout, stderr}.
  run(...words) {
    return execute('nsenter', ['--all', '--root', '--target', this.#leader, '--', ...words]);
  }

  // Runs a program that has to succeed. Returns its standard output.
  async say(...words) {
    const { code, stdout, stderr } = await this.run(...words);
    assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
    return stdout;
  }

  // Starts a program of this system in the other one's network.
  spawnInNetwork(command, args, options) {
    return spawnTracked('nsenter', ['--net', '--target', this.#leader, '--', command, ...args], options);
  }

  // Returns a property of a unit, as text.
  async property(unit, name) {
    return (await this.say('systemctl', 'show', '--value', '-p', name, unit)).trim();
  }

  // Writes a file in the system.
  write(path, text) {
    return writeFile(join(this.root, path), text);
  }

  // Shuts the system down, and removes its root.
  async halt() {
    this.#nspawn?.kill('SIGTERM'); // nspawn then shuts the system down
    await within(HALT_MS, 'the end of the system', this.#exited).catch(() => {
      this.#nspawn.kill('SIGKILL');
      return this.#exited;
    });
    const cgroups = HIERARCHIES.map((hierarchy) => join(hierarchy, basename(this.directory))).filter(existsSync);
    if (cgroups.length > 0) await execute('find', [...cgroups, '-depth', '-type', 'd', '-delete']);
    await rm(this.directory, { recursive: true, force: true });
  }
}
