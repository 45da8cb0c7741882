// SPDX-License-Identifier: Apache-2.0
/**
 * Takes out what prunings cover, a few records at a time and by the writer itself: nobody waits for a lock, and whoever has
 * a record to write waits for one step at most. Interrupted anywhere it goes on at the next start, since what may go is told
 * by the record of the pruning. Its steps are not synced: what a loss of power brings back goes again.
 */
import type { DatabaseSync } from 'node:sqlite';
import { isTakenSql, PRUNED_BEFORE_SQL } from './segment-types.ts';

/** About a millisecond's work. */
const STEP_RECORDS = 64;
/** How much longer than a step took it stays away after one. */
const REST_FACTOR = 3;
/** What is left of a record: its page, overwritten. */
const RECORD_BYTES = 1024;
/** After a full disk or a busy file. */
const RETRY_MS = 1_000;

interface PrunerParts {
  /** throws while the log cannot be written */
  database: () => DatabaseSync;
  /** told how much a step left in the write-ahead log, about */
  wrote: (bytes: number) => void;
}

export class Pruner {
  readonly #parts: PrunerParts;
  /** the first number that may still have a record, and the first that stays */
  #next = 0;
  #before = 0;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  constructor(parts: PrunerParts) {
    this.#parts = parts;
  }

  /** Begins, or goes on, with what is still there of what is to go. */
  start(): void {
    const database = this.#parts.database();
    this.#before = prunedBefore(database);
    this.#next = firstLeft(database, this.#before);
    if (this.#timer === undefined && this.#next < this.#before) this.#timer = setTimeout(this.#step, 0);
  }

  /** Resolves when all of it is out; also when the log is closed before that. */
  done(): Promise<void> {
    if (this.#timer === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  readonly #step = (): void => {
    const begun = performance.now();
    let waitMs = RETRY_MS;
    try {
      const to = Math.min(this.#before, this.#next + STEP_RECORDS);
      takeOut(this.#parts.database(), this.#next, to);
      this.#parts.wrote((to - this.#next) * RECORD_BYTES);
      this.#next = to;
      waitMs = (performance.now() - begun) * REST_FACTOR;
    } catch {
      // said by whoever has a record to write; here it is only later
    }
    if (this.#next < this.#before) this.#timer = setTimeout(this.#step, waitMs);
    else this.close();
  };
}

/** Up to where prunings reach; 0 before the first. */
export function prunedBefore(database: DatabaseSync): number {
  return Number(database.prepare(PRUNED_BEFORE_SQL).get()?.before ?? 0);
}

function firstLeft(database: DatabaseSync, before: number): number {
  const sql = `select min(seq) as seq from record where ${isTakenSql('record')} and seq < ?`;
  return Number(database.prepare(sql).get(before)?.seq ?? before);
}

function takeOut(database: DatabaseSync, from: number, to: number): void {
  const sql = `delete from record where ${isTakenSql('record')} and seq >= ? and seq < ?`;
  database.prepare(sql).run(from, to);
}
