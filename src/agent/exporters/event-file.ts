// SPDX-License-Identifier: Apache-2.0
/**
 * Events as lines of JSON in a file. What comes in one turn of the loop is written by one call; a file that has grown
 * to its limit is kept under `FILE.1`, what was there under `FILE.2`, and so on.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../../errors.ts';
import type { TraceEvent } from '../../model/event.ts';
import { shiftFiles } from '../../sinks/rotate.ts';
import { eventLine } from '../../watch/event-line.ts';
import { LineBuffer } from '../../watch/line-buffer.ts';

export interface EventFileOptions {
  path: string;
  maxBytes: number;
  /** how many files that were full are kept */
  kept: number;
  /** told once when writing begins to fail; the next line that can be written says how many events were lost */
  onFault(thrown: unknown): void;
}

/** Held back at most before it is written within the turn. */
const CHUNK_BYTES = 1 << 18;

function opened(path: string): number {
  const folder = dirname(path);
  try {
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    return openSync(path, 'a', 0o600);
  } catch (cause) {
    const why = `events.file: ${path} cannot be written: ${(cause as Error).message}`;
    throw new Fault('config', `${why}. Name a file in a folder that is there, or leave it unset`, { cause });
  }
}

export class EventFile {
  readonly #options: EventFileOptions;
  #fd: number;
  #sizeBytes: number;
  readonly #lines = new LineBuffer();
  #count = 0;
  #lost = 0;
  /** how many of these a line says that is not written yet */
  #told = 0;
  #failing = false;
  #due = false;

  /** Makes the folder, but not those above it. Throws Fault `config` when the file cannot be opened. */
  constructor(options: EventFileOptions) {
    this.#options = options;
    this.#fd = opened(options.path);
    this.#sizeBytes = fstatSync(this.#fd).size;
  }

  write(event: TraceEvent): void {
    this.#lines.putText(`${eventLine(this.#lost > this.#told ? this.#withLost(event) : event)}\n`);
    this.ended();
  }

  /** Where a line may be put in, its newline included; undefined: the next has to be an event, to say what was lost. */
  buffer(): LineBuffer | undefined {
    return this.#lost > this.#told ? undefined : this.#lines;
  }

  /** A line has been put in. */
  ended(): void {
    this.#count++;
    if (this.#lines.length >= CHUNK_BYTES) this.flush();
    else if (!this.#due) {
      this.#due = true;
      setImmediate(() => this.flush());
    }
  }

  #withLost(event: TraceEvent): TraceEvent {
    const before = this.#lost - this.#told + (event.tracegate?.lost_before ?? 0);
    this.#told = this.#lost;
    return { ...event, tracegate: { ...event.tracegate, lost_before: before } };
  }

  flush(): void {
    this.#due = false;
    if (this.#count === 0) return;
    const bytes = this.#lines.written;
    const count = this.#count;
    this.#count = 0;
    let written = 0;
    try {
      this.#makeRoom(bytes.length);
      while (written < bytes.length) written += writeSync(this.#fd, bytes, written);
      this.#sizeBytes += bytes.length;
      this.#lost -= this.#told;
      this.#failing = false;
    } catch (thrown) {
      this.#lost += count;
      if (!this.#failing) this.#options.onFault(thrown);
      this.#failing = true;
      // half a line would spoil the next: the file goes back to its last whole one
      if (written > 0) ftruncateSync(this.#fd, this.#sizeBytes);
    } finally {
      this.#lines.clear();
      this.#told = 0;
    }
  }

  /** Turns to a new file when this one is full, or was moved away by somebody. */
  #makeRoom(neededBytes: number): void {
    const { path, maxBytes, kept } = this.#options;
    const full = this.#sizeBytes > 0 && this.#sizeBytes + neededBytes > maxBytes;
    if (!full && statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(this.#fd).ino) return;
    if (full) shiftFiles(path, kept);
    const fd = openSync(path, 'a', 0o600);
    closeSync(this.#fd);
    this.#fd = fd;
    this.#sizeBytes = fstatSync(fd).size;
  }

  close(): void {
    this.flush();
    closeSync(this.#fd);
  }
}
