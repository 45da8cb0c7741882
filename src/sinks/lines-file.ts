// SPDX-License-Identifier: Apache-2.0
/** Lines in a file, on the disk when `add` returns. A full file is kept under FILE.1, what was there under FILE.2, and so on. */
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { shiftFiles } from './rotate.ts';

export interface LinesFileOptions {
  path: string;
  maxBytes: number;
  kept: number;
}

const TAIL_BYTES = 64 * 1024;

export class LinesFile {
  readonly #options: LinesFileOptions;
  #fd: number | undefined;
  #sizeBytes = 0;

  constructor(options: LinesFileOptions) {
    this.#options = options;
  }

  add(lines: readonly string[]): void {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    const fd = this.#roomFor(bytes.length);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(fd, bytes, written);
      fdatasyncSync(fd);
      this.#sizeBytes += bytes.length;
    } catch (thrown) {
      // they are written again, and half a line would spoil the next
      if (written > 0) ftruncateSync(fd, this.#sizeBytes);
      throw thrown;
    }
  }

  #roomFor(neededBytes: number): number {
    const { path, maxBytes, kept } = this.#options;
    const full = this.#sizeBytes > 0 && this.#sizeBytes + neededBytes > maxBytes;
    if (this.#fd !== undefined) {
      const moved = statSync(path, { throwIfNoEntry: false })?.ino !== fstatSync(this.#fd).ino;
      if (!full && !moved) return this.#fd;
      this.close();
      if (full && !moved) shiftFiles(path, kept);
    }
    return this.#open(path);
  }

  #open(path: string): number {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const fd = openSync(path, 'a+', 0o600);
    this.#fd = fd;
    this.#sizeBytes = withoutHalfLine(fd);
    return fd;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** A process that was killed while it wrote leaves half a line; its whole comes again. */
function withoutHalfLine(fd: number): number {
  const { size } = fstatSync(fd);
  for (let tail = TAIL_BYTES; size > 0; tail *= 8) {
    const length = Math.min(size, tail);
    const bytes = Buffer.alloc(length);
    readSync(fd, bytes, 0, length, size - length);
    const whole = size - length + bytes.lastIndexOf(10) + 1;
    if (bytes.lastIndexOf(10) < 0 && length < size) continue;
    const kept = bytes.lastIndexOf(10) < 0 ? 0 : whole;
    if (kept < size) ftruncateSync(fd, kept);
    return kept;
  }
  return 0;
}
