// SPDX-License-Identifier: MIT
//
// Every block of commands in a document is run by a test, or a mark gives the reason why not (tests/lib/blocks.mjs). A block without a mark
// is one whose answer stands below it, or belongs to a document that another test runs as a whole. This test checks the marks, and runs the
// blocks that name it: those of a document in one shell, in their order, against a worker behind nginx. Where a document shows the output,
// the commands have to print it; make update-api writes it there.
//
// Commands that would serve until they are ended run with --check: the options have to be right.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { blocksOf } from '../lib/blocks.mjs';
import { testCase } from '../lib/case.mjs';
import { ANSWERED, assertAnswered, CURL_IS_MISSING, runSteps } from '../lib/document.mjs';
import { sourceFile, Stack, stackCase } from '../lib/stack.mjs';
import { BASE, WORKER } from '../lib/worker.mjs';

// Documents whose commands have a test of their own.
const RUN_AS_A_WHOLE = {
  'docs/front-ends.md': 'tests/front-ends/clean_machine.mjs',
  'docs/operating.md': 'tests/packages/operating.mjs',
  'docs/recipes.md': 'tests/lint/recipes.mjs',
};

const names = ['README.md', ...(await readdir(sourceFile('docs'))).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];

function isShell({ language }) {
  return language === 'sh' || language === 'console';
}

// Returns what is wrong with the mark of a block, or null. `next` is the block below it.
function complaintOf(name, block, next) {
  if (!isShell(block)) return block.mark && 'a mark at a block without commands';
  if (block.mark === 'run by') return existsSync(sourceFile(block.why)) ? null : `there is no ${block.why}`;
  if (block.mark || RUN_AS_A_WHOLE[name] || (name in ANSWERED && next?.language === 'http')) return null;
  return 'no mark tells which test runs these commands';
}

function complaintsOf(name, document) {
  const blocks = blocksOf(document);
  const complaints = blocks.map((block, n) => [block.line, complaintOf(name, block, blocks[n + 1])]);
  return complaints.filter(([, complaint]) => complaint).map(([line, complaint]) => `${name}:${line}: ${complaint}`);
}

// Returns the blocks that this test runs, each with the block of its output, or null.
function ownBlocks(document) {
  const blocks = blocksOf(document).map((block, n, all) => ({ ...block, output: all[n + 1]?.language === 'text' ? all[n + 1] : null }));
  return blocks.filter(({ why }) => why === 'tests/lint/commands.mjs');
}

// A step is a command with the output that the document shows, or null. A block of the language `console` has several.
function stepsOf(block) {
  if (block.language === 'sh') return [{ command: block.text, shown: block.output?.text.trimEnd() ?? null }];
  return block.text.split(/^\$ /m).slice(1).map((part) => {
    const [command, ...shown] = part.trimEnd().split('\n');
    return { command, shown: shown.join('\n') || null };
  });
}

// Programs for the PATH and for the folder of the commands: those that would serve check their options.
async function makePrograms(world) {
  const folder = world.path('commands');
  const programs = world.path('programs');
  await mkdir(folder);
  await mkdir(programs);
  const put = (path, script) => writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  await put(join(programs, 'pool-manager-mock'), `exec '${WORKER}' --check "$@"`);
  await put(join(folder, 'bootstrap'), `PORT=0 exec '${sourceFile('bootstrap')}' "$@" --check >/dev/null`);
  return { folder, programs };
}

async function runDocument(world, name, document) {
  const stack = await Stack.start(world, { options: ANSWERED[name] });
  const origin = `http://${stack.host}:${stack.port}`;
  const { folder, programs } = await makePrograms(world);
  const steps = ownBlocks(document).flatMap(stepsOf);
  const here = (command) => command.replace(/http:\/\/(127\.0\.0\.1|localhost):8080/g, origin);
  const variables = { BASE: origin + BASE, POOLCTL_URL: origin + BASE, BUILD: process.env.POOL_MANAGER_TEST_BUILD, MAKEFLAGS: '' };
  const outputs = runSteps(['set -e', ...steps.map(({ command }) => here(command))], { variables, folder, programs: [programs] }).slice(1);
  return steps.reduce((text, { command, shown }, n) => (shown === null ? text : replaceShown(text, command, shown, outputs[n])), document);
}

function replaceShown(document, command, shown, output) {
  const at = document.indexOf(shown, document.indexOf(command));
  return document.slice(0, at) + output + document.slice(at + shown.length);
}

for (const name of names) {
  const document = await readFile(sourceFile(name), 'utf8');
  testCase(`${name} tells which test runs each command`, () => assert.deepEqual(complaintsOf(name, document), []));
  if (ownBlocks(document).length === 0) continue;
  stackCase(`${name}: its commands run`, async (world) => {
    await assertAnswered(world, sourceFile(name), document, await runDocument(world, name, document));
  }, { skip: CURL_IS_MISSING });
}

testCase('commands without a mark, and wrong marks, are found', () => {
  const block = (mark, language = 'sh') => `## A\n\n${mark}\n\`\`\`${language}\nfalse\n\`\`\`\n`;
  const rows = [
    ['<!-- not run: a reason -->', 'sh', []],
    ['<!-- run by: tests/lint/commands.mjs -->', 'console', []],
    ['<!-- run by: tests/none.mjs -->', 'sh', ['docs/x.md:3: there is no tests/none.mjs']],
    ['<!-- not run: a reason -->', 'json', ['docs/x.md:3: a mark at a block without commands']],
    ['<!-- another comment -->', 'sh', ['docs/x.md:4: no mark tells which test runs these commands']],
    ['', 'json', []],
  ];
  for (const [mark, language, complaints] of rows) assert.deepEqual(complaintsOf('docs/x.md', block(mark, language)), complaints);
});
