// SPDX-License-Identifier: MIT
//
// The worker's log lines in text form: prefix, time, event, then key=value. A value that is not a plain word is in JSON quotes.

import assert from 'node:assert/strict';

const HEAD = /^🎭 (?:(✅|❌) )?\[Mock Pool Manager\] (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+)/u;
const FIELD = /^ ([a-z][A-Za-z]*)=("(?:[^"\\]|\\.)*"|[^\s"=]+)/;

// Parses a line into {mark, time, event, fields}. The mark is ✅, ❌, or 🎭 if there is no other. Fails if the line has another form.
export function parseLogLine(line) {
  assert.doesNotMatch(line, /[\x00-\x1f\x7f]/, `a control character in ${JSON.stringify(line)}`);
  const [head, mark = '🎭', time, event] = HEAD.exec(line) ?? assert.fail(`no line of the worker: ${line}`);
  const fields = {};
  let rest = line.slice(head.length);
  while (rest.length > 0) {
    const [all, key, value] = FIELD.exec(rest) ?? assert.fail(`no field at ${rest} in ${line}`);
    assert.ok(!(key in fields), `${key} twice in ${line}`);
    fields[key] = value.startsWith('"') ? JSON.parse(value) : value;
    rest = rest.slice(all.length);
  }
  return { mark, time, event, fields };
}
