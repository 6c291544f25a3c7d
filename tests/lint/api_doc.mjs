// SPDX-License-Identifier: MIT
//
// Runs the examples of these documents: each curl command that is followed by an answer, in order, against a fresh worker behind
// nginx. The real answer must be the one in the document. With POOL_MANAGER_TEST_UPDATE=1 (make update-api) the document gets the
// real answers instead.
//
// A document may leave parts of a JSON body out: an indented line `…` stands for one or more members or items of that depth. Every
// other line is compared as it is.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

import { PATIENCE_MS, testCase } from '../lib/case.mjs';
import { ANSWERED, assertAnswered, CURL_IS_MISSING, indent, normalise } from '../lib/document.mjs';
import { sourceFile, Stack, stackCase } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

// A command and the answer below it.
const EXAMPLE = /```sh\n(curl [^`]*?)\n```\n\n```http\n([^`]*?)\n```/g;

// Headers that differ from run to run or are not the API's.
const OMITTED = /^(date|server|connection|keep-alive|transfer-encoding|content-length|x-mock-event):/i;

// The headers of every answer: a document shows them with its first answer only, and README.md not at all.
const COMMON = new Set([
  'Content-Type: application/json',
  'Cache-Control: no-store',
  'Access-Control-Allow-Origin: *',
  'Access-Control-Expose-Headers: Retry-After, X-Mock-Event, X-Mock-Fault, X-Mock-Stale',
]);

function showHead(head, withCommon) {
  const [status, ...headers] = head.split('\r\n');
  return [status, ...headers.filter((line) => !OMITTED.test(line) && (withCommon || !COMMON.has(line)))].join('\n');
}

const LEFT_OUT = /^ +…$/;

function depthOf(line) {
  return /^ */.exec(line)[0].length;
}

// What stays the same in a line when its value changes: a member's key, a bracket, or else the whole line.
function labelOf(line) {
  return /^ *(?:"(?:[^"\\]|\\.)*": |[[{}\]])/.exec(line)?.[0] ?? line;
}

// The number of `lines` that one `…` of this depth stands for, if the document continues with `next`.
function countLeftOut(lines, depth, next) {
  let count = 0;
  while (count < lines.length && depthOf(lines[count]) >= depth && (count === 0 || labelOf(lines[count]) !== labelOf(next))) count++;
  return count;
}

// Leaves out of the real `body` what the document leaves out of the body that it shows. Returns the whole body if the two differ in
// more than values: then the document's author has to choose anew.
function leaveOut(body, shown) {
  const marks = shown.split('\n');
  const rest = body.split('\n');
  const kept = [];
  for (const [i, mark] of marks.entries()) {
    if (LEFT_OUT.test(mark)) {
      const count = countLeftOut(rest, depthOf(mark), marks[i + 1] ?? '');
      if (count === 0) return body;
      rest.splice(0, count);
      kept.push(mark);
    } else {
      if (rest.length === 0 || labelOf(rest[0]) !== labelOf(mark)) return body;
      kept.push(rest.shift());
    }
  }
  return rest.length === 0 ? kept.join('\n') : body;
}

// The answer as the document shows it, where it shows `shown` now.
function showAnswer(output, withCommon, shown) {
  const end = output.indexOf('\r\n\r\n');
  assert.ok(end >= 0, `an answer without its head (use curl -i): ${output}`);
  const head = showHead(output.slice(0, end), withCommon);
  const body = normalise(output.slice(end + 4));
  if (body === '') return head;
  const isJson = /^content-type: application\/json/im.test(output.slice(0, end));
  return `${head}\n\n${isJson ? leaveOut(indent(body), shown.slice(shown.indexOf('\n\n') + 2)) : body.trimEnd()}`;
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

// Returns the document with the answers that its commands get now.
function runDocument(document, base, home, withCommon) {
  let examples = 0;
  const answered = document.replace(EXAMPLE, (_, command, shown) => {
    const answer = showAnswer(runCurl(command, base, home), withCommon && examples === 0, shown);
    examples++;
    return `\`\`\`sh\n${command}\n\`\`\`\n\n\`\`\`http\n${answer}\n\`\`\``;
  });
  assert.equal(examples, document.match(/^```http$/gm).length, 'every answer stands below its command');
  return answered;
}

for (const [name, options] of Object.entries(ANSWERED)) {
  stackCase(
    `${name} shows what the service answers`,
    async (world) => {
      const stack = await Stack.start(world, { options });
      const path = sourceFile(name);
      const document = await readFile(path, 'utf8');
      const base = `http://${stack.host}:${stack.port}${BASE}`;
      await assertAnswered(world, path, document, runDocument(document, base, world.directory, name !== 'README.md'));
    },
    { skip: CURL_IS_MISSING },
  );
}

// --- what a document leaves out ---

const ANSWER = indent('{"pod":{"id":"a","ports":{"1":"x","2":"y"},"used":true},"list":[{"k":1},{"k":2}],"end":null}');

const LEAVES_OUT = [
  ['nothing', ANSWER],
  ['all members', '{\n  …\n}'],
  ['members between two', '{\n  "pod": {\n    "id": "a",\n    …\n    "used": true\n  },\n  …\n  "end": null\n}'],
  ['the first and the last members', '{\n  "pod": {\n    …\n    "ports": {\n      "1": "x",\n      …\n    },\n    …\n  },\n  …\n}'],
  ['items of a list', '{\n  …\n  "list": [\n    {\n      "k": 1\n    },\n    …\n  ],\n  …\n}'],
];

for (const [what, shown] of LEAVES_OUT) {
  testCase(`a document may leave out ${what}`, () => assert.equal(leaveOut(ANSWER, shown), shown));
}

testCase('a value that a document shows is the real one, also beside what it leaves out', () => {
  assert.equal(leaveOut(ANSWER, '{\n  …\n  "end": 7\n}'), '{\n  …\n  "end": null\n}');
});

const DIFFERS = [
  ['a member that the answer lacks', '{\n  …\n  "other": null\n}'],
  ['an answer that ends too early', '{\n  …\n  "list": [\n    …\n  ]\n}'],
  ['members in another order', '{\n  "end": null,\n  …\n}'],
  ['something left out where nothing is', '{\n  …\n  "pod": {\n    …\n  },\n  …\n}'],
  ['something left out across the end of an object', '{\n  "pod": {\n    …\n  "end": null\n}'],
];

for (const [what, shown] of DIFFERS) {
  testCase(`a document may not show ${what}`, () => assert.equal(leaveOut(ANSWER, shown), ANSWER));
}
