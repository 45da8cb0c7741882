// SPDX-License-Identifier: Apache-2.0
import type { DatabaseSync } from 'node:sqlite';
import type { ExceptionRecord } from './exception-record.ts';
import { latest } from './latest.ts';
import { exceptionOf } from './rows.ts';

export interface ExceptionTable {
  add(record: ExceptionRecord): void;
  find(id: string): ExceptionRecord | undefined;
  list(): ExceptionRecord[];
  /** approved, not revoked, and not over at that time */
  inForce(time: string): ExceptionRecord[];
  /** `false`: it was approved or revoked before */
  approve(id: string, approver: string, time: string): boolean;
  revoke(id: string, by: string, time: string): boolean;
}

export function exceptionTable(database: DatabaseSync): ExceptionTable {
  const last = latest(
    database,
    'select max(expires) as time from exception where approved is not null and revoked is null',
  );
  const inForce = database.prepare(
    'select * from exception where approved is not null and revoked is null and expires > ? order by created, id',
  );
  return {
    add(record) {
      last.forget();
      const { id, rule, scope, who, requester, approver, ticket, reason, expires, created, approved } =
        record;
      const texts = [id, rule, JSON.stringify(scope), JSON.stringify(who), requester, approver ?? null];
      const values = [...texts, ticket, reason, expires, created, approved ?? null, null, null];
      database.prepare(`insert into exception values (${values.map(() => '?').join(', ')})`).run(...values);
    },
    find(id) {
      const row = database.prepare('select * from exception where id = ?').get(id);
      return row === undefined ? undefined : exceptionOf(row);
    },
    list: () => database.prepare('select * from exception order by created, id').all().map(exceptionOf),
    inForce: (time) => (last.isAfter(time) ? inForce.all(time).map(exceptionOf) : []),
    approve(id, approver, time) {
      last.forget();
      const sql =
        'update exception set approver = ?, approved = ? where id = ? and approved is null and revoked is null';
      return database.prepare(sql).run(approver, time, id).changes === 1;
    },
    revoke(id, by, time) {
      last.forget();
      const sql = 'update exception set revoked = ?, revoked_by = ? where id = ? and revoked is null';
      return database.prepare(sql).run(time, by, id).changes === 1;
    },
  };
}
