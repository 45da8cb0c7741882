// SPDX-License-Identifier: Apache-2.0
/** `rateLimit` and `rateLimitScope` of a Post. */
import type { ActionSpec } from '../document.ts';
import { suggestion } from '../near-match.ts';
import type { NormalAction, RateLimitScope } from '../normal-policy.ts';
import { excerpt } from '../source-text.ts';
import { type Ledger, refuse } from './ledger.ts';

const SCOPES: readonly RateLimitScope[] = ['thread', 'process', 'global'];
const UNIT_MS: Readonly<Record<string, number>> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000 };
const MOST_MS = 0xffff_ffff;

function interval(ledger: Ledger, written: string, pointer: string): number {
  const [, digits, unit = ''] = /^(\d{1,10})([smh]?)$/i.exec(written) ?? [];
  if (digits === undefined) {
    refuse(ledger, pointer, `"${excerpt(written)}" is no time`, 'write 30, 30s, 5m or 1h');
    return 0;
  }
  const ms = Number(digits) * (UNIT_MS[unit.toLowerCase()] as number);
  if (ms > MOST_MS) refuse(ledger, pointer, `${written} is longer than a limit can be`, 'use at most 1193h');
  if (ms === 0) {
    const message = `a rateLimit of ${written} limits nothing`;
    ledger.notes.push({ pointer, message, fix: 'leave it out, or write a time such as 5m' });
  }
  return ms;
}

export function rateLimit(
  ledger: Ledger,
  { rateLimit: written = '', rateLimitScope: scope = '' }: ActionSpec,
  path: string,
): Pick<NormalAction, 'rateLimitMs' | 'rateLimitScope'> {
  const at = `${path}/rateLimitScope`;
  const known = SCOPES.find((name) => name === scope);
  if (scope !== '' && !known) {
    refuse(ledger, at, `"${excerpt(scope)}" is no scope of a rate limit`, suggestion(scope, SCOPES));
    return {};
  }
  if (written === '') {
    const message = 'rateLimitScope has no meaning without rateLimit';
    if (known) ledger.notes.push({ pointer: at, message, fix: 'add rateLimit, or remove it' });
    return {};
  }
  const rateLimitMs = interval(ledger, written, `${path}/rateLimit`);
  return rateLimitMs === 0 ? {} : { rateLimitMs, rateLimitScope: known ?? 'thread' };
}

/** Only events are limited: a kill or a denial happens every time, and is told every time. */
export function refuseStrayLimit(ledger: Ledger, spec: ActionSpec, action: string, path: string): void {
  if (!spec.rateLimit && !spec.rateLimitScope) return;
  const field = spec.rateLimit ? 'rateLimit' : 'rateLimitScope';
  const fix = 'put it on a Post beside it';
  refuse(ledger, `${path}/${field}`, `${field} limits events: ${action} happens every time`, fix);
}
