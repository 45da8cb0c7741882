// SPDX-License-Identifier: Apache-2.0
/** The JSON of processes and their parents as bytes, kept for those that are told of often. */
import type { EventProcess } from '../model/event.ts';
import type { ProcessCache } from './process-cache.ts';
import type { ProcessEntry } from './process-entry.ts';

const LINES_MAX = 1024;
/** With these quotes it is a member: those within a text are escaped. */
const TID_NAME = '"tid":';
const TID_MARK = 1_234_567_890;

export interface ProcessLine {
  /** when the process started, as its records say it, by halves */
  readonly low: number;
  readonly high: number;
  readonly entry: ProcessEntry;
  readonly parentEntry: ProcessEntry | undefined;
  /** the objects the text is of: others are shown once something else is known */
  readonly shown: EventProcess | undefined;
  readonly parentShown: EventProcess | undefined;
  /** up to the thread's id, and behind it */
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly parent: Uint8Array | undefined;
}

/** The text around the thread's id. */
function aroundTid(shown: EventProcess): [Buffer, Buffer] | undefined {
  const [head, tail, ...more] = JSON.stringify({ ...shown, tid: TID_MARK }).split(`${TID_NAME}${TID_MARK}`);
  if (head === undefined || tail === undefined || more.length > 0) return undefined;
  return [Buffer.from(head + TID_NAME), Buffer.from(tail)];
}

export class ProcessLines {
  readonly #cache: ProcessCache;
  readonly #lines = new Map<number, ProcessLine>();

  constructor(cache: ProcessCache) {
    this.#cache = cache;
  }

  /** Undefined: nothing is known of the process. */
  of(pid: number, low: number, high: number): ProcessLine | undefined {
    const known = this.#lines.get(pid);
    if (known && known.low === low && known.high === high && this.#holds(known)) return known;
    return this.#make(pid, low, high);
  }

  #holds({ entry, parentEntry, shown, parentShown }: ProcessLine): boolean {
    return (
      this.#cache.at(entry.pid) === entry &&
      entry.shown === shown &&
      this.#cache.at(entry.parentPid) === parentEntry &&
      parentEntry?.shown === parentShown
    );
  }

  #make(pid: number, low: number, high: number): ProcessLine | undefined {
    const startBootNs = (BigInt(high) << 32n) | BigInt(low);
    const entry = this.#cache.find(pid, startBootNs);
    if (!entry) return undefined;
    const shown = this.#cache.show(pid, startBootNs);
    const parent = this.#cache.parentOf(pid, startBootNs);
    const parts = aroundTid(shown);
    if (!parts) return undefined;
    const parentEntry = this.#cache.at(entry.parentPid);
    const line = {
      ...{ low, high, entry, parentEntry, shown, parentShown: parentEntry?.shown },
      ...{ head: parts[0], tail: parts[1], parent: parent && Buffer.from(JSON.stringify(parent)) },
    };
    this.#keep(pid, line);
    return line;
  }

  #keep(pid: number, line: ProcessLine): void {
    this.#lines.delete(pid);
    this.#lines.set(pid, line);
    if (this.#lines.size > LINES_MAX) this.#lines.delete(this.#lines.keys().next().value ?? pid);
  }
}
