// SPDX-License-Identifier: MIT
//
// `bootstrap start`, `wait`, `stop` and `status`: services in the background, as jobs of a CI system use them. Each case has build
// folders of its own, so the instances in them are its own too. They have the worker of the tests, and a make that finds nothing to do.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';

import { assertSuccess, claimPath } from '../lib/api.mjs';
import { forEachRow, testCase, until, within } from '../lib/case.mjs';
import { request } from '../lib/http.mjs';
import { sourceFile, stackCase } from '../lib/stack.mjs';
import { cleanEnvironment, spawnTracked, WORKER } from '../lib/worker.mjs';

const PATIENCE_MS = 60_000; // on a busy machine

// A build folder, whose path has a space in it, and the commands in it.
class Build {
  static async make(world, name = 'a build') {
    const build = new Build();
    build.world = world;
    build.folder = world.path(name);
    build.programs = world.path(`${name} programs`);
    await mkdir(join(build.folder, 'src'), { recursive: true });
    await mkdir(build.programs);
    await build.program('make', 'exit 0');
    await writeFile(join(build.folder, 'config.status'), '#!/bin/sh\n', { mode: 0o755 });
    await writeFile(join(build.folder, 'Makefile'), '');
    await symlink(WORKER, join(build.folder, 'src', 'pool-manager-mock'));
    world.atEnd(() => build.stopAll());
    process.once('exit', () => build.stopAll()); // a service in the background outlives a test that is interrupted
    return build;
  }

