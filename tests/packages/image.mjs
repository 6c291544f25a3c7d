// SPDX-License-Identifier: MIT
//
// The container image: built by `make image`, run by podman, and reached through a published port and from other containers.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { assertError, assertSuccess, claimPath } from '../lib/api.mjs';
import { sharedCases, testCase, until } from '../lib/case.mjs';
import { Containers } from '../lib/containers.mjs';
import { request } from '../lib/http.mjs';
import { freePort } from '../lib/ports.mjs';
import { sourceFile } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

const IMAGE = 'pool-manager-mock';
const CLAIM_MS = 30_000;
const STOP_MS = 9_000; // `docker stop` kills after 10 s
const SIZE_MAX = 60e6; // bytes, beside the base

// The mock in a container, with its port published on this machine.
class Mock {
  static #count = 0;

  // Runs the image. `options` are arguments of podman, `args` of the worker.
  static async run(containers, { options = [], args = [] } = {}) {
    const mock = new Mock();
    Object.assign(mock, { containers, name: `mock-${Mock.#count++}`, port: await freePort() });
    await containers.podman('run', '--detach', '--name', mock.name, '--publish', `127.0.0.1:${mock.port}:8080`, ...options, IMAGE, ...args);
    return mock;
  }

  ask(method, path, { token, ...extra } = {}) {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    return request({ host: '127.0.0.1', port: this.port, method, target: BASE + path, headers, ...extra });
  }

  // Waits until it answers. Returns it.
  async answers() {
    await until('the mock answers', () => this.ask('GET', '/pools').then(({ status }) => status === 200, () => false), CLAIM_MS);
    return this;
  }

  async claim(workspace) {
    return assertSuccess(await this.ask('GET', claimPath('default-pool', workspace))).workspace.id;
  }

  // Stops it as `docker stop` does. Asserts that it ends by itself, with 0.
  async stop() {
    const begin = performance.now();
    await this.containers.podman('stop', '--time', '10', this.name);
    assert.ok(performance.now() - begin < STOP_MS, 'it was killed');
    assert.equal(await this.inspect('.State.ExitCode'), '0');
  }

  inspect(field) {
    return this.containers.podman('inspect', '--format', `{{${field}}}`, this.name);
  }

  // Returns the worker's process id.
  async worker() {
    const processes = await this.containers.podman('top', this.name, 'hpid', 'comm');
    return Number(/^(\d+) +pool-manager-mo/m.exec(processes)[1]);
  }

  remove() {
    return this.containers.podman('rm', '--force', '--time', '0', this.name);
  }
}

// Runs the image, whose start has to fail. Returns its standard error.
async function refusal(containers, ...options) {
  const { code, stderr } = await containers.run('podman', ['run', '--rm', ...options, IMAGE]);
  assert.equal(code, 64, stderr);
  return stderr;
}

async function begin(world) {
  const containers = await Containers.open();
  world.atEnd(() => containers.close());
  await containers.build();
  return containers;
}

