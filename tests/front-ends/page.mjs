// SPDX-License-Identifier: MIT
//
// The live page in a browser: it is live where the front end passes its stream on.

import { launchBrowser } from '../lib/browser.mjs';
import { until } from '../lib/case.mjs';
import { LivePage } from '../lib/live_page.mjs';

export async function observePage(stack) {
  const browser = await launchBrowser(stack.world);
  const live = await LivePage.open(stack, browser);
  const connection = live.page.locator('#connection');
  await until('the page is connected', async () => (await connection.textContent()) !== 'Connecting…');
  await stack.claim('default-pool', 'w');
  await live.untilCounts('default-pool', [1, 4, 0, 0]);
  const seen = { 'the page is': await connection.textContent(), 'what it complains about': live.problems.join('; ') };
  await browser.close();
  return seen;
}
