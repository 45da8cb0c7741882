// SPDX-License-Identifier: Apache-2.0
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { AuditFilter, AuditRecord, SignedHead } from '../model/audit-record.ts';
import { openForReading, readHead } from './database.ts';
import { inclusionProof, leafHash } from './merkle.ts';
import { decodeRecord } from './record-bytes.ts';

export type { AuditFilter } from '../model/audit-record.ts';

/** That record `seq` is in the tree whose root the head signs. */
export interface InclusionProof {
  seq: number;
  /** the record's exact bytes: what `leaf` is the hash of */
  record: string;
  leaf: string;
  path: string[];
  head: SignedHead;
}

export function readRecords(database: DatabaseSync, filter: AuditFilter): AuditRecord[] {
  const { where, values } = conditions(filter);
  const order = filter.order === 'descending' ? 'desc' : 'asc';
  const sql = `select bytes from record ${where} order by seq ${order} limit ?`;
  const rows = database.prepare(sql).all(...values, filter.limit ?? -1);
  return rows.map((row) => decodeRecord(String(row.bytes)));
}

export function proveInclusion(database: DatabaseSync, head: SignedHead, seq: number): InclusionProof {
  const row = database.prepare('select bytes from record where seq = ?').get(seq);
  if (row === undefined || seq >= head.size) {
    throw new Fault('not-found', `the log ${head.logId} has no record ${seq}: its last is ${head.size - 1}`);
  }
  const nodes = database.prepare('select hash from node where level = ? and position = ?');
  const path = inclusionProof(seq, head.size, (level, position) => {
    const node = nodes.get(level, position);
    if (node === undefined) throw new Fault('tampered', `the stored tree lacks node ${level}/${position}`);
    return Buffer.from(node.hash as Uint8Array);
  });
  const record = String(row.bytes);
  return {
    seq,
    record,
    leaf: leafHash(record).toString('hex'),
    path: path.map((h) => h.toString('hex')),
    head,
  };
}

/** Reads a log another process may be writing. */
export function readAuditLog(
  path: string,
  filter: AuditFilter = {},
): { head: SignedHead | undefined; records: AuditRecord[] } {
  const database = openForReading(path);
  try {
    return { head: readHead(database), records: readRecords(database, filter) };
  } finally {
    database.close();
  }
}

function conditions(filter: AuditFilter): { where: string; values: SQLInputValue[] } {
  const beyond = filter.order === 'descending' ? 'seq < ?' : 'seq > ?';
  const type = filter.type ?? '';
  const parts: [string, SQLInputValue | undefined][] = [
    // the upper bound of a prefix: a dot's successor is a slash
    ['type >= ?', type.endsWith('.') ? type : undefined],
    ['type < ?', type.endsWith('.') ? `${type.slice(0, -1)}/` : undefined],
    ['type = ?', type.endsWith('.') || type === '' ? undefined : type],
    ['object = ?', filter.object],
    ['actor = ?', filter.actor],
    ['decision = ?', filter.decision],
    ['time >= ?', filter.since],
    ['time <= ?', filter.until],
    [beyond, filter.after],
  ];
  const used = parts.filter((part): part is [string, SQLInputValue] => part[1] !== undefined);
  const where = used.length === 0 ? '' : `where ${used.map(([sql]) => sql).join(' and ')}`;
  return { where, values: used.map(([, value]) => value) };
}
