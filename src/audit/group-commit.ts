// SPDX-License-Identifier: Apache-2.0
/**
 * Records of many callers in one commit, and commits under one sync. While one is synced the next group is handed over, and
 * written where it is large; a sync that fails refuses all that is written and not known to be on the disk.
 */
import type { DatabaseSync } from 'node:sqlite';
import { asFault, Fault } from '../errors.ts';
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import type { Connection } from './connection.ts';
import type { Extension, LogState } from './extend.ts';
import { type Group, Groups } from './groups.ts';
import type { AuditEntry } from './record-bytes.ts';
import { SyncFailed } from './wal-file.ts';

/** So many are written while a sync is under way; fewer wait for its end, since each commit is signed. */
const WRITTEN_AHEAD = 64;
/** A shorter sync is over before another thread has begun it and been heard; a longer one leaves time for something else. */
const SHORT_SYNC_MS = 2;
/** At first and after a long one, so many are done by another thread before one is tried here. */
const SYNCED_ASIDE = 64;

/** So long others are waited for, and what a turn takes. */
const GATHERED_MS = 4;

export interface GroupCommitParts {
  path: string;
  connection: Connection;
  /** what the entries make of the log, and how many records of its own go before theirs */
  extend(state: LogState, entries: AuditEntry[]): { extension: Extension; before: number };
  /** told after whoever waited was answered */
  onDurable(groups: Group[], database: DatabaseSync): void;
}

export class GroupCommit {
  readonly #parts: GroupCommitParts;
  readonly #connection: Connection;
  readonly #groups = new Groups();
  #trouble: string | undefined;
  #turn: NodeJS.Immediate | undefined;
  #syncing = false;
  #aside = SYNCED_ASIDE;
  #closed = false;

  constructor(parts: GroupCommitParts) {
    this.#parts = parts;
    this.#connection = parts.connection;
  }

  get trouble(): string | undefined {
    return this.#closed ? 'it is closed' : this.#trouble;
  }

  /** On the disk when it returns. `also` is part of the commit. */
  append(entries: AuditEntry[], also?: () => void): AuditRecord[] {
    this.flush();
    if (entries.length === 0) return [];
    const { records } = this.#write(entries, also);
    this.sync();
    return records;
  }

  appendSoon(entries: AuditEntry[]): Promise<AuditRecord[]> {
    return new Promise((resolve, reject) => {
      this.#groups.ask({ entries, resolve, reject });
      this.#soon();
    });
  }

  /** All that waits is on the disk or refused. */
  flush(): void {
    this.#writeAsked();
    try {
      this.sync();
    } catch {
      // told to those who waited
    }
  }

  /** What is written, not what waits to be. Throws Fault `audit-unavailable`. */
  sync(): void {
    const upTo = this.#groups.newest;
    if (upTo === undefined) return;
    try {
      this.#connection.committer.sync();
    } catch (thrown) {
      throw this.#fail(thrown);
    }
    this.#durable(upTo);
  }

  open(): DatabaseSync {
    if (this.#closed) throw this.#unavailable(new Error('it is closed'));
    try {
      return this.#connection.open();
    } catch (thrown) {
      if (thrown instanceof Fault && thrown.code === 'tampered') throw thrown;
      throw this.#unavailable(thrown);
    }
  }

  close(): void {
    this.flush();
    this.#closed = true;
    clearImmediate(this.#turn);
  }

  /** What comes meanwhile is read before the turn's end, and shares the commit. */
  #soon(): void {
    this.#turn ??= setImmediate(() => this.#atEndOfTurn(0, performance.now()));
  }

  /** As long as each turn brings more, the commit waits for the next: a signature and a sync cost as much for one as for many. */
  #atEndOfTurn(seen: number, begunMs: number): void {
    const asked = this.#groups.askedCount;
    if (asked > seen && asked < WRITTEN_AHEAD && performance.now() - begunMs < GATHERED_MS) {
      this.#turn = setImmediate(() => this.#atEndOfTurn(asked, begunMs));
      return;
    }
    this.#turn = undefined;
    if (this.#syncing && asked < WRITTEN_AHEAD) return;
    this.#writeAsked();
    this.#syncSoon();
  }

  /** Everything that waits together; when the whole cannot be written, nobody is answered with success. */
  #writeAsked(): void {
    const asked = this.#groups.takeAsked();
    if (asked.length === 0) return;
    try {
      this.#write(asked.flatMap(({ entries }) => entries)).asked.push(...asked);
    } catch (thrown) {
      for (const { reject } of asked) reject(asFault(thrown));
    }
  }

  #write(entries: AuditEntry[], also?: () => void): Group {
    this.open();
    const { extension, before } = this.#parts.extend(this.#connection.state, entries);
    try {
      this.#connection.committer.write(extension, also);
    } catch (thrown) {
      throw this.#fail(thrown, [extension.head]);
    }
    this.#connection.state = extension.state;
    const records = extension.records.slice(before).map(({ record }) => record);
    const group = { extension, records, asked: [] };
    this.#groups.wrote(group);
    return group;
  }

  #syncSoon(): void {
    const upTo = this.#groups.newest;
    if (this.#syncing || upTo === undefined) return;
    if (this.#aside === 0) this.#syncHere();
    else this.#syncAside(upTo);
  }

  #syncHere(): void {
    const begun = performance.now();
    try {
      this.sync();
    } catch {
      return; // told to those who waited
    }
    if (performance.now() - begun > SHORT_SYNC_MS) this.#aside = SYNCED_ASIDE;
  }

  #syncAside(upTo: Group): void {
    this.#aside -= 1;
    this.#syncing = true;
    const { committer } = this.#connection;
    committer.syncSoon((failed) => {
      this.#syncing = false;
      if (failed === undefined) this.#durable(upTo);
      else if (committer === this.#connection.committer) this.#fail(failed);
      this.#soon(); // those who were answered go first
    });
  }

  #durable(upTo: Group): void {
    const groups = this.#groups.durable(upTo);
    if (groups.length === 0) return; // synced by another way, or refused
    this.#connection.head = upTo.extension.head;
    this.#trouble = undefined;
    const { database } = this.#connection;
    if (database === undefined) return;
    try {
      this.#parts.onDurable(groups, database);
    } catch {
      // their callers have been answered, and rightly: a disk that fails here fails the next commit, which says so
    }
  }

  /** Of what was not synced before, nobody knows any more whether it will be on the disk. */
  #fail(thrown: unknown, heads: SignedHead[] = []): Fault {
    const unsynced = this.#groups.heads;
    const syncOwed = thrown instanceof SyncFailed || unsynced.length > 0;
    this.#connection.giveUp([...unsynced, ...heads], syncOwed);
    const fault = this.#unavailable(thrown);
    this.#groups.refuse(fault);
    return fault;
  }

  #unavailable(thrown: unknown): Fault {
    const cause = asFault(thrown);
    this.#trouble = cause.message;
    const what = `the audit log ${this.#parts.path} cannot take a record: ${cause.message}`;
    return new Fault(
      'audit-unavailable',
      `${what}. Free space or repair the file; no change is made until then`,
      { cause: thrown },
    );
  }
}
