// SPDX-License-Identifier: MIT
//
// Containers of podman, apart from those of the system: their images, volumes and networks are in a folder of the test. No registry is
// asked: debian:12-slim is a system that debootstrap makes.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { PATIENCE_MS, within } from './case.mjs';
import { execute, isInstalled, makeRoot } from './machine.mjs';
import { spawnTracked } from './worker.mjs';

const IMPORT_MS = 120_000;
const BUILD_MS = 600_000;
const RUN_MS = 60_000;

const PROGRAMS = ['buildah', 'podman', 'podman-compose', 'runc', 'debootstrap'];
const LIBEXEC = [['netavark', '/usr/lib/podman/netavark'], ['aardvark-dns', '/usr/lib/podman/aardvark-dns']];

// Without systemd, and without the right to raise a limit.
const CONFIGURATION = (folder) => `
[containers]
default_ulimits = ["nofile=10000:10000", "nproc=4096:4096"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
runtime = "runc"
[network]
network_backend = "netavark"
network_config_dir = "${folder}/networks"
`;

const STORAGE = (folder, driver) => `
[storage]
driver = "${driver}"
graphroot = "${folder}/storage"
runroot = "${folder}/run"
`;

export class Containers {
  // Returns the reason why there can be no containers here, or null.
  static whyNot() {
    if (process.getuid() !== 0) return 'only root can make a system with debootstrap';
    for (const program of PROGRAMS) if (!isInstalled(program)) return `${program} is missing (Debian: ${program})`;
    for (const [program, path] of LIBEXEC) {
      if (spawnSync('test', ['-x', path]).status !== 0) return `${program} is missing (Debian: ${program})`;
    }
    return null;
  }

  // Makes the base image. Throws an error with `skip`, a sentence, where there is no network.
  static async open() {
    const containers = new Containers();
    const folder = await mkdtemp('/var/tmp/pool-manager-test-');
    containers.folder = folder;
    containers.env = {
      CONTAINERS_CONF: join(folder, 'containers.conf'), CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'), MAKEFLAGS: '', MFLAGS: '',
    };
    try {
      await mkdir(join(folder, 'networks'));
      await writeFile(containers.env.CONTAINERS_CONF, CONFIGURATION(folder));
      const system = await containers.say('stat', ['--file-system', '--format', '%T', folder]);
      const driver = system === 'overlayfs' ? 'vfs' : 'overlay'; // one overlay can't be in another
      await writeFile(containers.env.CONTAINERS_STORAGE_CONF, STORAGE(folder, driver));
      await makeRoot(join(folder, 'base'), []);
      const importing = `tar -C "${folder}/base" -c . | podman import - debian:12-slim`;
      await containers.say('sh', ['-c', importing], { ms: IMPORT_MS });
    } catch (error) {
      await containers.close();
      throw error;
    }
    return containers;
  }

  // Runs a program to its end. Returns {code, stdout, stderr}.
  run(command, args, { ms = RUN_MS, env = {} } = {}) {
    return execute(command, args, { env: { ...this.env, ...env }, ms });
  }

  // Runs a program that has to succeed. Returns its standard output, without the end of its last line.
  async say(command, args, options) {
    const { code, stdout, stderr } = await this.run(command, args, options);
    assert.equal(code, 0, `${command} ${args.join(' ')}: ${stdout.slice(-3000)}${stderr.slice(-3000)}`);
    return stdout.trim();
  }

  podman(...args) {
    return this.say('podman', args);
  }

  // Builds the image, by the build folder's `make image`. In chroot isolation buildah needs no more rights than debootstrap.
  build() {
    return this.say('make', ['-s', 'image', 'IMAGE_BUILDER=buildah', 'IMAGE_FLAGS=--isolation chroot --pull-never'], { ms: BUILD_MS });
  }

  // Starts a program in a running container. `ended` resolves with its status.
  exec(name, ...words) {
    const child = spawnTracked('podman', ['exec', name, ...words], { env: { ...process.env, ...this.env }, stdio: 'ignore' });
    return within(PATIENCE_MS, `the end of ${words[0]}`, new Promise((resolve) => child.once('exit', resolve)));
  }

  // Removes all containers, networks and images.
  async close() {
    await this.run('podman', ['rm', '--all', '--force', '--time', '0']);
    for (const file of await readdir(join(this.folder, 'networks')).catch(() => [])) {
      await this.run('podman', ['network', 'rm', '--force', file.replace(/\.json$/, '')]);
    }
    await this.run('podman', ['volume', 'prune', '--force']);
    await rm(this.folder, { recursive: true, force: true });
  }
}
