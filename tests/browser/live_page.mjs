// SPDX-License-Identifier: MIT
//
// The live page and the page at the root, in a real browser (docs/live.md, "The page").

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';

import { assertSuccess, claimPath } from '../lib/api.mjs';
import { until } from '../lib/case.mjs';
import { browserCase } from '../lib/browser.mjs';
import { setFaults } from '../lib/faults.mjs';
import { LivePage } from '../lib/live_page.mjs';
import { makeInstance, ownServer, sourceFile, Stack } from '../lib/stack.mjs';
import { BASE } from '../lib/worker.mjs';

const BUDGET = 30_000; // bytes of all files of the live page

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

browserCase('a claim is in the counts, the pods and the requests within a second, and nothing else is asked for', async (world, browser) => {
  const stack = await Stack.start(world);
  const live = await LivePage.open(stack, browser);
  await live.untilConnection('Live');
  await live.untilCounts('default-pool', [0, 5, 0, 0]);
  await live.untilRows('Pods', (rows) => rows.length === 5);
  await stack.ask('GET', `${claimPath('default-pool', 'task-7')}&ttl=10m`);
  await live.untilCounts('default-pool', [1, 4, 0, 0], 1000);
  await live.untilRows('Pods', ([[pod, state, holder, since, left]]) =>
    `${pod} ${state} ${holder}` === 'mock-pod-1 used task-7' && since !== '' && /^00:09:5\d$/.test(left));
  await live.untilRows('Requests', ([[seq, , request, status, , changed] = []]) =>
    String([seq, request, status, changed]) === '1,claim default-pool,200,mock-pod-1 free → used');
  await stack.say('POST', '/workspaces/mock-pod-1/release', {});
  await live.untilCounts('default-pool', [0, 5, 0, 0], 1000);
  await stack.say('POST', '/pools', { name: 'ci', minimum_vms: 4 }, 201);
  await live.untilCounts('ci', [0, 4, 0, 0], 1000);
  await stack.say('POST', '/__admin/pools/ci/reset');
  await live.untilCounts('ci', [0, 4, 0, 0], 1000);
  await stack.say('DELETE', '/pools/ci');
  await live.untilRows('Pools', (rows) => rows.length === 1, 1000);
  live.assertNoProblem();
  const lengths = await live.fileLengths();
  const total = lengths.reduce((sum, length) => sum + length, 0);
  assert.ok(lengths.length > 10, `${lengths.length} files`);
  assert.ok(total <= BUDGET, `${total} bytes`);
});

browserCase('pods that start, fail, expire and are deleted are counted as the service counts them', async (world, browser) => {
  const stack = await Stack.start(world);
  const live = await LivePage.open(stack, browser);
  await stack.moveClock({ action: 'freeze' });
  const settings = { progression: { mode: 'time', pending: '1m', starting: '1m' }, failNext: 1, leaseTtl: '1h' };
  await stack.say('PATCH', '/__admin/pools/slow', settings);
  await stack.say('POST', '/pools', { name: 'slow', minimum_vms: 3 }, 201);
  await live.untilCounts('slow', [0, 0, 3, 0]);
  await stack.moveClock({ action: 'advance', by: '5m' });
  await live.untilCounts('slow', [0, 2, 0, 1]);
  const { id } = await stack.claim('slow', 'w');
  await live.untilCounts('slow', [1, 1, 0, 1]);
  await stack.moveClock({ action: 'advance', by: '2h' });
  await live.untilCounts('slow', [0, 2, 0, 1]);
  await stack.say('DELETE', `/pools/slow/workspaces/${id}`);
  await live.untilCounts('slow', [0, 1, 0, 1]);
  const { pools } = await stack.say('GET', '/__admin/pools');
  const { total, used, free, starting, failed } = pools.find(({ name }) => name === 'slow');
  assert.deepEqual([total, used, free, starting, failed], [2, 0, 1, 0, 1]);
  live.assertNoProblem();
});

