// SPDX-License-Identifier: Apache-2.0
/**
 * Records out of the file of a log, after a position of the sink's own. It reads what was committed and syncs it, so a sink
 * can be told nothing that the log could still lose, and the writer knows nothing of its readers.
 */
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { decodeStored, leafHash, openForReading, privateSql, syncWhatWasRead } from '../audit/index.ts';
import type { AuditRecord } from '../model/audit-record.ts';
import { type Batch, type Feed, GAP_TYPE, type Gap, type Item } from './item.ts';

export interface AuditPosition {
  logId: string;
  /** the last record that was told */
  seq: number;
  /** its leaf hash: a log that was set back and went on differently has another there */
  leaf: string;
}

interface Open {
  database: DatabaseSync;
  /** of the file: a log that was put in its place is opened anew */
  inode: number;
}

interface Row {
  seq: number;
  bytes: string;
  apart: string | undefined;
}

export class AuditFeed implements Feed<AuditPosition> {
  readonly name: string;
  readonly #path: string;
  #open: Open | undefined;

  constructor(name: string, path: string) {
    this.name = name;
    this.#path = path;
  }

  next(after: AuditPosition | undefined, most: number): Batch<AuditPosition> {
    const found = this.#goesOn(after);
    const rows = this.#rows(found.after, most);
    if (rows.length > 0) syncWhatWasRead(this.#path);
    const [first] = rows;
    const items = rows.flatMap(itemsAfter(found.after));
    if (first && found.gap !== undefined) items.unshift(gap(decoded(first), { reason: found.gap }));
    return { items, next: positionOf(rows.at(-1), after) };
  }

  behind(after: AuditPosition | undefined): number {
    const row = this.#database().prepare('select max(seq) as last from record').get();
    return Math.max(0, Number(row?.last ?? -1) - (after?.seq ?? -1));
  }

  /** From where to go on, and what is to be said before where the log is not the one that was left. */
  #goesOn(after: AuditPosition | undefined): { after: number; gap?: string } {
    if (after === undefined || after.seq < 0) return { after: -1 };
    const database = this.#database();
    const told = database.prepare('select bytes from record where seq = ?').get(after.seq);
    if (told !== undefined && leafHash(String(told.bytes)) === after.leaf) return { after: after.seq };
    const last = database.prepare('select seq, bytes from record order by seq desc limit 1').get();
    if (last === undefined) return { after: after.seq };
    const { logId } = JSON.parse(String(last.bytes)) as AuditRecord;
    // taken out by retention: a prefix of the log, and the rest goes on from it
    if (told === undefined && logId === after.logId && Number(last.seq) > after.seq)
      return { after: after.seq };
    const why = logId === after.logId ? 'was set back or written anew' : `is another one than ${after.logId}`;
    return { after: -1, gap: `the log ${why}: it is told from its beginning` };
  }

  #rows(after: number, most: number): Row[] {
    const database = this.#database();
    const sql = `select seq, bytes, ${privateSql(database)} as apart from record where seq > ? order by seq limit ?`;
    return database
      .prepare(sql)
      .all(after, most)
      .map(({ seq, bytes, apart }) => ({
        ...{ seq: Number(seq), bytes: String(bytes) },
        apart: typeof apart === 'string' ? apart : undefined,
      }));
  }

  #database(): DatabaseSync {
    const inode = statSync(this.#path).ino;
    if (this.#open?.inode !== inode) {
      this.close();
      this.#open = { database: openForReading(this.#path), inode };
    }
    return this.#open.database;
  }

  close(): void {
    this.#open?.database.close();
    this.#open = undefined;
  }
}

/** A row's record, behind what retention took away before it. */
function itemsAfter(start: number): (row: Row) => Item[] {
  let expected = start + 1;
  return (row) => {
    const record = decoded(row);
    const [from, to] = [expected, row.seq - 1];
    expected = row.seq + 1;
    const told: Item = { kind: 'record', record };
    return from > to ? [told] : [gap(record, { from, to, reason: TAKEN_OUT }), told];
  };
}

const TAKEN_OUT = 'retention took these records out before they were told: they are in sealed segments only';

function gap({ logId, time }: AuditRecord, about: Pick<Gap, 'from' | 'to' | 'reason'>): Item {
  return { kind: 'gap', gap: { type: GAP_TYPE, logId, time, ...about } };
}

function decoded({ bytes, apart }: Row): AuditRecord {
  return decodeStored(bytes, apart);
}

function positionOf(row: Row | undefined, before: AuditPosition | undefined): AuditPosition {
  if (row === undefined) return before ?? { logId: '', seq: -1, leaf: '' };
  return { logId: decoded(row).logId, seq: row.seq, leaf: leafHash(row.bytes) };
}
