// SPDX-License-Identifier: MIT
//
// Writes the results of several workers as the last chapter of docs/scale-out.md.

import { count, number, table } from './report.mjs';
import { COUNTS, layoutKey, LOSSES, PLACES } from './scale_out.mjs';

const HEADING = '## What several workers bring';
const CORES = 16;
const CALCULATED = [1, 2, 3, 4, 6, 8]; // workers

// The requests a second of `workers` workers on `cores` cores: each worker uses one core at most, and all processes the cores together.
export function capacity(workers, cores, { nginxUs, workerUs }, clientUs = 0) {
  return 1e6 * Math.min(workers / workerUs, cores / (nginxUs + workerUs + clientUs));
}

function layoutTable({ layouts, cores }) {
  const rows = PLACES.flatMap((place) => COUNTS.map((workers) => ({ place, workers, figure: layouts[layoutKey(place, workers)] })))
    .filter(({ figure }) => figure)
    .map(({ place, workers, figure }) => {
      const one = layouts[layoutKey(place, 1)];
      return [
        place.name, String(workers), count(figure.ratePerS), number(figure.ratePerS / one.ratePerS),
        `${count(figure.p50Us)} / ${count(figure.p99Us)}`,
        number(figure.nginxUs, 1), number(figure.workerUs, 1), number(figure.clientCpuUs, 1),
        count(capacity(workers, cores, figure, figure.clientCpuUs)),
      ];
    });
  return table(
    ['the workers run', 'workers', 'a second', 'of one worker’s', 'half / 99 % answered within, µs', 'nginx, CPU µs', 'workers, CPU µs',
      'clients, CPU µs', 'at most a second'],
    rows,
  );
}

function secondWorkerText({ layouts, cores }) {
  const [one, two] = [1, 2].map((workers) => layouts[layoutKey(PLACES[0], workers)]);
  const isLimit = 1 / one.workerUs < cores / (one.nginxUs + one.workerUs + one.clientCpuUs);
  const limit = isLimit ? 'One worker is the limit here.' : `The ${cores} cores are the limit here, not the worker.`;
  return `Beside nginx, a second worker raises the rate to ${number(two.ratePerS / one.ratePerS)} times that of one on these ${cores} cores. ${limit} For one
request nginx needs ${number(one.nginxUs / one.workerUs, 1)} times the worker’s CPU time, and the clients need ${number(one.clientCpuUs / one.workerUs, 1)} times. With state files
each tenant is a file of its own, and a worker waits for the disk with each commit, while the others go on.`;
}

function calculatedTable(figure) {
  const one = capacity(1, CORES, figure);
  const rows = CALCULATED.map((workers) => {
    const rate = capacity(workers, CORES, figure);
    const busy = (us) => number((rate * us) / 1e6, 1);
    return [String(workers), count(rate), number(rate / one), busy(figure.workerUs), busy(figure.nginxUs)];
  });
  return table(['workers', 'at most a second', 'of one worker’s', 'cores that the workers use', 'cores that nginx uses'], rows);
}

const seconds = (ms) => `${number(ms / 1000, 1)} s`;
const shortTime = (ms) => (ms < 1000 ? `${count(ms)} ms` : seconds(ms));

function lossTable({ losses }) {
  const rows = LOSSES.filter(({ key }) => losses[key]).map(({ key, name }) => {
    const { awayMs, failed, longestMs, servedAgainMs, othersLongestMs, compared } = losses[key];
    return [name, shortTime(awayMs), count(failed), shortTime(longestMs), shortTime(servedAgainMs), shortTime(othersLongestMs), count(compared)];
  });
  return table(
    ['what is lost', 'away for', 'claims of its tenants that failed', 'their longest wait', 'all served again after', 'longest wait of the others',
      'claims compared'],
    rows,
  );
}

const percent = (part) => `${count(part * 100)} %`;

function addedText({ added, settings }) {
  return `With a fourth worker, ${percent(added.part)} of ${settings.moved} tenants moved, and ${percent(added.partInconsistent)} without \`consistent\`. While clients claimed, ${added.moved} of ${added.tenants} tenants moved
and were taken along by the commands above, in ${shortTime(added.takenMs)} each; ${count(added.compared)} claims were compared.`;
}

function chapter(results, machine) {
  const { settings, noHosts, layouts } = results;
  const figure = layouts[layoutKey(PLACES[0], 1)];
  return `${HEADING}

\`make bench-scale-out\` writes this chapter.

${machine.map((line) => `- ${line}`).join('\n')}

### Requests

${settings.clients} connections of wrk claim pods of ${settings.tenants} tenants in turns, and release each. The set-ups take turns for ${settings.seconds} s each; the figures
are medians of ${settings.rounds} rounds. CPU is the time for one request of all processes of nginx, of all workers, and of wrk, which all run on the
same cores. Another host is a network namespace${noHosts ? `, which is missing here: ${noHosts}` : ''}. The last column is calculated from the CPU times: a
worker is one thread, so it uses one core at most, and all together use the cores that there are.

${layoutTable(results)}

${secondWorkerText(results)}

### On ${CORES} cores

By calculation, with the CPU times of one worker beside nginx: ${number(figure.nginxUs, 1)} µs in nginx and ${number(figure.workerUs, 1)} µs in the worker. It assumes that
clients run on other machines, that the tenants are spread evenly, that nginx uses all cores that the workers leave
(\`worker_processes auto\`), and that a request costs the same on more cores. Memory and network are not limits in it, so no
machine reaches these figures in full.

${calculatedTable(figure)}

### Failures

${settings.tenants} clients claim pods, one tenant each, and ask each pod at its own host. The default tenant is one of them. At the end all claims are
compared with the states of the workers. No claim that was answered was lost, none was made twice, and no tenant of
another worker had an error; otherwise the command fails.

${lossTable(results)}

A killed worker is started again at once here; systemd waits for a second.

¹ With the [settings of Linux](#when-a-host-vanishes) for workers on other hosts.

${addedText(results)}
`;
}

// Returns the page with the chapter, which is its last one, written anew. `machine` are lines about the machine and the date.
export function withChapter(page, results, machine) {
  const at = page.indexOf(`\n${HEADING}\n`);
  if (at < 0) throw new Error(`the page has no chapter "${HEADING}"`);
  return page.slice(0, at + 1) + chapter(results, machine);
}
