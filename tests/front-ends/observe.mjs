// SPDX-License-Identifier: MIT
//
// What a client sees of an answer, as one short text that a table can hold.

import net from 'node:net';

import { request, exchangeRaw } from '../lib/http.mjs';
import { BASE } from '../lib/worker.mjs';

// Returns the status, and the error's code if the answer is in the form of the API. `HTML` is a page of the front end's own.
export function gist(answer) {
  const { status, body, text } = answer;
  if (body.length === 0) return `${status} empty`;
  try {
    const value = answer.json;
    return value.success === false ? `${status} ${value.code}` : `${status}`;
  } catch {
    return `${status} ${/<html|<!doctype/i.test(text) ? 'HTML' : 'text'}`;
  }
}

// How node:http says that a connection ended before the answer did.
const ENDS = { 'socket hang up': 'closed', 'read ECONNRESET': 'reset', aborted: 'cut short' };

export function endOf(error) {
  return ENDS[error.message] ?? error.code ?? 'no answer';
}

// Sends a request that may end in nothing. Returns its gist, or how the connection ended.
export async function outcome(stack, method, path, options = {}) {
  try {
    return gist(await request({ host: stack.host, port: stack.port, agent: false, method, target: BASE + path, ...options }));
  } catch (error) {
    return endOf(error);
  }
}

// Sends bytes unchanged. Returns the only answer, or null if none came.
export async function rawAnswer(stack, lines, body = '') {
  const head = Buffer.from(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  try {
    const answers = await exchangeRaw(stack, Buffer.concat([head, Buffer.from(body)]));
    return answers.at(-1) ?? null;
  } catch {
    return null;
  }
}

export async function rawOutcome(stack, lines, body) {
  const answer = await rawAnswer(stack, lines, body);
  return answer === null ? 'no answer' : gist(answer);
}

// Sends the head, waits for `100 Continue`, and then sends the body. Returns the status line of the answer after it.
export function expectContinue(stack, lines, body) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: stack.host, port: stack.port });
    let text = '';
    let isSent = false;
    const end = (result) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end('no answer'), 5_000);
    socket.on('error', (error) => end(error.code));
    socket.on('data', (bytes) => {
      text += bytes;
      if (!isSent && text.startsWith('HTTP/1.1 100 ')) {
        isSent = true;
        text = text.slice(text.indexOf('\r\n\r\n') + 4);
        socket.write(body);
      }
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
      if (status) end(isSent ? `100, ${status}` : status);
    });
    socket.write(`${lines.join('\r\n')}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`);
  });
}
