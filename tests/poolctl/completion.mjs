// SPDX-License-Identifier: MIT
//
// The completion, as bash runs it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';

import { forEachRow, testCase } from '../lib/case.mjs';
import { COMPLETION } from '../lib/poolctl.mjs';

// Prints what bash would offer for the words given as arguments, the last of which is being typed.
const SCRIPT = `
set -u
source "$0" || exit
declare -F _poolctl >/dev/null && [[ $(complete -p poolctl) == *_poolctl* ]] || exit
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_poolctl
printf '%s\\n' "\${COMPREPLY[@]}"
`;

function offered(line, cwd) {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', SCRIPT, COMPLETION, 'poolctl', ...line.split(' ')], {
    cwd, encoding: 'utf8',
  });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return stdout.split('\n').filter(Boolean).sort();
}

const bashIsThere = spawnSync('bash', ['-c', 'exit 0']).status === 0;

function bashCase(name, body) {
  testCase(name, body, { skip: bashIsThere ? false : 'there is no bash' });
}

bashCase('commands, their second words, and options are offered', async () => {
  const rows = [
    ['', ['claim', 'clock', 'export', 'faults', 'import', 'leaks', 'list', 'release', 'requests', 'reset',
      'status', 'wait']],
    ['cl', ['claim', 'clock']],
    ['--json cl', ['claim', 'clock']],
    ['--url http://a cl', ['claim', 'clock']],
    ['clock ', ['advance', 'freeze', 'resume', 'set', 'show']],
    ['faults s', ['set']],
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
  await forEachRow(rows, async ([line, expected]) => assert.deepEqual(offered(line), expected));
});

bashCase('the words of an option are offered, also behind = and in a list', async () => {
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
  await forEachRow(rows, async ([line, expected]) => assert.deepEqual(offered(line), expected));
});

bashCase('files are offered where a file goes', async (world) => {
  await writeFile(world.path('state one.json'), '');
  await mkdir(world.path('states'));
  const rows = [
    ['import sta', ['state one.json', 'states']],
    ['export sta', ['state one.json', 'states']],
    ['faults set sta', ['state one.json', 'states']],
    ['faults add sta', ['state one.json', 'states']],
    ['release sta', []],
  ];
  await forEachRow(rows, async ([line, expected]) => assert.deepEqual(offered(line, world.directory), expected));
});
