// SPDX-License-Identifier: Apache-2.0
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { AuditFilter, AuditRecord, SignedHead } from '../model/audit-record.ts';
import { actorSql, openForReading, privateSql, readHead, storedTree } from './database.ts';
import { derOf, keysIn } from './key-chain.ts';
import { consistencyProof, inclusionProof, leafHash } from './merkle.ts';
import { decodeRecord, TIME_LENGTH } from './record-bytes.ts';
import { noteOf } from './signed-head.ts';

export type { AuditFilter } from '../model/audit-record.ts';

/** That record `seq` is in the tree whose root the head signs. */
export interface Proof {
  seq: number;
  /** the record's exact bytes: what `leaf` is the hash of */
  record: string;
  /** the values the bytes only commit to: a salt and a value for each pointer */
  private?: Record<string, [string, unknown]>;
  leaf: string;
  path: string[];
  head: SignedHead;
  /** the head as a signed note, and the key (SPKI DER, base64) it is signed with */
  checkpoint: string;
  publicKey: string;
  /** that the tree goes on from its first `from` records, whose root is `root` */
  consistency?: { from: number; root: string; path: string[] };
}

export function readRecords(database: DatabaseSync, filter: AuditFilter): AuditRecord[] {
  const { where, values } = conditions(filter, actorSql(database));
  const order = filter.order === 'descending' ? 'desc' : 'asc';
  const sql = `select bytes, ${privateSql(database)} as apart from record ${where} order by seq ${order} limit ?`;
  const rows = database.prepare(sql).all(...values, filter.limit ?? -1);
  return rows.map(({ bytes, apart }) => decodeRecord(String(bytes), textOf(apart)));
}

export function textOf(apart: unknown): string | undefined {
  return typeof apart === 'string' ? apart : undefined;
}

export function prove(
  database: DatabaseSync,
  head: SignedHead,
  { seq, from }: { seq: number; from?: number | undefined },
): Proof {
  const row = database.prepare('select bytes, private from record where seq = ?').get(seq);
  if (row === undefined || seq >= head.size) throw noRecord(database, head, seq);
  if (from !== undefined && from > head.size)
    throw new Fault('bad-request', `the log has ${head.size} records: it goes on from no ${from}`);
  const tree = storedTree(database);
  const record = String(row.bytes);
  const key = keysIn(database)?.keys.find(({ keyId }) => keyId === head.keyId);
  if (key === undefined)
    throw new Fault('tampered', `the log ${head.logId} does not name the key of its head`);
  return {
    ...{ seq, record, ...(row.private === null ? {} : { private: JSON.parse(String(row.private)) }) },
    ...{ leaf: leafHash(record), path: inclusionProof(seq, head.size, tree.nodeAt), head },
    ...{ checkpoint: noteOf(head, key.publicKey), publicKey: derOf(key.publicKey) },
    ...(from === undefined
      ? {}
      : {
          consistency: {
            from,
            root: tree.rootAt(from),
            path: consistencyProof(from, head.size, tree.nodeAt),
          },
        }),
  };
}

function noRecord(database: DatabaseSync, head: SignedHead, seq: number): Fault {
  const where =
    seq < head.size ? 'it was taken out after it was sealed in a segment' : `its last is ${head.size - 1}`;
  const pruned = database.prepare('select 1 from record where type = ?').get('log.pruned') !== undefined;
  const why = seq < head.size && !pruned ? 'it is missing: run `tracegate audit verify`' : where;
  return new Fault('not-found', `the log ${head.logId} has no record ${seq}: ${why}`);
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

/** The host a record is of: the one it names, else the one its log was opened on. */
const HOST = `coalesce(bytes ->> '$.body.host', bytes ->> '$.body.event.node_name', (select o.bytes ->> '$.body.host'
  from record o where o.type = 'log.opened' and o.seq <= record.seq order by o.seq desc limit 1))`;
const TIME = `substr(bytes, instr(bytes, ',"time":"') + 9, ${TIME_LENGTH})`;
const RULE = `exists (select 1 from json_each(bytes, '$.body.decision.findings') where value ->> '$.rule' = ?)`;
const OUTCOMES = {
  allowed: `bytes ->> '$.body.decision.allowed' = 1`,
  denied: `(bytes ->> '$.body.decision.allowed' = 0 or type glob '*.refused' or type glob '*.denied')`,
  failed: `(type glob '*.failed' or type = 'submission.unreadable')`,
};

function conditions(filter: AuditFilter, actor: string): { where: string; values: SQLInputValue[] } {
  const beyond = filter.order === 'descending' ? 'seq < ?' : 'seq > ?';
  const type = filter.type ?? '';
  const parts: [string, SQLInputValue | undefined][] = [
    // the upper bound of a prefix: a dot's successor is a slash
    ['type >= ?', type.endsWith('.') ? type : undefined],
    ['type < ?', type.endsWith('.') ? `${type.slice(0, -1)}/` : undefined],
    ['type = ?', type.endsWith('.') || type === '' ? undefined : type],
    ['object = ?', filter.object],
    [`${actor} = ?`, filter.actor],
    ['decision = ?', filter.decision],
    [`${HOST} = ?`, filter.host],
    [`type = 'decision' and ${RULE}`, filter.rule],
    [`${TIME} >= ?`, filter.since],
    [`${TIME} <= ?`, filter.until],
    [beyond, filter.after],
  ];
  const used = parts.filter((part): part is [string, SQLInputValue] => part[1] !== undefined);
  const tests = [...used.map(([sql]) => sql), ...(filter.outcome ? [OUTCOMES[filter.outcome]] : [])];
  const where = tests.length === 0 ? '' : `where ${tests.join(' and ')}`;
  return { where, values: used.map(([, value]) => value) };
}
