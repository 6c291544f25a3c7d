// SPDX-License-Identifier: MIT
//
// Writes the results as a Markdown page: each figure, its aim, and whether it was reached.

import { COMPARED, comparisonKey } from './node_comparison.mjs';
import { REST } from './profile.mjs';

const NONE = '';

// Formats a number with separators of thousands, and null as an empty cell.
export function number(value, digits = 2) {
  if (value === null) return NONE;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export const count = (value) => number(value, 0);

// The aims are ratios to the constant.
const REQUESTS = [
  { key: 'claim', name: 'claim of a free pod', aim: { cpu: 1.5, rate: 0.82 } },
  { key: 'claim makes', name: 'claim that makes its pod', aim: { cpu: 1.8, rate: 0.78 } },
  { key: 'status', name: 'status of 5 pods', aim: { cpu: 1.4, rate: 0.88 } },
  { key: 'counts', name: '`status?simple=true`', aim: { cpu: 1.1, rate: 0.95 } },
  { key: 'lists', name: 'a pod with repositories and branches', aim: { cpu: 1.7 } },
  { key: 'pool', name: 'a pool’s configuration', aim: { cpu: 1.7 } },
  { key: 'release', name: 'release, with a body of `{}` ¹', aim: { cpu: 1.7 } },
  { key: 'pairs', name: 'claim and release in turns ²' },
  { key: 'single', name: 'a pod without repositories' },
  { key: 'list', name: 'list of 5 pods' },
];

const LOG_COST_MAX = 0.12; // of the constant's CPU time
const CLAIM_GROWTH_MAX = 1.1;
const COUNTS_GROWTH_MAX = 1.03;
const JOURNAL_COST_MAX = 1.05;
const TENANT_KIB_MAX = 1024;
const POD_BYTES_MAX = 100;
const IMPORT_RATIO_MAX = 4;
const CONNECTIONS_COST_MAX = 1.2;
const PARKED_CLAIM_KIB_MAX = 4;
const PARKED_STREAM_KIB_MAX = 2;
const EVENTS_COST_MAX = 1.01;
const EVENT_RATIO_MAX = 1.3;
const TOGETHER_RATIO_MAX = 0.35;
const LISTENER_KIB_MAX = 1;
const LISTENED_P99_MS_MAX = 3;
const FIRST_ANSWER_MS_MAX = 8;
const COMMITS_PER_S_MIN = 35_000;

const word = (reached) => (reached ? 'yes' : '**no**');

const TEXT_COLUMNS = ['reached', 'aim', 'server'];

export function table(heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = heads.map((head, i) => (i === 0 || TEXT_COLUMNS.includes(head) ? '---' : '---:'));
  return [line(heads), line(rule), ...rows.map(line)].join('\n');
}

function requestRow(name, figure, aim = null) {
  const aims = aim && [`CPU ${number(aim.cpu)}`, ...(aim.rate ? [`rate ${number(aim.rate)}`] : [])];
  const reached = aim && figure.cpuRatio <= aim.cpu && (!aim.rate || figure.rateRatio >= aim.rate);
  return [
    name,
    number(figure.cpuUs),
    figure.cpuUs === null ? NONE : number(figure.cpuRatio),
    count(figure.ratePerS),
    number(figure.rateRatio),
    aim ? aims.join(', ') : NONE,
    aim ? word(reached) : NONE,
  ];
}

function requestTable({ figures }) {
  const byDefault = figures['claim default'];
  const logRow = requestRow('claim of a free pod, at the default log level', byDefault);
  const logReached = `${word(byDefault.cpuAboveError <= LOG_COST_MAX)}: ${number(byDefault.cpuAboveError)} more`;
  logRow.splice(-2, 2, `CPU at most ${LOG_COST_MAX} more than at \`error\``, logReached);
  const rows = REQUESTS.map(({ key, name, aim }) => requestRow(name, figures[key], aim));
  return table(
    ['request', 'CPU µs', 'of the constant', 'a second', 'of the constant', 'aim', 'reached'],
    [
      ...rows.slice(0, 1),
      logRow,
      ...rows.slice(1),
      requestRow('the constant', figures.constant),
      requestRow('¹ the constant, given the same releases', figures['constant releases']),
      requestRow('² the constant, given the same claims and releases', figures['constant pairs']),
      requestRow('nginx’s own `return 200`', figures.nginx),
    ],
  );
}

const PROFILE_COLUMNS = [
  ['libfcgi', ['libfcgi']],
  ['SQLite', ['SQLite']],
  ['json-c', ['json-c']],
  ['`gateway`', ['gateway']],
  ['`service`, `http`, `call`', ['service', 'http', 'call']],
  ['`api`, `views`, `json`', ['api', 'views', 'json']],
  ['`store`, `tenant`, `model`', ['store', 'tenant', 'model']],
  ['`base`', ['base']],
  [REST, [REST]],
];

function profileTable({ profiles }) {
  const sum = (parts, names) => names.reduce((all, name) => all + (parts[name] ?? 0), 0);
  const rows = REQUESTS.filter(({ key }) => profiles[key]).map(({ key, name }) => [
    name,
    count(sum(profiles[key], Object.keys(profiles[key]))),
    ...PROFILE_COLUMNS.map(([, names]) => count(sum(profiles[key], names))),
  ]);
  return table(['request', 'all', ...PROFILE_COLUMNS.map(([head]) => head)], rows);
}

// The section about profiles; empty without any.
function profileText(results) {
  if (Object.keys(results.profiles).length === 0) return '';
  return `## Where the instructions go

Instructions of the worker for one request, counted by callgrind: those of the libraries, and those of the rooms of \`src/\`. Functions of
the C library count for the part that calls them. What the kernel does for a request, to receive and to send it, is not counted; the constant
pays for it too.

${profileTable(results)}

`;
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

function comparisonRows({ compared, settings: { compared: { sizes, clients } } }) {
  return sizes.flatMap((pods) =>
    clients.flatMap((many) =>
      COMPARED.map((server) => ({ ...server, pods, clients: many, figure: compared[comparisonKey(server, pods, many)] })),
    ),
  );
}

function comparisonTable(results) {
  const rows = comparisonRows(results).map(({ name, pods, clients, figure }) => [
    count(pods),
    String(clients),
    name,
    count(figure.ratePerS),
    number(figure.rateRatio),
    `${count(figure.p50Us)} / ${count(figure.p99Us)}`,
    number(figure.cpuUs, 1),
    number(figure.cpuRatio),
  ]);
  return table(
    ['pods', 'clients', 'server', 'a second', 'of the worker’s', 'half / 99 % answered within, µs', 'CPU µs', 'of the worker’s'],
    rows,
  );
}

// Says where a node server answers more requests a second than the worker, or half of them in a shorter time.
export function aheadText(results, name) {
  const rows = comparisonRows(results);
  const workerOf = ({ pods, clients }) => results.compared[comparisonKey(COMPARED[0], pods, clients)];
  const ahead = rows.filter((row) => row.name === name && (row.figure.rateRatio > 1 || row.figure.p50Us < workerOf(row).p50Us));
  if (ahead.length === 0) return `**${name}** is nowhere ahead of the worker.`;
  const lines = ahead.map((row) => {
    const place = `${row.clients} ${row.clients === 1 ? 'client' : 'clients'}, ${count(row.pods)} pods`;
    const times = `${count(row.figure.p50Us)} µs, by the worker ${count(workerOf(row).p50Us)} µs`;
    return `- ${place}: ${number(row.figure.rateRatio)} of the worker’s rate; half answered within ${times}`;
  });
  return [`**${name}** is ahead of the worker at:`, ...lines].join('\n');
}

// A row whose figure must not be above `max`, in `unit`.
function atMost(title, value, max, unit = '', digits = 2) {
  const show = (shown) => `${number(shown, digits)}${unit && ` ${unit}`}`;
  return [title, show(value), `at most ${show(max)}`, word(value <= max)];
}

// A row without an aim.
const only = (title, text) => [title, text, NONE, NONE];

function serviceRows({ figures, settings: { connections, committers } }) {
  const [few, many] = connections.map((clients) => figures[`connections ${clients}`]);
  const { ratePerS, p50Us, p99Us } = figures.state;
  return [
    atMost(`${count(connections[1])} kept connections, CPU a request, relative to ${connections[0]} ³`, many.cpuRatio, CONNECTIONS_COST_MAX),
    only(`CPU a request, at ${connections[0]} and at ${count(connections[1])} ³`, `${number(few.cpuUs)} and ${number(many.cpuUs)} µs`),
    [
      `\`--state\`, ${committers} clients: claims that make their pod, committed a second ³`,
      count(ratePerS), `at least ${count(COMMITS_PER_S_MIN)}`, word(ratePerS >= COMMITS_PER_S_MIN),
    ],
    only('half, and 99 %, of them answered within ³', `${count(p50Us)} and ${count(p99Us)} µs`),
    only('the disk itself just before: 4 KiB written and synced, a second', count(figures.disk.ratePerS)),
    only('commits for each of these', number(ratePerS / figures.disk.ratePerS, 1)),
  ];
}

function memoryRows({ podBytes, tenantKiB, parkedClaimKiB, parkedStreamKiB, start, figures, settings }) {
  const { tenants, parkedClaims, parkedStreams } = settings;
  return [
    atMost('memory for each pod', podBytes, POD_BYTES_MAX, 'bytes', 0),
    atMost(`memory for each tenant at rest, with ${count(tenants)}`, tenantKiB, TENANT_KIB_MAX, 'KiB', 0),
    only(`status beside ${count(tenants)} tenants, CPU, relative to none`, number(figures['status beside tenants'].cpuRatio)),
    atMost(`memory for each parked request, with its connection, with ${count(parkedClaims)} ³`, parkedClaimKiB, PARKED_CLAIM_KIB_MAX, 'KiB'),
    atMost(`memory for each stream that has begun, the same, with ${count(parkedStreams)} ³`, parkedStreamKiB, PARKED_STREAM_KIB_MAX, 'KiB'),
    atMost('anonymous memory at rest (Pss_Anon)', start.atRestKiB / 1024, 1.5, 'MiB'),
  ];
}

function listenerRows(crowd, { kiB, eventBytes, sendUs, eventUs, togetherUs, eventRatio, togetherRatio, p99Ms }) {
  return [
    atMost(`one event to ${crowd}, CPU, relative to a bare loop of sends ³`, eventRatio, EVENT_RATIO_MAX),
    atMost(`one of ten events that are sent together, to ${crowd}, the same ³`, togetherRatio, TOGETHER_RATIO_MAX),
    only(`CPU for each event and listener, for each of ten together, and for a bare send of ${eventBytes} bytes ³`,
      `${number(eventUs)}, ${number(togetherUs)} and ${number(sendUs)} µs`),
    atMost(`memory for each silent listener, with its connection, with ${crowd} ³`, kiB, LISTENER_KIB_MAX, 'KiB'),
    atMost(`status beside ${crowd}, that are shown 400 events a second: 99 % answered later by ³`, p99Ms, LISTENED_P99_MS_MAX, 'ms'),
  ];
}

function listRows({ figures, settings: { listPods } }) {
  const name = `list of ${count(listPods)} pods`;
  const [long, wait] = [figures['long list'], figures['longest wait']];
  return [
    atMost(`${name}: first byte`, long.firstByteMs, 2, 'ms', 1),
    atMost(`${name}: most additional memory`, long.growthKiB, 256, 'KiB', 0),
    atMost(`${name}: another client’s longest wait for a claim`, wait.busy, 5, 'ms', 1),
    only('the same for as long without the list', `${number(wait.quiet, 1)} ms`),
    only(`${name}: ${number(long.bytes / 1e6, 0)} MB through nginx, in all`, `${number(long.totalMs, 0)} ms`),
    only(`${name}: CPU time of the worker`, `${number(long.cpuMs, 0)} ms`),
  ];
}

function figureTable(results) {
  const { figures, listening, start, settings: { listPods, listeners } } = results;
  const { exportUs, importUs, ratio } = figures.document;
  return table(
    ['figure', 'measured', 'aim', 'reached'],
    [
      atMost('from the start of the worker’s process to its first answer ³', start.firstAnswerMs, FIRST_ANSWER_MS_MAX, 'ms'),
      atMost('a claim with a full journal, CPU, relative to one without', figures['claim with a journal'].cpuRatio, JOURNAL_COST_MAX),
      atMost(`import of ${count(listPods)} pods, CPU, relative to their export ³`, ratio, IMPORT_RATIO_MAX),
      only('CPU for each pod, of the export and of the import ³', `${number(exportUs)} and ${number(importUs)} µs`),
      ...serviceRows(results),
      ...memoryRows(results),
      atMost('a claim with events, to which nobody listens, CPU, relative to one without', figures['claim with events'].cpuRatio, EVENTS_COST_MAX),
      ...listenerRows(`${count(listeners)} listeners by server-sent events`, listening.stream),
      ...(listening.socket ? listenerRows(`${count(listeners)} listeners by WebSocket`, listening.socket) : []),
      ...listRows(results),
    ],
  );
}

function comparisonText(results) {
  const { seconds, rounds, compared } = results.settings;
  return `\`node_server.mjs\` is a mock in one process of Node.js, \`http.createServer\` and a Map of pools and pods, which does nothing but answer
claims, releases and statuses as the worker does. Claims and releases alternate, for ${seconds / 2} s; the figures are medians of
${Math.min(rounds, compared.rounds)} rounds. For each load the server starts anew, with a fresh state, and warms up with another pool first, so that node has compiled
its code. CPU is that of all threads of the server, without nginx.

${aheadText(results, COMPARED[1].name)}

${aheadText(results, COMPARED[2].name)}

Without nginx, node saves one hop for each request. With a single client the hop counts most, because nothing else happens meanwhile. The
worker always has nginx in front.

${comparisonTable(results)}`;
}

// `machine` are lines about the machine and the date.
export function reportText(results, machine) {
  const { seconds, rounds, pairs, starts, sizes } = results.settings;
  return `# What a request costs

\`make bench\` writes this page. The figures are medians of ${rounds} rounds (${pairs} for the journal, ${starts} for starts). In each round, all
that is compared takes its turn for ${seconds} s: 64 kept connections of wrk to one nginx, whose access log is off. "The constant" is
\`constant.c\`: it answers with the size and headers of a claim's answer (its body has ${results.claimBytes} bytes), by libfcgi, in the same kind of
loop. CPU is the time per request of the process behind nginx, from /proc/PID/schedstat. The log goes to a file, as text, at level
\`error\` if nothing else is given.

${machine.map((line) => `- ${line}`).join('\n')}

## Requests

Ratios are to the constant, in the same round. Those of ¹ and ² are to the constant with the same requests.

${requestTable(results)}

${profileText(results)}## Pods

The default pool has the number of pods in the first column. Claims are released again, as above, but by ${sizes[0] - 1} clients, so that the
smallest pool never runs out; the figure is the mean of claim and release. Counts are \`status?simple=true\`, by 64 clients.

${sizeTable(results)}

## The rest

³ without nginx: the requests that nginx would send go to the worker's socket.

${figureTable(results)}

## Beside a node server

${comparisonText(results)}
`;
}
