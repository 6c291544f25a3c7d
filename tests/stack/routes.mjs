// SPDX-License-Identifier: MIT
//
// Runs the cases of rows/*.rows: requests and their answers. lib/rows.mjs describes the format. Files with the same worker options share
// one stack.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { readRows, runRows } from '../lib/rows.mjs';
import { sourceFile, Stack, stackCase, stackCases } from '../lib/stack.mjs';

const directory = sourceFile('tests', 'stack', 'rows');

function readFiles() {
  const stacks = new Map();
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.rows')).sort()) {
    const { options, cases } = readRows(readFileSync(`${directory}/${file}`, 'utf8'), file);
    assert.ok(cases.length > 0, `${file} has no case`);
    const key = options.join(' ');
    if (!stacks.has(key)) stacks.set(key, { options, cases: [] });
    const subject = file.replace('.rows', '');
    stacks.get(key).cases.push(...cases.map((row) => ({ name: `${subject}: ${row.name}`, body: (stack) => runRows(stack, row) })));
  }
  return stacks;
}

for (const [key, { options, cases }] of readFiles()) {
  stackCases({ options }, cases, `the worker with options "${key}" ends with status 0`);
}

// Rows that must fail, and a pattern that the failure's message must match.
const WRONG = [
  ['GET pools -> 201', /200 !== 201/],
  ['GET nowhere -> 404 bad_name', /not_found/],
  ['GET nowhere -> 404', /gives no code/],
  ['GET nowhere -> 404 not_found: there', /there/],
  ['GET nowhere -> 404 not_found: no ... there', /there/],
  ['GET pools -> 200 pools.0.name = "p"', /pools\.0\.name/],
  ['GET pools -> 200 pools.*.name = ["p"]', /pools\.\*\.name/],
  ['GET pools -> 200 pools.0.named = null', /pools\.0\.named/],
  ['GET pools -> 200 pools.0.name ~ "pools"', /pools\.0\.name/],
  ['GET pools -> 200 no pools', /pools/],
  ['GET pools -> 200 no nothing.next_cursor', /the parent of nothing/],
  ['GET __admin/settings -> 200 settings.progression = {}', /settings\.progression/],
  ['GET pools -> 200 header Cache-Control = store', /Cache-Control/],
  ['GET pools -> 200 no header Cache-Control', /Cache-Control/],
  ['GET pools -> 200 body ~ "nothing"', /body/],
  ['GET pools -> 200 body !~ "default-pool"', /body/],
  ['GET pools -> 200 body = "{}"', /body/],
  ['GET pools/a/workspace -> 200 unchanged', /the state has changed/],
  ['POST __admin/reset -> 200 unchanged', /the state has changed/],
  ['HEAD pools -> 404', /200 !== 404/],
  ['let A = default-pool\nGET $A -> 404 not_found\nGET pools/$A -> 404 not_found', /:4: GET pools.*200 !== 404/s],
  ['POST pools {"name":"$(x)*129"} -> 201', /name: longer than/],
  ['with A\n    1\n    2\nPOST pools {"name":"p"} -> 201\nend', /with \{"A":"2"\}/],
];

stackCase('a row that does not hold fails, and the message names it', async (world) => {
  const stack = await Stack.start(world);
  for (const [text, pattern] of WRONG) {
    const [row] = readRows(`== wrong\n${text}\n`, 'sample').cases;
    await assert.rejects(runRows(stack, row), (error) => {
      assert.match(error.message, /^sample:\d+: (GET|HEAD|POST) /);
      assert.match(error.message, pattern);
      return true;
    }, text);
  }
});

test('a malformed file of rows is refused, with the line', () => {
  const rows = [
    ['GET pools -> 200', '    more', '', '    of nothing'],
    ['== a', 'GET pools -> 200', '== a'],
    ['== a', 'with A', '    1', 'GET $A -> 200'],
    ['== a', 'with A | B', '    1'],
    ['== a', 'with A', 'GET pools -> 200', 'end'],
    ['== a', 'with A', '    1', 'end'],
    ['== a', 'with A', '    1', 'GET $A -> 200', 'with B', '    1', 'GET $B -> 200', 'end'],
    ['== a', 'end'],
    ['== a', 'let a = b'],
    ['== a', 'header nonsense'],
    ['== a', 'say nothing'],
  ];
  for (const lines of rows) assert.throws(() => readRows(lines.join('\n'), 'sample'), /^Error: sample:\d+: /, lines.join('\n'));
});
