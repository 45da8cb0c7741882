// SPDX-License-Identifier: Apache-2.0
/**
 * Mapped files, each told once of a process and its program. What an exec maps is seen before the exec itself: it waits for
 * that, so that it is told of the program it belongs to.
 */
import type { KernelRecord } from './records.ts';

/** Processes, and files of one, that are remembered; then the longest known goes. */
const PROCESSES_MAX = 1024;
const FILES_MAX = 1024;

function oldestOut<T>(
  map: { size: number; keys(): IterableIterator<T>; delete(key: T): boolean },
  most: number,
) {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}

/** With bytes of its own: those of a batch are written over. */
function kept(record: KernelRecord): KernelRecord {
  return { ...record, values: record.values.map((value) => ({ ...value, bytes: Buffer.from(value.bytes) })) };
}

export class Mappings {
  readonly #told = new Map<number, Set<string>>();
  readonly #waiting = new Map<number, KernelRecord[]>();

  /** The records to be told now: this one, unless it was told or waits for an exec. */
  due(record: KernelRecord): KernelRecord[] {
    const [path, buildId] = record.values;
    if (path?.number === 1n) {
      this.#wait(record);
      return [];
    }
    const name = `${path?.bytes.toString('latin1')}\0${buildId?.bytes.toString('latin1')}`;
    const told = this.#told.get(record.tgid) ?? new Set();
    if (told.has(name)) return [];
    this.#told.set(record.tgid, told.add(name));
    oldestOut(told, FILES_MAX);
    oldestOut(this.#told, PROCESSES_MAX);
    return [record];
  }

  #wait(record: KernelRecord): void {
    const waiting = this.#waiting.get(record.tgid) ?? [];
    if (waiting.length < FILES_MAX) waiting.push(kept(record));
    this.#waiting.set(record.tgid, waiting);
    oldestOut(this.#waiting, PROCESSES_MAX);
  }

  /** The process is another program now, or has ended: what it had mapped is forgotten, and what waited is due. */
  changed(tgid: number): KernelRecord[] {
    this.#told.delete(tgid);
    const waiting = this.#waiting.get(tgid) ?? [];
    this.#waiting.delete(tgid);
    return waiting.flatMap((record) => {
      const [path, ...rest] = record.values;
      return path ? this.due({ ...record, values: [{ ...path, number: 0n }, ...rest] }) : [];
    });
  }

  /** Nothing is kept of a process that has ended. */
  ended(tgid: number): KernelRecord[] {
    const due = this.changed(tgid);
    this.#told.delete(tgid);
    return due;
  }
}