const CASES = {
  'a pod is claimed within 30 s, through the published port': async (containers) => {
    const started = performance.now();
    const mock = await (await Mock.run(containers)).answers();
    assert.equal(await mock.claim('w'), 'pod-pool-1-1');
    assert.ok(performance.now() - started < CLAIM_MS);
    await mock.remove();
  },

  'all its processes run as a user without privileges': async (containers) => {
    const mock = await (await Mock.run(containers)).answers();
    const users = await containers.podman('exec', mock.name, 'sh', '-c', "sed -n 's/^Uid:\\t//p' /proc/[0-9]*/status | sort -u");
    assert.equal(users, '10001\t10001\t10001\t10001');
    assert.equal(await containers.podman('image', 'inspect', '--format', '{{.Config.User}}', IMAGE), '10001');
    await mock.remove();
  },

  'the image is small': async (containers) => {
    const [base, image] = await Promise.all(['debian:12-slim', IMAGE].map((name) => {
      return containers.podman('image', 'inspect', '--format', '{{.Size}}', name);
    }));
    assert.ok(image - base < SIZE_MAX, `it has ${image - base} bytes beside its base`);
  },

  'the health check succeeds, with a token too, and fails without the worker': async (containers) => {
    const check = (mock) => containers.run('podman', ['healthcheck', 'run', mock.name]);
    const open = await (await Mock.run(containers)).answers();
    assert.equal((await check(open)).code, 0);
    const file = join(containers.folder, 'token');
    await writeFile(file, 'sesame\n');
    for (const token of [['-e', 'POOL_MANAGER_ADMIN_TOKEN=sesame'], ['-v', `${file}:/token:ro`, '-e', 'POOL_MANAGER_ADMIN_TOKEN_FILE=/token']]) {
      const closed = await (await Mock.run(containers, { options: ['-e', 'ADMIN=token', ...token] })).answers();
      assertError(await closed.ask('GET', '/__admin/ready'), 401, 'no_token');
      assert.equal((await check(closed)).code, 0);
      await closed.remove();
    }
    process.kill(await open.worker(), 'SIGSTOP');
    assert.notEqual((await check(open)).code, 0);
    await open.remove();
  },

  'ADMIN decides who may use the control API': async (containers) => {
    const open = await (await Mock.run(containers)).answers();
    assertSuccess(await open.ask('POST', '/__admin/reset'));
    assertSuccess(await open.ask('POST', '/~suite/__admin/reset'));
    await open.remove();

    const options = ['-e', 'ADMIN=token', '-e', 'POOL_MANAGER_ADMIN_TOKEN=sesame'];
    const closed = await (await Mock.run(containers, { options })).answers();
    assertError(await closed.ask('POST', '/__admin/reset'), 401, 'no_token');
    assertSuccess(await closed.ask('POST', '/__admin/reset', { token: 'sesame' }));
    await closed.claim('w');
    await closed.remove();

    const local = await (await Mock.run(containers, { options: ['-e', 'ADMIN=local'] })).answers();
    for (const path of ['/__admin/reset', '/~suite/__admin/reset']) assertError(await local.ask('POST', path), 403, 'forbidden');
    assert.equal(await containers.exec(local.name, 'poolctl', 'reset'), 0);
    await local.claim('w');
    await local.remove();

    assert.match(await refusal(containers, '-e', 'ADMIN=token'), /^start: ADMIN=token needs POOL_MANAGER_ADMIN_TOKEN or /m);
    assert.match(await refusal(containers, '-e', 'ADMIN=me'), /^start: ADMIN: expected open, token or local, not 'me'$/m);
  },

  'options are variables or arguments, and a wrong one ends the start with its sentence': async (containers) => {
    const mock = await Mock.run(containers, { options: ['-e', 'POOL_MANAGER_DEFAULT_POOL_PODS=7'], args: ['--log-level', 'error'] });
    await mock.answers();
    assert.equal(assertSuccess(await mock.ask('GET', '/pools/default-pool/workspaces')).workspaces.length, 7);
    assert.doesNotMatch(await containers.podman('logs', mock.name), /started/);
    await mock.remove();
    assert.match(await refusal(containers, '-e', 'POOL_MANAGER_PODS_MAX=abc'), /^pool-manager-mock: .*POOL_MANAGER_PODS_MAX.*'abc'$/m);
  },

  'a stop answers the requests that are under way': async (containers) => {
    const mock = await (await Mock.run(containers)).answers();
    assertSuccess(await mock.ask('POST', '/__admin/faults', { json: { match: { operation: 'claim' }, delay: { type: 'fixed', ms: 1500 } } }), 201);
    const [slow, waiting] = [mock.claim('slow'), mock.ask('GET', '/__admin/requests/wait?count=1000')];
    await until('both wait', async () => {
      const { text } = await mock.ask('GET', '/__admin/metrics');
      return ['fault', 'other'].every((why) => text.includes(`parked_requests{why="${why}"} 1\n`));
    });
    await Promise.all([mock.stop(), slow.then((pod) => assert.equal(pod, 'pod-pool-1-1'))]);
    assertError(await waiting, 503, 'stopping');
    await mock.remove();
  },

  'a state in a volume survives the container': async (containers) => {
    const options = ['-v', 'mock-state:/state', '-e', 'POOL_MANAGER_STATE=/state/state.db'];
    const first = await (await Mock.run(containers, { options })).answers();
    const pod = await first.claim('kept');
    await first.stop();
    await first.remove();
    const second = await (await Mock.run(containers, { options })).answers();
    const { workspaces } = assertSuccess(await second.ask('GET', '/pools/default-pool/workspaces'));
    assert.equal(workspaces.find(({ id }) => id === pod).claimedBy, 'kept');
    await second.remove();
  },

  'it ends with its worker': async (containers) => {
    const mock = await (await Mock.run(containers)).answers();
    process.kill(await mock.worker(), 'SIGKILL');
    await until('it ends', async () => (await mock.inspect('.State.Status')) === 'exited');
    assert.equal(await mock.inspect('.State.ExitCode'), '137');
    await mock.remove();
  },

  'the compose file of docs/install.md: another service reaches the mock by its name': async (containers) => {
    const port = await freePort();
    const claim = 'export POOLCTL_URL=$$POOL_MANAGER_BASE_URL; until poolctl ready; do sleep 0.1; done; poolctl --workspace w claim';
    const [, example] = /```yaml\n(services:\n  mock:\n[^]*?)```/.exec(await readFile(sourceFile('docs', 'install.md'), 'utf8'));
    const application = `image: ${IMAGE}\n    entrypoint: ["sh", "-c", "${claim}"]`;
    const file = example.replace('127.0.0.1:8080', `127.0.0.1:${port}`).replace('image: my-application', () => application);
    const folder = join(containers.folder, 'composed');
    await mkdir(folder);
    await writeFile(join(folder, 'compose.yaml'), file);
    const compose = (...words) => containers.say('podman-compose', ['-f', join(folder, 'compose.yaml'), ...words]);
    await compose('up', '--detach');
    const log = () => containers.podman('logs', 'composed_application_1');
    await until('the application has claimed a pod', async () => /pod-pool-1-1/.test(await log()), CLAIM_MS);
    const answer = await request({ host: '127.0.0.1', port, target: `${BASE}/pools/default-pool/status` });
    assert.equal(assertSuccess(answer).status.used_vms, 1);
    await compose('down', '--volumes');
  },
};

const skip = Containers.whyNot() ?? false;
sharedCases(begin, Object.entries(CASES).map(([name, body]) => ({ name, body })), 'everything is removed', { skip, timeoutMs: 900_000 });
