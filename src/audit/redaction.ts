// SPDX-License-Identifier: Apache-2.0
/** Taking a value away: the record's bytes and the chain stay, and a record says what went, who took it and why. */
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { AuditRecord } from '../model/audit-record.ts';
import { BUSY_TIMEOUT_MS, withGuardsDown } from './database.ts';
import type { PrivateValues } from './private-values.ts';
import type { AuditEntry } from './record-bytes.ts';

export const REDACTED_TYPE = 'audit.redacted';

export interface Redaction {
  seq: number;
  /** JSON Pointers of private values; all of the record's without any */
  fields?: readonly string[];
  reason: string;
  actor?: AuditRecord['actor'];
}

/** The record that is to say it. Throws where there is nothing that can be taken away. */
export function redactionEntry(database: DatabaseSync, redaction: Redaction): AuditEntry {
  const { seq, reason, actor } = redaction;
  const fields = meant(database, redaction);
  if (reason.trim() === '') throw new Fault('bad-request', 'a redaction needs a reason');
  // the reason of a redaction is what remains of it: it is not private itself
  return {
    type: REDACTED_TYPE,
    object: String(seq),
    ...(actor && { actor }),
    body: { fields, because: reason },
  };
}

export function takeAway(database: DatabaseSync, redaction: Redaction): void {
  const gone = new Set(meant(database, redaction));
  const kept = Object.entries(valuesOf(database, redaction.seq)).filter(([pointer]) => !gone.has(pointer));
  const apart = kept.length === 0 ? null : JSON.stringify(Object.fromEntries(kept));
  withGuardsDown(database, () => {
    database.prepare('update record set private = ? where seq = ?').run(apart, redaction.seq);
  });
}

/** What the write-ahead log still holds of a value goes with this; false: a reader still keeps it. */
export function emptyWal(database: DatabaseSync): boolean {
  database.exec('pragma busy_timeout = 0'); // nobody who writes waits for who reads
  const done = database.prepare('pragma wal_checkpoint(truncate)').get()?.busy === 0;
  database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
  return done;
}

function meant(database: DatabaseSync, { seq, fields }: Redaction): string[] {
  const there = Object.keys(valuesOf(database, seq));
  const wanted = fields === undefined || fields.length === 0 ? there : [...fields];
  const strange = wanted.find((pointer) => !there.includes(pointer));
  if (strange === undefined && wanted.length > 0) return wanted.toSorted();
  const can = there.length === 0 ? 'it holds nothing that can be' : `these can: ${there.join(', ')}`;
  throw new Fault('bad-request', `${strange ?? 'nothing'} of record ${seq} can be taken away: ${can}`);
}

function valuesOf(database: DatabaseSync, seq: number): PrivateValues {
  const row = database.prepare('select private from record where seq = ?').get(seq);
  if (row === undefined) throw new Fault('not-found', `there is no record ${seq}`);
  return row.private === null ? {} : (JSON.parse(String(row.private)) as PrivateValues);
}
