// SPDX-License-Identifier: MIT
//
// Runs the recipes of docs/recipes.md. The commands of each recipe run in one shell, after those of the page's beginning, against a
// fresh worker behind nginx, or against a worker that the recipe starts. They have to print the output shown below them. With
// POOL_MANAGER_TEST_UPDATE=1 (make update-api) the output is written into the page instead.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname } from 'node:path';

import { PATIENCE_MS } from '../lib/case.mjs';
import { assertAnswered, CURL_IS_MISSING, indent, normalise } from '../lib/document.mjs';
import { POOLCTL } from '../lib/poolctl.mjs';
import { sourceFile, Stack, stackCase } from '../lib/stack.mjs';
import { BASE, WORKER } from '../lib/worker.mjs';

const path = sourceFile('docs', 'recipes.md');
const RECIPE = /\n### (.*)\n[^]*?(?=\n##|$)/g;

// The base URL, which the page sets for its reader.
const BASE_URL = /^BASE=.*$/m;

// Commands, and the output they print, if any.
const STEP = /```sh\n([^]*?)\n```\n(?:\n```text\n([^]*?)\n```\n)?/g;
const SEPARATOR = '\x1e';
const STARTS_A_WORKER = /^start /m;

// Ends the last background process of a recipe with the recipe, even if that takes too long.
const ENDING = `trap 'kill $! 2>/dev/null' EXIT\ntrap 'exit 1' TERM`;

// Returns the output as a document shows it: JSON is indented.
function showOutput(output) {
  const show = (line) => (/^\{.*\}$/.test(line) ? indent(line) : line.trimEnd());
  return normalise(output).trimEnd().split('\n').map(show).join('\n');
}

function commandsIn(text) {
  return Array.from(text.matchAll(STEP), ([, commands]) => commands);
}

// Runs the steps as one script. Returns the output of each.
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

// Returns the recipe with the output of its commands.
function runRecipe(recipe, variables, home) {
  const steps = commandsIn(recipe);
  assert.ok(steps.length > 0, 'a recipe without a command');
  const outputs = runSteps(steps, variables, home);
  return recipe.replace(STEP, (_, commands) => {
    const output = outputs.shift();
    return `\`\`\`sh\n${commands}\n\`\`\`\n${output === '' ? '' : `\n\`\`\`text\n${output}\n\`\`\`\n`}`;
  });
}

const page = await readFile(path, 'utf8');
const preparation = commandsIn(page.slice(0, page.indexOf('\n### '))).map((commands) => commands.replace(BASE_URL, ''));
const recipes = Array.from(page.matchAll(RECIPE));
assert.ok(recipes.length > 0, 'docs/recipes.md has no recipe');

for (const [recipe, title] of recipes) {
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
