// SPDX-License-Identifier: MIT
//
// Reads metrics in Prometheus' text format.

import assert from 'node:assert/strict';

// Returns {help, type, series} for each metric, by its name. `series` maps labels, such as `{state="idle"}` or ``, to numbers; those of
// a histogram begin with the suffix of the name.
export function parseMetrics(text) {
  const metrics = {};
  let name;
  for (const line of text.split('\n').slice(0, -1)) {
    const [, what, ofName, rest] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (what === 'HELP') {
      name = ofName;
      metrics[name] = { help: rest, series: {} };
    } else if (what === 'TYPE') {
      assert.equal(ofName, name);
      metrics[name].type = rest;
    } else {
      const [, series, value] = /^(\S+?(?:\{.*\})?) (-?\d+(?:\.\d+)?)$/.exec(line) ?? assert.fail(`not a sample: ${line}`);
      assert.ok(series.startsWith(name), line);
      metrics[name].series[series.slice(name.length)] = Number(value);
    }
  }
  return metrics;
}

export class Metrics {
  // Scrapes a stack or a worker.
  static async of(service) {
    const { status, headers, text } = await service.ask('GET', '/__admin/metrics');
    assert.equal(status, 200, text);
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    return new Metrics(text);
  }

  constructor(text) {
    this.text = text;
    this.all = parseMetrics(text);
  }

  // Returns a value: of a metric, by the labels, with the name of the metric before the general prefix left out.
  get(name, labels = {}) {
    const metric = this.all[`pool_manager_mock_${name}`] ?? this.all[name];
    const inside = Object.entries(labels).map(([key, value]) => `${key}="${value}"`).join();
    const value = metric?.series[inside ? `{${inside}}` : ''];
    assert.notEqual(value, undefined, `there is no ${name}{${inside}}`);
    return value;
  }

  // Returns the values of a metric with one label, by the label's values.
  by(name) {
    const { series } = this.all[`pool_manager_mock_${name}`];
    return Object.fromEntries(Object.entries(series).map(([labels, value]) => [/="([^"]*)"/.exec(labels)[1], value]));
  }

  get seriesCount() {
    return Object.values(this.all).reduce((sum, { series }) => sum + Object.keys(series).length, 0);
  }
}
