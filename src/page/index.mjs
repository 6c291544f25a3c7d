// SPDX-License-Identifier: MIT
//
// The page at BASE/: completes its curl lines with its address.

import { addLine } from './dom.mjs';
import { curlLine } from './service.mjs';

for (const paragraph of document.querySelectorAll('[data-path]')) {
  const { path, method } = paragraph.dataset;
  addLine(paragraph)(curlLine(path, { method }));
}
