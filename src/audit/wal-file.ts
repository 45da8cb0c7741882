// SPDX-License-Identifier: Apache-2.0
/**
 * The sync of a commit. The engine's own is an `fsync`, which writes down the file's times as well and so waits for the
 * file system's journal; `fdatasync` of the write-ahead log keeps the same promise for less. Between the commit and that,
 * another process can see records that a power loss would take: who tells them on syncs first.
 */
import { closeSync, fdatasyncSync, openSync } from 'node:fs';

/** What was written may never reach the disk, whatever a later sync says. */
export class SyncFailed extends Error {}

export class WalFile {
  readonly #file: number;
  readonly #sync: (file: number) => void;

  /** The database must be open: then the file is there and stays the same one. */
  constructor(path: string, sync: (file: number) => void = fdatasyncSync) {
    this.#file = openSync(walPath(path), 'r');
    this.#sync = sync;
  }

  sync(): void {
    try {
      this.#sync(this.#file);
    } catch (cause) {
      throw new SyncFailed(`it could not be synced: ${(cause as Error).message}`, { cause });
    }
  }

  close(): void {
    closeSync(this.#file);
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
