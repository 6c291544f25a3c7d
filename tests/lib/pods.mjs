// SPDX-License-Identifier: MIT
//
// A pod's ports as the real client uses them: their addresses, JSON, and Goose's streams.

import assert from 'node:assert/strict';
import http from 'node:http';

import { assertTime } from './api.mjs';
import { BASE } from './worker.mjs';

export const PASSWORD = 'mock-password';
export const BEARER = { authorization: `Bearer ${PASSWORD}` };

// Asserts that `list` has exactly these processes, in jlist's shape.
export function assertProcesses(list, names) {
  assert.ok(Array.isArray(list), 'a bare array');
  assert.deepEqual(list.map((process) => process.name), names);
  const ports = { frontend: '3000', 'staklink-proxy': '15552', goose: '15551' };
  for (const process of list) {
    assert.deepEqual(Object.keys(process).sort(), ['cwd', 'name', 'pid', 'pm_uptime', 'port', 'status']);
    assert.ok(Number.isInteger(process.pid) && process.pid > 0, 'pid');
    assert.equal(process.status, 'online');
    assert.equal(typeof process.pm_uptime, 'number');
    assertTime(new Date(process.pm_uptime).toISOString(), 'pm_uptime');
    assert.equal(process.port, ports[process.name], 'port, as text');
    assert.match(process.cwd, /^\//);
  }
  assert.equal(new Set(list.map((process) => process.pid)).size, list.length, 'a pid each');
}

// Returns the URL of the control port as a client finds it: by its number, which occurs exactly once in the mappings.
export function assertPortUrls({ url, portMappings }) {
  assert.deepEqual(Object.keys(portMappings).sort(), ['15551', '15552', '3000']);
  const control = portMappings['15552'];
  assert.equal(control.split('15552').length, 2, `15552 once in ${control}`);
  assert.ok(!control.includes('15551'), `no 15551 in ${control}`);
  assert.equal(control.replace('15552', '15551'), portMappings['15551'], 'Goose, computed from control');
  for (const address of [url, ...Object.values(portMappings)]) assert.equal(typeof new URL(address).host, 'string');
  for (const port of ['15551', '15552']) assert.ok(!url.includes(port), `no ${port} in ${url}`);
}

// Returns the parsed events of a whole stream, whose last event has to be [DONE].
export function parseEvents(text) {
  assert.ok(text.endsWith('\n\n'), 'the stream ends with an event');
  const events = text.slice(0, -2).split('\n\n').map((event) => {
    assert.match(event, /^data: [^\n]*$/, 'an event of one data line');
    return event.slice('data: '.length);
  });
  assert.equal(events.pop(), '[DONE]');
  return events.map((event) => JSON.parse(event));
}

// Asserts the order of a reply's events, and the fields that the client reads. Returns the reply's text.
export function assertReply(events, { pieces, toolCalls = [] } = {}) {
  const deltas = events.filter((event) => event.type === 'text-delta');
  const types = [
    'start', 'text-start', ...deltas.map((event) => event.type), 'text-end',
    ...toolCalls.flatMap(() => ['tool-call', 'tool-result']), 'finish',
  ];
  assert.deepEqual(events.map((event) => event.type), types);
  if (pieces !== undefined) assert.equal(deltas.length, pieces, 'pieces of the text');
  for (const event of deltas) assert.equal(typeof event.delta, 'string');
  const texts = events.filter((event) => event.type.startsWith('text-'));
  assert.equal(new Set(texts.map((event) => event.id)).size, 1, 'one id for a text');
  const tools = events.filter((event) => event.type.startsWith('tool-'));
  toolCalls.forEach(({ name, input, output }, n) => {
    const [call, result] = tools.slice(2 * n);
    assert.equal(typeof call.toolCallId, 'string');
    assert.deepEqual([call.toolName, call.input], [name, input]);
    assert.deepEqual([result.toolCallId, result.toolName, result.output], [call.toolCallId, name, output]);
  });
  const { finishReason, totalUsage } = events.at(-1);
  assert.equal(finishReason, 'stop');
  for (const name of ['inputTokens', 'outputTokens', 'totalTokens']) {
    assert.ok(Number.isInteger(totalUsage[name]) && totalUsage[name] >= 0, name);
  }
  assert.equal(totalUsage.totalTokens, totalUsage.inputTokens + totalUsage.outputTokens);
  return deltas.map((event) => event.delta).join('');
}

// Sends a POST to a path below BASE. Returns the time of each piece of its answer, in milliseconds since its head.
export function arrivals(stack, path, body) {
  return new Promise((resolve, reject) => {
    const options = { host: stack.host, port: stack.port, agent: false, method: 'POST', path: BASE + path };
    const outgoing = http.request(options, (incoming) => {
      const times = [];
      incoming.on('data', () => times.push(performance.now()));
      incoming.on('end', () => resolve(times.map((time) => time - times[0])));
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}
