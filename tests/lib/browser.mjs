// SPDX-License-Identifier: MIT
//
// Debian's Chromium, driven by playwright-core. Names below .test resolve to this machine, as a page with a rebound name would have it.
// No other name exists.

import { existsSync } from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { testCase } from './case.mjs';

const CHROMIUM = process.env.POOL_MANAGER_TEST_CHROMIUM;
const LIBRARY = join(process.env.POOL_MANAGER_TEST_MODULES ?? '', 'playwright-core', 'index.mjs');
const ARGUMENTS = [
  '--no-sandbox', // the sandbox does not work for root
  '--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

function reasonToSkip() {
  if (!process.env.POOL_MANAGER_TEST_NGINX) return 'nginx is not installed';
  if (!CHROMIUM) return 'Chromium is not installed';
  return existsSync(LIBRARY) ? false : 'playwright-core is not installed; ./bootstrap check installs it';
}

export const BROWSER_IS_MISSING = reasonToSkip();

// Starts a browser, which ends with the case.
export async function launchBrowser(world) {
  const { chromium } = await import(pathToFileURL(LIBRARY));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  world.atEnd(() => browser.close());
  return browser;
}

// Declares a case in a browser: `body(world, browser)`. `skip` is a further reason for not running it, or false.
export function browserCase(name, body, { skip = false } = {}) {
  testCase(name, async (world) => body(world, await launchBrowser(world)), { skip: BROWSER_IS_MISSING || skip, timeoutMs: 120_000 });
}

// Starts a foreign web server, which answers `html` at every path. Returns its port. Any name below .test leads to it.
export async function serveSite(world, html = '<!doctype html><title>site</title>') {
  const server = http.createServer((incoming, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(html);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  world.atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return server.address().port;
}

// The ways in which a page can use an address. Each returns what the page can see.

// Fetches the address. Returns {status, text}, or {error} if the page may not read the answer.
export function fetchFrom(page, url, init = {}) {
  return page.evaluate(async ([target, options]) => {
    try {
      const answer = await fetch(target, options);
      return { type: answer.type, status: answer.status, text: await answer.text() };
    } catch (error) {
      return { error: String(error) };
    }
  }, [url, init]);
}

// Adds an element to the page that loads the address. Returns 'load' or 'error'.
export function loadBy(page, element, url) {
  return page.evaluate(([name, target]) => new Promise((resolve) => {
    const node = document.createElement(name);
    node.onload = () => resolve('load');
    node.onerror = () => resolve('error');
    node.src = target;
    document.body.append(node);
  }), [element, url]);
}

// Sends a form into a frame of the page, and waits until the frame has loaded.
export function submitForm(page, method, url, fields = {}) {
  return page.evaluate(([verb, target, entries]) => new Promise((resolve) => {
    const frame = document.createElement('iframe');
    frame.name = `frame-${Math.random()}`;
    document.body.append(frame);
    const form = document.createElement('form');
    Object.assign(form, { method: verb, action: target, target: frame.name, enctype: 'text/plain' });
    for (const [name, value] of entries) {
      const input = document.createElement('input');
      Object.assign(input, { name, value });
      form.append(input);
    }
    document.body.append(form);
    frame.onload = () => resolve();
    form.submit();
  }), [method, url, Object.entries(fields)]);
}

// Opens a WebSocket to the address. Returns 'open' or 'error'.
export function openWebSocket(page, url) {
  return page.evaluate((target) => new Promise((resolve) => {
    const socket = new WebSocket(target);
    socket.onopen = () => resolve('open');
    socket.onerror = () => resolve('error');
  }), url);
}
