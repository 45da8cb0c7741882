// SPDX-License-Identifier: Apache-2.0
import type { DatabaseSync } from 'node:sqlite';
import type { ApprovalRecord } from './approval-record.ts';
import { latest } from './latest.ts';
import { approvalOf } from './rows.ts';

export interface ApprovalTable {
  add(record: ApprovalRecord): void;
  /** newest first */
  list(key: string): ApprovalRecord[];
  /** of exactly this document, not used, and not over at that time */
  open(of: { key: string; digest: string; time: string }): ApprovalRecord[];
  /** They count for no other decision from now on. */
  use(ids: readonly string[], decisionId: string): void;
}

export function approvalTable(database: DatabaseSync): ApprovalTable {
  const last = latest(database, 'select max(until) as time from approval where used_by is null');
  const open = database.prepare(
    'select * from approval where key = ? and digest = ? and used_by is null and until > ? order by created, id',
  );
  return {
    add({ id, key, digest, approver, reason, created, until, usedBy }) {
      last.forget();
      const values = [id, key, digest, approver, reason ?? null, created, until, usedBy ?? null];
      database.prepare('insert into approval values (?, ?, ?, ?, ?, ?, ?, ?)').run(...values);
    },
    list: (key) =>
      database
        .prepare('select * from approval where key = ? order by created desc, id')
        .all(key)
        .map(approvalOf),
    open: ({ key, digest, time }) => (last.isAfter(time) ? open.all(key, digest, time).map(approvalOf) : []),
    use(ids, decisionId) {
      last.forget();
      const statement = database.prepare('update approval set used_by = ? where id = ? and used_by is null');
      for (const id of ids) statement.run(decisionId, id);
    },
  };
}
