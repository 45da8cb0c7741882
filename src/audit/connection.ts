// SPDX-License-Identifier: Apache-2.0
/**
 * The one connection a log is written over. After a failure what it has in memory cannot be trusted: it is given up, the file is
 * opened anew, and its end has to be one that this writer left or tried to leave.
 */
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { SignedHead } from '../model/audit-record.ts';
import { type Committer, committer } from './committer.ts';
import { type Connected, connect } from './connect.ts';
import type { LogState } from './extend.ts';
import type { AuditLogOptions } from './options.ts';
import { emptyWal } from './redaction.ts';

export class Connection {
  readonly #options: AuditLogOptions;
  #database: DatabaseSync | undefined;
  /** of the last connection there was */
  committer: Committer;
  /** what the next record hangs on: the end of what is written */
  state: LogState;
  /** over what is on the disk for certain */
  head: SignedHead;
  /** what failed commits and syncs would have led to: it may have reached the disk all the same */
  #attempted: SignedHead[] = [];
  /** what the write-ahead log holds may have been lost on its way to the disk, though later syncs succeed */
  #syncOwed = false;

  /** `head` is the one that this connection's first commit is to write. */
  constructor(options: AuditLogOptions, { database, state }: Connected, head: SignedHead) {
    this.#options = options;
    this.#database = database;
    this.committer = committer(database, options);
    this.state = state;
    this.head = head;
  }

  /** Undefined from a failure until the next use. */
  get database(): DatabaseSync | undefined {
    return this.#database;
  }

  /** Throws Fault `tampered` where the file changed meanwhile, and whatever keeps it from being opened. */
  open(): DatabaseSync {
    if (this.#database !== undefined) return this.#database;
    const { database, state, head } = connect(this.#options);
    const known = [this.head, ...this.#attempted].find(
      ({ size, root }) => size === head?.size && root === head.root,
    );
    if (known === undefined) {
      database.close();
      const what = `the audit log ${this.#options.path} changed while it was being reopened`;
      throw new Fault('tampered', what);
    }
    if (this.#syncOwed) writeAnew(database);
    this.#syncOwed = false;
    this.#attempted = [];
    this.#database = database;
    this.committer = committer(database, this.#options);
    [this.state, this.head] = [state, known];
    return database;
  }

  /** `attempted`: the heads of what was written and is not on the disk for certain. */
  giveUp(attempted: SignedHead[], syncOwed: boolean): void {
    this.#attempted.push(...attempted);
    this.#syncOwed ||= syncOwed;
    this.close();
  }

  close(): void {
    if (this.#database === undefined) return;
    try {
      this.committer.close();
      this.#database.close();
    } catch {
      // a connection that failed to write may fail to close; it is given up either way
    }
    this.#database = undefined;
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
