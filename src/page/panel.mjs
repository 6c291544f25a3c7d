// SPDX-License-Identifier: MIT
//
// A panel: a title with a note, a table in a box that scrolls, and the curl line of what it shows.

import { addLine, byId, element, setText, showList } from './dom.mjs';

export class Panel {
  #columns;
  #tbody = element('tbody');
  #scroll;

  // `columns` are titles, each with its classes: n for numbers, wide for what a narrow window
  // leaves out.
  constructor(title, caption, columns, { tools = [], parent = byId('main') } = {}) {
    this.#columns = Object.values(columns);
    const heads = Object.entries(columns).map(([textContent, className]) => element('th', { textContent, className, scope: 'col' }));
    const head = element('thead', {}, element('tr', {}, ...heads));
    const table = element('table', {}, element('caption', { textContent: caption }), head, this.#tbody);
    this.#scroll = element('div', { className: 'scroll', tabIndex: 0, role: 'region', ariaLabel: title }, table);
    const note = element('span', { className: 'quiet' });
    this.setNote = (text) => setText(note, text);
    const h2 = element('h2', {}, title, note);
    const section = element('section', {}, h2, ...tools, this.#scroll);
    this.setLine = addLine(section);
    parent.append(section);
  }

  get rows() {
    return this.#tbody.rows;
  }

  // Shows the items as rows. `cells(item)` returns the texts of its cells, undefined for those that `make(row, item)` or
  // `fill(row, item)` fill in.
  show(items, { key = (item) => item.id ?? item.requestId ?? JSON.stringify(item), cells, make, fill }) {
    this.#scroll.hidden = items.length === 0;
    showList(this.#tbody, items, {
      key,
      make: (item) => {
        const row = element('tr');
        for (const [index, className] of this.#columns.entries())
          row.append(element(index ? 'td' : 'th', index ? { className } : { className, scope: 'row' }));
        make?.(row, item);
        return row;
      },
      fill: (row, item) => {
        for (const [index, text] of cells(item).entries()) if (text !== undefined) setText(row.cells[index], text);
        fill?.(row, item);
      },
    });
  }
}
