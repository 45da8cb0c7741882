// SPDX-License-Identifier: Apache-2.0
/** The file a log lives in. Everything searched by is computed by SQLite from the stored bytes, so no column can say
 * anything else than the record does. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { SignedHead } from '../model/audit-record.ts';
import type { Extension } from './extend.ts';
import { Frontier, peakPlaces, type TreeNode } from './merkle.ts';
import { notAHead } from './signed-head.ts';

const PAGE_BYTES = 4096;
const SCHEMA = `
create table if not exists record (
  seq integer primary key check (seq >= 0),
  bytes text not null,
  type text generated always as (bytes ->> '$.type') virtual,
  object text generated always as (bytes ->> '$.object') virtual,
  actor text generated always as (bytes ->> '$.actor.user') virtual,
  time text generated always as (bytes ->> '$.time') virtual,
  decision text generated always as (bytes ->> '$.body.decision.id') virtual
) strict;
create index if not exists record_type on record (type);
create index if not exists record_object on record (object);
create index if not exists record_decision on record (decision) where decision is not null;
create table if not exists node (
  level integer not null, position integer not null, hash blob not null, primary key (level, position)
) strict, without rowid;
create table if not exists head (id integer primary key check (id = 1), bytes text not null) strict;
create trigger if not exists record_no_update before update on record begin select raise(abort, 'append-only'); end;
create trigger if not exists record_no_delete before delete on record begin select raise(abort, 'append-only'); end;
create trigger if not exists node_no_update before update on node begin select raise(abort, 'append-only'); end;
create trigger if not exists node_no_delete before delete on node begin select raise(abort, 'append-only'); end;
`;

export interface StoredTail {
  frontier: Frontier;
  /** the last record's exact bytes */
  lastBytes: string | undefined;
  head: SignedHead | undefined;
}

/** Opens for writing: WAL with a full sync at every commit, since in WAL anything less may lose the last commits. */
export function openForWriting(path: string, maxBytes: number | undefined): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: 2_000 });
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma trusted_schema = off');
  database.exec(SCHEMA);
  if (maxBytes !== undefined) database.exec(`pragma max_page_count = ${Math.floor(maxBytes / PAGE_BYTES)}`);
  return database;
}

export function openForReading(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: 2_000 });
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

/** Writes extensions over one connection, its statements prepared once. */
export type Committer = (extension: Extension) => void;

/** All of it or nothing, on the disk when it returns. */
export function committer(database: DatabaseSync): Committer {
  const begin = database.prepare('begin immediate');
  const end = database.prepare('commit');
  const putRecord = database.prepare('insert into record (seq, bytes) values (?, ?)');
  const putNode = database.prepare('insert into node (level, position, hash) values (?, ?, ?)');
  const putHead = database.prepare('insert or replace into head (id, bytes) values (1, ?)');
  return ({ records, nodes, head }) => {
    begin.run();
    try {
      for (const { record, bytes } of records) putRecord.run(record.seq, bytes);
      for (const { level, position, hash } of nodes) putNode.run(level, position, hash);
      putHead.run(JSON.stringify(head));
      end.run();
    } catch (thrown) {
      if (database.isTransaction) database.exec('rollback');
      throw thrown;
    }
  };
}

export function readTail(database: DatabaseSync): StoredTail {
  const last = database.prepare('select seq, bytes from record order by seq desc limit 1').get();
  const size = last === undefined ? 0 : Number(last.seq) + 1;
  const nodes = database.prepare('select hash from node where level = ? and position = ?');
  const peaks = peakPlaces(size).map(({ level, position }): TreeNode => {
    const row = nodes.get(level, position);
    return { level, position, hash: Buffer.from((row?.hash as Uint8Array | undefined) ?? []) };
  });
  const lastBytes = last === undefined ? undefined : String(last.bytes);
  return { frontier: new Frontier(size, peaks), lastBytes, head: readHead(database) };
}

/** The stored head, unchecked; undefined where there is none that can be read. */
export function readHead(database: DatabaseSync): SignedHead | undefined {
  const row = database.prepare('select bytes from head where id = 1').get();
  try {
    const head: unknown = JSON.parse(String(row?.bytes));
    return notAHead(head) === undefined ? (head as SignedHead) : undefined;
  } catch {
    return undefined;
  }
}
