// SPDX-License-Identifier: MIT
//
// Checks answers against the OpenAPI document, which openapi-json of the build prints.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const MODULES = process.env.POOL_MANAGER_TEST_MODULES ?? '';
const PROGRAM = join(process.env.POOL_MANAGER_TEST_BUILD ?? '', 'src', 'openapi-json');
const EXAMPLES = ['api.md', 'control.md'].map((name) => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url)));
const BASE = '/api/mock/pool-manager';

export const AJV_IS_MISSING = existsSync(join(MODULES, 'ajv')) ? false : 'ajv is not installed (./bootstrap check installs it)';

let loaded; // {ajv, document, paths}

const requireModule = createRequire(join(MODULES, 'package.json'));

// Imports an npm package that ./bootstrap check installs.
export function importModule(name) {
  return import(pathToFileURL(requireModule.resolve(name)));
}

export function openapiDocument() {
  const { stdout, status } = spawnSync(PROGRAM, EXAMPLES, { encoding: 'utf8', maxBuffer: 1 << 24 });
  assert.equal(status, 0);
  return JSON.parse(stdout);
}

// nginx answers some requests itself, with these codes.
function codesOfNginx() {
  const text = readFileSync(new URL('../../nginx/errors.conf', import.meta.url), 'utf8');
  return new Set([...text.matchAll(/"code":"([^"]+)"/g)].map(([, code]) => code));
}

function load() {
  if (loaded) return loaded;
  const Ajv = requireModule('ajv/dist/2020.js').default;
  const document = openapiDocument();
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: 'document', components: document.components, paths: document.paths });
  const paths = Object.keys(document.paths).map((path) => {
    const pattern = path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+');
    return { path, expression: new RegExp(`^${pattern}/?$`) };
  });
  paths.sort((one, other) => one.path.split('{').length - other.path.split('{').length); // a word before a parameter
  loaded = { ajv, document, paths, nginx: codesOfNginx() };
  return loaded;
}

// Returns the path below the base, without a tenant and the query; null if it is elsewhere.
function pathOf(target) {
  const [path] = target.split('?');
  if (!path.startsWith(BASE) || /%|\/\//.test(path)) return null;
  return path.slice(BASE.length).replace(/^\/~[^/]+/, '').replace(/^$/, '/');
}

function pointer(...names) {
  return names.map((name) => `/${String(name).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');
}

// Finds the description of a status: that of the status itself, or of its class. Returns its place in the document.
function findResponse(document, path, method, status) {
  const { responses } = document.paths[path][method];
  const key = [String(status), `${String(status)[0]}XX`].find((each) => each in responses);
  if (!key) return null;
  const { $ref } = responses[key];
  return $ref ? $ref.slice(1) : pointer('paths', path, method, 'responses', key);
}

// Checks an answer. Returns `METHOD path status` by the document, or null where it describes nothing: another path or method, an answer
// that a fault rule has made, one of nginx, one without a body.
export function checkAnswer(method, target, { status, headers, body }) {
  if (AJV_IS_MISSING || headers['x-mock-fault'] || method === 'HEAD') return null;
  const { ajv, document, paths, nginx } = load();
  const path = pathOf(target);
  const found = path && paths.find(({ expression }) => expression.test(path));
  const name = method.toLowerCase();
  if (!found || !document.paths[found.path][name]) return null;
  const label = `${method} ${found.path} ${status}`;
  const type = headers['content-type'] ?? '';
  const json = type === 'application/json' ? JSON.parse(body.toString()) : null;
  if (status >= 400 && (!json || nginx.has(json.code) || status === 499)) return null;
  const place = findResponse(document, found.path, name, status);
  assert.ok(place, `the OpenAPI document has no status ${status} for ${method} ${found.path}`);
  if (!json) return label;
  const validate = ajv.getSchema(`document#${place}/content/application~1json/schema`);
  assert.ok(validate, `the OpenAPI document has no JSON for ${label}`);
  if (!validate(json)) {
    const faults = validate.errors.map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
    assert.fail(`${label} does not fit the OpenAPI document: ${faults.slice(0, 5).join('; ')}`);
  }
  return label;
}
