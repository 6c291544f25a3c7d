// SPDX-License-Identifier: MIT
//
// Changes elements only where they differ from what they shall show, so that focus, selection and scroll positions stay. Text from the
// service is only ever textContent.

export const byId = (id) => document.getElementById(id);

export function setText(node, text) {
  const shown = String(text);
  if (node.textContent !== shown) node.textContent = shown;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

// Returns a new element with these properties and children.
export function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

// Shows the items as the children of a node, in their order. `make(item)` returns the child of a new key, `fill(child, item)` updates
// a child.
export function showList(parent, items, { key, make, fill }) {
  const keys = items.map((item) => String(key(item)));
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = new Set(keys);
  for (const [name, child] of old) if (!wanted.has(name)) child.remove();
  let at = parent.firstElementChild;
  for (const [index, item] of items.entries()) {
    const name = keys[index];
    const child = old.get(name) ?? make(item);
    child.dataset.key = name;
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
    fill(child, item);
  }
}

// Copies a text. Without a secure context there is no clipboard: then the line is selected, and the person copies it.
async function copy(code, button) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    setText(button, 'Copied');
  } catch {
    getSelection().selectAllChildren(code);
    setText(button, 'Selected');
  }
  setTimeout(() => setText(button, 'Copy'), 1500);
}

// Adds a line of code with a button that copies it. Returns the function that sets its text.
export function addLine(parent) {
  const code = element('code');
  const button = element('button', { type: 'button', textContent: 'Copy' });
  button.onclick = () => copy(code, button);
  parent.append(element('p', { className: 'curl' }, code, button));
  return (text) => {
    setText(code, text);
    setAttribute(button, 'aria-label', `Copy ${text}`);
  };
}
