// SPDX-License-Identifier: Apache-2.0
/**
 * Events out of the files the agent writes them to: FILE, and before it FILE.1, FILE.2, … A file is known by its inode, so
 * that the position in it holds when it is given another name.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { TraceEvent } from '../model/event.ts';
import { type Batch, type Feed, GAP_TYPE, type Item } from './item.ts';

export interface EventPosition {
  inode: number;
  offset: number;
}

interface EventFile extends EventPosition {
  path: string;
  size: number;
}

const READ_BYTES = 256 * 1024;
const LINE_LIMIT_BYTES = 16 * 1024 * 1024;

export class EventFeed implements Feed<EventPosition> {
  readonly name = 'agent-events';
  readonly #path: string;
  readonly #kept: number;
  readonly #host: string;

  constructor(path: string, options: { kept: number; host: string }) {
    this.#path = path;
    this.#kept = options.kept;
    this.#host = options.host;
  }

  next(after: EventPosition | undefined, most: number): Batch<EventPosition> {
    const { files, lost } = this.#from(after);
    const items: Item[] = lost ? [this.#gap('files of events were taken away before they were told')] : [];
    let next = after ?? { inode: 0, offset: 0 };
    for (const file of files) {
      const read = linesFrom(file, most);
      if (read === undefined) break;
      next = { inode: file.inode, offset: read.end };
      items.push(...read.lines.map((line) => this.#itemOf(line)));
      if (read.lines.length > 0) break;
    }
    return { items, next };
  }

  behind(after: EventPosition | undefined): number {
    return this.#from(after).files.reduce((sum, { size, offset }) => sum + size - offset, 0);
  }

  /** The files from the position on, oldest first. */
  #from(after: EventPosition | undefined): { files: EventFile[]; lost: boolean } {
    const names = Array.from({ length: this.#kept + 1 }, (_, n) =>
      n === 0 ? this.#path : `${this.#path}.${n}`,
    );
    // from the newest: a file that is renamed meanwhile is seen twice, never not at all
    const found = new Map(names.flatMap(fileAt).map((file) => [file.inode, file]));
    const files = [...found.values()].reverse();
    if (after === undefined || after.inode === 0) return { files, lost: false };
    const at = files.findIndex(({ inode }) => inode === after.inode);
    const left = files[at];
    // a file that is shorter than what was read of it is another one under the same number
    if (!left || left.size < after.offset) return { files, lost: true };
    return { files: [{ ...left, offset: after.offset }, ...files.slice(at + 1)], lost: false };
  }

  #itemOf(line: string): Item {
    try {
      return { kind: 'event', event: JSON.parse(line) as TraceEvent };
    } catch {
      return this.#gap('a line of the file of events is no JSON');
    }
  }

  #gap(reason: string): Item {
    const logId = `events:${this.#host}`;
    return { kind: 'gap', gap: { type: GAP_TYPE, logId, time: new Date().toISOString(), reason } };
  }

  close(): void {}
}

function fileAt(path: string): EventFile[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? [{ path, inode: stat.ino, size: stat.size, offset: 0 }] : [];
}

interface Lines {
  lines: string[];
  end: number;
}

/** Whole lines only: the last may still be being written. Undefined: the file has another name since; the next look finds it. */
function linesFrom({ path, inode, offset }: EventFile, most: number): Lines | undefined {
  const fd = openSync(path, 'r');
  try {
    if (fstatSync(fd).ino !== inode) return undefined;
    for (let wanted = READ_BYTES; ; wanted *= 4) {
      const bytes = Buffer.allocUnsafe(wanted);
      const length = readSync(fd, bytes, 0, wanted, offset);
      const whole = bytes.subarray(0, length).lastIndexOf(10) + 1;
      if (whole > 0) return firstLines(bytes.subarray(0, whole), offset, most);
      if (length < wanted || wanted > LINE_LIMIT_BYTES) return { lines: [], end: offset };
    }
  } finally {
    closeSync(fd);
  }
}

function firstLines(bytes: Buffer, offset: number, most: number): Lines {
  const lines: string[] = [];
  let at = 0;
  while (at < bytes.length && lines.length < most) {
    const end = bytes.indexOf(10, at);
    if (end > at) lines.push(bytes.toString('utf8', at, end));
    at = end + 1;
  }
  return { lines, end: offset + at };
}
