// SPDX-License-Identifier: Apache-2.0
/**
 * The one writer of a log. Order within a commit: records, the subtrees they complete, the signed head over all of
 * it; then the commit, which syncs; only then is anything in memory moved on and the caller answered.
 */
import type { DatabaseSync } from 'node:sqlite';
import { asFault, Fault } from '../errors.ts';
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import { connect } from './connect.ts';
import { type Committer, committer, takeWriterLock } from './database.ts';
import { type Extension, extend, type LogState } from './extend.ts';
import type { AuditLogOptions } from './options.ts';
import { type AuditFilter, type InclusionProof, proveInclusion, readRecords } from './reader.ts';
import type { AuditEntry } from './record-bytes.ts';
import { loadOrCreateSigningKey, type SigningKey } from './signing-key.ts';

export interface AuditLog {
  readonly logId: string;
  readonly keyId: string;
  /** Durable when it returns. Throws Fault `audit-unavailable` when it is not: then nothing may be acknowledged. */
  append(entries: AuditEntry[]): AuditRecord[];
  /** The same, with what others hand over at about the same time in one commit. */
  appendSoon(entries: AuditEntry[]): Promise<AuditRecord[]>;
  head(): SignedHead;
  read(filter?: AuditFilter): AuditRecord[];
  prove(seq: number): InclusionProof;
  /** Undefined, or why the log takes no record now. */
  trouble(): string | undefined;
  close(): void;
}

const BATCH_WAIT_LIMIT_MS = 5;

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

/** A log is named after its key: one started afresh with the same key is the same log, and its loss shows. */
export function logIdOf(kind: string, keyId: string): string {
  return `${kind}:${keyId.slice('sha256:'.length, 'sha256:'.length + 32)}`;
}

class SqliteAuditLog implements AuditLog {
  readonly logId: string;
  readonly #options: AuditLogOptions;
  readonly #key: SigningKey;
  readonly #lock: DatabaseSync;
  #database: DatabaseSync | undefined;
  #commit: Committer;
  #state: LogState;
  #head: SignedHead;
  /** what a failed commit would have led to: it may have reached the disk all the same */
  #attempted: Extension | undefined;
  #trouble: string | undefined;
  #waiting: Waiting[] = [];
  #lastBatch = { size: 0, durationMs: 0 };
  #closed = false;

  constructor(options: AuditLogOptions, lock: DatabaseSync) {
    this.#options = options;
    this.#lock = lock;
    this.#key = loadOrCreateSigningKey(options.keyPath);
    this.logId = logIdOf(options.kind, this.#key.keyId);
    const { database, state, head } = connect(options, this.logId, this.#key);
    this.#database = database;
    this.#state = state;
    const opened = extend(state, [this.#opening(head)], this.#by());
    this.#commit = committer(database);
    this.#commit(opened);
    this.#state = opened.state;
    this.#head = opened.head;
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
      if (this.#waiting.length === 1) this.#flushSoon();
    });
  }

  head(): SignedHead {
    return this.#head;
  }

  read(filter: AuditFilter = {}): AuditRecord[] {
    return readRecords(this.#open(), filter);
  }

  prove(seq: number): InclusionProof {
    return proveInclusion(this.#open(), this.#head, seq);
  }

  trouble(): string | undefined {
    return this.#closed ? 'it is closed' : this.#trouble;
  }

  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#database?.close();
    this.#lock.close();
  }

  /**
   * At the end of this turn; under load no sooner than the last commit took, so that at most half of the time goes
   * into waiting for the disk, and the more come meanwhile the fewer commits each of them costs.
   */
  #flushSoon(): void {
    const { size, durationMs } = this.#lastBatch;
    if (size > 1) setTimeout(() => this.#flush(), Math.min(durationMs, BATCH_WAIT_LIMIT_MS));
    else setImmediate(() => this.#flush());
  }

  /** Commits everything that waits together; when the whole cannot be written, nobody is answered with success. */
  #flush(): void {
    const waiting = this.#waiting.splice(0);
    if (waiting.length === 0) return;
    const startedMs = performance.now();
    try {
      const records = this.#append(waiting.flatMap((w) => w.entries));
      for (const { entries, resolve } of waiting) resolve(records.splice(0, entries.length));
    } catch (thrown) {
      for (const { reject } of waiting) reject(asFault(thrown));
    }
    this.#lastBatch = { size: waiting.length, durationMs: performance.now() - startedMs };
  }

  #append(entries: AuditEntry[]): AuditRecord[] {
    this.#open();
    const extension = extend(this.#state, entries, this.#by());
    try {
      this.#commit(extension);
    } catch (thrown) {
      this.#attempted = extension;
      this.#disconnect();
      throw this.#unavailable(thrown);
    }
    this.#state = extension.state;
    this.#head = extension.head;
    this.#trouble = undefined;
    return extension.records.map(({ record }) => record);
  }

  /** After a failed commit the page cache cannot be trusted: the file is opened anew and its end checked again. */
  #open(): DatabaseSync {
    if (this.#closed) throw this.#unavailable(new Error('it is closed'));
    if (this.#database !== undefined) return this.#database;
    const { database, state, head } = this.#reconnect();
    const known = [this.#head, this.#attempted?.head].find(
      (h) => h?.size === head?.size && h?.root === head?.root,
    );
    if (known === undefined) {
      database.close();
      throw new Fault('tampered', `the audit log ${this.#options.path} changed while it was being reopened`);
    }
    this.#database = database;
    this.#commit = committer(database);
    this.#state = state;
    this.#head = known;
    this.#attempted = undefined;
    return database;
  }

  #reconnect(): ReturnType<typeof connect> {
    try {
      return connect(this.#options, this.logId, this.#key);
    } catch (thrown) {
      if (thrown instanceof Fault && thrown.code === 'tampered') throw thrown;
      throw this.#unavailable(thrown);
    }
  }

  #disconnect(): void {
    try {
      this.#database?.close();
    } catch {
      // a connection that failed to write may fail to close; it is given up either way
    }
    this.#database = undefined;
  }

  #opening(head: SignedHead | undefined): AuditEntry {
    const publicKey = this.#key.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const body = { keyId: this.keyId, publicKey, keyWasFresh: this.#key.fresh, sizeBefore: head?.size ?? 0 };
    return { type: 'log.opened', body };
  }

  #by(): { logId: string; key: SigningKey; time: string } {
    const now = this.#options.now?.() ?? new Date();
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
