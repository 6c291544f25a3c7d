// SPDX-License-Identifier: MIT
//
// Runs the recipes of docs/recipes.md. The commands of each recipe run in one shell, after those of the page's beginning, against a
// fresh worker behind nginx, or against a worker that the recipe starts. They have to print the output shown below them. With
// POOL_MANAGER_TEST_UPDATE=1 (make update-api) the output is written into the page instead.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { assertAnswered, CURL_IS_MISSING, runSteps } from '../lib/document.mjs';
import { sourceFile, Stack, stackCase } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

const path = sourceFile('docs', 'recipes.md');
const RECIPE = /\n### (.*)\n[^]*?(?=\n##|$)/g;

// The base URL, which the page sets for its reader.
const BASE_URL = /^BASE=.*$/m;

// Commands, and the output they print, if any.
const STEP = /```sh\n([^]*?)\n```\n(?:\n```text\n([^]*?)\n```\n)?/g;
const STARTS_A_WORKER = /^start /m;

// Ends the last background process of a recipe with the recipe, even if that takes too long.
const ENDING = `trap 'kill $! 2>/dev/null' EXIT\ntrap 'exit 1' TERM`;

function commandsIn(text) {
  return Array.from(text.matchAll(STEP), ([, commands]) => commands);
}

// Returns the recipe with the output of its commands.
function runRecipe(recipe, variables, home) {
  const steps = commandsIn(recipe);
  assert.ok(steps.length > 0, 'a recipe without a command');
  const outputs = runSteps([...preparation, ...steps], { variables, folder: home, ending: ENDING }).slice(preparation.length);
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