  // Writes a program that goes before those of the system.
  async program(name, script) {
    await writeFile(join(this.programs, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(this.programs, name), 0o755);
  }

  // Runs a command to its end, and until nobody has its output open any more. Returns {code, stdout, stderr}.
  async run(words, env = {}) {
    const child = spawnTracked(sourceFile('bootstrap'), words, {
      env: { ...this.environment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    for (const name of Object.keys(output)) child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
    child.stdio[3].resume();
    const ended = new Promise((resolve) => child.once('close', (code) => resolve({ code, ...output })));
    return within(PATIENCE_MS, `the end of bootstrap ${words.join(' ')}`, ended);
  }

  // Starts an instance. Returns its base URL.
  async start(...words) {
    const { code, stdout, stderr } = await this.run(['start', ...words]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^http:\/\/127\.0\.0\.1:\d+\/api\/mock\/pool-manager\n$/);
    return stdout.trim();
  }

  async status(...words) {
    const { code, stdout } = await this.run(['status', ...words]);
    return [code, stdout.split('\n')[0]];
  }

  environment() {
    const path = `${this.programs}:${process.env.PATH}`;
    return cleanEnvironment({ PORT: '0', TMPDIR: this.world.directory, BUILD: this.folder, PATH: path });
  }

  stopAll() {
    const folder = join(this.folder, 'instances');
    const names = existsSync(folder) ? readdirSync(folder) : [];
    for (const name of names) spawnSync(sourceFile('bootstrap'), ['stop', '--instance', name], { env: this.environment() });
  }

  file(name, instance = 'default') {
    return join(this.folder, 'instances', instance, name);
  }

  // The processes that hold the lock of an instance.
  async processes(instance = 'default') {
    const found = [];
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const lock = await readlink(`/proc/${pid}/fd/9`).catch(() => null);
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (lock === this.file('lock', instance) && command) found.push({ pid: Number(pid), command });
    }
    return found;
  }

  // Kills the process of an instance whose command has this word.
  async kill(word) {
    const [{ pid }] = (await this.processes()).filter(({ command }) => command.split('\0').includes(word));
    process.kill(pid, 'SIGKILL');
  }
}

async function claim(url, workspace) {
  const { hostname, port, pathname } = new URL(url);
  const answer = await request({ host: hostname, port, method: 'GET', target: pathname + claimPath('default-pool', workspace) });
  return assertSuccess(answer).workspace.id;
}

stackCase('a service in the background is started, found, and stopped with all that it made', async (world) => {
  const build = await Build.make(world);
  const url = await build.start('--log-level', 'error');
  assert.deepEqual(await build.status(), [0, `the instance default runs at ${url}`]);
  const waited = await build.run(['wait']);
  assert.deepEqual([waited.code, waited.stdout, waited.stderr], [0, `${url}\n`, '']);
  assert.equal(await claim(url, 'w'), 'pod-pool-1-1');
  const told = new RegExp(`^The Pool Manager mock is at ${url}$`, 'm');
  await until('the log has its address', async () => told.test(await readFile(build.file('log'), 'utf8')));
  for (let n = 0; n < 2; n++) assert.deepEqual(await build.run(['stop']), { code: 0, stdout: '', stderr: '' });
  assert.deepEqual(await build.status(), [3, 'the instance default does not run']);
  await assert.rejects(claim(url, 'w'), /ECONNREFUSED/);
  assert.deepEqual(await build.processes(), []);
  assert.deepEqual((await readdir(world.directory)).sort(), ['a build', 'a build programs']);
});

stackCase('a service in the background has a session of its own and no terminal', async (world) => {
  const build = await Build.make(world);
  await build.start();
  for (const { pid, command } of await build.processes()) {
    const [, , , session, terminal] = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
    assert.equal(terminal, '0', command);
    if (command.includes('bootstrap\0serve')) assert.equal(session, String(pid));
  }
});

// A job claims a pod of its own service. Returns the URL of the service.
async function job(build, words) {
  const url = await build.start(...words);
  assert.equal(await claim(url, 'job'), 'pod-pool-1-1', 'a state of its own');
  assert.deepEqual(await build.run(['stop', ...words]), { code: 0, stdout: '', stderr: '' });
  return url;
}

stackCase('three jobs at once share nothing: three names in one checkout', async (world) => {
  const build = await Build.make(world);
  const urls = await Promise.all(['a', 'b-2', 'c.3'].map((name) => job(build, ['--instance', name])));
  assert.equal(new Set(urls).size, 3);
});

stackCase('three jobs at once share nothing: one name in three build folders', async (world) => {
  const builds = await Promise.all(['one', 'two', 'three'].map((name) => Build.make(world, name)));
  const urls = await Promise.all(builds.map((build) => job(build, [])));
  assert.equal(new Set(urls).size, 3);
});

stackCase('an instance is started once: the second start is refused, and the first goes on', async (world) => {
  const build = await Build.make(world);
  const starts = await Promise.all([build.run(['start']), build.run(['start'])]);
  assert.deepEqual(starts.map(({ code }) => code).sort(), [0, 75]);
  const refused = starts.find(({ code }) => code === 75);
  assert.equal(refused.stderr, 'bootstrap: the instance default runs already; stop it, or choose another name: --instance NAME\n');
  await claim(starts.find(({ code }) => code === 0).stdout.trim(), 'w');
  assert.equal((await build.run(['serve', '--instance', 'default'])).code, 75);
});

stackCase('a start that fails has the exit status and the sentence of the worker, and leaves nothing that runs', async (world) => {
  const build = await Build.make(world);
  const rows = [[64, ['--pods-max', 'abc'], /^pool-manager-mock: --pods-max: /], [73, ['--state', world.path('no/state')], /no\/state/]];
  await forEachRow(rows, async ([status, options, sentence]) => {
    const { code, stdout, stderr } = await build.run(['start', ...options]);
    assert.deepEqual([code, stdout], [status, '']);
    assert.match(stderr, sentence);
    assert.equal(stderr.split('\n').length, 2, stderr);
    assert.deepEqual(await build.status(), [3, 'the instance default does not run']);
  });
});

stackCase('a start at a port in use has a sentence that names it', async (world) => {
  const build = await Build.make(world);
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.atEnd(() => server.close());
  const { code, stderr } = await build.run(['start'], { PORT: String(server.address().port) });
  assert.equal(code, 1);
  assert.match(stderr, /^bootstrap: port \d+ on 127\.0\.0\.1 is in use; choose another: PORT=\d+, or PORT=0 for a free one\n$/);
});

stackCase('a killed worker ends its instance, status tells so, and a start begins anew', async (world) => {
  const build = await Build.make(world);
  await build.start();
  await build.kill('--listen');
  await until('all of it has ended', async () => (await build.processes()).length === 0);
  assert.deepEqual(await build.status(), [1, 'the instance default has ended by itself']);
  assert.match(await readFile(build.file('log'), 'utf8'), /^bootstrap: the worker has ended by itself \(status 137\)/m);
  await claim(await build.start(), 'w');
});

stackCase('after a kill -9 of serve nothing runs on, and neither a start nor a stop trips over what is left', async (world) => {
  const build = await Build.make(world);
  await forEachRow([['start'], ['stop']], async (next) => {
    const before = await build.start();
    await build.kill('serve');
    await until('all of it has ended', async () => (await build.processes()).length === 0);
    assert.deepEqual(await build.status(), [1, 'the instance default has ended by itself']);
    assert.ok((await readdir(world.directory)).some((name) => name.startsWith('pool-manager-mock.')));
    await assert.rejects(claim(before, 'w'), /ECONNREFUSED/);
    assert.equal((await build.run(next)).code, 0);
    assert.equal((await build.run(['stop'])).code, 0);
    assert.deepEqual((await readdir(world.directory)).sort(), ['a build', 'a build programs']);
  });
});

stackCase('stop waits for a service that was just killed', async (world) => {
  const build = await Build.make(world);
  await build.start();
  await build.kill('serve');
  assert.equal((await build.run(['stop'])).code, 0);
  assert.deepEqual(await build.processes(), []);
});

stackCase('while it builds, status tells that it starts, and wait waits for it', async (world) => {
  const build = await Build.make(world);
  const built = world.path('built');
  await build.program('make', `until [ -e '${built}' ]; do sleep 0.05; done`);
  const waiting = build.run(['wait']);
  const starting = build.run(['start']);
  await until('it is starting', async () => (await build.status())[1] === 'the instance default is starting');
  assert.equal((await build.status())[0], 3);
  await writeFile(built, '');
  const [{ stdout }, waited] = await Promise.all([starting, waiting]);
  assert.deepEqual([waited.code, waited.stdout], [0, stdout]);
});

stackCase('wait ends when its time is over, or when what it waits for has ended', async (world) => {
  const build = await Build.make(world);
  const late = await build.run(['wait', '--timeout', '1']);
  assert.deepEqual(late, { code: 1, stdout: '', stderr: 'bootstrap: the instance default has not answered within 1 seconds\n' });
  const fails = world.path('fails');
  await build.program('make', `until [ -e '${fails}' ]; do sleep 0.05; done; exit 1`);
  const starting = build.run(['start']);
  await until('it is starting', async () => (await build.status())[1] === 'the instance default is starting');
  const waiting = build.run(['wait']);
  await new Promise((resolve) => setTimeout(resolve, 1_000)); // wait has seen it
  await writeFile(fails, '');
  assert.equal((await starting).code, 1);
  const { code, stderr } = await waiting;
  assert.equal(code, 1);
  assert.match(stderr, /^bootstrap: the instance default has ended; its log is .*\/instances\/default\/log\n$/);
});

stackCase('--check shows the options of the worker, and starts nothing', async (world) => {
  const build = await Build.make(world);
  const { code, stdout } = await build.run(['start', '--check', '--pods-max', '3']);
  assert.equal(code, 0);
  assert.match(stdout, /^--pods-max +3 +flag$/m);
  assert.equal(existsSync(join(build.folder, 'instances')), false);
});

stackCase('wrong options of the commands are refused', async (world) => {
  const build = await Build.make(world);
  const rows = [
    ['start', '--instance', '../x'], ['serve', '--instance='], ['wait', '--instance', 'a b'], ['stop', '--instance'], ['status', '--instance=.'],
    ['wait', '--timeout', 'x'], ['wait', '--timeout=-1'], ['stop', '--timeout'], ['stop', '--force'], ['status', 'default'],
  ];
  await forEachRow(rows, async (words) => {
    const { code, stdout, stderr } = await build.run(words);
    assert.deepEqual([code, stdout, stderr.split('\n').length], [64, '', 2], stderr);
    assert.match(stderr, /^bootstrap: .*--(instance|timeout)/);
  });
});

testCase('a build is one line, with what is not a step of make; V=1 shows all', async (world) => {
  const build = await Build.make(world);
  await build.program('make', 'echo "  CC       x.o"; echo "x.c:1: warning: w" >&2; echo "  CCLD     x"; echo "$*" >"$0.words"');
  const lines = async (env) => {
    const { code, stdout, stderr } = await build.run(['build'], env);
    assert.deepEqual([code, stdout], [0, '']);
    return stderr.split('\n').filter(Boolean).sort(); // two pipes lead there
  };
  const warning = 'x.c:1: warning: w';
  assert.deepEqual(await lines(), ['bootstrap: building (the first time takes about a minute)', warning]);
  assert.deepEqual(await lines({ V: '1' }), ['  CC       x.o', '  CCLD     x', warning]);
  assert.match(await readFile(join(build.programs, 'make.words'), 'utf8'), /^-j\d+\n$/);
  await build.program('make', 'echo "x.c:1: error: e" >&2; exit 2');
  assert.deepEqual(await build.run(['build']), { code: 1, stdout: '', stderr: 'x.c:1: error: e\nbootstrap: make failed\n' });
});

// A system without Debian's tools: macOS has no package of them, another Linux may have none yet.
testCase('elsewhere than on Debian one sentence names the packages and the image', async (world) => {
  const build = await Build.make(world);
  const paths = process.env.PATH.split(':');
  for (const name of ['bash', 'dirname', 'realpath', 'env', 'uname', 'sh']) {
    const folder = paths.find((path) => existsSync(join(path, name)));
    await symlink(join(folder, name), join(build.programs, name));
  }
  const sentence = /^bootstrap: this needs Linux with what these packages of Debian 12 contain: build-essential autoconf [^\n]* nginx-light curl\. Elsewhere use the container image: see docs\/install\.md\n$/;
  const mac = await Build.make(world, 'mac');
  await mac.program('uname', 'echo Darwin');
  await forEachRow([build.programs, `${mac.programs}:${build.programs}`], async (path) => {
    const { code, stderr } = await build.run(['start'], { PATH: path });
    assert.equal(code, 1);
    assert.match(stderr, sentence);
  });
});
