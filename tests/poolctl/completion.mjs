// SPDX-License-Identifier: MIT
//
// The completion for bash.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

import { forEachRow, testCase } from '../lib/case.mjs';
import { COMPLETION, POOLCTL, ScriptedServer } from '../lib/poolctl.mjs';

// Prints what bash would offer for the words given as arguments. The last of them is being typed.
const SCRIPT = `
set -u
source "$0" || exit
declare -F _poolctl >/dev/null && [[ $(complete -p poolctl) == *_poolctl* ]] || exit
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_poolctl
printf '%s\\n' "\${COMPREPLY[@]}"
`;

async function offered(line, cwd) {
  const child = spawn('bash', ['-c', SCRIPT, COMPLETION, POOLCTL, ...line.split(' ')], { cwd });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return stdout.split('\n').filter(Boolean).sort();
}

const bashIsThere = spawnSync('bash', ['-c', 'exit 0']).status === 0;

function bashCase(name, body) {
  testCase(name, body, { skip: bashIsThere ? false : 'bash is not installed' });
}

bashCase('commands, their second words, and options are offered', async () => {
  const rows = [
    ['', ['callbacks', 'claim', 'clock', 'deliveries', 'events', 'export', 'faults', 'health', 'import', 'leaks', 'list', 'ready', 'relay',
      'release', 'requests', 'reset', 'seed', 'settings', 'snapshots', 'status', 'tenants', 'verify', 'wait']],
    ['cl', ['claim', 'clock']],
    ['--json cl', ['claim', 'clock']],
    ['--url http://a cl', ['claim', 'clock']],
    ['clock ', ['advance', 'freeze', 'resume', 'set', 'show']],
    ['faults s', ['set']],
    ['requests ', ['clear']],
    ['verify --a', ['--after', '--at-least', '--at-most']],
    ['--url http : //127.0.0.1 : 8080/base --timeout 5s clock s', ['set', 'show']],
    ['--url = http : //127.0.0.1 : 8080/base clock s', ['set', 'show']],
    ['claim ', []],
    ['nonsense ', []],
    ['claim --w', ['--workspace']],
    ['claim pool --w', ['--workspace']],
    ['faults add --d', ['--delay', '--dribble']],
    ['faults --d', []],
    ['release --w', []],
    ['--t', ['--tenant', '--timeout', '--token']],
    ['reset --k', ['--keep']],
  ];
  await forEachRow(rows, async ([line, expected]) => assert.deepEqual(await offered(line), expected));
});

bashCase('the words of an option are offered, also after = and in a list', async () => {
  const rows = [
    ['faults add --phase ', ['after', 'before']],
    ['faults add --phase a', ['after']],
    ['faults add --phase =', ['after', 'before']],
    ['faults add --phase = b', ['before']],
    ['faults add --phase after --connection ', ['close', 'reset']],
    ['wait --operation cl', ['claim']],
    ['wait -o claim,sta', ['claim,staklink-start', 'claim,status']],
    ['reset --keep faults,j', ['faults,journal']],
    ['claim --workspace ', []],
  ];
  await forEachRow(rows, async ([line, expected]) => assert.deepEqual(await offered(line), expected));
});

bashCase('files are offered for a file argument', async (world) => {
  await writeFile(world.path('state one.json'), '');
  await mkdir(world.path('states'));
  const rows = [
    ['import sta', ['state one.json', 'states']],
    ['export sta', ['state one.json', 'states']],
    ['faults set sta', ['state one.json', 'states']],
    ['faults add sta', ['state one.json', 'states']],
    ['release sta', []],
  ];
  await forEachRow(rows, async ([line, expected]) => assert.deepEqual(await offered(line, world.directory), expected));
});

bashCase('the keys of settings are offered, without a space after them', async () => {
  const rows = [
    ['settings set m', ['maxPods=']],
    ['settings set maxPods = 5 r', ['rejectStatus=', 'retryAfter=']],
    ['settings set-pool p le', ['leaseTtl=']],
    ['settings set maxPods =', []],
    ['settings show m', []],
  ];
  await forEachRow(rows, async ([line, expected]) => assert.deepEqual(await offered(line), expected));
});

bashCase('names of the service are offered if they need no quotes', async (world) => {
  const pools = ['plain', 'two words', '$(touch made)', '`touch made`', 'semi;colon', "quo'te"].map((name) => ({ name }));
  const server = await ScriptedServer.start(world, () => ({
    json: { success: true, pools, snapshots: [{ name: 'one' }, { name: 'two' }], faults: [{ id: 'slow' }], tenants: [{ name: 'mine' }, { name: 'suite' }] },
  }));
  const url = server.url.replace(/:/g, ' : ');
  const rows = [
    ['snapshots restore ', ['one', 'two']],
    ['snapshots delete t', ['two']],
    ['snapshots restore one ', []],
    ['tenants delete ', ['mine', 'suite']],
    ['faults clear ', ['slow']],
    ['claim ', ['plain']],
    ['settings set-pool ', ['plain']],
    ['release ', []],
  ];
  await forEachRow(rows, async ([line, expected]) => {
    assert.deepEqual(await offered(`--url ${url} --token secret --tenant mine ${line}`, world.directory), expected);
    assert.deepEqual(await offered(`--tenant = mine --token = secret --url = ${url} ${line}`, world.directory), expected);
  });
  for (const { target, headers } of server.take()) {
    assert.match(target, /\/~mine\/|\/__admin\/tenants$/);
    assert.equal(headers.authorization, 'Bearer secret');
  }
  assert.deepEqual(await readdir(world.directory), [], 'nothing was run');
});
