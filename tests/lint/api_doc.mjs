// SPDX-License-Identifier: MIT
//
// These documents show what the service answers: each of their curl commands with an answer is run, in order, against a fresh worker
// behind nginx, and the answer has to be the one that stands below it. With POOL_MANAGER_TEST_UPDATE=1 (make update-api) the
// answers are written anew.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

import { PATIENCE_MS } from '../lib/case.mjs';
import { assertAnswered, CURL_IS_MISSING, indent, normalise } from '../lib/document.mjs';
import { sourceFile, Stack, stackCase } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

// The documents, and the worker's options that each of them speaks of.
const DOCUMENTS = {
  'api.md': [], 'control.md': [], 'pods.md': ['--pod-url', 'path'], 'application.md': ['--pod-url', 'path'],
};

// A command, and the answer below it.
const EXAMPLE = /```sh\n(curl [^`]*?)\n```\n\n```http\n([^`]*?)\n```/g;

// What differs from run to run or says nothing of the API.
const OMITTED = /^(date|server|connection|keep-alive|transfer-encoding|content-length):/i;

// What each answer has; the document shows it once.
const COMMON = new Set([
  'Content-Type: application/json',
  'Cache-Control: no-store',
  'Access-Control-Allow-Origin: *',
  'Access-Control-Expose-Headers: Retry-After, X-Mock-Fault, X-Mock-Stale',
]);

function showHead(head, withCommon) {
  const [status, ...headers] = head.split('\r\n');
  return [status, ...headers.filter((line) => !OMITTED.test(line) && (withCommon || !COMMON.has(line)))].join('\n');
}

function showAnswer(output, withCommon) {
  const end = output.indexOf('\r\n\r\n');
  assert.ok(end >= 0, `not an answer with its head (curl -i): ${output}`);
  const head = showHead(output.slice(0, end), withCommon);
  const body = normalise(output.slice(end + 4));
  const isJson = /^content-type: application\/json/im.test(output.slice(0, end));
  return body === '' ? head : `${head}\n\n${isJson ? indent(body) : body.trimEnd()}`;
}

function runCurl(command, base, home) {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], {
    env: { PATH: process.env.PATH, HOME: home, NO_PROXY: '*', BASE: base },
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  assert.equal(status, 0, `${command}: ${stderr}`);
  return stdout;
}

// The document with the answers that its commands get.
function runDocument(document, base, home) {
  let examples = 0;
  const answered = document.replace(EXAMPLE, (_, command) => {
    const answer = showAnswer(runCurl(command, base, home), examples === 0);
    examples++;
    return `\`\`\`sh\n${command}\n\`\`\`\n\n\`\`\`http\n${answer}\n\`\`\``;
  });
  assert.equal(examples, document.match(/^```http$/gm).length, 'each answer stands below its command');
  return answered;
}

for (const [name, options] of Object.entries(DOCUMENTS)) {
  stackCase(
    `docs/${name} shows what the service answers`,
    async (world) => {
      const stack = await Stack.start(world, { options });
      const path = sourceFile('docs', name);
      const document = await readFile(path, 'utf8');
      const base = `http://${stack.host}:${stack.port}${BASE}`;
      await assertAnswered(world, path, document, runDocument(document, base, world.directory));
    },
    { skip: CURL_IS_MISSING },
  );
}
