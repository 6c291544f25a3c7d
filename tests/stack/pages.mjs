// SPDX-License-Identifier: MIT
//
// The files of the web pages over HTTP. tests/browser/live_page.mjs has the pages in a browser.

import assert from 'node:assert/strict';

import { assertError, assertSuccess } from '../lib/api.mjs';
import { forEachRow } from '../lib/case.mjs';
import { Stack, stackCase } from '../lib/stack.mjs';

const HTML = { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };

stackCase('both roots are a page for a browser and JSON for others, and a cache can tell', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow(['/', '/__admin/', '/~t/', '/~t/__admin/'], async (path) => {
    const page = await stack.ask('GET', path, HTML);
    assert.deepEqual([page.status, page.headers['content-type']], [200, 'text/html; charset=utf-8']);
    assert.match(page.text, /^<!doctype html>/);
    const plain = await stack.ask('GET', path, { headers: { accept: '*/*' } });
    assert.equal(assertSuccess(plain).service, 'pool-manager-mock');
    for (const answer of [page, plain]) assert.match(answer.headers.vary, /\bAccept\b/);
    const head = await stack.ask('HEAD', path, HTML);
    assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', String(Buffer.byteLength(page.text))]);
  });
  assert.deepEqual(assertSuccess(await stack.ask('GET', '/__admin/tenants')).tenants, []);
});

stackCase('a root without its slash leads a browser to the one with it, under any path', async (world) => {
  const stack = await Stack.start(world);
  await forEachRow([['', './pool-manager/'], ['/__admin', './__admin/'], ['/~t', './~t/'], ['/~t/__admin', './__admin/'], ['/__admin?x=1', './__admin/']],
    async ([path, location]) => {
      const answer = await stack.ask('GET', path, HTML);
      assert.deepEqual([answer.status, answer.headers.location], [307, location]);
    });
});

stackCase('a page and its files allow no foreign code, no frame and no other type, and need no token', async (world) => {
  const stack = await Stack.start(world, { options: ['--admin-token', 'secret', '--require-auth'] });
  const TYPES = { html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', mjs: 'text/javascript; charset=utf-8', svg: 'image/svg+xml' };
  for (const path of ['/__admin/', '/']) {
    const { text } = await stack.ask('GET', path, HTML);
    assert.doesNotMatch(text, /<style|style=|<script(?! type="module" src=)|\son\w+=/);
  }
  await forEachRow(['live.html', 'index.html', 'page.css', 'live.mjs', 'index.mjs', 'icon.svg'], async (name) => {
    const { status, headers, text } = await stack.ask('GET', `/__page/${name}`);
    assert.deepEqual([status, headers['content-type'], headers['x-content-type-options']], [200, TYPES[name.split('.')[1]], 'nosniff']);
    assert.match(headers['content-security-policy'], /^default-src 'none'; .*frame-ancestors 'none'/);
    assert.doesNotMatch(headers['content-security-policy'], /unsafe|https?:|\*/);
    assert.doesNotMatch(text, /SPDX/);
  });
  assertError(await stack.ask('GET', '/__page/none.mjs'), 404, 'not_found', /the pages have no file none\.mjs/);
  assertError(await stack.ask('GET', '/__page/..%2flive.html'), 400, 'bad_name');
  assertError(await stack.ask('POST', '/__page/live.mjs', { json: {} }), 405, 'method_not_allowed');
});

stackCase('the list of pools with all counts has pages, and is no request of a client', async (world) => {
  const stack = await Stack.start(world);
  await stack.say('PATCH', '/__admin/pools/slow', { progression: { mode: 'manual', looks: 9 }, failNext: 0 });
  await stack.say('POST', '/pools', { name: 'slow', minimum_vms: 2 }, 201);
  await stack.claim('default-pool', 'w');
  const { pools } = await stack.say('GET', '/__admin/pools');
  assert.deepEqual(pools, [
    { id: 'pool-1', name: 'default-pool', total: 5, free: 4, used: 1, starting: 0, failed: 0 },
    { id: 'pool-2', name: 'slow', total: 2, free: 0, used: 0, starting: 2, failed: 0 },
  ]);
  const first = await stack.say('GET', '/__admin/pools?limit=1');
  assert.deepEqual([first.pools.length, first.nextCursor], [1, 'pool-1']);
  const second = await stack.say('GET', '/__admin/pools?limit=1&cursor=pool-1');
  assert.deepEqual([second.pools[0].name, second.nextCursor], ['slow', null]);
  assertError(await stack.ask('GET', '/__admin/pools?cursor=mock-pod-1'), 400, 'bad_query');
  assertError(await stack.ask('GET', '/__admin/pools?page=1'), 400, 'bad_query');
  assert.equal((await stack.say('GET', '/__admin/requests')).requests.length, 2);
  assert.equal((await stack.say('GET', '/~t/__admin/pools')).pools.length, 1);
  assert.deepEqual((await stack.say('GET', '/__admin/tenants')).tenants, []);
});
