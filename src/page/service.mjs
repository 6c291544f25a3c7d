// SPDX-License-Identifier: MIT
//
// Requests to the API that this page belongs to, and the curl lines that send the same. The token stays in this module's memory: an
// application that the same server shows at another path could read sessionStorage, but not this.

const root = new URL('.', location.href);

let token = '';

export function useToken(text) {
  token = text;
}

// An answer that is an error. `code` is that of the API, if the answer is of the API.
export class Refusal extends Error {
  constructor(status, { error = `the server answers ${status}`, code }) {
    super(error);
    Object.assign(this, { status, code });
  }

  get asksForToken() {
    return this.status === 401 || this.status === 403;
  }
}

// Sends a GET to a path below this page. Throws a Refusal, or another error if there is no answer.
export async function send(path, Accept, signal) {
  const headers = token ? { Accept, Authorization: `Bearer ${token}` } : { Accept };
  const answer = await fetch(new URL(path, root), { headers, signal });
  if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

// Returns the JSON of an answer, and the `position` of the state that it shows.
export async function read(path) {
  const answer = await send(path, 'application/json', AbortSignal.timeout(20_000));
  return { ...(await answer.json()), position: answer.headers.get('X-Mock-Event') };
}

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

// The curl line of a request. It names the token's variable, never the token.
export function curlLine(path, { method = 'GET', body } = {}) {
  return [
    'curl -s',
    token && '-H "Authorization: Bearer $TOKEN"',
    method !== 'GET' && `-X ${method}`,
    body && `-d ${quote(JSON.stringify(body))}`,
    quote(new URL(path, root).href),
  ]
    .filter(Boolean)
    .join(' ');
}
