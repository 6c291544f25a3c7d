// SPDX-License-Identifier: MIT
//
// Test cases as rows of text: requests, and the answer that each must get. A file of rows:
//
//     # A comment is a line of its own.
//     options --require-auth                         worker options, for the whole file
//     header Authorization: Bearer mock-password     a header for every following request
//     each unchanged                                 an expectation for every following request
//     let PODS = pools/default-pool/workspaces       $PODS stands for this text
//     GET pools/a/workspace -> 200                   requests before the first case are the start of every case
//
//     == a pool is made once
//     POST pools {"name":"p"} -> 201 pool.name = "p"
//         pool.id = "pool-2"
//     POST pools {} -> 400 bad_field: name: required
//
//     == every pod of the pool shows itself
//     with NAME | ID
//         mock-pod-1 | pod-pool-1-1
//         mock-pod-2 | pod-pool-1-2
//     GET workspaces/$NAME -> 200 workspace.id = "$ID"
//     end
//
// Every case starts from the worker's start state, with no snapshots and no tenants. Paths are relative to BASE.
//
// A request is `METHOD PATH`, headers, body, `->`, answer. Indented lines continue it. A header is `Name: value`, or `no Name` to drop
// one that `header` has set. Each header is a line of its own; a single one may follow the path. The answer is a status, for an error
// also the code and, after a colon, the sentence, in which `...` matches any text. Expectations follow, one per line:
//
//     pools.0.name = "p"        the JSON value of a member; the order of object members counts; `*` selects every array element
//     error ~ "of p"            the member is a text that contains this text
//     no next_cursor            the member is absent, though its parent exists
//     header Allow = PUT        the value of a header
//     no header Vary            the header is absent
//     body = "1\n"              the whole body; `~`: it contains the text, `!~`: it does not
//     unchanged                 GET __admin/state?secrets=true and the generation are the same before and after the request
//
// The requests between `with` and `end` run once for every row of the table, without a reset in between; several tables in sequence
// give all combinations. `with N = 1..100` is a table of these numbers. `let` before the first case applies to the whole file, otherwise to its case. Texts and rows may use such
// names in turn. `$(text)*9` repeats a text nine times. `$VERSION` is the version in configure.ac.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { assertError, assertSuccess } from './api.mjs';

// Requests whose successful answers have no `success` member: those to pods, and state documents.
const BARE = /[ /]_pod\/|^GET __admin\/(state|snapshots\/)/;

const ERROR_MEMBERS = ['code', 'error', 'message', 'success'];

const [, VERSION] = /^AC_INIT\(\[[^\]]*\], \[([^\]]*)\]/m.exec(readFileSync(new URL('../../configure.ac', import.meta.url), 'utf8'));

class RowError extends Error {}

function fail(place, text) {
  throw new RowError(`${place}: ${text}`);
}

// --- the text ---

function readTable(heading, place) {
  const [, name, first, last] = /^([A-Z]+) = (\d+)\.\.(\d+)$/.exec(heading) ?? [];
  if (name !== undefined) {
    const numbers = Array.from({ length: last - first + 1 }, (_, i) => String(Number(first) + i));
    return { columns: [name], rows: numbers.map((number) => ({ [name]: number })), place };
  }
  const columns = heading.split('|').map((name) => name.trim());
  for (const name of columns) if (!/^[A-Z]+$/.test(name)) fail(place, `not the name of a column: ${name}`);
  return { columns, rows: [], place };
}

function addTableRow(table, line, place) {
  const values = line.split('|').map((value) => value.trim());
  if (values.length !== table.columns.length) fail(place, `${values.length} values for ${table.columns.length} columns`);
  table.rows.push(Object.fromEntries(values.map((value, i) => [table.columns[i], value])));
}

// Reads a file of rows, line by line.
class Reader {
  options = [];
  cases = [];
  #first = { items: [], headers: {}, each: [], texts: { VERSION } };
  #case = this.#first;
  #tables = null; // since `with`, until `end`
  #open = null; // the request, table or text that an indented line continues

