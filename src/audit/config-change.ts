// SPDX-License-Identifier: Apache-2.0
/** What has been configured differently since the last start: the log itself knows what it was then. */
import type { AuditLog } from './audit-log.ts';
import type { AuditEntry } from './record-bytes.ts';

export const CONFIG_TYPE = 'config.changed';

type Values = Readonly<Record<string, string | number>>;

export interface KeyChange {
  key: string;
  from?: string | number;
  to?: string | number;
}

/** One entry, or none where all is as it was. The first says what it is, and is no change. */
export function configEntries(log: Pick<AuditLog, 'read'>, config: Values): AuditEntry[] {
  const [last] = log.read({ type: CONFIG_TYPE, order: 'descending', limit: 1 });
  const before = last?.body.config as Values | undefined;
  if (before === undefined) return [{ type: CONFIG_TYPE, body: { first: true, changes: [], config } }];
  const changes = changesBetween(before, config);
  return changes.length === 0 ? [] : [{ type: CONFIG_TYPE, body: { changes, config } }];
}

function changesBetween(before: Values, now: Values): KeyChange[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return keys
    .filter((key) => before[key] !== now[key])
    .map((key) => ({
      key,
      ...(before[key] !== undefined && { from: before[key] }),
      ...(now[key] !== undefined && { to: now[key] }),
    }));
}
