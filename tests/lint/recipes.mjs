// SPDX-License-Identifier: MIT
//
// The recipes of docs/control.md do what they say: the commands of each are run in one shell, in order, after those of the chapter's
// beginning, against a fresh worker behind nginx, or one of their own, and have to put out what stands below them. With POOL_MANAGER_TEST_UPDATE=1 (make
// update-api) that is written anew.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname } from 'node:path';

import { PATIENCE_MS } from '../lib/case.mjs';
import { assertAnswered, CURL_IS_MISSING, indent, normalise } from '../lib/document.mjs';
import { POOLCTL } from '../lib/poolctl.mjs';
import { sourceFile, Stack, stackCase } from '../lib/stack.mjs';
import { BASE, WORKER } from '../lib/worker.mjs';

const path = sourceFile('docs', 'control.md');
const CHAPTER = /\n## Recipes\n[^]*?(?=\n## |$)/;
const RECIPE = /\n### (.*)\n[^]*?(?=\n### |$)/g;

// Commands, and what they put out, if anything.
const STEP = /```sh\n([^]*?)\n```\n(?:\n```text\n([^]*?)\n```\n)?/g;
const SEPARATOR = '\x1e';
const STARTS_A_WORKER = /^start /m;

// What a recipe has started last ends with it, also where it takes too long.
const ENDING = `trap 'kill $! 2>/dev/null' EXIT\ntrap 'exit 1' TERM`;

// Each line of output, JSON as a document shows it.
function showOutput(output) {
  const show = (line) => (/^\{.*\}$/.test(line) ? indent(line) : line.trimEnd());
  return normalise(output).trimEnd().split('\n').map(show).join('\n');
}

function commandsIn(text) {
  return Array.from(text.matchAll(STEP), ([, commands]) => commands);
}

// What each of these pieces of one script puts out.
function runSteps(steps, variables, home) {
  const PATH = [dirname(WORKER), dirname(POOLCTL), process.env.PATH].join(delimiter);
  const script = [ENDING, ...preparation, steps.join(`\nprintf '\\036'\n`)].join('\n');
  const { error, status, stdout } = spawnSync('/bin/sh', ['-c', `exec 2>&1\n${script}`], {
    cwd: home,
    env: { PATH, HOME: home, NO_PROXY: '*', ...variables },
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  assert.equal(error ?? status, 0, stdout);
  return stdout.split(SEPARATOR).map(showOutput);
}

// The recipe with what its commands put out.
function runRecipe(recipe, variables, home) {
  const steps = commandsIn(recipe);
  assert.ok(steps.length > 0, 'a recipe without a command');
  const outputs = runSteps(steps, variables, home);
  return recipe.replace(STEP, (_, commands) => {
    const output = outputs.shift();
    return `\`\`\`sh\n${commands}\n\`\`\`\n${output === '' ? '' : `\n\`\`\`text\n${output}\n\`\`\`\n`}`;
  });
}

const [chapter] = CHAPTER.exec(await readFile(path, 'utf8'));
const preparation = commandsIn(chapter.slice(0, chapter.indexOf('\n### ')));

for (const [recipe, title] of chapter.matchAll(RECIPE)) {
  stackCase(
    `recipe: ${title}`,
    async (world) => {
      const stack = await Stack.start(world);
      const variables = {
        BASE: `http://${stack.host}:${stack.port}${BASE}`,
        SOCKET: stack.worker.socketPath,
      };
      if (STARTS_A_WORKER.test(commandsIn(recipe).join('\n'))) await stack.worker.stop();
      const answered = runRecipe(recipe, variables, world.directory);
      const document = await readFile(path, 'utf8');
      await assertAnswered(world, path, document, document.replace(recipe, () => answered));
    },
    { skip: CURL_IS_MISSING },
  );
}
