// SPDX-License-Identifier: MIT
//
// Server-sent events, read by fetch: unlike an EventSource it can send a token, and it does not give up after a 502.

import { send } from './service.mjs';

// The service sends something every 15 seconds. Before the first event, silence means that something between holds the stream back.
const FIRST_MS = 5_000;
const SILENCE_MS = 40_000;

// There is no stream here, for this reason.
const noStream = (why) => Object.assign(new Error(why), { code: 'no_stream' });

async function* lines(body) {
  let rest = '';
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + piece).split('\n');
    rest = parts.pop();
    yield* parts;
  }
}

// The events after a position. `heard` is called whenever a line has come. Throws an error with a code if there is no stream, and
// another error if it breaks off.
export async function* events(after, heard) {
  const abort = new AbortController();
  let timer;
  let isOpen = false;
  const watch = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(), ms);
  };
  try {
    watch(FIRST_MS);
    const answer = await send(`events?after=${after}`, 'text/event-stream', abort.signal);
    if (!answer.headers.get('Content-Type').startsWith('text/event-stream')) throw noStream('plain CGI has none');
    for await (const line of lines(answer.body)) {
      isOpen = true;
      heard();
      watch(SILENCE_MS);
      if (line.startsWith('data: ')) yield JSON.parse(line.slice(6));
    }
    throw new Error('the stream has ended');
  } catch (error) {
    throw abort.signal.aborted && !isOpen ? noStream('a server between holds it back (buffering)') : error;
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}
