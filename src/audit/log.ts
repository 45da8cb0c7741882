// SPDX-License-Identifier: Apache-2.0
/**
 * The one writer of a log. Order within a commit: records, the tiles they fill, the signed head over all of it; then the
 * commit, then the sync; only then is the caller answered.
 */
import { hostname } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import type { Actor, AuditLog } from './audit-log.ts';
import { Behind } from './behind.ts';
import { ClockWatch, gapSince } from './clock-watch.ts';
import { type Connected, connect } from './connect.ts';
import { Connection } from './connection.ts';
import { takeWriterLock } from './database.ts';
import { type Extension, extend, type LogState } from './extend.ts';
import { GroupCommit } from './group-commit.ts';
import type { Group } from './groups.ts';
import { derOf, OPENED_TYPE, ROTATED_TYPE, rotationBody } from './key-chain.ts';
import { unlisted } from './listing.ts';
import type { AuditLogOptions } from './options.ts';
import { type Proof, prove } from './reader.ts';
import type { AuditEntry } from './record-bytes.ts';
import { emptyWal, type Redaction, redactionEntry, takeAway } from './redaction.ts';
import { Retention } from './retention.ts';
import { type AuditFilter, readRecords } from './search.ts';
import type { Pruning, Sealing } from './segments.ts';
import { signHead } from './signed-head.ts';
import { prepareNextKey, type SigningKey, settleRotation } from './signing-key.ts';

/** Opens or makes a log. Throws Fault `tampered` when its end does not fit its signed head. */
export function openAuditLog(options: AuditLogOptions): AuditLog {
  const lock = takeWriterLock(options.path);
  try {
    return new SqliteAuditLog(options, lock);
  } catch (thrown) {
    lock.close();
    throw thrown;
  }
}

class SqliteAuditLog implements AuditLog {
  readonly logId: string;
  readonly #options: AuditLogOptions;
  readonly #lock: DatabaseSync;
  readonly #behind: Behind;
  readonly #clock: ClockWatch;
  readonly #connection: Connection;
  readonly #commits: GroupCommit;
  readonly #retention: Retention;
  #key: SigningKey;
  /** the write-ahead log may still hold a value that was taken away: somebody was reading */
  #wipeOwed = false;
  #closed = false;

  constructor(options: AuditLogOptions, lock: DatabaseSync) {
    this.#options = options;
    this.#lock = lock;
    this.#clock = new ClockWatch(options.steadyMs ?? (options.now && (() => this.#now().getTime())));
    const connected = connect(options);
    this.logId = connected.logId;
    this.#key = connected.key;
    this.#behind = new Behind(options.path, unlisted(options.path, connected.head?.size ?? 0));
    this.#connection = this.#opened(connected);
    this.#commits = new GroupCommit({
      path: options.path,
      connection: this.#connection,
      extend: (state, entries) => this.#extend(state, entries),
      onDurable: (groups, database) => this.#onDurable(groups, database),
    });
    this.#retention = this.#keptBy();
    this.#retention.start();
  }

  /** What an opening says is in the log before anybody has the log. */
  #opened(connected: Connected): Connection {
    const { key, head, last, state } = connected;
    const now = this.#now();
    this.#clock.look(now);
    const body = {
      ...{ keyId: key.keyId, publicKey: derOf(key.publicKey), keyWasFresh: key.fresh },
      ...{ host: hostname(), sizeBefore: head?.size ?? 0, ...gapSince(last, now) },
    };
    const opened = extend(state, [{ type: OPENED_TYPE, body }], this.#by(now));
    const connection = new Connection(this.#options, connected, opened.head);
    connection.committer.write(opened);
    connection.committer.sync();
    connection.state = opened.state;
    return connection;
  }

  #keptBy(): Retention {
    return new Retention({
      path: this.#options.path,
      database: () => this.#commits.open(),
      append: (entries) => this.append(entries),
      sign: (head) => signHead({ ...head, logId: this.logId, time: this.#now().toISOString() }, this.#key),
      wrote: (bytes) => this.#behind.wrote({ bytes, records: 0 }, this.#commits.open()),
    });
  }

  get keyId(): string {
    return this.#key.keyId;
  }

  append(entries: AuditEntry[]): AuditRecord[] {
    return this.#commits.append(entries);
  }

  appendSoon(entries: AuditEntry[]): Promise<AuditRecord[]> {
    return this.#commits.appendSoon(entries);
  }

  head(): SignedHead {
    return this.#connection.head;
  }

  read(filter: AuditFilter = {}): AuditRecord[] {
    this.#commits.open();
    this.#commits.sync(); // who reads it may tell it
    return readRecords(this.#options.path, filter);
  }

  prove(seq: number, from?: number): Proof {
    return prove(this.#commits.open(), this.#connection.head, { seq, from });
  }

  rotateKey(actor?: Actor): AuditRecord {
    this.#commits.flush();
    const next = prepareNextKey(this.#options.keyPath);
    const { size } = this.#connection.state.frontier;
    const body = rotationBody({ logId: this.logId, seq: size }, this.#key, next);
    const [record] = this.append([{ type: ROTATED_TYPE, object: next.keyId, actor, body }]);
    this.#key = settleRotation(this.#options.keyPath, next.keyId);
    return record as AuditRecord;
  }

  redact(redaction: Redaction): AuditRecord {
    this.#commits.flush();
    const database = this.#commits.open();
    const entry = redactionEntry(database, redaction);
    const [record] = this.#commits.append([entry], () => takeAway(database, redaction));
    this.#wipeOwed = !emptyWal(database);
    return record as AuditRecord;
  }

  seal(sealing: Sealing): Promise<AuditRecord> {
    this.#commits.flush();
    return this.#retention.seal(sealing);
  }

  prune(pruning: Pruning): Promise<AuditRecord> {
    return this.#retention.prune(pruning);
  }

  pruned(): Promise<void> {
    return this.#retention.pruned();
  }

  trouble(): string | undefined {
    return this.#commits.trouble;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#commits.close();
    this.#retention.close();
    this.#behind.close();
    this.#connection.close();
    this.#lock.close();
  }

  #extend(state: LogState, entries: AuditEntry[]): { extension: Extension; before: number } {
    const now = this.#now();
    const jumped = this.#clock.look(now);
    return { extension: extend(state, [...jumped, ...entries], this.#by(now)), before: jumped.length };
  }

  #onDurable(groups: Group[], database: DatabaseSync): void {
    if (this.#wipeOwed) this.#wipeOwed = !emptyWal(database);
    const written = groups.flatMap(({ extension }) => extension.records);
    const bytes = written.reduce((sum, one) => sum + one.bytes.length, 0);
    this.#behind.wrote({ bytes, records: written.length }, database);
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  #by(now: Date): { logId: string; key: SigningKey; time: string } {
    return { logId: this.logId, key: this.#key, time: now.toISOString() };
  }
}
