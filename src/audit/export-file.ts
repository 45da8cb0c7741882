// SPDX-License-Identifier: Apache-2.0
/**
 * A log, or a piece of one, as lines of text: first what is needed to verify it, then each record's exact bytes, and
 * after a tab, which JSON never holds, the values those only commit to.
 */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { Fault } from '../errors.ts';
import type { SignedHead } from '../model/audit-record.ts';
import type { LogSource, Page, StoredRecord } from './log-source.ts';
import { peakPlaces, type TreeNode } from './merkle.ts';
import { notAHead } from './signed-head.ts';

import { TILE_WIDTH } from './tiles.ts';

const FORMAT = 'tracegate-audit-export/2';
/** Whole logs of earlier versions: a head and records. */
const OLD_FORMAT = 'tracegate-audit-export/1';

export interface ExportHeader {
  head: SignedHead;
  from: number;
  /** a segment: a piece that was sealed, with a head of its own size */
  segment?: boolean;
  /** the roots of the complete subtrees before `from`, largest first */
  peaks: string[];
  keyRecords: string[];
  checkpoints: SignedHead[];
}

export function headerLine(header: ExportHeader): string {
  return JSON.stringify({ format: FORMAT, ...header });
}

export function recordLine({ bytes, apart }: StoredRecord): string {
  return apart === undefined ? bytes : `${bytes}\t${apart}`;
}

/** Throws Fault `unreadable` for what is neither. */
export async function exportSource(path: string): Promise<LogSource> {
  const first = await firstLine(path);
  const header = headerOf(first, path);
  const { from, head } = header;
  const offsets = new Map<number, { offset: number; lengthBytes: number; seqs: number[] }>();
  const start = Buffer.byteLength(first) + 1;
  const peaks = peakPlaces(from).map((at, index): TreeNode => ({ ...at, hash: header.peaks[index] ?? '' }));
  return {
    ...{
      name: path,
      head,
      from,
      peaks,
      piece: header.segment === true,
      keyRecords: header.keyRecords,
      checkpoints: header.checkpoints,
    },
    size: undefined,
    pages: () => pagesIn(path, { start, from, offsets }),
    page: (position) => pageAgain(path, position, offsets),
    close: () => {},
  };
}

interface Reading {
  start: number;
  from: number;
  offsets: Map<number, { offset: number; lengthBytes: number; seqs: number[] }>;
}

async function* pagesIn(path: string, { start, from, offsets }: Reading): AsyncIterable<Page> {
  let page: Page | undefined;
  let expected = from;
  let [offset, begun] = [start, start];
  const ended = (done: Page): Page => {
    offsets.set(done.position, {
      offset: begun,
      lengthBytes: offset - begun,
      seqs: done.records.map(({ seq }) => seq),
    });
    begun = offset;
    return done;
  };
  for await (const { line, lengthBytes } of linesOf(path, start)) {
    const record = recordIn(line, expected);
    const position = Math.max(0, Math.floor(record.seq / TILE_WIDTH));
    if (page !== undefined && page.position !== position) {
      yield ended(page);
      page = undefined;
    }
    page ??= { position, records: [] };
    page.records.push(record);
    offset += lengthBytes;
    expected = record.seq + 1;
  }
  if (page !== undefined) yield ended(page);
}

/** A line stands at the number it says itself, so that one that is missing is missed there and not ever after. */
function recordIn(line: string, expected: number): StoredRecord {
  const tab = line.indexOf('\t');
  const bytes = tab < 0 ? line : line.slice(0, tab);
  const said = /^\{"logId":"[^"]{1,80}","seq":(\d{1,15}),/.exec(bytes)?.[1];
  return {
    seq: said === undefined ? expected : Number(said),
    bytes,
    apart: tab < 0 ? undefined : line.slice(tab + 1),
  };
}

function pageAgain(path: string, position: number, offsets: Reading['offsets']): Page {
  const place = offsets.get(position);
  if (place === undefined) return { position, records: [] };
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(place.lengthBytes);
    readSync(file, bytes, 0, bytes.length, place.offset);
    const lines = bytes.toString('utf8').split('\n').slice(0, place.seqs.length);
    return { position, records: lines.map((line, at) => recordIn(line, place.seqs[at] ?? 0)) };
  } finally {
    closeSync(file);
  }
}

/** Only a line feed ends a line here: records may hold U+2028, which readline would split at. */
async function* linesOf(path: string, start = 0): AsyncIterable<{ line: string; lengthBytes: number }> {
  const rest: Buffer[] = [];
  for await (const chunk of createReadStream(path, {
    start,
    highWaterMark: 1024 * 1024,
  }) as AsyncIterable<Buffer>) {
    let at = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, at)) {
      const line =
        rest.length === 0
          ? chunk.subarray(at, end)
          : Buffer.concat([...rest.splice(0), chunk.subarray(at, end)]);
      yield { line: line.toString('utf8'), lengthBytes: line.length + 1 };
      at = end + 1;
    }
    if (at < chunk.length) rest.push(chunk.subarray(at));
  }
  if (rest.length === 0) return;
  const line = Buffer.concat(rest);
  yield { line: line.toString('utf8'), lengthBytes: line.length };
}

async function firstLine(path: string): Promise<string> {
  for await (const { line } of linesOf(path)) return line;
  throw new Fault('unreadable', `${path} is empty: give an audit database, an export or a segment`);
}

function headerOf(line: string, path: string): ExportHeader {
  const header = parsed(line);
  const format = header?.format;
  if (header === undefined || (format !== FORMAT && format !== OLD_FORMAT))
    throw new Fault('unreadable', `${path} is neither an audit database nor an export of one`);
  const wrong = notAHead(header.head);
  if (wrong !== undefined) throw new Fault('unreadable', `${path} has no head that can be read: ${wrong}`);
  const {
    from = 0,
    segment = false,
    peaks = [],
    keyRecords = [],
    checkpoints = [],
  } = header as Partial<ExportHeader>;
  if (!Number.isSafeInteger(from) || from < 0 || ![peaks, keyRecords, checkpoints].every(Array.isArray))
    throw new Fault('unreadable', `${path} does not say what it is a piece of`);
  const heads = checkpoints.filter((head) => notAHead(head) === undefined);
  return {
    head: header.head as SignedHead,
    from,
    segment: segment === true,
    peaks: peaks.map(String),
    keyRecords: keyRecords.map(String),
    checkpoints: heads,
  };
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
