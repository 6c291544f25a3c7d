// SPDX-License-Identifier: MIT
//
// The command line: an error is one sentence that names the wrong part, and nothing is sent.

import assert from 'node:assert/strict';

import { forEachRow, testCase } from '../lib/case.mjs';
import { assertDone, assertFailed, EXIT, poolctl, ScriptedServer } from '../lib/poolctl.mjs';

testCase('a wrong part is named, the exit status is 64, and nothing is sent', async (world) => {
  const server = await ScriptedServer.start(world);
  const rows = [
    ['', 'a command'],
    ['nonsense', "'nonsense'"],
    ['clai', "there is no command 'clai'; did you mean claim?"],
    ['relase', 'did you mean release?'],
    ['zzz', "there is no command 'zzz'; --help lists them"],
    ['claim a b', 'usage: poolctl claim [POOL]'],
    ['release', 'usage: poolctl release POD'],
    ['list a b', 'usage: poolctl list, or poolctl list POOL'],
    ['import', 'usage: poolctl import FILE'],
    ['wait now', 'usage: poolctl wait\n'],
    ['faults', 'list, set, add, clear'],
    ['faults add', 'give --delay, --status,'],
    ['faults add --operation claim', 'give --delay, --status,'],
    ['faults drop', "'drop'"],
    ['clock', 'show, freeze, advance, set, resume'],
    ['clock advance', 'BY'],
    ['clock freeze now', 'usage: poolctl clock freeze\n'],
    ['settings set', 'usage: poolctl settings set KEY=VALUE...'],
    ['settings set maxPods', "'maxPods'"],
    ['settings set p maxPods=1', "KEY=VALUE, not 'p'"],
    ['settings set =1', "'=1'"],
    ['settings set-pool p', 'POOL KEY=VALUE...'],
    ['settings set-pool p maxPods=1 2', "'2'"],
    ['settings show a b', 'settings show'],
    ['snapshots', 'list, save, restore, delete'],
    ['seed', 'SEED'],
    ['verify --exactly some', '--exactly'],
    ['wait --exactly 1', '--exactly'],
    ['--nonsense claim', '--nonsense'],
    ['--s claim', 'more than one'],
    ['-x claim', '-x'],
    ['-jx claim', '-x'],
    ['claim --workspace', '--workspace'],
    ['claim --json=yes', '--json: takes no value'],
    ['claim --count 2', "--count: 'claim [POOL]'"],
    ['reset p --keep faults', "--keep: 'reset POOL'"],
    ['list --secrets', '--secrets'],
    ['wait --count -1', '--count'],
    ['wait --count 1.5', '--count'],
    ['wait --count 10000000000', '--count'],
    ['wait --timeout soon', '--timeout'],
    ['wait --timeout 1d', '--timeout: expected a duration such as "30m", not \'1d\''],
    ['wait --timeout 10001h', "--timeout: at most 10000h, not '10001h'"],
    ['claim --ttl 10001h', "--ttl: at most 10000h, not '10001h'"],
    ['faults add --delay 61m', '--delay: expected a delay up to 1h'],
    ['faults add --delay 1s..2h', '--delay: expected a delay up to 1h'],
    ['claim --workspace=', '--workspace'],
    ['claim --tenant=', '--tenant'],
    ['claim --token=', '--token'],
    ['faults add --phase during', 'before after'],
    ['faults add --connection drop', 'close reset'],
    ['faults add --method get', 'GET HEAD POST PUT PATCH DELETE'],
    ['relay --target t', '--target'],
    ['relay --target T=http://localhost/', '--target'],
    ['relay --target t=ftp://localhost/', '--target'],
    ['relay --target t=http://localhost/?token=x', '--target'],
    ['relay --target t=http://example.org/', '--target t=http://example.org/: its host is not this machine; add --allow-host'],
    [`relay ${'--target t=http://localhost/ '.repeat(21)}`, '--target'],
    ['relay --allow-host http://a/', '--allow-host'],
    ['relay now', 'usage: poolctl relay'],
    ['claim --allow-host a', '--allow-host'],
    ['faults add --header X-A', '--header'],
    ['faults add --header :b', '--header'],
    [`faults add ${'--header A:b '.repeat(21)}--hang`, '--header'],
    ['faults add --probability half', '--probability'],
    ['faults add --probability 0.', '--probability'],
    ['faults add --probability 1e-1', '--probability'],
    [`faults add --probability 0.${'1'.repeat(40)}`, '--probability'],
    ['faults add --probability nan', '--probability'],
    ['faults add --delay 1..', '--delay'],
    ['faults add --delay ..1', '--delay'],
    ['faults add --delay 1..2..3', '--delay'],
    ['faults add --delay 1s~..5s', '--delay'],
    ['faults add --delay 1s~0.4', '--delay'],
    ['faults add --url 127.0.0.1:8080', '--url'],
    ['faults add --url ftp://127.0.0.1/', '--url'],
    ['faults add --url http://', '--url'],
    ['faults add --url http:///path', '--url'],
    ['faults add --url http://host/?query', '--url'],
    ['faults add rule.json --times 3', '--times'],
  ];
  await forEachRow(rows, async ([line, named]) => {
    const ended = await server.run(line.split(' ').filter(Boolean));
    assertFailed(ended, EXIT.USAGE, /./);
    assert.ok(ended.stderr.includes(named), `${ended.stderr.trim()}: names ${named}`);
    assert.equal(ended.stdout, '');
  });
  assert.deepEqual(server.take(), []);
});

