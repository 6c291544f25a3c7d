// SPDX-License-Identifier: MIT
//
// Paths that a front end may decode, merge, refuse or send elsewhere. The worker answers each of them for itself, or refuses it.

import { BASE } from '../lib/worker.mjs';
import { gist, rawAnswer } from './observe.mjs';

const status = (name) => `${BASE}/pools/${name}/status`;

// What it is, and its target.
const PATHS = [
  ['a plain name', status('plain')],
  ['%2F', status('a%2Fb')],
  ['%252F', status('a%252Fb')],
  ['only %2F', status('%2F')],
  ['%2F..%2F', status('a%2F..%2Fb')],
  ['a backslash', status('a\\b')],
  ['%5C', status('a%5Cb')],
  ['a plus', status('a+b')],
  ['%2B', status('a%2Bb')],
  ['; = and &', status('a;b=c&d')],
  ['UTF-8, not encoded', status('ü')],
  ['UTF-8, encoded', status('%C3%BC')],
  ['%FF', status('%FF')],
  ['%00', status('a%00b')],
  ['%0A', status('a%0Ab')],
  ['%0D%0A', status('a%0D%0Ab')],
  ['%zz', status('%zz')],
  ['% at the end', `${BASE}/pools/a%`],
  ['a blank', status('a b')],
  ['a hash', status('a#b')],
  ['%3F and %23', status('a%3Fb%23c')],
  ['two slashes', `${BASE}//pools/p/status`],
  ['..', `${BASE}/pools/../pools/p/status`],
  ['.. above the mount', `${BASE}/../../../etc/passwd`],
  ['%2E%2E', `${BASE}/pools/%2E%2E/p/status`],
  ['.php', status('a.php')],
  ['7,000 bytes', `${BASE}/pools/${'x'.repeat(6_970)}/status`],
  ['a query with %', `${status('plain')}?a=%zz&b=%2F`],
  ['the absolute form', `http://127.0.0.1${status('plain')}`],
  ['the mount alone', BASE],
];

// Returns what each is answered: the gist, and the name of the pool that was found.
export async function observePaths(stack) {
  const seen = {};
  for (const [what, target] of PATHS) {
    const answer = await rawAnswer(stack, [`GET ${target} HTTP/1.1`, 'Host: 127.0.0.1']);
    seen[what] = answer === null ? 'no answer' : withPool(answer);
  }
  return seen;
}

function withPool(answer) {
  const seen = gist(answer);
  return seen === '200' ? `200 ${JSON.stringify(answer.json.pool_name ?? 'index')}` : seen;
}
