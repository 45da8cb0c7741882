// SPDX-License-Identifier: Apache-2.0
/** The file a log lives in. What records are searched by lies beside their bytes; a verifier holds it against them. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { SignedHead } from '../model/audit-record.ts';
import { Frontier, leafHash } from './merkle.ts';
import { isOwnSql } from './own-types.ts';
import { isPrunedSql } from './segment-types.ts';
import { notAHead } from './signed-head.ts';
import { packHashes, StoredTree, TileEdge, type TileStore, tileId } from './tiles.ts';

/** Of logs that are made now; what a group of commits takes is written in a few calls then. */
const PAGE_BYTES = 8192;
/** Twice the size at which the write-ahead log is written from its beginning again: only reached where its thread ended. */
const MOVE_AT_COMMIT_BYTES = 192 * 1024 * 1024;
/** How long a statement waits for another connection to let go. */
export const BUSY_TIMEOUT_MS = 2_000;

/** Logs of earlier versions that nobody has opened for writing since keep nothing apart. */
export function privateSql(database: DatabaseSync): string {
  const column = database.prepare("select 1 from pragma_table_info('record') where name = 'private'").get();
  return column === undefined ? 'null' : 'private';
}

/** Where a record says who acted: beside it since values are kept apart, in it before. */
export function actorSql(database: DatabaseSync): string {
  return `coalesce(${privateSql(database)} ->> '$."/actor/user"[1]', bytes ->> '$.actor.user')`;
}

const TABLES = `
create table if not exists record (
  seq integer primary key check (seq >= 0),
  bytes text not null,
  private text,
  type text not null,
  object text,
  decision text
) strict;
create table if not exists tile (id integer primary key, root text not null, hashes blob not null) strict;
create table if not exists head (id integer primary key check (id = 1), bytes text not null) strict;
create table if not exists checkpoint (size integer primary key, bytes text not null) strict;
`;
/** What else is searched by is listed apart; logs of earlier versions kept it here. */
const INDEXES = `
drop index if exists record_type; drop index if exists record_object; drop index if exists record_decision;
drop trigger if exists record_no_delete;
create index if not exists record_own on record (type) where ${isOwnSql};
`;

/** The log of an earlier version, whose columns SQLite worked out and whose tree was single nodes. */
const TAKE_OVER = `
drop trigger if exists record_no_update; drop trigger if exists record_no_delete;
drop index if exists record_type; drop index if exists record_object; drop index if exists record_decision;
drop table node;
alter table record rename to earlier;
${TABLES}
insert into record select seq, bytes, null, type, object, iif(type = 'decision', decision, null) from earlier;
drop table earlier;
`;

/** What keeps an ordinary statement from changing the past; only `withGuardsDown` gets by. What a pruning covers may go without. */
const GUARDED: readonly [name: string, event: string][] = [
  ['record_no_update', 'update of seq, bytes, type, object, decision on record'],
  ['record_private_stays', 'update of private on record'],
  ['record_only_pruned', `delete on record when not coalesce(${isPrunedSql('old')}, 0)`],
  ['tile_no_update', 'update on tile'],
  ['tile_no_delete', 'delete on tile'],
  ['checkpoint_no_update', 'update on checkpoint'],
  ['checkpoint_no_delete', 'delete on checkpoint'],
];
const RAISE = GUARDED.map(
  ([name, event]) =>
    `create trigger if not exists ${name} before ${event} begin select raise(abort, 'append-only'); end;`,
).join('\n');

export interface StoredTail {
  frontier: Frontier;
  edge: TileEdge;
  /** the last record's exact bytes */
  lastBytes: string | undefined;
  head: SignedHead | undefined;
}

