// SPDX-License-Identifier: MIT
//
// The files of the web pages (src/page/): their layout by prettier, their code by ESLint, their size, and whether the page at the root
// lists the routes that src/call/routes.def has.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';

import { sourceFile } from '../lib/stack.mjs';

const MODULES = process.env.POOL_MANAGER_TEST_MODULES ?? '';
const isMissing = ['prettier', 'eslint'].some((name) => !existsSync(join(MODULES, name)));
const skip = isMissing && 'prettier and ESLint are not installed; ./bootstrap check installs them';
const require = createRequire(join(MODULES, 'x.js'));

const FOLDER = sourceFile('src', 'page');
const LINES_MAX = 200;

async function filesOf(...endings) {
  const names = (await readdir(FOLDER)).filter((name) => endings.includes(name.split('.').at(-1)));
  assert.ok(names.length > 0);
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(FOLDER, name), 'utf8') })));
}

// What turns text into HTML or code.
const FORBIDDEN = '/^(innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|parseFromString|write|writeln|srcdoc|cssText)$/';
const RULES = {
  eqeqeq: 'error',
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-new-func': 'error',
  'no-undef': 'error',
  'no-unused-vars': 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'no-shadow': 'error',
  'no-unreachable': 'error',
  'no-restricted-syntax': ['error', `MemberExpression[property.name=${FORBIDDEN}]`, `Property[key.name=${FORBIDDEN}]`, 'Literal[value=/https?:/]'],
  'max-lines-per-function': ['error', 60],
  complexity: ['error', 12],
};
const GLOBALS = ['AbortController', 'AbortSignal', 'TextDecoderStream', 'URL', 'URLSearchParams', 'addEventListener', 'clearTimeout', 'document', 'fetch',
  'getSelection', 'location', 'navigator', 'performance', 'setInterval', 'setTimeout'];

async function complaints(code) {
  const { Linter } = require('eslint');
  const languageOptions = { globals: Object.fromEntries(GLOBALS.map((name) => [name, 'readonly'])) };
  return new Linter().verify(code, [{ languageOptions, rules: RULES }]).map(({ line, message, ruleId }) => `${line}: ${ruleId}: ${message}`);
}

test('each script and style sheet has the layout of prettier', { skip }, async () => {
  const prettier = require('prettier');
  for (const { name, text } of await filesOf('mjs', 'css')) {
    const options = await prettier.resolveConfig(join(FOLDER, name), { editorconfig: true });
    assert.equal(options.printWidth, 140);
    const isFormatted = await prettier.check(text, { ...options, filepath: name });
    assert.ok(isFormatted, `prettier -w src/page/${name} would change it`);
  }
});

test('no script makes HTML or code out of text, or has another fault that ESLint finds', { skip }, async () => {
  for (const { name, text } of await filesOf('mjs')) assert.deepEqual(await complaints(text), [], name);
  for (const code of ['document.body.innerHTML = "";', 'eval("");', 'unknown();', 'fetch("http://other.test/");', 'document.write("");'])
    assert.notDeepEqual(await complaints(code), [], code);
});

test('each file begins with its licence, and is short', async () => {
  for (const { name, text } of await filesOf('mjs', 'css', 'html')) {
    assert.match(text.slice(0, 100), /SPDX-License-Identifier: MIT/, name);
    const lines = text.split('\n').length;
    assert.ok(lines <= (name.endsWith('css') ? 300 : LINES_MAX), `${name} has ${lines} lines`);
  }
});

test('the page at the root lists each route of clients, and no other', async () => {
  const table = await readFile(sourceFile('src', 'call', 'routes.def'), 'utf8');
  const routes = [...table.matchAll(/^ROUTE\((\w+), *"([^"]*)",\s*\w+,\s*\w+,\s*\w+,\s*(\w+),/gm)]
    .filter(([, , , access]) => access === 'TOKEN' || access === 'OPEN')
    .map(([, method, pattern]) => `${method} ${pattern}`);
  const page = await readFile(join(FOLDER, 'index.html'), 'utf8');
  const listed = [...page.matchAll(/<th scope="row"><code>([^<]*)<\/code>/g)].map(([, route]) => route);
  assert.ok(routes.length > 25);
  assert.deepEqual(listed.sort(), routes.sort());
});
