// SPDX-License-Identifier: Apache-2.0
/**
 * The one writer of a log. Order within a commit: records, the tiles they fill, the signed head over all of it; then
 * the commit, which syncs; only then is anything in memory moved on and the caller answered.
 */
import { hostname } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';
import { asFault, Fault } from '../errors.ts';
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import type { Actor, AuditLog } from './audit-log.ts';
import { Behind } from './behind.ts';
import { ClockWatch, gapSince } from './clock-watch.ts';
import { type Committer, committer } from './committer.ts';
import { connect } from './connect.ts';
import { takeWriterLock } from './database.ts';
import { type Extension, extend, type LogState } from './extend.ts';
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
import { SyncFailed } from './wal-file.ts';

interface Waiting {
  entries: AuditEntry[];
  resolve: (records: AuditRecord[]) => void;
  reject: (fault: Fault) => void;
}

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
  readonly #retention: Retention;
  #key: SigningKey;
  #database: DatabaseSync | undefined;
  #committer: Committer;
  #state: LogState;
  #head: SignedHead;
  /** what a failed commit would have led to: it may have reached the disk all the same */
  #attempted: Extension | undefined;
  #trouble: string | undefined;
  /** the write-ahead log may still hold a value that was taken away: somebody was reading */
  #wipeOwed = false;
  /** what the write-ahead log holds may have been lost on its way to the disk, though later syncs succeed */
  #syncOwed = false;
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(options: AuditLogOptions, lock: DatabaseSync) {
    this.#options = options;
    this.#lock = lock;
    this.#clock = new ClockWatch(options.steadyMs ?? (options.now && (() => this.#now().getTime())));
    const { database, state, head, logId, key, last } = connect(options);
    this.logId = logId;
    this.#key = key;
    this.#database = database;
    this.#state = state;
    this.#behind = new Behind(options.path, unlisted(options.path, head?.size ?? 0));
    const now = this.#now();
    this.#clock.look(now);
    const body = {
      ...{ keyId: key.keyId, publicKey: derOf(key.publicKey), keyWasFresh: key.fresh },
      ...{ host: hostname(), sizeBefore: head?.size ?? 0, ...gapSince(last, now) },
    };
    const opened = extend(state, [{ type: OPENED_TYPE, body }], this.#by(now));
    this.#committer = committer(database, options);
    this.#committer.commit(opened);
    this.#state = opened.state;
    this.#head = opened.head;
    this.#retention = this.#keptBy();
    this.#retention.start();
  }

  #keptBy(): Retention {
    return new Retention({
      path: this.#options.path,
      database: () => this.#open(),
      append: (entries) => this.append(entries),
      sign: (head) => signHead({ ...head, logId: this.logId, time: this.#now().toISOString() }, this.#key),
      wrote: (bytes) => this.#behind.wrote({ bytes, records: 0 }, this.#open()),
    });
  }

  get keyId(): string {
    return this.#key.keyId;
  }

  append(entries: AuditEntry[]): AuditRecord[] {
    this.#flush();
    return this.#append(entries);
  }

  appendSoon(entries: AuditEntry[]): Promise<AuditRecord[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, resolve, reject });
      // what comes while a commit waits for the disk is read before the next turn's end, and shares the next commit
      if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
  }

  head(): SignedHead {
    return this.#head;
  }

  read(filter: AuditFilter = {}): AuditRecord[] {
    this.#open();
    return readRecords(this.#options.path, filter);
  }

  prove(seq: number, from?: number): Proof {
    return prove(this.#open(), this.#head, { seq, from });
  }

  rotateKey(actor?: Actor): AuditRecord {
    this.#flush();
    const next = prepareNextKey(this.#options.keyPath);
    const body = rotationBody({ logId: this.logId, seq: this.#state.frontier.size }, this.#key, next);
    const [record] = this.#write([{ type: ROTATED_TYPE, object: next.keyId, actor, body }]);
    this.#key = settleRotation(this.#options.keyPath, next.keyId);
    return record as AuditRecord;
  }

  redact(redaction: Redaction): AuditRecord {
    this.#flush();
    const database = this.#open();
    const entry = redactionEntry(database, redaction);
    const [record] = this.#write([entry], () => takeAway(database, redaction));
    this.#wipeOwed = !emptyWal(database);
    return record as AuditRecord;
  }

  seal(sealing: Sealing): Promise<AuditRecord> {
    this.#flush();
    return this.#retention.seal(sealing);
  }

  prune(pruning: Pruning): Promise<AuditRecord> {
    return this.#retention.prune(pruning);
  }

  pruned(): Promise<void> {
    return this.#retention.pruned();
  }

  trouble(): string | undefined {
    return this.#closed ? 'it is closed' : this.#trouble;
  }

  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#retention.close();
    this.#behind.close();
    this.#disconnect();
    this.#lock.close();
  }

  /** Commits everything that waits together; when the whole cannot be written, nobody is answered with success. */
  #flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    try {
      const records = this.#append(waiting.flatMap((w) => w.entries));
      let at = 0;
      for (const { entries, resolve } of waiting) {
        resolve(records.slice(at, at + entries.length));
        at += entries.length;
      }
    } catch (thrown) {
      for (const { reject } of waiting) reject(asFault(thrown));
    }
  }

  #append(entries: AuditEntry[]): AuditRecord[] {
    return entries.length === 0 ? [] : this.#write(entries);
  }

  #write(entries: AuditEntry[], also?: () => void): AuditRecord[] {
    this.#open();
    const now = this.#now();
    const jumped = this.#clock.look(now);
    const extension = extend(this.#state, [...jumped, ...entries], this.#by(now));
    try {
      this.#committer.commit(extension, also);
    } catch (thrown) {
      this.#attempted = extension;
      this.#syncOwed ||= thrown instanceof SyncFailed;
      this.#disconnect();
      throw this.#unavailable(thrown);
    }
    this.#state = extension.state;
    this.#head = extension.head;
    this.#trouble = undefined;
    if (this.#database !== undefined) {
      if (this.#wipeOwed) this.#wipeOwed = !emptyWal(this.#database);
      const bytes = extension.records.reduce((sum, one) => sum + one.bytes.length, 0);
      this.#behind.wrote({ bytes, records: entries.length }, this.#database);
    }
    return extension.records.slice(jumped.length).map(({ record }) => record);
  }

  /** After a failed commit the page cache cannot be trusted: the file is opened anew and its end checked again. */
  #open(): DatabaseSync {
    if (this.#closed) throw this.#unavailable(new Error('it is closed'));
    if (this.#database !== undefined) return this.#database;
    const { database, state, head } = this.#orUnavailable(() => connect(this.#options));
    const known = [this.#head, this.#attempted?.head].find(
      (h) => h?.size === head?.size && h?.root === head?.root,
    );
    if (known === undefined) {
      database.close();
      throw new Fault('tampered', `the audit log ${this.#options.path} changed while it was being reopened`);
    }
    if (this.#syncOwed) this.#orUnavailable(() => writeAnew(database));
    this.#syncOwed = false;
    this.#database = database;
    this.#committer = committer(database, this.#options);
    this.#state = state;
    this.#head = known;
    this.#attempted = undefined;
    return database;
  }

  #orUnavailable<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      if (thrown instanceof Fault && thrown.code === 'tampered') throw thrown;
      throw this.#unavailable(thrown);
    }
  }

  #disconnect(): void {
    if (this.#database === undefined) return;
    try {
      this.#committer.close();
      this.#database.close();
    } catch {
      // a connection that failed to write may fail to close; it is given up either way
    }
    this.#database = undefined;
  }

  #now(): Date {
    return this.#options.now?.() ?? new Date();
  }

  #by(now: Date): { logId: string; key: SigningKey; time: string } {
    return { logId: this.logId, key: this.#key, time: now.toISOString() };
  }

  #unavailable(thrown: unknown): Fault {
    const cause = asFault(thrown);
    this.#trouble = cause.message;
    const what = `the audit log ${this.#options.path} cannot take a record: ${cause.message}`;
    return new Fault(
      'audit-unavailable',
      `${what}. Free space or repair the file; no change is made until then`,
      { cause: thrown },
    );
  }
}

/** From memory to another place: what reads well now is not what the disk has. */
function writeAnew(database: DatabaseSync): void {
  try {
    if (!emptyWal(database)) throw new Error('somebody reads what is to be written anew');
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}
