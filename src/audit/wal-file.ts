// SPDX-License-Identifier: Apache-2.0
/**
 * The sync of a commit. The engine's own is an `fsync`, which writes down the file's times as well and so waits for the
 * file system's journal; `fdatasync` of the write-ahead log keeps the same promise for less. Between the commit and that,
 * another process can see records that a power loss would take: who tells them on syncs first.
 */
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  statfsSync,
  writeSync,
} from 'node:fs';

/** What was written may never reach the disk, whatever a later sync says. */
export class SyncFailed extends Error {
  constructor(cause: Error) {
    super(`it could not be synced: ${cause.message}`, { cause });
  }
}

export interface Syncs {
  fdatasyncSync(file: number): void;
  fdatasync(file: number, done: (failed: Error | null) => void): void;
}

export class WalFile {
  readonly #file: number;
  /** The kernel tells a failure once for each opening of a file: neither way of syncing may take it from the other. */
  readonly #aside: number;
  readonly #syncs: Syncs;
  #underWay = 0;
  #closed = false;

  /** The database must be open: then the file is there and stays the same one. */
  constructor(path: string, syncs: Syncs = { fdatasync, fdatasyncSync }) {
    this.#file = openSync(walPath(path), 'r');
    this.#aside = openSync(walPath(path), 'r');
    this.#syncs = syncs;
  }

  sync(): void {
    try {
      this.#syncs.fdatasyncSync(this.#file);
    } catch (cause) {
      throw new SyncFailed(cause as Error);
    }
  }

  /** The same on another thread; what is written meanwhile may or may not be part of it. */
  syncSoon(done: (failed: SyncFailed | undefined) => void): void {
    this.#underWay += 1;
    this.#syncs.fdatasync(this.#aside, (cause) => {
      this.#underWay -= 1;
      this.#closeAside();
      done(cause === null ? undefined : new SyncFailed(cause));
    });
  }

  close(): void {
    this.#closed = true;
    closeSync(this.#file);
    this.#closeAside();
  }

  /** Not under a sync: its number would be another file's. */
  #closeAside(): void {
    if (this.#closed && this.#underWay === 0) closeSync(this.#aside);
  }
}

const RESERVED_BYTES = 128 * 1024 * 1024;
const RESERVED_AT_ONCE_BYTES = 16 * 1024 * 1024;
/** No space is kept from others that they might need. */
const FREE_BYTES_MIN = 8 * RESERVED_BYTES;

/**
 * Makes the file of a log that is written to a lot longer than what is in it, a piece at a time. A commit over blocks that are
 * there has no new length to write down: a sync that has waits for the file system's journal, and that for all that is being
 * moved into the database. By the writer and between commits only, for the engine writes there too.
 */
export function reserveWal(path: string): void {
  const { bavail, bsize } = statfsSync(path);
  const file = openSync(walPath(path), 'r+');
  try {
    const { size } = fstatSync(file);
    if (size < RESERVED_BYTES && bavail * bsize >= FREE_BYTES_MIN) lengthen(file, size);
  } finally {
    closeSync(file);
  }
}

function lengthen(file: number, size: number): void {
  try {
    writeSync(file, Buffer.alloc(RESERVED_AT_ONCE_BYTES), 0, RESERVED_AT_ONCE_BYTES, size);
  } catch {
    ftruncateSync(file, size); // a full disk, or a limit: the log grows as it is written
  }
}

function walPath(path: string): string {
  return `${path}-wal`;
}

/** For a reader in another process or thread: what it read before this is on the disk after it. */
export function syncWhatWasRead(path: string): void {
  let file: number;
  try {
    file = openSync(walPath(path), 'r');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return; // all of it was moved into the database, which was synced
    throw thrown;
  }
  try {
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}