  read(text, file) {
    text.split('\n').forEach((line, i) => this.#readLine(line.trimEnd(), `${file}:${i + 1}`));
    this.#endCase();
    return { options: this.options, cases: this.cases };
  }

  #readLine(line, place) {
    if (line === '') this.#open = null;
    else if (line.startsWith('#')) return;
    else if (line.startsWith(' ')) this.#continue(line.trim(), place);
    else if (line.startsWith('== ')) this.#beginCase(line.slice(3), place);
    else if (/^\$?[A-Z]+ /.test(line)) this.#beginStep(line, place);
    else this.#readDirective(line, place);
  }

  #continue(line, place) {
    if (this.#open === null) fail(place, 'an indented line that continues nothing');
    if (this.#open.columns) addTableRow(this.#open, line, place);
    else if (this.#open.name) this.#case.texts[this.#open.name] += ` ${line}`;
    else this.#open.text += `\n${line}`;
  }

  #endCase() {
    if (this.#tables !== null) fail(this.#tables[0].place, 'a table without an end');
  }

  #endTables(place) {
    if (this.#tables === null) fail(place, 'an end without a table');
    for (const { rows, place: begin } of this.#tables) if (rows.length === 0) fail(begin, 'a table without rows');
    if (!this.#areUsed(this.#tables)) fail(place, 'a table without requests');
    this.#tables = null;
  }

  #areUsed(tables) {
    return this.#case.items.at(-1)?.tables === tables;
  }

  #beginCase(name, place) {
    this.#endCase();
    if (this.cases.some((earlier) => earlier.name === name)) fail(place, `a case before it has the same name: ${name}`);
    const { items, headers, each, texts } = this.#first;
    this.#case = { name, place, items: [...items], headers: { ...headers }, each: [...each], texts: { ...texts } };
    this.cases.push(this.#case);
    this.#open = null;
  }

  #beginStep(text, place) {
    const { headers, each, texts } = this.#case;
    this.#open = { text, place, headers: { ...headers }, each: [...each], texts, tables: this.#tables ?? [] };
    this.#case.items.push(this.#open);
  }

  #readDirective(line, place) {
    const [, word, rest] = /^(\w+) ?(.*)$/.exec(line) ?? fail(place, `not understood: ${line}`);
    const read = {
      options: () => this.options.push(...rest.split(' ')),
      header: () => Object.assign(this.#case.headers, readHeader(rest) ?? fail(place, `not a header: ${rest}`)),
      each: () => this.#case.each.push(rest),
      let: () => this.#beginText(rest, place),
      with: () => this.#beginTable(rest, place),
      end: () => this.#endTables(place),
    }[word];
    if (read === undefined) fail(place, `not understood: ${line}`);
    this.#open = null;
    read();
  }

  #beginText(rest, place) {
    const [, name, text] = /^([A-Z]+) = (.*)$/.exec(rest) ?? fail(place, `not a name and a text: ${rest}`);
    this.#case.texts[name] = text;
    this.#open = { name };
  }

  // Consecutive tables belong together.
  #beginTable(heading, place) {
    if (this.#tables !== null && this.#areUsed(this.#tables)) fail(place, 'the tables before this one have no end');
    this.#tables ??= [];
    this.#open = readTable(heading, place);
    this.#tables.push(this.#open);
  }
}

// Returns {options, cases}. `file` is the file's name in error messages.
export function readRows(text, file) {
  return new Reader().read(text, file);
}

// --- a request ---

function readHeader(text) {
  const [, without, name, value] = /^(?:no ([A-Za-z-]+)|([A-Za-z-]+):(?: (.*))?)$/.exec(text) ?? [];
  if (without !== undefined) return { [without.toLowerCase()]: undefined };
  return name === undefined ? null : { [name.toLowerCase()]: value ?? '' };
}

function repeat(text) {
  return text.replace(/\$\(([^()]*)\)\*(\d+)/g, (_, piece, count) => piece.repeat(Number(count)));
}

function substitute(text, texts, place) {
  const name = /\$([A-Z]+)/.exec(text)?.[1];
  if (name === undefined) return text;
  if (!(name in texts)) fail(place, `nothing has the name ${name}`);
  return substitute(text.replace(new RegExp(`\\$${name}(?![A-Z])`, 'g'), () => texts[name]), texts, place);
}

// Parses the text before the arrow: {method, path, headers, body}.
function readRequest(text, step) {
  const [, method, path, rest] = /^([A-Z]+) (\S+)\s*([^]*)$/.exec(text) ?? fail(step.place, `no request: ${text}`);
  const headers = { ...step.headers };
  const lines = rest.split('\n');
  for (let header; lines.length > 0 && (header = readHeader(lines[0])); lines.shift()) Object.assign(headers, header);
  const body = repeat(lines.join('\n'));
  for (const name of Object.keys(headers)) if (headers[name] === undefined) delete headers[name];
  return { method, path: repeat(path), headers, body: body === '' ? undefined : body };
}

// --- the answer ---

// Returns a member of a JSON value; undefined if it is absent.
function member(value, keys) {
  if (keys.length === 0) return value;
  const [key, ...rest] = keys;
  if (key === '*') return Array.isArray(value) ? value.map((element) => member(element, rest)) : undefined;
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
  return member(value[key], rest);
}

function assertAbsent(value, path) {
  const keys = path.split('.');
  assert.notEqual(member(value, keys.slice(0, -1)), undefined, `the parent of ${path}`);
  assert.equal(member(value, keys), undefined, path);
}

const COMPARE = {
  '=': (actual, expected, what) => assert.equal(JSON.stringify(actual), JSON.stringify(expected), what),
  '~': (actual, expected, what) => assert.ok(typeof actual === 'string' && actual.includes(expected), `${what} is ${actual}`),
  '!~': (actual, expected, what) => assert.ok(!actual.includes(expected), `${what} is ${actual}`),
};

// Removes the lines of one JSON value and returns the value.
function takeValue(lines, place) {
  for (let text = lines.shift(); ; text += `\n${lines.shift()}`) {
    try {
      return JSON.parse(repeat(text));
    } catch {
      if (lines.length === 0) fail(place, `not JSON: ${text}`);
    }
  }
}

// Removes the lines of one expectation and returns {check(answer), key}; `key` is the outermost member it is about, if any.
function takeExpectation(lines, place) {
  const line = lines.shift();
  const header = /^header (\S+) = (.*)$/.exec(line);
  if (header) return { check: ({ headers }) => assert.equal(headers[header[1].toLowerCase()], header[2], header[1]) };
  const noHeader = /^no header (\S+)$/.exec(line);
  if (noHeader) return { check: ({ headers }) => assert.equal(headers[noHeader[1].toLowerCase()], undefined, noHeader[1]) };
  const absent = /^no (\S+)$/.exec(line);
  if (absent) return { check: ({ json }) => assertAbsent(json, absent[1]) };
  const [, path, operator, rest] = /^(\S+) (=|~|!~) (.*)$/.exec(line) ?? fail(place, `not understood: ${line}`);
  lines.unshift(rest);
  const expected = takeValue(lines, place);
  const compare = (actual) => COMPARE[operator](actual, expected, path);
  if (path === 'body') return { check: ({ text }) => compare(text) };
  const check = (answer) => {
    assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
    compare(member(answer.json, path.split('.')));
  };
  return { check, key: path.split('.')[0] };
}

// Parses the text after the arrow: {status, code, sentence, expectations, unchanged}. `sentence` is a regular expression.
function readAnswer(text, step) {
  const { place } = step;
  const lines = [...text.split('\n'), ...step.each];
  const [, status, first] = /^(\d{3})(?: (.*))?$/.exec(lines.shift()) ?? fail(place, `no status: ${text}`);
  const expected = { status: Number(status), expectations: [], unchanged: false };
  if (first !== undefined) {
    const [, code, sentence] = (expected.status >= 400 && /^(\w+)(?:: (.*))?$/.exec(first)) || [];
    if (code === undefined) lines.unshift(first);
    else Object.assign(expected, { code, sentence: sentencePattern(sentence && repeat(sentence)) });
  }
  while (lines.length > 0) {
    if (lines[0] !== 'unchanged') expected.expectations.push(takeExpectation(lines, place));
    else expected.unchanged = Boolean(lines.shift());
  }
  return expected;
}

function sentencePattern(sentence = '...') {
  const parts = sentence.split('...').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

function assertErrorAnswer(answer, { status, code, sentence, expectations }) {
  const value = assertError(answer, status, code, sentence);
  const known = [...ERROR_MEMBERS, ...expectations.map(({ key }) => key)];
  const others = Object.keys(value).filter((key) => !known.includes(key) && key !== 'hint');
  assert.deepEqual(others, [], 'members of the error that the row does not mention');
}

// Asserts what every answer of its kind has, whatever the row expects.
function assertKind(answer, request, expected) {
  const isFault = 'x-mock-fault' in answer.headers;
  assert.equal(answer.status, expected.status, answer.text.slice(0, 500));
  if (request.method === 'HEAD') assert.equal(answer.text, '');
  else if (expected.code !== undefined) assertErrorAnswer(answer, expected);
  else if (expected.status >= 400) assert.ok(isFault, 'the row gives no code for this error');
  else if (expected.status !== 204 && !isFault && !BARE.test(`${request.method} ${request.path}`)) assertSuccess(answer, expected.status);
}

// --- running ---

// Runs the requests of a case.
class Runner {
  constructor(stack) {
    this.stack = stack;
  }

  async begin() {
    const { snapshots } = await this.stack.say('GET', '/__admin/snapshots');
    for (const { name } of snapshots) await this.stack.say('DELETE', `/__admin/snapshots/${name}`);
    await this.stack.say('DELETE', '/__admin/tenants?name=*');
    await this.stack.say('POST', '/__admin/reset');
  }

  async #state() {
    const { generation } = await this.stack.say('GET', '/__admin/health');
    const state = await this.stack.ask('GET', '/__admin/state?secrets=true');
    assert.equal(state.status, 200, state.text);
    return `${state.text}generation ${generation}`;
  }

  async #check(step, values) {
    const text = substitute(step.text, { ...step.texts, ...values }, step.place);
    const [before, ...after] = text.split(/(?:^|\s)->\s/);
    if (after.length === 0) fail(step.place, 'a request without ->');
    const request = readRequest(before, step);
    const expected = readAnswer(after.join(' -> '), step);
    const state = expected.unchanged && (await this.#state());
    const { method, path, headers, body } = request;
    const answer = await this.stack.ask(method, `/${path}`, { headers, body });
    assertKind(answer, request, expected);
    for (const { check } of expected.expectations) check(answer);
    if (expected.unchanged) assert.equal(await this.#state(), state, 'the state has changed');
  }

  async run(step, values) {
    try {
      await this.#check(step, values);
    } catch (error) {
      const row = Object.keys(values).length > 0 ? ` with ${JSON.stringify(values)}` : '';
      if (!(error instanceof RowError)) error.message = `${step.place}: ${step.text.slice(0, 300)}${row}: ${error.message}`;
      throw error;
    }
  }
}

// Returns all combinations of the tables' rows, each as one object of values.
function combinations(tables) {
  return tables.reduce((all, { rows }) => all.flatMap((values) => rows.map((row) => ({ ...values, ...row }))), [{}]);
}

// Yields [step, values] in the order in which the requests are sent.
function* sequence(items) {
  for (let at = 0; at < items.length; ) {
    const { tables } = items[at];
    let end = at + 1;
    while (tables.length > 0 && end < items.length && items[end].tables === tables) end++;
    for (const values of combinations(tables)) for (const step of items.slice(at, end)) yield [step, values];
    at = end;
  }
}

// Runs a case that readRows returned.
export async function runRows(stack, { name, place, items }) {
  const runner = new Runner(stack);
  if (items.length === 0) fail(place, `a case without a request: ${name}`);
  await runner.begin();
  for (const [step, values] of sequence(items)) await runner.run(step, values);
}
