// SPDX-License-Identifier: MIT
//
// Counts the instructions of a request with callgrind, by library and by room of the source. A count does not depend on what else the
// machine does.

import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';

import { load } from './measure.mjs';

const { POOL_MANAGER_TEST_SEEDED: SEEDED, POOL_MANAGER_TEST_VALGRIND: VALGRIND } = process.env;

// A program that is built with the address sanitizer does not run under valgrind.
export const HAS_CALLGRIND = Boolean(VALGRIND) && !readFileSync(SEEDED).includes('__asan_init');

const C_LIBRARY = /^(libc|ld-linux-[\w-]+)\.so/;
const LIBRARIES = [[/^libfcgi\.so/, 'libfcgi'], [/^libsqlite3\.so/, 'SQLite'], [/^libjson-c\.so/, 'json-c']];

export const REST = 'rest';
const REQUESTS_MIN = 200; // so that the first ones, which prepare the statements, count little

// Returns the part that a function of an object and a source file belongs to: a library, a room of the source, or the rest, mostly the
// jumps into libraries. Leaves out the C library.
function partOf(object, file) {
  if (C_LIBRARY.test(basename(object))) return null;
  const library = LIBRARIES.find(([pattern]) => pattern.test(basename(object)));
  return library ? library[1] : (/(?:^|\/)src\/([a-z]+)\//.exec(file)?.[1] ?? REST);
}

// Callgrind writes a name in full once, as `(ID) NAME`, and then as `(ID)`.
function nameReader() {
  const names = new Map();
  return (text) => {
    const [, id, name] = /^(\(\d+\))(?: (.*))?$/.exec(text);
    if (name !== undefined) names.set(id, name);
    return names.get(id);
  };
}

// Adds up a file of callgrind. Returns the instructions of each part. Functions of the C library count for the part that calls them.
export function instructionsByPart(text) {
  const [objectOf, fileOf] = [nameReader(), nameReader()];
  const parts = {};
  let [object, file, called, isCall] = ['', '', null, false];
  for (const line of text.split('\n')) {
    const [, key, value] = /^(ob|fl|fi|fe|cob|cfl|cfi|calls)=(.*)$/.exec(line) ?? [];
    const cost = /^[-+*\d]\S* (\d+)$/.exec(line);
    if (key === 'ob') object = objectOf(value);
    else if (key === 'cob') called = objectOf(value);
    else if (key === 'calls') isCall = true;
    else if (key === 'cfl' || key === 'cfi') fileOf(value);
    else if (key) file = fileOf(value);
    else if (cost) {
      const part = partOf(object, file);
      const counts = isCall ? part !== REST && C_LIBRARY.test(basename(called ?? '')) : true;
      if (part && counts) parts[part] = (parts[part] ?? 0) + Number(cost[1]);
      [called, isCall] = [null, false];
    }
  }
  return parts;
}

// The program of a worker that is profiled. It counts while it serves, not while it starts.
export async function profiledProgram(world) {
  const program = world.path('profiled');
  const options = `--tool=callgrind --quiet --callgrind-out-file='${world.path('profile')}' --toggle-collect=gateway_run`;
  await writeFile(program, `#!/bin/sh\nexec '${VALGRIND}' ${options} '${SEEDED}' "$@"\n`, { mode: 0o755 });
  return program;
}

// Profiles one load of a server whose program is profiledProgram(). Returns the instructions of each part for one request.
export async function profile(servers, one, seconds) {
  await rm(servers.path('profile'), { force: true });
  await servers.restart(one.server);
  let requests = 0;
  while (requests < REQUESTS_MIN) requests += (await load(servers, one, seconds)).requests;
  await servers.stop(one.server);
  const parts = instructionsByPart(await readFile(servers.path('profile'), 'utf8'));
  return Object.fromEntries(Object.entries(parts).map(([part, count]) => [part, count / requests]));
}
