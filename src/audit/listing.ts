// SPDX-License-Identifier: Apache-2.0
/**
 * By what records are found, in a file of its own beside the log. A commit that kept it too would touch a page for each
 * record; so a thread writes it behind the log, some thousand records at a time, and a reader looks through what it does
 * not list yet. It says nothing the log does not: where it is missing, damaged or of another log it is made anew.
 */
import { chownSync, closeSync, existsSync, openSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { BUSY_TIMEOUT_MS, storedTree } from './database.ts';
import { isOwnSql } from './own-types.ts';
import { PRUNED_TYPE } from './segment-types.ts';

/** Records are listed so many at a time: sorted, so that each touches few pages. */
export const LIST_AT_ONCE = 8192;
/** So much of its own write-ahead log is kept before it is moved: it is synced then only. */
const MOVE_PAGES = 8192;
/** So often is a connection used: a new one notices damage, and gives a write-ahead log's blocks back, which a disk may be slow at. */
const USES = 64;

const TABLES = `
create table if not exists by_type (type text, seq integer, primary key (type, seq)) strict, without rowid;
create table if not exists by_object (object text, seq integer, type text not null, primary key (object, seq)) strict, without rowid;
create table if not exists by_decision (decision text, seq integer, primary key (decision, seq)) strict, without rowid;
create table if not exists listed (
  id integer primary key check (id = 1),
  below integer not null,
  leaf text not null,
  pruned integer not null
) strict;
insert or ignore into listed values (1, 0, '', 0);
`;

export function listingPath(path: string): string {
  return `${path}.found`;
}

/** Makes the listing of this log readable over a connection to it, as `found`; answers with the number it reaches to. */
export function attachListing(database: DatabaseSync, path: string): number {
  const listing = listingPath(path);
  if (!existsSync(listing)) return 0;
  database.prepare('attach ? as found').run(`${pathToFileURL(listing).href}?mode=ro`);
  const row = database.prepare('select below, leaf from found.listed').get();
  const below = Number(row?.below ?? 0);
  return below > 0 && leafAt(database, below - 1) === row?.leaf ? below : 0;
}

/** Lists the records of one log, over a connection that is kept from one time to the next. */
export class Listing {
  readonly #path: string;
  #database: DatabaseSync | undefined;
  #uses = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** What was committed since, until there is nothing more or `goOn` says no. */
  list(goOn: () => boolean): void {
    try {
      this.#list(goOn);
    } catch (thrown) {
      this.close();
      if (!isDamage(thrown)) throw thrown;
      for (const end of ['', '-wal', '-shm']) rmSync(`${listingPath(this.#path)}${end}`, { force: true });
    }
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #list(goOn: () => boolean): void {
    const database = this.#open();
    begunAnew(database);
    while (goOn() && listSome(database));
    if (goOn()) forgetPruned(database);
    this.#uses += 1;
    if (this.#uses === USES) this.close();
  }

  #open(): DatabaseSync {
    if (!existsSync(listingPath(this.#path))) this.close();
    if (this.#database !== undefined) return this.#database;
    const database = openListing(this.#path);
    try {
      database.prepare('attach ? as log').run(`${pathToFileURL(this.#path).href}?mode=ro`);
    } catch (thrown) {
      database.close();
      throw thrown;
    }
    this.#database = database;
    this.#uses = 0;
    return database;
  }
}

/** How many records stand after what is listed: those a reader has to look through. */
export function unlisted(path: string, size: number): number {
  if (!existsSync(listingPath(path))) return size;
  const database = new DatabaseSync(listingPath(path), { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    return size - Number(database.prepare('select below from listed').get()?.below ?? 0);
  } catch {
    return size; // it will be made anew
  } finally {
    database.close();
  }
}

function openListing(path: string): DatabaseSync {
  const listing = listingPath(path);
  if (!existsSync(listing)) {
    closeSync(openSync(listing, 'a', 0o600));
    // whoever made it first, it is the log's owner's
    const { uid, gid } = statSync(path);
    chownSync(listing, uid, gid);
  }
  const database = new DatabaseSync(listing, { timeout: BUSY_TIMEOUT_MS });
  // what a power loss takes is listed again: a sync where the file is moved keeps it whole
  database.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma trusted_schema = off');
  database.exec(`pragma wal_autocheckpoint = ${MOVE_PAGES}`);
  database.exec(TABLES);
  return database;
}

/** A log that was replaced, or set back and gone on with differently, is listed from its beginning. */
function begunAnew(database: DatabaseSync): void {
  const { below, leaf } = database.prepare('select below, leaf from listed').get() ?? {};
  if (Number(below) === 0 || leafAt(database, Number(below) - 1) === leaf) return;
  database.exec(`begin immediate; delete from by_type; delete from by_object; delete from by_decision;
    update listed set below = 0, leaf = '', pruned = 0; commit`);
}

function listSome(database: DatabaseSync): boolean {
  const from = Number(database.prepare('select below from listed').get()?.below);
  const end = Number(database.prepare('select max(seq) + 1 as n from log.record').get()?.n ?? 0);
  const to = Math.min(end, from + LIST_AT_ONCE);
  if (to <= from) return false;
  const put = (into: string, columns: string, what: string): void => {
    const of = `select ${columns} from log.record where seq >= ? and seq < ? and ${what} is not null`;
    database.prepare(`insert or replace into ${into} ${of} order by ${what}, seq`).run(from, to);
  };
  database.exec('begin immediate');
  try {
    put('by_type', 'type, seq', 'type');
    put('by_object', 'object, seq, type', 'object');
    put('by_decision', 'decision, seq', 'decision');
    const leaf = leafAt(database, to - 1) ?? '';
    database.prepare('update listed set below = ?, leaf = ?').run(to, leaf);
    database.exec('commit');
  } catch (thrown) {
    if (database.isTransaction) database.exec('rollback');
    throw thrown;
  }
  return to < end;
}

function forgetPruned(database: DatabaseSync): void {
  const sql = `select max(bytes ->> '$.body.before') as before from log.record where ${isOwnSql} and type = ?`;
  const before = Number(database.prepare(sql).get(PRUNED_TYPE)?.before ?? 0);
  if (before <= Number(database.prepare('select pruned from listed').get()?.pruned)) return;
  const gone = `seq < ${before} and not exists (select 1 from log.record r where r.seq = found.seq)`;
  const tables = ['by_type', 'by_object', 'by_decision'];
  const work = tables.map((table) => `delete from ${table} as found where ${gone};`).join('');
  database.exec(`begin immediate; ${work} update listed set pruned = ${before}; commit`);
}

/** By the stored tree, so that it can be told of records that were taken out too. */
function leafAt(database: DatabaseSync, seq: number): string | undefined {
  try {
    return storedTree(database).hashAt(0, seq);
  } catch {
    return undefined;
  }
}

const DAMAGED = new Set([11, 26]); // SQLITE_CORRUPT, SQLITE_NOTADB

function isDamage(thrown: unknown): boolean {
  return DAMAGED.has((thrown as { errcode?: number }).errcode ?? 0);
}