/** Opens for writing. A commit is on the disk after the sync of the write-ahead log that `committer` adds to it. */
export function openForWriting(path: string, maxBytes: number | undefined): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  database.exec(`pragma page_size = ${PAGE_BYTES}; pragma journal_mode = wal; pragma synchronous = normal`);
  // what is redacted is overwritten, not only unlinked
  database.exec('pragma trusted_schema = off; pragma secure_delete = on');
  bringUp(database);
  const pageBytes = Number(database.prepare('pragma page_size').get()?.page_size);
  database.exec(`pragma wal_autocheckpoint = ${MOVE_AT_COMMIT_BYTES / pageBytes}`);
  if (maxBytes !== undefined) database.exec(`pragma max_page_count = ${Math.floor(maxBytes / pageBytes)}`);
  return database;
}

/** Makes what is missing; a log of an earlier version gets its column, and tiles in place of single nodes. */
function bringUp(database: DatabaseSync): void {
  database.exec('begin immediate');
  try {
    const old = database.prepare("select 1 from sqlite_master where name = 'node'").get() !== undefined;
    if (old) database.exec(TAKE_OVER);
    database.exec(TABLES + INDEXES + RAISE);
    if (old) tileAnew(database);
    database.exec('commit');
  } catch (thrown) {
    if (database.isTransaction) database.exec('rollback');
    throw thrown;
  }
}

function tileAnew(database: DatabaseSync): void {
  const [frontier, edge] = [new Frontier(), new TileEdge()];
  const put = database.prepare('insert into tile (id, root, hashes) values (?, ?, ?)');
  for (const { bytes } of database.prepare('select bytes from record order by seq').iterate())
    for (const { level, position, root, hashes } of edge.take(frontier.append(leafHash(String(bytes)))))
      put.run(tileId(level, position), root, packHashes(hashes));
}

export function withGuardsDown(database: DatabaseSync, work: () => void): void {
  database.exec(GUARDED.map(([name]) => `drop trigger ${name};`).join(''));
  work();
  database.exec(RAISE);
}

export function openForReading(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
}

/**
 * Takes the one writer's place, held until the returned connection is closed or the process dies: an exclusive
 * lock on a file beside the log, so that readers of the log itself are never shut out.
 */
export function takeWriterLock(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(`${path}.lock`, { timeout: 0 });
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive');
    return lock;
  } catch (cause) {
    lock.close();
    throw new Fault(
      'conflict',
      `the audit log ${path} has a writer already: end the other process, or give this one another state directory`,
      { cause },
    );
  }
}

export function tileStore(database: DatabaseSync): TileStore {
  const tiles = database.prepare('select root, hashes from tile where id = ?');
  const roots = database.prepare('select root from tile where id = ?');
  const records = database.prepare('select bytes from record where seq = ?');
  return {
    tile: (level, position) => {
      const row = tiles.get(tileId(level, position));
      return row && { root: String(row.root), hashes: row.hashes as Uint8Array };
    },
    root: (level, position) => {
      const row = roots.get(tileId(level, position));
      return row && String(row.root);
    },
    bytes: (seq) => {
      const row = records.get(seq);
      return row && String(row.bytes);
    },
  };
}

export function storedTree(database: DatabaseSync): StoredTree {
  return new StoredTree(
    tileStore(database),
    (what) => new Fault('tampered', `the stored tree lacks ${what}: run \`tracegate audit verify\``),
  );
}

export function readTail(database: DatabaseSync): StoredTail {
  const last = database.prepare('select seq, bytes from record order by seq desc limit 1').get();
  const size = last === undefined ? 0 : Number(last.seq) + 1;
  const tree = storedTree(database);
  const lastBytes = last === undefined ? undefined : String(last.bytes);
  return { frontier: tree.frontier(size), edge: tree.edge(size), lastBytes, head: readHead(database) };
}

/** The stored head, unchecked; undefined where there is none that can be read. */
export function readHead(database: DatabaseSync): SignedHead | undefined {
  return headFrom(database.prepare('select bytes from head where id = 1').get()?.bytes);
}

export function headFrom(bytes: unknown): SignedHead | undefined {
  try {
    const head: unknown = JSON.parse(String(bytes));
    return notAHead(head) === undefined ? (head as SignedHead) : undefined;
  } catch {
    return undefined;
  }
}