testCase('an empty name is refused', async (world) => {
  const server = await ScriptedServer.start(world);
  await forEachRow([['status', ''], ['release', ''], ['reset', '']], async (args) => {
    assertFailed(await server.run(args), EXIT.USAGE, /is empty/);
  });
  assert.deepEqual(server.take(), []);
});

testCase('a bad variable is named, and an empty one counts as unset', async (world) => {
  const server = await ScriptedServer.start(world);
  const bad = { POOLCTL_URL: 'nonsense', POOLCTL_TIMEOUT: 'soon', POOLCTL_TOKEN: 'a b' };
  await forEachRow(Object.entries(bad), async ([name, value]) => {
    const ended = await server.run(['reset'], { env: { [name]: value } });
    assertFailed(ended, EXIT.USAGE, new RegExp(`^poolctl: ${name}: --`));
  });
  assertDone(await server.run(['reset'], { env: { POOLCTL_TIMEOUT: '', POOLCTL_TOKEN: '', POOLCTL_TENANT: '' } }));
});

testCase('a value that may hold a secret is not shown', async () => {
  const rows = [['--token', 'secret with\na line'], ['--url', 'http://user:secret@127.0.0.1/']];
  await forEachRow(rows, async ([option, value]) => {
    const ended = await poolctl(['claim', option, value]);
    assertFailed(ended, EXIT.USAGE, new RegExp(option));
    assert.ok(!ended.stderr.includes('secret'), ended.stderr);
  });
});

testCase('--help has lines of at most 80 columns', async () => {
  const long = assertDone(await poolctl(['--help'])).split('\n').filter((line) => line.length > 80 || line.endsWith(' '));
  assert.deepEqual(long, []);
});

testCase('--help and --version need no command, and no service', async () => {
  const help = assertDone(await poolctl(['--help']));
  await forEachRow(['claim', 'faults add', 'clock advance BY', '--timeout TIME', '[60s]'], async (part) => {
    assert.ok(help.includes(part), part);
  });
  assert.match(assertDone(await poolctl(['-V'])), /^poolctl \d+\.\d+\.\d+\S*\n$/);
  assertDone(await poolctl(['claim', '--help']));
  assert.equal(assertDone(await poolctl(['help'])), help);
});

testCase('a text that is not UTF-8 is refused, not changed, when it would go into a body', async (world) => {
  const server = await ScriptedServer.start(world);
  await forEachRow(['settings set "a=$x"', 'faults add --error "$x"', 'clock advance "$x"'], async (words) => {
    const shell = `x=$(printf '\\377'); exec "$@" ${words}`;
    assertFailed(await poolctl([], { url: server.url, shell }), EXIT.USAGE, /' is not UTF-8$/m);
  });
  assert.equal(server.requests.length, 0);
});
