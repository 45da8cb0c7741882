// SPDX-License-Identifier: Apache-2.0
/** The annotations by which a policy bounds how many events it tells. Ours: the other runtime has none. */
import type { EventRate, NormalAction, NormalHook, NormalPolicy } from '../normal-policy.ts';
import { excerpt } from '../source-text.ts';
import { type Ledger, refuse } from './ledger.ts';

export const THROTTLE_ANNOTATION = 'tracegate.io/throttle';
const THROTTLE_POINTER = '/metadata/annotations/tracegate.io~1throttle';
export const AGGREGATE_ANNOTATION = 'tracegate.io/aggregate';
const AGGREGATE_POINTER = '/metadata/annotations/tracegate.io~1aggregate';
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
/** Shorter than the agent looks at would be told wrongly; longer is silence. */
export const INTERVAL_MS = { least: 1000, most: 3_600_000 } as const;
export const THROTTLE_EVENTS_MOST = 1_000_000;

/** `10s`, `5m`, `1h` in milliseconds; undefined: no time, or none that is possible. */
function intervalMs(written: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,7})([smh])$/.exec(written) ?? [];
  if (digits === undefined) return undefined;
  const ms = Number(digits) * (UNIT_MS[unit] as number);
  return ms >= INTERVAL_MS.least && ms <= INTERVAL_MS.most ? ms : undefined;
}

function rateOf(written: string): EventRate | undefined {
  const [, digits, time = ''] = /^(\d{1,7})\/(.*)$/.exec(written) ?? [];
  const ms = intervalMs(time);
  const events = Number(digits);
  if (digits === undefined || ms === undefined) return undefined;
  return events >= 1 && events <= THROTTLE_EVENTS_MOST ? { events, intervalMs: ms } : undefined;
}

/** What an event tells beside its values, or whose it is said to be: not the same although the values are. */
const UNLIKE: readonly [(action: NormalAction) => boolean, string, string][] = [
  [(a) => a.rateLimitMs !== undefined, 'rateLimit', 'drops what would be counted'],
  [
    (a) => a.kernelStackTrace === true,
    'kernelStackTrace',
    'differs between events that are the same otherwise',
  ],
  [(a) => a.userStackTrace === true, 'userStackTrace', 'differs between events that are the same otherwise'],
  [(a) => a.imaHash === true, 'imaHash', 'may differ between events that are the same otherwise'],
  [(a) => a.argSock !== undefined, 'TrackSock', "makes events another process's"],
];

function checkLike(ledger: Ledger, hooks: readonly NormalHook[]): void {
  const fix = `leave it out, or ${AGGREGATE_ANNOTATION}`;
  for (const hook of hooks) {
    if (hook.type === 'loader')
      refuse(
        ledger,
        '/spec/loader',
        'files are told once of each process: there is nothing to aggregate',
        fix,
      );
    if (hook.returnFollow)
      refuse(
        ledger,
        `${hook.path}/returnArgAction`,
        "TrackSock makes events another process's: they are not aggregated",
        fix,
      );
    for (const action of hook.selectors.flatMap((s) => [...s.actions, ...s.returnActions]))
      for (const [has, name, why] of UNLIKE)
        if (has(action)) refuse(ledger, action.path, `events are told as the same: ${name} ${why}`, fix);
  }
}

function throttleOf(ledger: Ledger, written: string | undefined): Pick<NormalPolicy, 'throttle'> {
  if (written === undefined) return {};
  const throttle = rateOf(written);
  if (throttle) return { throttle };
  const fix = `write events/time such as 1000/1s: 1 to ${THROTTLE_EVENTS_MOST} events in 1s to 1h`;
  refuse(ledger, THROTTLE_POINTER, `"${excerpt(written)}" is no bound of events`, fix);
  return {};
}

function aggregateOf(
  ledger: Ledger,
  written: string | undefined,
  hooks: readonly NormalHook[],
): Pick<NormalPolicy, 'aggregateMs'> {
  if (written === undefined) return {};
  const aggregateMs = intervalMs(written);
  if (aggregateMs === undefined) {
    refuse(
      ledger,
      AGGREGATE_POINTER,
      `"${excerpt(written)}" is no time to aggregate over`,
      'write 1s to 1h, such as 10s or 5m',
    );
    return {};
  }
  checkLike(ledger, hooks);
  return { aggregateMs };
}

/** What the policy's annotations say of how much its hooks tell. */
export function floodBounds(
  ledger: Ledger,
  annotations: Readonly<Record<string, string>> = {},
  hooks: readonly NormalHook[],
): Pick<NormalPolicy, 'throttle' | 'aggregateMs'> {
  return {
    ...throttleOf(ledger, annotations[THROTTLE_ANNOTATION]),
    ...aggregateOf(ledger, annotations[AGGREGATE_ANNOTATION], hooks),
  };
}
