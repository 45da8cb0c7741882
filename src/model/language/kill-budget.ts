// SPDX-License-Identifier: Apache-2.0
/** The annotation by which a policy bounds its own kills. Ours: the other runtime has none. */
import type { NormalPolicy } from '../normal-policy.ts';
import { excerpt } from '../source-text.ts';
import { type Ledger, refuse } from './ledger.ts';

export const KILLS_ANNOTATION = 'tracegate.io/max-kills-per-minute';
const POINTER = '/metadata/annotations/tracegate.io~1max-kills-per-minute';
/** As many as a host's own budget may have. */
export const KILLS_PER_MINUTE_MOST = 1_000_000;

export function killBudget(
  ledger: Ledger,
  annotations: Readonly<Record<string, string>> = {},
): Pick<NormalPolicy, 'killsPerMinute'> {
  const written = annotations[KILLS_ANNOTATION];
  if (written === undefined) return {};
  const killsPerMinute = /^\d{1,7}$/.test(written) ? Number(written) : 0;
  if (killsPerMinute >= 1 && killsPerMinute <= KILLS_PER_MINUTE_MOST) return { killsPerMinute };
  const fix = `write a whole number from 1 to ${KILLS_PER_MINUTE_MOST}, or leave the annotation out`;
  refuse(ledger, POINTER, `"${excerpt(written)}" is no number of kills a minute`, fix);
  return {};
}
