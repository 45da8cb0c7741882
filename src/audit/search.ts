// SPDX-License-Identifier: Apache-2.0
/**
 * Which records of a log somebody asks for. Where the listing beside the log knows of what is asked, it leads to the
 * records; those it does not reach to yet are looked through. The answer is the same with and without it.
 */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { AuditFilter, AuditRecord, SignedHead } from '../model/audit-record.ts';
import { actorSql, openForReading, privateSql, readHead } from './database.ts';
import { attachListing } from './listing.ts';
import { isOwnType, ownSql } from './own-types.ts';
import { decodeRecord, TIME_LENGTH } from './record-bytes.ts';
import { syncWhatWasRead } from './wal-file.ts';

export type { AuditFilter } from '../model/audit-record.ts';

/** What the log's own writer reads: it has synced what it committed. */
export function readRecords(path: string, filter: AuditFilter): AuditRecord[] {
  const database = openForReading(path);
  try {
    return recordsOf(database, path, filter);
  } finally {
    database.close();
  }
}

/** Reads a log another process may be writing. */
export function readAuditLog(
  path: string,
  filter: AuditFilter = {},
): { head: SignedHead | undefined; records: AuditRecord[] } {
  const database = openForReading(path);
  try {
    const found = { head: readHead(database), records: recordsOf(database, path, filter) };
    syncWhatWasRead(path);
    return found;
  } finally {
    database.close();
  }
}

export function textOf(apart: unknown): string | undefined {
  return typeof apart === 'string' ? apart : undefined;
}

function recordsOf(database: DatabaseSync, path: string, filter: AuditFilter): AuditRecord[] {
  const listing = listingFor(filter);
  if (listing === undefined) return select(database, { filter });
  try {
    return listedRecords(database, { filter, listing, below: attachListing(database, path) });
  } catch {
    // it is damaged or just being made anew: the log alone answers the same, only later
    return select(database, { filter });
  }
}

function listedRecords(
  database: DatabaseSync,
  { filter, listing, below }: { filter: AuditFilter; listing: Listing; below: number },
): AuditRecord[] {
  const others: Query = { filter, bound: ['record.seq >= ?', below] };
  const listed: Query = { filter, bound: ['entry.seq < ?', below], listing };
  const queries = below === 0 ? [others] : [listed, others];
  if (filter.order === 'descending') queries.reverse();
  const records: AuditRecord[] = [];
  for (const query of queries)
    records.push(...select(database, query, filter.limit && filter.limit - records.length));
  return records;
}

/** A table that lists records and what it is asked for: read in its order, and each record looked up. */
interface Listing {
  table: 'by_type' | 'by_object' | 'by_decision';
  parts: Part[];
}

type Part = [sql: string, value: SQLInputValue];

/** By what the fewest records are listed; what records of logs are looked for by is listed in the log itself. */
function listingFor({ type = '', object, decision }: AuditFilter): Listing | undefined {
  if (isOwnType(type)) return undefined;
  if (decision !== undefined) return { table: 'by_decision', parts: [['entry.decision = ?', decision]] };
  const ofType = typeParts(type, 'entry');
  if (object !== undefined) return { table: 'by_object', parts: [['entry.object = ?', object], ...ofType] };
  return ofType.length === 0 ? undefined : { table: 'by_type', parts: ofType };
}

/** One kind, or all that begin with what ends in a dot. */
function typeParts(type: string, of: 'entry' | 'record'): Part[] {
  if (type === '') return [];
  if (!type.endsWith('.')) return [[`${of}.type = ?`, type]];
  // the upper bound of a prefix: a dot's successor is a slash
  return [
    [`${of}.type >= ?`, type],
    [`${of}.type < ?`, `${type.slice(0, -1)}/`],
  ];
}

interface Query {
  filter: AuditFilter;
  listing?: Listing;
  bound?: Part;
}

function select(database: DatabaseSync, query: Query, limit = query.filter.limit ?? -1): AuditRecord[] {
  const { filter, listing } = query;
  const seq = listing === undefined ? 'record.seq' : 'entry.seq';
  const { where, values } = conditions(query, { seq, actor: actorSql(database) });
  const order = `order by ${seq} ${filter.order === 'descending' ? 'desc' : 'asc'}`;
  // cross: the listing leads, whatever is guessed about the sizes of the two
  const from = listing && `found.${listing.table} as entry cross join record on record.seq = entry.seq`;
  const columns = `bytes, ${privateSql(database)} as apart`;
  const sql = `select ${columns} from ${from ?? 'record'} ${where} ${order} limit ?`;
  const rows = database.prepare(sql).all(...values, limit);
  return rows.map(({ bytes, apart }) => decodeRecord(String(bytes), textOf(apart)));
}

/** The host a record is of: the one it names, else the one its log was opened on. */
const HOST = `coalesce(bytes ->> '$.body.host', bytes ->> '$.body.event.node_name', (select o.bytes ->> '$.body.host'
  from record o where ${ownSql('o')} and o.type = 'log.opened' and o.seq <= record.seq order by o.seq desc limit 1))`;
const TIME = `substr(bytes, instr(bytes, ',"time":"') + 9, ${TIME_LENGTH})`;
const RULE = `exists (select 1 from json_each(bytes, '$.body.decision.findings') where value ->> '$.rule' = ?)`;
const OUTCOMES = {
  allowed: `bytes ->> '$.body.decision.allowed' = 1`,
  denied: `(bytes ->> '$.body.decision.allowed' = 0 or record.type glob '*.refused' or record.type glob '*.denied')`,
  failed: `(record.type glob '*.failed' or record.type = 'submission.unreadable')`,
};

function conditions(
  { filter, listing, bound }: Query,
  { seq, actor }: { seq: string; actor: string },
): { where: string; values: SQLInputValue[] } {
  const { type = '', outcome } = filter;
  const parts: [string, SQLInputValue | undefined][] = [
    ...(listing?.parts ?? []),
    ...(bound === undefined ? [] : [bound]),
    [`${seq} ${filter.order === 'descending' ? '<' : '>'} ?`, filter.after],
    ...typeParts(type, 'record'),
    ['record.object = ?', filter.object],
    [`${actor} = ?`, filter.actor],
    ['record.decision = ?', filter.decision],
    [`${HOST} = ?`, filter.host],
    [`record.type = 'decision' and ${RULE}`, filter.rule],
    [`${TIME} >= ?`, filter.since],
    [`${TIME} <= ?`, filter.until],
  ];
  const used = parts.filter((part): part is Part => part[1] !== undefined);
  const tests = [...used.map(([sql]) => sql), ...(outcome ? [OUTCOMES[outcome]] : [])];
  if (isOwnType(type)) tests.push(ownSql('record'));
  return {
    where: tests.length === 0 ? '' : `where ${tests.join(' and ')}`,
    values: used.map(([, value]) => value),
  };
}
