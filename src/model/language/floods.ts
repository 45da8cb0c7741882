// SPDX-License-Identifier: Apache-2.0
/** The annotation by which a policy bounds how many events it tells. Ours: the other runtime has none. */
import type { EventRate, NormalPolicy } from '../normal-policy.ts';
import { excerpt } from '../source-text.ts';
import { type Ledger, refuse } from './ledger.ts';

export const THROTTLE_ANNOTATION = 'tracegate.io/throttle';
const THROTTLE_POINTER = '/metadata/annotations/tracegate.io~1throttle';
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

/** What the policy's annotations say of it. */
export function floodBounds(
  ledger: Ledger,
  annotations: Readonly<Record<string, string>> = {},
): Pick<NormalPolicy, 'throttle'> {
  const written = annotations[THROTTLE_ANNOTATION];
  if (written === undefined) return {};
  const throttle = rateOf(written);
  if (throttle) return { throttle };
  const fix = `write events/time such as 1000/1s: 1 to ${THROTTLE_EVENTS_MOST} events in 1s to 1h`;
  refuse(ledger, THROTTLE_POINTER, `"${excerpt(written)}" is no bound of events`, fix);
  return {};
}
