// SPDX-License-Identifier: MIT
//
// Builds the Debian packages, for the tests that install them in a machine.

import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execute, isInstalled, Machine } from './machine.mjs';

const BUILD_MS = 300_000;

// Returns the reason why the packages can't be built and installed here, or null.
export function whyNoPackages() {
  for (const [program, source] of [['dh', 'debhelper'], ['lintian', 'lintian']]) {
    if (!isInstalled(program)) return `${program} is missing (Debian: ${source})`;
  }
  return Machine.whyNot();
}

async function succeed(command, args, options) {
  const { code, stdout, stderr } = await execute(command, args, options);
  assert.equal(code, 0, `${command} ${args.join(' ')}: ${stdout.slice(-3000)}${stderr.slice(-3000)}`);
  return stdout;
}

// Builds the packages, and puts them into `folder`. `make deb` fails if lintian has an error or a warning.
export async function buildPackages(folder) {
  await succeed('make', ['-s', 'deb'], { env: { MAKEFLAGS: '', MFLAGS: '' }, ms: BUILD_MS });
  await mkdir(folder, { recursive: true });
  for (const name of await readdir('deb')) {
    if (/^(pool-manager-mock|poolctl)_.*\.deb$/.test(name)) await cp(join('deb', name), join(folder, name));
  }
}

// Makes the packages of `from` again in `to`, as those of a newer version.
export async function makeNewer(from, to, suffix) {
  await mkdir(to);
  for (const name of await readdir(from)) {
    const tree = await mkdtemp(join(tmpdir(), 'pool-manager-deb-'));
    await succeed('dpkg-deb', ['--raw-extract', join(from, name), tree]);
    const control = await readFile(join(tree, 'DEBIAN/control'), 'utf8');
    await writeFile(join(tree, 'DEBIAN/control'), control.replace(/^Version: .*$/m, `$&${suffix}`));
    await succeed('dpkg-deb', ['--build', tree, join(to, name)]);
    await rm(tree, { recursive: true });
  }
}