browserCase('banners tell that the clock stands and that rules are armed; rules, queue, leaks and callbacks have their panels', async (world, browser) => {
  const stack = await Stack.start(world);
  const live = await LivePage.open(stack, browser);
  await live.untilConnection('Live');
  await pause(300);
  assert.deepEqual(await live.banners(), []);
  await stack.moveClock({ action: 'freeze' });
  await setFaults(stack, [{ id: 'lost', match: { operation: 'claim' }, phase: 'after', times: 5, answer: { connection: 'close' } }]);
  await until('both banners', async () => (await live.banners()).length === 2);
  const [clock, faults] = await live.banners();
  assert.match(clock, /^The clock stands at \d{4}-.*curl -s -X PUT -d '\{"action":"resume"\}' 'http:\/\/.*\/__admin\/clock'/);
  assert.match(faults, /^1 armed fault rules: lost/);
  await assert.rejects(stack.claim('default-pool', 'w'));
  await live.untilRows('Fault rules', ([row]) => String(row) === 'lost,operation claim,answer connection close, phase after,1,4');
  await live.untilRows('Leaks', ([row]) => String(row) === 'pod-pool-1-1,default-pool,w,00:00:00');
  await live.untilRows('Requests', ([row = []]) => row.at(-1) === 'lost');
  await stack.say('DELETE', '/__admin/faults');
  await stack.say('PATCH', '/__admin/pools/q', { newPoolPods: 0, maxPods: 0, onExhausted: 'queue' });
  const waiting = stack.ask('GET', claimPath('q', 'patient')).catch(() => {});
  await live.untilRows('Waiting claims', ([row]) => String(row) === 'q,patient,00:00:00');
  await live.untilRows('Requests', ([row = []]) => row[3] === 'open');
  await stack.moveClock({ action: 'resume' });
  await until('no banner', async () => (await live.banners()).length === 0);
  await stack.say('POST', '/__admin/reset');
  await waiting;
  await live.untilRows('Waiting claims', (rows) => rows.length === 0);
  await stack.say('PUT', '/__admin/callbacks', [{ on: 'pod.failed', to: 'my-app' }]);
  await stack.say('PATCH', '/__admin/settings', { failNext: 1 });
  await stack.say('POST', '/pools', { name: 'failing', minimum_vms: 1 }, 201);
  await live.untilRows('Callbacks', ([row]) => String(row) === 'my-app,due');
  const { deliveries: [{ id }] } = await stack.say('POST', '/__admin/deliveries/take');
  await stack.say('POST', `/__admin/deliveries/${id}/result`, { take: 1, status: 410 });
  await live.untilRows('Callbacks', ([row]) => String(row) === 'my-app,failed');
  live.assertNoProblem();
});

browserCase('the page survives a reset and a restart of the worker, and says since when it is not live', async (world, browser) => {
  const stack = await Stack.start(world);
  const live = await LivePage.open(stack, browser);
  await stack.claim('default-pool', 'w');
  await live.untilCounts('default-pool', [1, 4, 0, 0]);
  await stack.say('POST', '/__admin/reset');
  await live.untilCounts('default-pool', [0, 5, 0, 0]);
  await live.untilRows('Requests', (rows) => rows.length === 0);
  live.assertNoProblem();
  await stack.claim('default-pool', 'w');
  await stack.worker.stop();
  await live.untilConnection('Not live since ');
  assert.match(await live.page.locator('#connection').textContent(), /^Not live since \d\d:\d\d:\d\d$/);
  const reason = /^This is an earlier state: the service behind this server does not answer\./;
  await until('the banner tells why', async () => reason.test((await live.banners())[0]));
  assert.deepEqual((await live.rows('Pools'))[0].slice(2), ['1', '4', '0', '0']);
  await stack.startWorkerAnew();
  await live.untilConnection('Live');
  await live.untilCounts('default-pool', [0, 5, 0, 0]);
  await stack.claim('default-pool', 'w');
  await live.untilCounts('default-pool', [1, 4, 0, 0], 1000);
  assert.deepEqual(live.problems.filter((text) => !/^Failed to load resource.*502/.test(text) && !/ERR_INCOMPLETE_CHUNKED/.test(text)), []);
});

