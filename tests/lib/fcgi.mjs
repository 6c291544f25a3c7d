// SPDX-License-Identifier: MIT
//
// A small FastCGI 1.0 client (https://fastcgi-archives.github.io/FastCGI_Specification.html) for tests: encodes records, also wrong
// ones, and decodes answers strictly.

import assert from 'node:assert/strict';
import net from 'node:net';

import { PATIENCE_MS, within } from './case.mjs';

export const TYPE = {
  BEGIN_REQUEST: 1,
  ABORT_REQUEST: 2,
  END_REQUEST: 3,
  PARAMS: 4,
  STDIN: 5,
  STDOUT: 6,
  STDERR: 7,
  DATA: 8,
  GET_VALUES: 9,
  GET_VALUES_RESULT: 10,
  UNKNOWN_TYPE: 11,
};
export const ROLE = { RESPONDER: 1, AUTHORIZER: 2, FILTER: 3 };
export const PROTOCOL_STATUS = { REQUEST_COMPLETE: 0, CANT_MPX_CONN: 1, OVERLOADED: 2, UNKNOWN_ROLE: 3 };
const CONTENT_MAX = 65535;

const KEEP_CONN = 1;
const HEADER_BYTES = 8;
const EMPTY = Buffer.alloc(0);

// Encodes one record. `contentLength` and `version` may be wrong on purpose.
export function record(type, id, content = EMPTY, { version = 1, padding = 0, contentLength } = {}) {
  const body = Buffer.from(content);
  assert.ok(body.length <= CONTENT_MAX, 'too much for one record');
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(version, 0);
  header.writeUInt8(type, 1);
  header.writeUInt16BE(id, 2);
  header.writeUInt16BE(contentLength ?? body.length, 4);
  header.writeUInt8(padding, 6);
  return Buffer.concat([header, body, Buffer.alloc(padding, 'P')]);
}

export function beginRequest(id, { role = ROLE.RESPONDER, keep = true } = {}) {
  const content = Buffer.alloc(8);
  content.writeUInt16BE(role, 0);
  content.writeUInt8(keep ? KEEP_CONN : 0, 2);
  return record(TYPE.BEGIN_REQUEST, id, content);
}

// Encodes the length of a name or a value: one byte up to 127, four bytes above. `wide` forces four.
export function encodeLength(length, wide = length > 127) {
  if (!wide) return Buffer.from([length]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((length | 0x80000000) >>> 0);
  return bytes;
}

// Encodes name-value pairs, from an object or from a list of pairs, which may repeat a name.
export function nameValues(pairs, { wide } = {}) {
  const list = Array.isArray(pairs) ? pairs : Object.entries(pairs);
  return Buffer.concat(
    list.flatMap(([name, value]) => {
      const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
      const lengths = [nameBytes, valueBytes].map((bytes) => encodeLength(bytes.length, wide));
      return [...lengths, nameBytes, valueBytes];
    }),
  );
}

// Encodes a stream as records of at most `chunk` bytes, with the empty record at the end.
export function stream(type, id, content, { chunk = CONTENT_MAX, padding = 0 } = {}) {
  const bytes = Buffer.from(content);
  const records = [];
  for (let at = 0; at < bytes.length; at += chunk) {
    records.push(record(type, id, bytes.subarray(at, at + chunk), { padding }));
  }
  records.push(record(type, id));
  return records;
}

// Returns the CGI variables that nginx sends. With `contentLength` null, CONTENT_LENGTH is missing.
export function variables({ method = 'GET', target, body, contentLength, params = {} }) {
  const length = contentLength === undefined ? (body === undefined ? '' : Buffer.byteLength(body)) : contentLength;
  return {
    REQUEST_METHOD: method,
    ...(target === undefined ? {} : { REQUEST_URI: target }),
    ...(length === null ? {} : { CONTENT_LENGTH: String(length) }),
    SERVER_PROTOCOL: 'HTTP/1.1',
    ...params,
  };
}

// Encodes a whole request: BEGIN_REQUEST, PARAMS, STDIN.
//   target                the value of REQUEST_URI
//   params                additional variables
//   body                  string or bytes; `contentLength` may be another length
//   chunk, padding, wide  how it is split and encoded
export function requestRecords(request) {
  const { id = 1, keep = true, role, body, chunk, padding, wide } = request;
  return [
    beginRequest(id, { role, keep }),
    ...stream(TYPE.PARAMS, id, nameValues(variables(request), { wide }), { chunk, padding }),
    ...stream(TYPE.STDIN, id, body ?? EMPTY, { chunk, padding }),
  ];
}

export function encodeRequest(request) {
  return Buffer.concat(requestRecords(request));
}

// Decodes the pairs of a GET_VALUES_RESULT.
export function decodeNameValues(content) {
  const pairs = {};
  let at = 0;
  const length = () => {
    if (content[at] < 128) return content[at++];
    at += 4;
    return content.readUInt32BE(at - 4) & 0x7fffffff;
  };
  const take = (count) => content.toString('latin1', at, (at += count));
  while (at < content.length) {
    const [nameLength, valueLength] = [length(), length()];
    const name = take(nameLength);
    pairs[name] = take(valueLength);
  }
  return pairs;
}

// The answer to a request: the joined records of its STDOUT and STDERR, and the parts of the CGI answer in STDOUT.
export class Answer {
  constructor({ id, stdout, stderr, appStatus, protocolStatus, recordsCount }) {
    Object.assign(this, { id, stdout, stderr, appStatus, protocolStatus, recordsCount });
    this.headers = {};
    if (stdout.length > 0) this.#decode();
  }

  #decode() {
    const headEnd = this.stdout.indexOf('\r\n\r\n');
    assert.ok(headEnd >= 0, `an answer without the end of its head: ${this.stdout.subarray(0, 200)}`);
    for (const line of this.stdout.toString('latin1', 0, headEnd).split('\r\n')) {
      const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): *([\t\x20-\x7e\x80-\xff]*)$/.exec(line) ?? [];
      assert.ok(name, `a malformed header line: ${JSON.stringify(line)}`);
      assert.ok(!(name.toLowerCase() in this.headers), `${name} is there twice`);
      this.headers[name.toLowerCase()] = value;
    }
    assert.match(this.headers.status ?? '', /^\d{3} [A-Z]/, 'the Status header');
    this.status = Number(this.headers.status.slice(0, 3));
    this.body = this.stdout.subarray(headEnd + 4);
  }

  get text() {
    return this.body?.toString('utf8') ?? `(no answer, protocol status ${this.protocolStatus})`;
  }

  get json() {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(this.body));
  }
}

