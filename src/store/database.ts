// SPDX-License-Identifier: Apache-2.0
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';

/** Each entry takes the file from the version of its index to the next one. */
const MIGRATIONS = [
  `
create table policy (
  key text primary key, kind text not null, name text not null, namespace text,
  revision integer not null, mode text not null, enabled integer not null, digest text not null, document text not null,
  decision_id text not null, rules_digest text not null, operation text not null,
  created text not null, updated text not null
) strict;
create table revision (
  key text not null, revision integer not null, time text not null, operation text not null, actor text not null,
  reason text, mode text not null, enabled integer not null, digest text not null, decision_id text not null,
  document text not null, primary key (key, revision)
) strict;
create table tombstone (
  key text primary key, revision integer not null, digest text not null, decision_id text not null,
  rules_digest text not null
) strict;
create table token (
  id text primary key, hash text not null, user text not null, groups text not null, created text not null,
  created_by text not null, expires text, revoked text
) strict;
`,
  `
alter table policy add column judged text;
create table exception (
  id text primary key, rule text not null, scope text not null, who text not null, requester text not null,
  approver text, ticket text not null, reason text not null, expires text not null, created text not null,
  approved text, revoked text, revoked_by text
) strict;
create table approval (
  id text primary key, key text not null, digest text not null, approver text not null, reason text, created text not null,
  until text not null, used_by text
) strict;
create index approval_of on approval (key, digest);
`,
];

/** Opens or makes the store's file. A commit is on the disk when it returns: acknowledged changes survive a power cut. */
export function openStoreDatabase(path: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: 2_000 });
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma trusted_schema = off');
  migrate(database, path);
  return database;
}

function migrate(database: DatabaseSync, path: string): void {
  const version = Number(database.prepare('pragma user_version').get()?.user_version ?? 0);
  if (version > MIGRATIONS.length) {
    database.close();
    throw new Fault(
      'config',
      `${path} was written by a newer version (schema ${version}): start that one, or name another state directory`,
    );
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index >= version)
      database.exec(`begin immediate; ${sql}; pragma user_version = ${index + 1}; commit`);
  }
}

/** Runs `work` in one transaction; anything thrown undoes all of it. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('begin immediate');
  try {
    const result = work();
    database.exec('commit');
    return result;
  } catch (thrown) {
    if (database.isTransaction) database.exec('rollback');
    throw thrown;
  }
}
