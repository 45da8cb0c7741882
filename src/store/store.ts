// SPDX-License-Identifier: Apache-2.0
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { PolicyDocument } from '../model/document.ts';
import { type ApprovalTable, approvalTable } from './approval-table.ts';
import { inTransaction, openStoreDatabase } from './database.ts';
import { type ExceptionTable, exceptionTable } from './exception-table.ts';
import type { Change, PolicyRecord, PolicyRevision, Tombstone } from './policy-record.ts';
import { recordOf, revisionOf, tokenOf, tombstoneOf } from './rows.ts';
import type { TokenRecord } from './token-record.ts';

export interface PolicyQuery {
  /** only keys beyond this one */
  after?: string;
  limit: number;
  namespace?: string;
}

export interface Store {
  get(key: string): PolicyRecord | undefined;
  list(query: PolicyQuery): PolicyRecord[];
  all(): PolicyRecord[];
  /** the highest revision the key ever had; 0 for a new key */
  lastRevision(key: string): number;
  /** Writes the record and its revision; `conflict` when the revision is not the next one. */
  put(change: Change): void;
  /** Removes the record, notes the removal as a revision and leaves a tombstone. */
  remove(change: Change): void;
  revisions(key: string): PolicyRevision[];
  tombstones(): Tombstone[];
  forget(tombstone: Tombstone): void;
  addToken(token: TokenRecord): void;
  findToken(id: string): TokenRecord | undefined;
  listTokens(): TokenRecord[];
  revokeToken(id: string, time: string): boolean;
  readonly exceptions: ExceptionTable;
  readonly approvals: ApprovalTable;
  /** a document that the key once had */
  documentOf(key: string, digest: string): PolicyDocument | undefined;
  close(): void;
}

export function openStore(path: string): Store {
  return new SqliteStore(openStoreDatabase(path));
}

class SqliteStore implements Store {
  readonly exceptions: ExceptionTable;
  readonly approvals: ApprovalTable;
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.exceptions = exceptionTable(database);
    this.approvals = approvalTable(database);
  }

  get(key: string): PolicyRecord | undefined {
    const row = this.#database.prepare('select * from policy where key = ?').get(key);
    return row === undefined ? undefined : recordOf(row);
  }

  list({ after, limit, namespace }: PolicyQuery): PolicyRecord[] {
    const sql =
      'select * from policy where key > ?1 and (?2 is null or namespace = ?2) order by key limit ?3';
    return this.#database
      .prepare(sql)
      .all(after ?? '', namespace ?? null, limit)
      .map(recordOf);
  }

  all(): PolicyRecord[] {
    return this.#database.prepare('select * from policy order by key').all().map(recordOf);
  }

  lastRevision(key: string): number {
    const row = this.#database.prepare('select max(revision) as last from revision where key = ?').get(key);
    return Number(row?.last ?? 0);
  }

  put(change: Change): void {
    const { record } = change;
    inTransaction(this.#database, () => {
      this.#addRevision(change);
      this.#database.prepare('delete from tombstone where key = ?').run(record.key);
      const columns = [
        record.key,
        record.kind,
        record.name,
        record.namespace ?? null,
        record.revision,
        record.mode,
      ];
      const rest = [record.digest, JSON.stringify(record.document), record.decisionId, record.rulesDigest];
      const values = [
        ...columns,
        Number(record.enabled),
        ...rest,
        record.operation,
        record.created,
        record.updated,
        record.judged === undefined ? null : JSON.stringify(record.judged),
      ];
      this.#database
        .prepare(`insert or replace into policy values (${values.map(() => '?').join(', ')})`)
        .run(...values);
    });
  }

  remove(change: Change): void {
    const { key, revision, digest, decisionId, rulesDigest } = change.record;
    inTransaction(this.#database, () => {
      this.#addRevision(change);
      this.#database.prepare('delete from policy where key = ?').run(key);
      const sql = 'insert or replace into tombstone values (?, ?, ?, ?, ?)';
      this.#database.prepare(sql).run(key, revision, digest, decisionId, rulesDigest);
    });
  }

  revisions(key: string): PolicyRevision[] {
    return this.#database
      .prepare('select * from revision where key = ? order by revision')
      .all(key)
      .map(revisionOf);
  }

  documentOf(key: string, digest: string): PolicyDocument | undefined {
    const sql = 'select document from revision where key = ? and digest = ? limit 1';
    const row = this.#database.prepare(sql).get(key, digest);
    return row === undefined ? undefined : (JSON.parse(String(row.document)) as PolicyDocument);
  }

  tombstones(): Tombstone[] {
    return this.#database.prepare('select * from tombstone order by key').all().map(tombstoneOf);
  }

  forget({ key, revision }: Tombstone): void {
    this.#database.prepare('delete from tombstone where key = ? and revision = ?').run(key, revision);
  }

  addToken(token: TokenRecord): void {
    const { id, hash, user, groups, created, createdBy, expires, revoked } = token;
    const sql = 'insert into token values (?, ?, ?, ?, ?, ?, ?, ?)';
    const values = [
      id,
      hash,
      user,
      JSON.stringify(groups),
      created,
      createdBy,
      expires ?? null,
      revoked ?? null,
    ];
    this.#database.prepare(sql).run(...values);
  }

  findToken(id: string): TokenRecord | undefined {
    const row = this.#database.prepare('select * from token where id = ?').get(id);
    return row === undefined ? undefined : tokenOf(row);
  }

  listTokens(): TokenRecord[] {
    return this.#database.prepare('select * from token order by created, id').all().map(tokenOf);
  }

  revokeToken(id: string, time: string): boolean {
    const sql = 'update token set revoked = ? where id = ? and revoked is null';
    return this.#database.prepare(sql).run(time, id).changes === 1;
  }

  close(): void {
    this.#database.close();
  }

  #addRevision({ record, actor, reason }: Change): void {
    const last = this.lastRevision(record.key);
    if (record.revision !== last + 1) {
      throw new Fault(
        'conflict',
        `${record.key} is at revision ${last}, a change to ${record.revision} cannot follow: read it again`,
      );
    }
    const who = JSON.stringify(actor);
    const head = [
      record.key,
      record.revision,
      record.updated,
      record.operation,
      who,
      reason ?? null,
      record.mode,
    ];
    const rest = [record.digest, record.decisionId, JSON.stringify(record.document)];
    const values = [...head, Number(record.enabled), ...rest];
    this.#database
      .prepare(`insert into revision values (${values.map(() => '?').join(', ')})`)
      .run(...values);
  }
}