// A connection to the worker. Answers and management records are returned in the order in which they end.
export class Connection {
  #socket;
  #unread = []; // chunks that are not yet decoded
  #unreadBytes = 0;
  #neededBytes = HEADER_BYTES;
  #open = new Map(); // request id -> the part of its answer that has come
  #events = [];
  #waiting = [];
  #onStdout = null;
  #closed = null; // the reason why nothing more can come, or null

  // Connects to a unix socket's path or to {host, port}. With `paused` nothing is read until resume().
  static async open(address, { paused = false } = {}) {
    const options = typeof address === 'string' ? { path: address } : address;
    const socket = net.connect({ ...options, allowHalfOpen: true });
    await within(
      PATIENCE_MS,
      'a connection to the worker',
      new Promise((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('error', reject);
      }),
    );
    return new Connection(socket, paused);
  }

  constructor(socket, paused) {
    this.#socket = socket;
    this.bytesReceived = 0;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('end', () => this.#close('the worker closed the connection'));
    socket.on('error', (error) => this.#close(`the connection failed: ${error.code}`));
    socket.on('close', () => this.#close('the connection is closed'));
    if (paused) socket.pause();
  }

  get isClosed() {
    return this.#closed !== null;
  }

  // Returns how many bytes of STDOUT have come of a request that has not ended.
  stdoutSoFar(id = 1) {
    return this.#open.get(id)?.stdout.reduce((sum, part) => sum + part.length, 0) ?? 0;
  }

  // Hands over the text of STDOUT as it comes. The answer that ends it then has none.
  onStdout(take) {
    this.#onStdout = take;
  }

  // Sends bytes and waits until the system has taken them.
  send(bytes) {
    return within(
      PATIENCE_MS,
      'the worker takes what is sent',
      new Promise((resolve, reject) => {
        this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    );
  }

  // Sends bytes, and ignores whether the worker takes them or closes the connection.
  async offer(bytes) {
    const sent = this.send(bytes).catch(() => {});
    await Promise.race([sent, this.#whenClosed()]);
  }

  pause() {
    this.#socket.pause();
  }

  resume() {
    this.#socket.resume();
  }

  // Shuts down only the writing side.
  end() {
    return new Promise((resolve) => this.#socket.end(resolve));
  }

  destroy() {
    this.#socket.destroy();
  }

  // Returns the answer that ends next.
  async answer(ms = PATIENCE_MS) {
    const event = await this.#next(ms, 'an answer');
    assert.ok(event instanceof Answer, 'a management record came where an answer was expected');
    return event;
  }

  // Returns the next management record: {type, content}.
  async management(ms = PATIENCE_MS) {
    const event = await this.#next(ms, 'a management record');
    assert.ok(!(event instanceof Answer), 'an answer came where a management record was expected');
    return event;
  }

  // Sends one request and waits for its answer.
  async ask(request) {
    await this.send(encodeRequest(request));
    return this.answer();
  }

  // Waits until the worker has closed the connection. Only whole answers may have come before.
  async closed(ms = PATIENCE_MS) {
    await within(ms, 'the worker closes the connection', this.#whenClosed());
  }

  // Waits for an answer or the close. Returns the answer or null.
  async answerOrClose(ms = PATIENCE_MS) {
    try {
      return await this.#next(ms, 'an answer or the end of the connection');
    } catch (error) {
      if (this.isClosed) return null;
      throw error;
    }
  }

  #whenClosed() {
    if (this.#closed !== null) return Promise.resolve();
    return new Promise((resolve) => this.#socket.once('close', resolve).once('end', resolve));
  }

  #next(ms, what) {
    if (this.#events.length > 0) return Promise.resolve(this.#events.shift());
    if (this.#closed !== null) return Promise.reject(new Error(`${what}: ${this.#closed}`));
    let waiter;
    const coming = new Promise((resolve, reject) => {
      waiter = { resolve, reject, what };
      this.#waiting.push(waiter);
    });
    return within(ms, what, coming).finally(() => {
      this.#waiting = this.#waiting.filter((other) => other !== waiter);
    });
  }

  #give(event) {
    const waiter = this.#waiting.shift();
    if (waiter) waiter.resolve(event);
    else this.#events.push(event);
  }

  #close(sentence) {
    this.#closed ??= sentence;
    for (const waiter of this.#waiting.splice(0)) {
      waiter.reject(new Error(`${waiter.what}: ${sentence}`));
    }
    if (!this.#socket.writableEnded) this.#socket.end();
  }

  #receive(chunk) {
    this.bytesReceived += chunk.length;
    this.#unread.push(chunk);
    this.#unreadBytes += chunk.length;
    if (this.#unreadBytes < this.#neededBytes) return;
    const bytes = Buffer.concat(this.#unread);
    try {
      const rest = bytes.subarray(this.#decodeRecords(bytes));
      this.#unread = [rest];
      this.#unreadBytes = rest.length;
    } catch (error) {
      this.#close(`what the worker sent is not FastCGI: ${error.message}`);
      this.#socket.destroy();
    }
  }

  // Decodes the whole records at the front. Returns their length, and notes how many bytes the next record needs.
  #decodeRecords(bytes) {
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const [version, type, id] = [bytes[at], bytes[at + 1], bytes.readUInt16BE(at + 2)];
      assert.equal(version, 1, `version ${version}`);
      const contentLength = bytes.readUInt16BE(at + 4);
      const length = HEADER_BYTES + contentLength + bytes[at + 6];
      if (bytes.length - at < length) {
        this.#neededBytes = length;
        return at;
      }
      this.#take(type, id, bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + contentLength));
      at += length;
    }
    this.#neededBytes = HEADER_BYTES;
    return at;
  }

  #take(type, id, content) {
    if (id === 0) return this.#give({ type, content });
    const sofar = this.#open.get(id) ?? { stdout: [], stderr: [], recordsCount: 0 };
    this.#open.set(id, sofar);
    sofar.recordsCount++;
    if (type === TYPE.STDOUT && this.#onStdout) this.#onStdout(content.toString('latin1'));
    else if (type === TYPE.STDOUT) sofar.stdout.push(content);
    else if (type === TYPE.STDERR) sofar.stderr.push(content);
    else if (type === TYPE.END_REQUEST) this.#endRequest(id, sofar, content);
    else assert.fail(`a record of type ${type}`);
    return undefined;
  }

  #endRequest(id, sofar, content) {
    assert.equal(content.length, 8, 'the length of END_REQUEST');
    this.#open.delete(id);
    this.#give(
      new Answer({
        id,
        stdout: Buffer.concat(sofar.stdout),
        stderr: Buffer.concat(sofar.stderr),
        recordsCount: sofar.recordsCount,
        appStatus: content.readUInt32BE(0),
        protocolStatus: content[4],
      }),
    );
  }
}