browserCase('names are text, whatever they are, and code that is not of the page does not run', async (world, browser) => {
  const stack = await Stack.start(world);
  const live = await LivePage.open(stack, browser);
  const name = `<img src=x onerror="document.title='hit'">'"&`;
  await stack.say('POST', '/pools', { name, minimum_vms: 1 }, 201);
  await stack.ask('GET', `/pools/${encodeURIComponent(name)}/workspace?workspaceId=${encodeURIComponent(name)}`);
  await live.untilCounts(name, [1, 0, 0, 0]);
  await live.page.getByRole('link', { name }).click();
  await live.untilRows('Pods', ([row]) => row?.[2] === name);
  await live.untilRows('Requests', (rows) => rows[0]?.[2] === `claim ${name}`);
  assert.equal(await live.page.locator('main img').count(), 0);
  live.assertNoProblem();
  const blocked = await live.page.evaluate(async () => {
    const seen = [];
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => seen.push(effectiveDirective));
    const attempts = [
      () => (document.body.innerHTML = '<b>hit</b>'),
      () => (document.createElement('script').textContent = 'document.title = "hit"'),
      () => document.body.append(Object.assign(new Image(), { src: 'http://other.test/x.png' })),
      () => document.body.append(document.createElement('style'), Object.assign(document.createElement('style'), { textContent: 'b{}' })),
      () => fetch('http://other.test/'),
    ];
    for (const attempt of attempts) await new Promise((resolve) => resolve(attempt())).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 200)); // violations are told later
    return seen;
  });
  assert.deepEqual([...new Set(blocked)].sort(), ['connect-src', 'img-src', 'require-trusted-types-for', 'style-src-elem']);
  assert.equal(await live.page.locator('#main').count(), 1);
});

browserCase('under another mount, in a tenant and with a token, the page asks for the token and never shows it', async (world, browser) => {
  const configure = async (directory, listen, socketPath) => {
    await makeInstance(directory, listen, socketPath);
    await mkdir(`${directory}/pool-manager-mock`, { recursive: true });
    for (const name of ['location.conf', 'admin-fence.conf']) {
      const text = await readFile(sourceFile('nginx', name), 'utf8');
      await writeFile(`${directory}/other-${name}`, text.replaceAll(BASE, '/x/y'));
    }
    await ownServer(`
      include pool-manager-mock/upstream.conf;
      server { listen @LISTEN@; include other-location.conf; include other-admin-fence.conf; include pool-manager-mock/errors.conf; }
    `)(directory, listen, socketPath);
  };
  const stack = await Stack.start(world, { configure, options: ['--admin-token', 'se cret'] });
  assertSuccess(await stack.request('GET', `/x/y/~t${claimPath('default-pool', 'w')}`));
  const live = await LivePage.open(stack, browser, { base: '/x/y/~t', path: '/__admin' });
  assert.equal(live.page.url(), `${live.origin}/x/y/~t/__admin/`);
  await live.page.locator('#ask').waitFor();
  assert.match(await live.page.locator('#refusal').textContent(), /Token is missing/);
  await live.page.keyboard.type('wrong');
  await live.page.keyboard.press('Enter');
  await until('the token is wrong', async () => /expired token/.test(await live.page.locator('#refusal').textContent()));
  await live.page.keyboard.type('se cret');
  await live.page.keyboard.press('Enter');
  await live.untilConnection('Live');
  await live.untilCounts('default-pool', [1, 4, 0, 0]);
  assert.equal(await live.page.locator('#tenant').textContent(), 'tenant t');
  assert.match(await live.panel('Pools').locator('code').textContent(), /^curl -s -H "Authorization: Bearer \$TOKEN" 'http.*\/x\/y\/~t\/__admin\/pools'$/);
  assert.doesNotMatch(await live.page.content(), /se cret/);
  assert.deepEqual(await live.page.evaluate(() => [sessionStorage.length, localStorage.length, document.cookie]), [0, 0, '']);
  assert.deepEqual(live.problems.filter((text) => !/^Failed to load resource.*401/.test(text)), []);
});

