// SPDX-License-Identifier: MIT
//
// For documents whose examples are run: shows the output of a command as a document does, and compares or updates the document.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname } from 'node:path';

import { PATIENCE_MS } from './case.mjs';
import { POOLCTL } from './poolctl.mjs';
import { WORKER } from './worker.mjs';

// The reason for skipping these tests, or false.
export const CURL_IS_MISSING = spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed';

// The documents that show answers (`http` below `sh`), each with the options that its worker needs.
export const ANSWERED = {
  'README.md': [],
  'docs/api.md': [],
  'docs/control.md': [],
  'docs/pods.md': ['--pod-url', 'path'],
  'docs/application.md': ['--pod-url', 'path'],
};

// Times of today are of this run, and are replaced. Times that a command itself names are kept.
function normaliseTime(time) {
  const dayMs = 24 * 3600 * 1000;
  return Math.abs(Date.parse(time) - Date.now()) < dayMs ? '2026-01-01T00:00:00.000Z' : time;
}

// Replaces the parts of a text that differ between runs with fixed values.
export function normalise(text) {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, normaliseTime)
    .replace(/"(durationMs|ageMs)":[\d.]+/g, '"$1":0.1')
    .replace(/"uptimeMs":\d+/g, '"uptimeMs":1234')
    .replace(/"pm_uptime":\d+/g, '"pm_uptime":1767225600000')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:8080')
    .replace(/"(SERVER|REMOTE)_PORT":"\d+"/g, (_, side) => `"${side}_PORT":"${side === 'SERVER' ? 8080 : 54321}"`)
    .replace(/"(REQUEST_ID|requestId)":"[0-9a-f]{32}"/g, '"$1":"0123456789abcdef0123456789abcdef"')
    .replace(/"(id|lastId|delivery)":"[0-9a-f]{8}\.(\d+)"/g, '"$1":"5f0c1a2b.$2"')
    .replace(/\b(nginx|curl)\/[\d.]+/g, '$1/1.2.3');
}

// Indents a JSON text, with a line for each member. Does not parse it, because JSON.parse would move numeric keys to the front.
export function indent(text) {
  JSON.parse(text);
  if (text.includes('\n')) return text.trimEnd(); // it has lines already
  let depth = 0;
  const line = (change) => `\n${'  '.repeat((depth += change))}`;
  return text.replace(/"(?:[^"\\]|\\.)*"|\[\]|\{\}|[[{}\],:]/g, (token) => {
    if (token === '{' || token === '[') return token + line(1);
    if (token === '}' || token === ']') return line(-1) + token;
    if (token === ',') return token + line(0);
    return token === ':' ? ': ' : token;
  });
}

// Returns the output of commands as a document shows it: JSON is indented.
function showOutput(output) {
  const show = (line) => (/^\{.*\}$/.test(line) ? indent(line) : line.trimEnd());
  return normalise(output).trimEnd().split('\n').map(show).join('\n');
}

// Runs the commands of `steps` in one shell, in `folder`, with the worker and poolctl in its PATH, before that with the programs in
// `programs`. `ending` are commands to begin with. Returns the output of each step. Asserts that the shell ends with status 0.
export function runSteps(steps, { variables, folder, ending = '', programs = [] }) {
  const script = `exec 2>&1\n${ending}\n${steps.join("\nprintf '\\036'\n")}`;
  const { error, status, stdout } = spawnSync('/bin/sh', ['-c', script], {
    cwd: folder,
    env: {
      PATH: [...programs, dirname(WORKER), dirname(POOLCTL), process.env.PATH].join(delimiter), HOME: folder, NO_PROXY: '*', ...variables,
    },
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  assert.equal(error ?? status, 0, stdout);
  return stdout.split('\x1e').map(showOutput);
}

function difference(directory, before, after) {
  const { stdout } = spawnSync('diff', ['-u', before, after], { cwd: directory, encoding: 'utf8' });
  return stdout;
}

// Asserts that `document`, the text of the file at `path`, equals `answered`, the text with the answers of this run. With
// POOL_MANAGER_TEST_UPDATE=1, writes `answered` to the file instead.
export async function assertAnswered(world, path, document, answered) {
  if (answered === document) return;
  if (process.env.POOL_MANAGER_TEST_UPDATE) {
    await writeFile(path, answered);
    return;
  }
  const after = world.path(basename(path));
  await writeFile(after, answered);
  assert.fail(`the document differs; make update-api updates it:\n${difference(world.directory, path, after)}`);
}
