// SPDX-License-Identifier: MIT
//
// Writes the results as a Markdown page: each figure, its aim, and whether it was reached.

import { LEVELS } from './bench.mjs';

const NONE = '';

// Formats a number with separators of thousands, and null as an empty cell.
function number(value, digits = 2) {
  if (value === null) return NONE;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const count = (value) => number(value, 0);

const SHOWN_LEVEL = { error: '`error`', default: 'default' };

const REQUESTS = [
  { key: 'claim', name: 'claim', goal: { rate: 0.85, cpu: 1.6 } },
  { key: 'pairs', name: 'claim and release, in turns (compared with the constant, requested in turns)' },
  { key: 'status', name: 'status of 5 pods', goal: { rate: 0.97, cpu: 1.2 } },
  { key: 'single', name: 'single pod' },
  { key: 'list', name: 'list of 5 pods' },
];

const CLAIM_GROWTH_MAX = 1.1;
const COUNTS_GROWTH_MAX = 1.03;
const JOURNAL_COST_MAX = 1.05;
const TENANT_KIB_MAX = 1024;

const word = (reached) => (reached ? 'yes' : '**no**');

function table(heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = heads.map((head, i) => (i === 0 || head === 'reached' || head === 'aim' ? '---' : '---:'));
  return [line(heads), line(rule), ...rows.map(line)].join('\n');
}

function requestRow(name, level, figure, goal) {
  const reached = goal && figure.rateRatio >= goal.rate && figure.cpuRatio <= goal.cpu;
  return [
    name,
    level,
    count(figure.ratePerS),
    number(figure.rateRatio),
    number(figure.cpuUs),
    figure.cpuUs === null ? NONE : number(figure.cpuRatio),
    goal ? `rate ${goal.rate}, CPU ${goal.cpu}` : NONE,
    goal ? word(reached) : NONE,
  ];
}

function requestTable({ figures }) {
  const rows = [
    requestRow('nginx’s own `return 200`', NONE, figures.nginx),
    requestRow('the constant', NONE, figures.constant),
    requestRow('the constant, requested in turns for claim and release', NONE, figures['constant pairs']),
  ];
  for (const { key, name, goal } of REQUESTS) {
    for (const level of Object.keys(LEVELS)) {
      rows.push(requestRow(name, SHOWN_LEVEL[level], figures[`${key} ${level}`], goal));
    }
  }
  return table(['request', 'log level', 'a second', 'of the constant', 'CPU µs', 'of the constant', 'aim', 'reached'], rows);
}

function sizeTable({ figures, settings: { sizes } }) {
  const rows = sizes.map((pods, i) => {
    const [claim, counts] = [figures[`claim at ${pods}`], figures[`counts ${pods}`]];
    const last = i === sizes.length - 1;
    return [
      count(pods),
      number(claim.cpuUs),
      number(claim.cpuRatio),
      number(counts.cpuUs),
      number(counts.cpuRatio),
      last ? `claim ${CLAIM_GROWTH_MAX}, counts ${COUNTS_GROWTH_MAX}` : NONE,
      last ? word(claim.cpuRatio <= CLAIM_GROWTH_MAX && counts.cpuRatio <= COUNTS_GROWTH_MAX) : NONE,
    ];
  });
  const few = `of ${count(sizes[0])} pods`;
  return table(['pods', 'claim and release, CPU µs', few, 'counts, CPU µs', few, 'aim', 'reached'], rows);
}

function figureTable({ figures, podBytes, tenantKiB, start, settings: { listPods, tenants } }) {
  const long = figures['long list'];
  const wait = figures['longest wait'];
  const journalCost = figures['claim with a journal'].cpuRatio;
  const name = `list of ${count(listPods)} pods`;
  const below = (title, value, unit, max, digits = 1) => [
    title,
    `${number(value, digits)} ${unit}`,
    max === null ? NONE : `${max} ${unit}`,
    max === null ? NONE : word(value <= max),
  ];
  return table(
    ['figure', 'measured', 'aim', 'reached'],
    [
      ['memory a pod', `${number(podBytes, 0)} bytes`, '60 to 100 bytes', word(podBytes <= 100)],
      ['a claim with a full journal, CPU, relative to one without', number(journalCost), String(JOURNAL_COST_MAX), word(journalCost <= JOURNAL_COST_MAX)],
      below(`memory for each tenant at rest, with ${count(tenants)}`, tenantKiB, 'KiB', TENANT_KIB_MAX, 0),
      [`status beside ${count(tenants)} tenants, CPU, relative to none`, number(figures['status beside tenants'].cpuRatio), NONE, NONE],
      below('anonymous memory at rest (Pss_Anon)', start.atRestKiB / 1024, 'MiB', 1.5, 2),
      below('from the worker’s start to its first answer', start.firstAnswerMs, 'ms', 10),
      below(`${name}: first byte`, long.firstByteMs, 'ms', 2),
      below(`${name}: most additional memory`, long.growthKiB, 'KiB', 256, 0),
      below(`${name}: another client’s longest wait for a claim`, wait.busy, 'ms', 5),
      below('the same for as long without the list', wait.quiet, 'ms', null),
      below(`${name}: ${number(long.bytes / 1e6, 0)} MB through nginx, in all`, long.totalMs, 'ms', null, 0),
      below(`${name}: CPU time of the worker`, long.cpuMs, 'ms', null, 0),
    ],
  );
}

// `machine` are lines about the machine and the date.
export function reportText(results, machine) {
  const { seconds, rounds, pairs, starts, sizes } = results.settings;
  return `# What a request costs

\`make bench\` writes this page. The figures are medians of ${rounds} rounds (${pairs} for the journal, ${starts} for starts). In each round, all
that is compared takes its turn for ${seconds} s: 64 kept connections of wrk to one nginx, whose access log is off. "The constant" is
\`constant.c\`: it answers with the size and headers of a claim's answer (its body has ${results.claimBytes} bytes), by libfcgi, in the same kind of
loop. CPU is the time per request of the process behind nginx, from /proc/PID/schedstat. The log goes to a file at either level.

${machine.map((line) => `- ${line}`).join('\n')}

## Requests

Ratios are to the constant, in the same round.

${requestTable(results)}

## Pods

The default pool has the number of pods in the first column. Claims are released again, as above, but by ${sizes[0] - 1} clients, so that the
smallest pool never runs out; the figure is the mean of claim and release. Counts are \`status?simple=true\`, by 64 clients. Log level
\`error\`.

${sizeTable(results)}

## The rest

Log level \`error\`.

${figureTable(results)}
`;
}