browserCase('100 claims a second for ten seconds: no count is lost, and the page draws at most four times a second', async (world, browser) => {
  const stack = await Stack.start(world);
  await stack.say('POST', '/pools', { name: 'busy', minimum_vms: 50 }, 201);
  const live = await LivePage.open(stack, browser);
  await live.untilConnection('Live');
  await live.page.evaluate(() => {
    window.frames_ = new Set();
    window.blank = 0;
    new MutationObserver(() => {
      window.frames_.add(Math.round(performance.now() / 50));
      if (document.querySelectorAll('tbody tr').length === 0) window.blank++;
    }).observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true, attributes: true });
  });
  const begin = performance.now();
  let claims = 0;
  while (performance.now() - begin < 10_000) {
    const { subdomain } = await stack.claim('busy', `w-${claims}`);
    if (claims % 3) await stack.say('POST', `/workspaces/${subdomain}/release`, {});
    claims++;
    await pause(Math.max(0, begin + claims * 10 - performance.now()));
  }
  const seconds = (performance.now() - begin) / 1000;
  assert.ok(claims / seconds > 30, `only ${claims} claims: the machine is too slow for this test`);
  const { pools } = await stack.say('GET', '/__admin/pools');
  const { used, free } = pools.find(({ name }) => name === 'busy');
  await live.untilCounts('busy', [used, free, 0, 0], 2000);
  const { requests } = await stack.say('GET', '/__admin/requests');
  await live.untilRows('Requests', (rows) => rows.length === 200 && rows[0][0] === String(requests.at(-1).seq));
  const { drawn, blank } = await live.page.evaluate(() => ({ drawn: window.frames_.size, blank: window.blank }));
  // a drawing can fall into two of the slots of 50 ms, and an answer that is shown at a click or a second's tick into no other frame
  assert.ok(drawn > seconds && drawn <= 2 * 4 * (seconds + 3), `${drawn} drawings in ${seconds} s`);
  assert.equal(blank, 0);
  live.assertNoProblem();
});

browserCase('1,000 pools and a pool of 10,000 pods: pages of 100, and the page stays fluent', async (world, browser) => {
  const stack = await Stack.start(world);
  const pools = Array.from({ length: 1000 }, (_, n) => ({ number: n + 1, name: `pool-${n}` }));
  const pods = Array.from({ length: 10_000 }, (_, n) => ({ number: n + 1, pool: 'pool-0' })).filter(({ number }) => !/1555[12]/.test(number));
  await stack.say('PUT', '/__admin/state', { schemaVersion: 1, pools, pods });
  const live = await LivePage.open(stack, browser);
  await live.untilRows('Pools', (rows) => rows.length === 1000);
  await live.untilCounts('pool-0', [0, 10_000, 0, 0]);
  await live.untilRows('Pods', (rows) => rows.length === 100 && rows[0][0] === 'mock-pod-1');
  const range = live.panel('Pods').locator('nav span');
  assert.equal(await range.textContent(), '1 to 100 of 10000');
  await live.page.getByRole('button', { name: 'Next' }).click();
  await live.untilRows('Pods', ([[first]]) => first === 'mock-pod-101');
  assert.equal(await range.textContent(), '101 to 200 of 10000');
  await live.page.getByRole('button', { name: 'Previous' }).click();
  await live.untilRows('Pods', ([[first]]) => first === 'mock-pod-1');
  assert.equal(await live.page.getByRole('button', { name: 'Previous' }).isDisabled(), true);
  await live.page.evaluate(() => {
    window.longest = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => (window.longest = Math.max(window.longest, duration)))).observe({ type: 'longtask' });
  });
  for (let n = 0; n < 50; n++) await stack.claim('pool-0', `w-${n}`);
  await live.untilCounts('pool-0', [50, 9950, 0, 0]);
  await live.untilRows('Pods', (rows) => rows.filter(([, state]) => state === 'used').length === 50);
  const longest = await live.page.evaluate(() => window.longest);
  assert.ok(longest < 1000, `the page was busy for ${longest} ms`);
  live.assertNoProblem();
});

browserCase('the keyboard reaches all of it, and the focus stays while the page changes', async (world, browser) => {
  const stack = await Stack.start(world);
  await stack.say('POST', '/pools', { name: 'second', minimum_vms: 1 }, 201);
  const live = await LivePage.open(stack, browser);
  await live.untilRows('Pools', (rows) => rows.length === 2);
  await live.untilRows('Requests', (rows) => rows.length === 1);
  const focused = () => live.page.evaluate(() => document.activeElement.textContent);
  const tabTo = async (text) => {
    for (let n = 0; n < 60 && (await focused()) !== text; n++) await live.page.keyboard.press('Tab');
    assert.equal(await focused(), text);
  };
  await tabTo('second');
  await live.page.keyboard.press('Enter');
  await live.untilRows('Pods', (rows) => rows.length === 1);
  await stack.claim('second', 'w');
  await live.untilCounts('second', [1, 0, 0, 0]);
  assert.equal(await focused(), 'second');
  await tabTo('1');
  await live.page.keyboard.press('Enter');
  const line = live.panel('Requests').locator('code');
  await until('the line of the request', async () => /-X POST 'http.*\/pools'$/.test(await line.textContent()));
  await stack.claim('second', 'w');
  await live.untilRows('Requests', (rows) => rows.length === 3);
  assert.equal(await focused(), '1');
  await tabTo('Copy');
  const captions = await live.page.locator('caption').allTextContents();
  assert.ok(captions.length === 7 && captions.every((text) => text.length > 10), captions.join());
});

