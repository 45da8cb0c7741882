// SPDX-License-Identifier: Apache-2.0
/** Where a verification reads a log from: the database itself or an export of it. Neither needs a running process. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { closeSync, createReadStream, existsSync, openSync, readSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { SignedHead } from '../model/audit-record.ts';
import { openForReading, readHead } from './database.ts';
import { notAHead } from './signed-head.ts';

export const EXPORT_FORMAT = 'tracegate-audit-export/1';

export interface LogSource {
  name: string;
  head: SignedHead | undefined;
  /** exact bytes with the number they are stored under, in stored order */
  records(): AsyncIterable<{ seq: number; bytes: string }>;
  /** a stored node of the tree; only databases store any */
  nodeAt?(level: number, position: number): Buffer | undefined;
  /** what the database engine itself finds wrong with the file */
  damage?(): string | undefined;
  close(): void;
}

/** Opens a database or an export, told apart by their first bytes. */
export async function openSource(path: string): Promise<LogSource> {
  if (!existsSync(path))
    throw new Fault('not-found', `${path} does not exist: name an audit database or an export`);
  return startsAsDatabase(path) ? databaseSource(path) : exportSource(path);
}

function startsAsDatabase(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const magic = Buffer.alloc(16);
    readSync(file, magic, 0, 16, 0);
    return magic.toString('latin1') === 'SQLite format 3\0';
  } finally {
    closeSync(file);
  }
}

function databaseSource(path: string): LogSource {
  const database = openForReading(path);
  try {
    // one snapshot for all that follows, while the writer goes on
    database.exec('begin');
    const head = readHead(database);
    const nodes = database.prepare('select hash from node where level = ? and position = ?');
    return {
      name: path,
      head,
      records: () => rowsOf(database),
      nodeAt: (level, position) => {
        const row = nodes.get(level, position);
        return row === undefined ? undefined : Buffer.from(row.hash as Uint8Array);
      },
      damage: () => damageOf(database),
      close: () => database.close(),
    };
  } catch (cause) {
    database.close();
    throw new Fault('unreadable', `${path} is no audit log: ${(cause as Error).message}`, { cause });
  }
}

async function* rowsOf(database: DatabaseSync): AsyncIterable<{ seq: number; bytes: string }> {
  for (const row of database.prepare('select seq, bytes from record order by seq').iterate()) {
    yield { seq: Number(row.seq), bytes: String(row.bytes) };
  }
}

function damageOf(database: DatabaseSync): string | undefined {
  const row = database.prepare('pragma integrity_check(1)').get();
  const answer = String(row?.integrity_check ?? 'no answer');
  return answer === 'ok' ? undefined : answer;
}

async function exportSource(path: string): Promise<LogSource> {
  for await (const line of linesOf(path)) {
    const head = headOfExport(line, path);
    return { name: path, head, records: () => exportedRecords(path), close: () => {} };
  }
  throw new Fault('unreadable', `${path} is empty: give an audit database or an export`);
}

function headOfExport(line: string, path: string): SignedHead {
  let first: unknown;
  try {
    first = JSON.parse(line);
  } catch (cause) {
    throw new Fault(
      'unreadable',
      `${path} is neither an audit database nor an export: its first line is no JSON`,
      { cause },
    );
  }
  const { format, head } = first as { format?: unknown; head?: unknown };
  const wrong = format === EXPORT_FORMAT ? notAHead(head) : `\`format\` is not ${EXPORT_FORMAT}`;
  if (wrong !== undefined) throw new Fault('unreadable', `${path} is no audit export: ${wrong}`);
  return head as SignedHead;
}

async function* exportedRecords(path: string): AsyncIterable<{ seq: number; bytes: string }> {
  let seq = -1;
  for await (const bytes of linesOf(path)) {
    if (seq >= 0) yield { seq, bytes };
    seq += 1;
  }
}

/** Only a line feed ends a line here: records may hold U+2028, which readline would split at. */
async function* linesOf(path: string): AsyncIterable<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, 'utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** One line with the head, then each record's exact bytes on a line of its own: bytes of JSON hold no line break. */
export async function* exportLines(source: LogSource): AsyncIterable<string> {
  yield JSON.stringify({ format: EXPORT_FORMAT, head: source.head });
  for await (const { bytes } of source.records()) yield bytes;
}

export function publicKeyFromDer(base64: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}
