// SPDX-License-Identifier: Apache-2.0
/** What was measured, as ratios beside what is asked for. */
import { median, type Slice } from './load.ts';

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** How many times less CPU a review takes here than there, at the least, by the size of the policy. */
export const BARS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'OPA server': { '2 KB': 2.5, '4 KB': 4, '50 KB': 6 },
  Gatekeeper: { '2 KB': 5, '4 KB': 8, '50 KB': 10 },
  'policy-server': { '2 KB': 2, '4 KB': 3, '50 KB': 4 },
};

export const OURS = 'our webhook';

const cpuOf = (slices: readonly Slice[] | undefined): number =>
  median((slices ?? []).map((one) => one.cpuUsPerRequest));

/** The median of the ratios of each round: a busy moment meets both servers of a round alike. */
function timesOurs(theirs: readonly Slice[], ours: readonly Slice[]): number {
  return median(theirs.map((one, round) => one.cpuUsPerRequest / (ours[round]?.cpuUsPerRequest ?? 0)));
}

export function printCase(
  name: string,
  concurrency: number,
  slices: ReadonlyMap<string, readonly Slice[]>,
): void {
  say(`\n${name}, ${concurrency} connection${concurrency === 1 ? '' : 's'}`);
  say('  server                   CPU µs/review   times ours   asked for    p50 µs   p99 µs   reviews');
  const ours = slices.get(OURS) ?? [];
  for (const [server, all] of slices) {
    const bar = BARS[server]?.[name];
    const times = timesOurs(all, ours);
    const asked = bar === undefined ? '' : `≥ ${bar} ${times >= bar ? 'met' : 'MISSED'}`;
    const cells = [
      cpuOf(all).toFixed(0).padStart(13),
      `${times.toFixed(2)} ×`.padStart(12),
      asked.padStart(12),
      median(all.map((one) => one.p50Us))
        .toFixed(0)
        .padStart(9),
      median(all.map((one) => one.p99Us))
        .toFixed(0)
        .padStart(8),
      String(all.reduce((sum, one) => sum + one.requests, 0)).padStart(9),
    ];
    say(`  ${server.padEnd(24)}${cells.join(' ')}`);
  }
}

export function printBar(what: string, value: string, asked: string, met: boolean): void {
  say(`  ${what.padEnd(58)}${value.padStart(14)}   ${asked} ${met ? 'met' : 'MISSED'}`);
}