// The smallest contrast of a text in the page to what is behind it (WCAG 2.2, "contrast ratio"), with the text.
function smallestContrast(page) {
  return page.evaluate(() => {
    const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const bytes = (colour) => {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      return [...context.getImageData(0, 0, 1, 1).data];
    };
    const luminance = (rgb) => rgb.slice(0, 3)
      .map((byte) => byte / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
      .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = (node) => {
      for (let at = node; at; at = at.parentElement) {
        const colour = bytes(getComputedStyle(at).backgroundColor);
        if (colour[3] === 255) return colour;
      }
      throw new Error('nothing is behind it');
    };
    let smallest = { ratio: Infinity, count: 0 };
    for (const node of document.querySelectorAll('body *')) {
      const hasText = [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim() !== '');
      if (!hasText || !node.checkVisibility()) continue;
      const [light, dark] = [luminance(bytes(getComputedStyle(node).color)), luminance(behind(node))].sort((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      smallest.count++;
      if (ratio < smallest.ratio) smallest = { ...smallest, ratio, text: node.textContent };
    }
    return smallest;
  });
}

browserCase('each text has a contrast of 4.5:1 in light and dark, live and lost, and nothing moves', async (world, browser) => {
  const stack = await Stack.start(world);
  await stack.say('PATCH', '/__admin/pools/slow', { progression: { mode: 'time', pending: '1m' }, failNext: 1 });
  await stack.claim('default-pool', 'w');
  await stack.ask('GET', '/workspaces/none');
  await setFaults(stack, [{ match: { operation: 'scale' }, delay: { type: 'fixed', ms: 1 } }]);
  const pages = [];
  for (const colorScheme of ['light', 'dark']) {
    const live = await LivePage.open(stack, browser, { options: { colorScheme } });
    await live.untilRows('Requests', (rows) => rows.length > 0);
    await live.untilRows('Fault rules', (rows) => rows.length === 1);
    const back = await live.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    pages.push({ live, colorScheme, back });
    const index = await LivePage.open(stack, browser, { path: '/', options: { colorScheme } });
    pages.push({ live: index, colorScheme: `${colorScheme} index` });
  }
  assert.notEqual(pages[0].back, pages[2].back);
  const check = async () => {
    for (const { live, colorScheme } of pages) {
      const { ratio, text, count } = await smallestContrast(live.page);
      assert.ok(count > 20 && ratio >= 4.5, `${colorScheme}: ${ratio} of '${text}', ${count} texts`);
      const moving = await live.page.evaluate(() => [...document.styleSheets].flatMap(({ cssRules }) => [...cssRules]).filter(({ cssText }) => /animation|transition/.test(cssText)).length);
      assert.equal(moving, 0);
    }
  };
  await check();
  await stack.worker.stop();
  await pages[0].live.untilConnection('Not live');
  await pages[2].live.untilConnection('Not live');
  await check();
});

browserCase('without events, a journal or an unbuffered stream the page says so, and shows the rest', async (world, browser) => {
  const stack = await Stack.start(world, { options: ['--events', '0', '--journal', '0'] });
  const live = await LivePage.open(stack, browser);
  await live.untilConnection('Every 2 seconds');
  assert.match((await live.banners())[0], /^There is no live stream: the worker keeps no events \(--events 0\)\./);
  await until('no journal', async () => /there is no journal|--journal/.test(await live.panel('Requests').locator('h2').textContent()));
  await stack.claim('default-pool', 'w');
  await live.untilCounts('default-pool', [1, 4, 0, 0], 4000);
});

// Starts a server before the stack that passes an answer on only when it has all of it. Returns its port.
async function startBuffering(world, stack) {
  const server = http.createServer((incoming, response) => {
    const { method, url: path, headers } = incoming;
    const outgoing = http.request({ host: stack.host, port: stack.port, method, path, headers }, async (answer) => {
      const body = await answer.toArray().catch(() => []);
      response.writeHead(answer.statusCode, answer.headers).end(Buffer.concat(body));
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    outgoing.end();
  });
  await once(server.listen(0, stack.host), 'listening');
  world.atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return server.address().port;
}

browserCase('behind a server that holds the stream back the page asks again and again', async (world, browser) => {
  const stack = await Stack.start(world);
  const live = await LivePage.open({ port: await startBuffering(world, stack) }, browser);
  await live.untilConnection('Every 2 seconds');
  assert.match((await live.banners())[0], /^There is no live stream: a server between holds it back \(buffering\)\./);
  await stack.claim('default-pool', 'w');
  await live.untilCounts('default-pool', [1, 4, 0, 0], 4000);
  live.assertNoProblem();
});

browserCase('a state file that can not be written is told', async (world, browser) => {
  const stack = await Stack.start(world, { options: ['--state', world.path('state.db')], limits: '-S -f 600' });
  const claim = (n) => stack.ask('GET', `/pools/default-pool/workspace?workspaceId=w${n}`);
  const live = await LivePage.open(stack, browser);
  for (let n = 0; (await claim(n)).status === 200; n++) assert.ok(n < 1_000, 'the disk is never full');
  await until('the banner', async () => /^The worker is not ready: the state file of the default tenant can't be written/.test((await live.banners())[0]), 15_000);
  await stack.worker.limitFiles('unlimited');
  await until('claims succeed again', async () => (await claim('again')).status === 200);
  await until('no banner', async () => (await live.banners()).length === 0, 15_000);
});

browserCase('an address that names no pool is shown as it is', async (world, browser) => {
  const stack = await Stack.start(world);
  for (const [hash, name] of [['%', '%'], ['a%2Bb%26c', 'a+b&c'], ['', '']]) {
    const live = await LivePage.open(stack, browser, { path: `/__admin/#pool=${hash}` });
    await until('the note', async () => (await live.panel('Pods').locator('h2').textContent()) === `Podsthere is no pool ${name}`);
    live.assertNoProblem();
  }
});

browserCase('the page changes nothing: neither the state nor the journal nor the counts of rules', async (world, browser) => {
  const stack = await Stack.start(world);
  await stack.say('PATCH', '/__admin/pools/p', { progression: { mode: 'manual', looks: 2 } });
  await stack.say('POST', '/pools', { name: 'p' }, 201);
  await setFaults(stack, [{ answer: { status: 503 } }]);
  const all = async () => {
    const [state, requests, faults] = await Promise.all(['state', 'requests', 'faults'].map((name) => stack.ask('GET', `/__admin/${name}`)));
    return [state.text, requests.text, faults.text];
  };
  const before = await all();
  const live = await LivePage.open(stack, browser, { path: '/__admin/#pool=p' });
  await live.untilRows('Pods', (rows) => rows.length === 3 && rows.every(([, state]) => state === 'pending'));
  await pause(3000);
  assert.deepEqual(await all(), before);
  live.assertNoProblem();
});

browserCase('the page at the root has the endpoints and a claim that works, needs nothing below __admin, and works without scripts', async (world, browser) => {
  const stack = await Stack.start(world, { options: ['--admin-token', 'secret', '--require-auth'] });
  const index = await LivePage.open(stack, browser, { path: '' });
  assert.equal(index.page.url(), `${index.origin}${BASE}/`);
  const [claim] = await index.page.locator('code', { hasText: 'curl' }).allTextContents();
  assert.equal(claim, `curl -s '${index.origin}${BASE}/pools/default-pool/workspace?workspaceId=me'`);
  assert.deepEqual([...index.responses.keys()].filter((url) => url.includes('__admin')), []);
  index.assertNoProblem();
  const plain = await LivePage.open(stack, browser, { path: '/', options: { javaScriptEnabled: false } });
  assert.match(await plain.page.locator('noscript').first().textContent(), /curl -s "\$BASE\/pools/);
  assert.ok((await plain.page.locator('tbody tr').count()) > 25);
  const still = await LivePage.open(stack, browser, { options: { javaScriptEnabled: false } });
  assert.match(await still.page.locator('noscript').textContent(), /needs JavaScript/);
});
