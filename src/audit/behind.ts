// SPDX-License-Identifier: Apache-2.0
/**
 * What a log's file needs besides its commits, on a thread of its own: what the write-ahead log holds is moved into the
 * database, and what records are found by is listed. Left to the commits, every twentieth would keep its callers waiting
 * for three more syncs.
 */
import { setPriority } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { BUSY_TIMEOUT_MS } from './database.ts';
import { LIST_AT_ONCE, Listing } from './listing.ts';
import { threadFile } from './thread-file.ts';
import { reserveWal } from './wal-file.ts';

/** So much is left in the write-ahead log between two moves. */
const MOVE_BYTES = 4 * 1024 * 1024;
/** From this size on it is written from its beginning again, once all of it was moved: three syncs that the writer waits for. */
const AGAIN_BYTES = 96 * 1024 * 1024;
const CLOSE_WAIT_LIMIT_MS = 10_000;

/** Commits do not wait for this thread, and should not wait for a processor because of it. */
const NICE = 10;

const TASK = 'tracegate audit behind';

/** What the two threads tell each other, by its place in the shared array. */
const [BUSY, STOP, AGAIN] = [0, 1, 2];

export class Behind {
  readonly #path: string;
  readonly #shared = new Int32Array(new SharedArrayBuffer(12));
  #worker: Worker | undefined;
  #unmovedBytes = 0;
  #unlisted: number;
  #broken = false;

  /** `unlisted`: how many records an earlier writer left that are not listed yet */
  constructor(path: string, unlisted: number) {
    this.#path = path;
    this.#unlisted = unlisted;
  }

  /** Called after each commit; a thread is only made for a log that has something to do. */
  wrote({ bytes, records }: { bytes: number; records: number }, database: DatabaseSync): void {
    this.#unmovedBytes += bytes;
    this.#unlisted += records;
    if (this.#broken || Atomics.load(this.#shared, BUSY) === 1) return;
    if (Atomics.exchange(this.#shared, AGAIN, 0) === 1) beginAgain(database);
    if (this.#unmovedBytes < MOVE_BYTES && this.#unlisted < LIST_AT_ONCE) return;
    [this.#unmovedBytes, this.#unlisted] = [0, 0];
    reserveWal(this.#path);
    this.#worker ??= this.#start();
    Atomics.store(this.#shared, BUSY, 1);
    this.#worker.postMessage('go');
  }

  /** Waits for what is under way, so that nobody finds a file half moved. */
  close(): void {
    Atomics.store(this.#shared, STOP, 1);
    this.#wait();
    if (this.#worker === undefined) return;
    Atomics.store(this.#shared, BUSY, 1);
    this.#worker.postMessage('close');
    this.#wait();
    void this.#worker.terminate();
    this.#worker = undefined;
  }

  #wait(): void {
    if (!this.#broken) Atomics.wait(this.#shared, BUSY, 1, CLOSE_WAIT_LIMIT_MS);
  }

  #start(): Worker {
    const worker = new Worker(threadFile('audit/behind'), {
      workerData: { task: TASK, path: this.#path, shared: this.#shared },
    });
    worker.unref();
    // then the commits move the log themselves, at the bound the connection has
    worker.on('error', () => {
      this.#broken = true;
      Atomics.store(this.#shared, BUSY, 0);
    });
    return worker;
  }
}

/**
 * The few pages that came since the thread moved the rest, by the writer itself: it waits for nobody, and from here on
 * commits go over blocks that the file has already, whose sync has no new length to write down.
 */
function beginAgain(database: DatabaseSync): void {
  database.exec('pragma busy_timeout = 0; pragma wal_checkpoint(restart)');
  database.exec(`pragma busy_timeout = ${BUSY_TIMEOUT_MS}`);
}

/** How many pages the write-ahead log has, not its file: that stays as long as it ever was. */
function moved(database: DatabaseSync): number {
  return Number(database.prepare('pragma wal_checkpoint(passive)').get()?.log);
}

/** Answers whether the write-ahead log is so long that it should be written from its beginning again. */
function move(path: string): boolean {
  const database = new DatabaseSync(path, { timeout: 1_000 });
  try {
    const pages = moved(database);
    const pageBytes = Number(database.prepare('pragma page_size').get()?.page_size);
    if (pages * pageBytes < AGAIN_BYTES) return false;
    moved(database); // what came meanwhile
    return true;
  } finally {
    database.close();
  }
}

if (!isMainThread && workerData?.task === TASK) {
  setPriority(NICE); // of this thread only: on Linux that is what the call means
  const { path, shared } = workerData as { path: string; shared: Int32Array };
  const listing = new Listing(path);
  parentPort?.on('message', (what: 'go' | 'close') => {
    // moved last: what comes between that and the writer's own move is the writer's to move
    const go = [
      () => listing.list(() => Atomics.load(shared, STOP) === 0),
      () => Atomics.store(shared, AGAIN, move(path) ? 1 : 0),
    ];
    for (const work of what === 'go' ? go : [() => listing.close()])
      try {
        work();
      } catch {
        // a full disk, a busy file: tried again with the next
      }
    Atomics.store(shared, BUSY, 0);
    Atomics.notify(shared, BUSY);
  });
}
