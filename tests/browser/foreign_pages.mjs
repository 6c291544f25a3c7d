// SPDX-License-Identifier: MIT
//
// Pages of a foreign, a same-site and the own origin, in a real browser (docs/api.md, "Web pages").
// tests/stack/foreign_pages.mjs has every combination of headers.

import assert from 'node:assert/strict';

import { assertSuccess, claimPath } from '../lib/api.mjs';
import { browserCase, fetchFrom, loadBy, openWebSocket, serveSite, submitForm } from '../lib/browser.mjs';
import { Stack } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

async function openPage(world, browser, host) {
  const page = await browser.newPage();
  await page.goto(`http://${host}:${await serveSite(world)}/`);
  return page;
}

function baseOf(stack, host = '127.0.0.1') {
  return `http://${host}:${stack.port}${BASE}`;
}

async function assertUntouched(stack) {
  const health = assertSuccess(await stack.ask('GET', '/__admin/health'));
  const { generation, tenants, pools, faultsArmed } = health;
  assert.deepEqual({ generation, tenants, pools, faultsArmed }, { generation: 0, tenants: 0, pools: 1, faultsArmed: 0 });
  await stack.assertPool('default-pool', { total: 5, used: 0 });
}

// Everything that a page can try without the consent of the service.
async function attack(page, stack) {
  const base = baseOf(stack);
  const simple = { method: 'POST', mode: 'no-cors', headers: { 'content-type': 'text/plain' } };
  for (const path of ['/__admin/state?secrets=true', '/__admin/health', '/~t/__admin/state']) {
    assert.match((await fetchFrom(page, base + path)).error ?? 'it was read', /Failed to fetch/);
    await fetchFrom(page, base + path, { mode: 'no-cors' });
  }
  await fetchFrom(page, `${base}/__admin/reset`, simple);
  await fetchFrom(page, `${base}/__admin/faults`, { ...simple, body: '{"answer":{"hang":true}}' });
  for (const method of ['PUT', 'PATCH', 'DELETE']) {
    const answer = await fetchFrom(page, `${base}/__admin/faults`, { method, body: '[]' });
    assert.match(answer.error ?? 'it was read', /Failed to fetch/);
  }
  await submitForm(page, 'POST', `${base}/__admin/faults`, { '{"answer":{"hang":true},"x":"': '"}' });
  await assertUntouched(stack);

  const claim = base + claimPath('default-pool', 'evil');
  await fetchFrom(page, claim, { mode: 'no-cors' });
  await loadBy(page, 'img', claim);
  await loadBy(page, 'script', claim);
  await loadBy(page, 'iframe', claim);
  await loadBy(page, 'img', `${base}/~t1/pools`);
  await submitForm(page, 'GET', claim);
  await submitForm(page, 'POST', `${base}/pools`, { '{"name":"evil","x":"': '"}' });
  await page.evaluate((url) => location.assign(url), claim);
  await page.waitForURL(claim);
  await assertUntouched(stack);
}

browserCase('a foreign page neither reads nor steers, and claims nothing by what needs no consent', async (world, browser) => {
  const stack = await Stack.start(world, { options: ['--cors-origins', 'http://app.test:1'] });
  const page = await openPage(world, browser, 'evil.test');
  await attack(page, stack);
  const other = await openPage(world, browser, 'evil.test');
  const claimed = await fetchFrom(other, baseOf(stack) + claimPath('default-pool', 'evil'));
  assert.match(claimed.error ?? 'it was read', /Failed to fetch/);
  const socket = `ws://127.0.0.1:${stack.port}${BASE}${claimPath('default-pool', 'evil')}`;
  assert.equal(await openWebSocket(other, socket), 'error');
  await assertUntouched(stack);
});

browserCase('where any origin may call, a foreign page claims by a CORS fetch and by nothing else', async (world, browser) => {
  const stack = await Stack.start(world);
  const page = await openPage(world, browser, 'app.test');
  await attack(page, stack);
  const other = await openPage(world, browser, 'app.test');
  const claimed = await fetchFrom(other, baseOf(stack) + claimPath('default-pool', 'w'), { headers: { authorization: 'Bearer x' } });
  assert.equal(claimed.status, 200, JSON.stringify(claimed));
  await stack.assertPool('default-pool', { total: 5, used: 1 });
});

browserCase('a page of the same site uses the API, and not the control API', async (world, browser) => {
  const stack = await Stack.start(world);
  const page = await openPage(world, browser, 'localhost');
  const base = baseOf(stack, 'localhost');
  const state = await fetchFrom(page, `${base}/__admin/state`);
  assert.match(state.error ?? 'it was read', /Failed to fetch/);
  await fetchFrom(page, `${base}/__admin/reset`, { method: 'POST', mode: 'no-cors' });
  await assertUntouched(stack);
  assert.equal((await fetchFrom(page, base + claimPath('default-pool', 'w'))).status, 200);
});

browserCase('a page of the own origin, and one that --cors-origins names, use the control API', async (world, browser) => {
  const sitePort = await serveSite(world);
  const origin = `http://app.test:${sitePort}`;
  const stack = await Stack.start(world, { options: ['--pod-url', 'path', '--cors-origins', `*,${origin}`] });
  await stack.claim('default-pool', 'w');
  const own = await browser.newPage();
  await own.goto(`${baseOf(stack)}/_pod/mock-pod-1/3000`);
  const listed = await browser.newPage();
  await listed.goto(`${origin}/`);
  for (const page of [own, listed]) {
    assert.equal((await fetchFrom(page, `${baseOf(stack)}/__admin/health`)).status, 200);
    assert.equal((await fetchFrom(page, `${baseOf(stack)}/__admin/reset`, { method: 'POST' })).status, 200);
  }
});

browserCase('a page whose own name resolves to this machine stands before the fence', async (world, browser) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path'] });
  const page = await browser.newPage();
  const base = baseOf(stack, 'rebinding.test');
  await page.goto(`${base}/_pod/mock-pod-9/3000`); // whatever it answers: the origin is what counts
  for (const path of ['/__admin/state', '/~t/__admin/health']) {
    assert.equal((await fetchFrom(page, base + path)).status, 403);
  }
  assert.equal((await fetchFrom(page, `${base}/__admin/reset`, { method: 'POST' })).status, 403);
  await assertUntouched(stack);
});

browserCase('an application has pods and the index in its frames, and links lead to them', async (world, browser) => {
  const stack = await Stack.start(world, { options: ['--pod-url', 'path'] });
  await stack.claim('default-pool', 'w');
  for (const url of [`${baseOf(stack)}/_pod/mock-pod-1/3000`, `${baseOf(stack)}/`]) {
    const page = await openPage(world, browser, 'app.test');
    const framed = page.waitForResponse((response) => response.url() === url);
    await loadBy(page, 'iframe', url);
    assert.equal((await framed).status(), 200);
    await page.evaluate((href) => document.body.insertAdjacentHTML('beforeend', `<a href="${href}">it</a>`), url);
    const [followed] = await Promise.all([page.waitForResponse((response) => response.url() === url), page.click('a')]);
    assert.equal(followed.status(), 200);
  }
});
