// SPDX-License-Identifier: MIT
//
// Streams of events in a real browser's EventSource (docs/live.md).

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

import { until } from '../lib/case.mjs';
import { browserCase, serveSite } from '../lib/browser.mjs';
import { sourceFile, Stack } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

// Opens a document of the service's own origin. It is JSON, because the policy of a page (src/page/files.c) lets a test add no script.
async function openOwnPage(stack, browser) {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${stack.port}${BASE}/__admin/health`);
  return page;
}

// Opens an EventSource in the page, at a URL. What it gets is in `seen` of the page, its state in `state`.
function openSource(page, url, types) {
  return page.evaluate(([target, names]) => {
    window.seen = [];
    const source = new EventSource(target);
    window.state = () => source.readyState;
    for (const name of names) source.addEventListener(name, ({ type, lastEventId }) => window.seen.push([type, lastEventId]));
  }, [url, types]);
}

browserCase('the page of docs/live.md shows the pods through claims, a reset, and a worker that is away for a while', async (world, browser) => {
  const stack = await Stack.start(world);
  const page = await openOwnPage(stack, browser);
  const [, recipe] = /```js\n([^]*?)```/.exec(await readFile(sourceFile('docs', 'live.md'), 'utf8'));
  const errors = [];
  page.on('pageerror', (error) => errors.push(error));
  await page.addScriptTag({ content: recipe });
  const isShown = (expected) => until(`the page shows ${JSON.stringify(expected)}`, async () => {
    const shown = await page.evaluate(() => Object.fromEntries(pods));
    return JSON.stringify(shown) === JSON.stringify(expected);
  });
  const pods = (used) => Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`pod-pool-1-${n}`, n <= used ? 'used' : 'free']));
  await isShown(pods(0));
  for (let n = 1; n <= 3; n++) {
    await stack.claim('default-pool', 'w');
    await isShown(pods(n));
  }
  await stack.say('POST', '/workspaces/mock-pod-3/release', {});
  await isShown(pods(2));
  await stack.say('POST', '/__admin/reset');
  await stack.claim('default-pool', 'w');
  await isShown(pods(1));
  await stack.worker.stop();
  await new Promise((resolve) => setTimeout(resolve, 1500)); // the browser gives up meanwhile
  await stack.startWorkerAnew();
  await isShown(pods(0));
  await stack.claim('default-pool', 'w');
  await isShown(pods(1));
  assert.deepEqual(errors, []);
});

browserCase('an EventSource gets each event with its id, and a gap at a reset, without a new connection', async (world, browser) => {
  const stack = await Stack.start(world);
  const page = await openOwnPage(stack, browser);
  await openSource(page, `${BASE}/__admin/events`, ['stream.open', 'stream.gap', 'pod.claimed', 'state.reset']);
  const seen = async (count) => until(`${count} events`, async () => {
    const all = await page.evaluate(() => window.seen);
    return all.length >= count && all;
  });
  await seen(1);
  await stack.claim('default-pool', 'w');
  await seen(2);
  await stack.say('POST', '/__admin/reset');
  const all = await seen(4);
  assert.deepEqual(all.map(([type]) => type), ['stream.open', 'pod.claimed', 'stream.gap', 'state.reset']);
  const [open, claimed, gap, reset] = all.map(([, id]) => id.split('.'));
  assert.deepEqual([open[1], claimed[1], gap[1], reset[1]], ['0', '1', '0', '1']);
  assert.ok(open[0] === claimed[0] && gap[0] === reset[0] && open[0] !== gap[0]);
  assert.equal(await page.evaluate(() => window.state()), 1);
});

browserCase('a page of another site follows a pool where any origin may call, and never the control API', async (world, browser) => {
  const stack = await Stack.start(world);
  const page = await browser.newPage();
  await page.goto(`http://app.test:${await serveSite(world)}/`);
  const base = `http://127.0.0.1:${stack.port}${BASE}`;
  await openSource(page, `${base}/pools/default-pool/events`, ['stream.open', 'pod.claimed']);
  await until('it is open', () => page.evaluate(() => window.seen.length === 1));
  await stack.claim('default-pool', 'w');
  await until('the claim is seen', () => page.evaluate(() => window.seen.length === 2));
  await openSource(page, `${base}/__admin/events`, ['stream.open']);
  await until('the browser gives up', () => page.evaluate(() => window.state() === 2));
  assert.deepEqual(await page.evaluate(() => window.seen), []);
});
