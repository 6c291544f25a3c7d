// SPDX-License-Identifier: MIT
//
// The live page in a browser, and what a person sees there.

import assert from 'node:assert/strict';

import { until } from './case.mjs';
import { BASE } from './worker.mjs';

export class LivePage {
  problems = []; // messages of the console, errors of scripts, requests to another origin
  responses = new Map(); // each response by its URL

  // Opens the page of the mock below `base`. `path` is that of the page, `options` are the browser's (newPage).
  static async open(stack, browser, { base = BASE, path = '/__admin/', options = {} } = {}) {
    const live = new LivePage();
    live.origin = `http://127.0.0.1:${stack.port}`;
    live.page = await browser.newPage(options);
    live.page.on('console', (message) => live.problems.push(message.text()));
    live.page.on('pageerror', (error) => live.problems.push(String(error)));
    live.page.on('request', (request) => {
      if (!request.url().startsWith(`${live.origin}/`)) live.problems.push(`a request to ${request.url()}`);
    });
    live.page.on('response', (response) => live.responses.set(response.url(), response));
    await live.page.goto(live.origin + base + path);
    return live;
  }

  // The panel with this title.
  panel(title) {
    return this.page.locator('section').filter({ has: this.page.locator('h2', { hasText: title }) });
  }

  // Returns the rows of a panel, each with the texts of its cells.
  rows(title) {
    return this.panel(title).locator('tbody tr').evaluateAll((rows) => rows.map(({ cells }) => [...cells].map((cell) => cell.textContent)));
  }

  // Waits until the panel has rows that `fit(rows)` accepts, at most `ms`.
  untilRows(title, fit, ms) {
    return until(`the panel ${title} shows it`, async () => fit(await this.rows(title)), ms);
  }

  // Waits until the pool has these counts: [used, free, starting, failed].
  async untilCounts(pool, counts, ms) {
    const isShown = (rows) => rows.some(([name, , ...numbers]) => name === pool && String(numbers) === String(counts));
    await this.untilRows('Pools', isShown, ms).catch(async (error) => {
      throw new Error(`${error.message}: ${JSON.stringify(await this.rows('Pools'))}, not ${pool} ${counts}`);
    });
  }

  async untilConnection(text, ms) {
    await until(`the page is ${text}`, async () => (await this.page.locator('#connection').textContent()).startsWith(text), ms);
  }

  banners() {
    return this.page.locator('.banner').allTextContents();
  }

  // Returns the length of each file that the page is made of.
  fileLengths() {
    const files = [...this.responses.values()].filter((response) => /\/(__page\/[^/]*|__admin\/)$/.test(response.url()));
    return Promise.all(files.map(async (response) => (await response.body()).length));
  }

  assertNoProblem() {
    assert.deepEqual(this.problems, []);
  }
}
