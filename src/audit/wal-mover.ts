// SPDX-License-Identifier: Apache-2.0
/**
 * Moves what the write-ahead log holds into the database, on a thread of its own: left to the commits, every twentieth
 * of them would do it and keep its callers waiting for three more syncs.
 */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { threadFile } from './thread-file.ts';

/** So much is left in the log between two moves. */
const MOVE_BYTES = 4 * 1024 * 1024;
/** A log that never rests is emptied for once at this size, while the writer waits. */
const EMPTY_BYTES = 64 * 1024 * 1024;
const CLOSE_WAIT_LIMIT_MS = 10_000;

const TASK = 'tracegate audit wal';

export class WalMover {
  readonly #path: string;
  /** 1 while the thread is at it */
  readonly #busy = new Int32Array(new SharedArrayBuffer(4));
  #worker: Worker | undefined;
  #unmovedBytes = 0;
  #broken = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Called after each commit; a thread is only made for a log that has something to move. */
  wrote(bytes: number): void {
    this.#unmovedBytes += bytes;
    if (this.#unmovedBytes < MOVE_BYTES || this.#broken || Atomics.load(this.#busy, 0) === 1) return;
    this.#unmovedBytes = 0;
    this.#worker ??= this.#start();
    Atomics.store(this.#busy, 0, 1);
    this.#worker.postMessage('move');
  }

  /** Waits for what is under way, so that nobody finds a file half moved. */
  close(): void {
    Atomics.wait(this.#busy, 0, 1, CLOSE_WAIT_LIMIT_MS);
    void this.#worker?.terminate();
    this.#worker = undefined;
  }

  #start(): Worker {
    const worker = new Worker(threadFile('audit/wal-mover'), {
      workerData: { task: TASK, path: this.#path, busy: this.#busy },
    });
    worker.unref();
    // then the commits move the log themselves, at the bound the connection has
    worker.on('error', () => {
      this.#broken = true;
      Atomics.store(this.#busy, 0, 0);
    });
    return worker;
  }
}

function move(path: string): void {
  const database = new DatabaseSync(path, { timeout: 1_000 });
  try {
    database.exec('pragma wal_checkpoint(passive)');
    if (statSync(`${path}-wal`).size > EMPTY_BYTES) database.exec('pragma wal_checkpoint(truncate)');
  } finally {
    database.close();
  }
}

if (!isMainThread && workerData?.task === TASK) {
  const { path, busy } = workerData as { path: string; busy: Int32Array };
  parentPort?.on('message', () => {
    try {
      move(path);
    } catch {
      // a full disk, a busy file: tried again with the next
    }
    Atomics.store(busy, 0, 0);
    Atomics.notify(busy, 0);
  });
}
