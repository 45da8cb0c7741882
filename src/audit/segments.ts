// SPDX-License-Identifier: Apache-2.0
/**
 * A segment is a file that verifies on its own: some pages of records, the tree they hang on, the keys, and a head of just
 * its size. The log keeps the tiles of what it gives away, so that every older head stays provable, and the records that say
 * what was sealed, taken out and by whom.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import { openForReading, storedTree } from './database.ts';
import { exportLines } from './export-log.ts';
import { isOwnSql } from './own-types.ts';
import { prunedBefore } from './pruner.ts';
import type { AuditEntry } from './record-bytes.ts';
import { PRUNED_TYPE, SEALED_TYPE } from './segment-types.ts';
import { databaseSource } from './source.ts';
import { TILE_WIDTH } from './tiles.ts';

export interface Sealing {
  /** the file to write; it must not be there. Without one, a file of the log's own naming in its folder of segments */
  path?: string;
  /** RFC 3339: only records from before that */
  until?: string;
  actor?: AuditRecord['actor'];
}

export interface Pruning {
  /** segment files, in any order: they are verified before anything is taken out. A bare name is one of the log's own folder */
  segments: readonly string[];
  reason: string;
  actor?: AuditRecord['actor'];
}

export interface Stretch {
  logPath: string;
  until?: string;
  limitRecords?: number;
}

/** The next segment, and all that its head has to sign. */
export interface SegmentPlan extends Pick<SignedHead, 'size' | 'root' | 'last'> {
  from: number;
}

export interface Sealed {
  logPath: string;
  path: string;
  /** whether a file of that name may be there */
  replace: boolean;
  from: number;
  head: SignedHead;
}

interface Segment {
  from: number;
  to: number;
  root: string;
  sha256: string;
}

export function segmentName({ from, size }: Pick<SegmentPlan, 'from' | 'size'>): string {
  return `records-${from}-${size - 1}.segment`;
}

/** Whole pages only, so that what is taken out later is what whole tiles vouch for. */
export function planSegment({
  logPath,
  until,
  limitRecords = Number.POSITIVE_INFINITY,
}: Stretch): SegmentPlan {
  const database = openForReading(logPath);
  try {
    const from = Math.max(sealedTo(database), prunedBefore(database));
    const end = Math.min(from + limitRecords, endOf(database, until, from));
    const size = Math.floor(end / TILE_WIDTH) * TILE_WIDTH;
    if (size <= from)
      throw new Fault(
        'bad-request',
        `there is nothing to seal: fewer than ${TILE_WIDTH} records came after ${from}`,
      );
    const tree = storedTree(database);
    return { from, size, root: tree.rootAt(size), last: tree.hashAt(0, size - 1) };
  } finally {
    database.close();
  }
}

/** Writes a segment beside its name, syncs it and gives it the name: that stands for a whole file. Answers with its SHA-256. */
export async function writeSegment({ logPath, path, replace, from, head }: Sealed): Promise<string> {
  if (!replace && existsSync(path))
    throw new Fault('conflict', `${path} is there already: name another file`);
  // what a crash left under this name is nobody's: a log has one writer, and that one seals once at a time
  const written = `${path}.new`;
  const source = databaseSource(logPath, { snapshot: false });
  const file = openSync(written, 'w', 0o600);
  try {
    const digest = createHash('sha256');
    for await (const line of exportLines(source, { from, head, segment: true })) {
      digest.update(`${line}\n`);
      writeSync(file, `${line}\n`);
    }
    fsyncSync(file);
    if (replace) renameSync(written, path);
    else linkSync(written, path);
    syncFolder(dirname(path));
    return digest.digest('hex');
  } finally {
    closeSync(file);
    rmSync(written, { force: true });
    source.close();
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

export function sealedEntry(
  segment: Segment,
  { path, actor }: { path: string } & Pick<Sealing, 'actor'>,
): AuditEntry {
  return { type: SEALED_TYPE, object: basename(path), ...(actor && { actor }), body: { ...segment } };
}

export function prunedEntry(before: number, { segments, reason, actor }: Pruning): AuditEntry {
  const body = { before, because: reason, segments: segments.map((path) => basename(path)) };
  return { type: PRUNED_TYPE, ...(actor && { actor }), body };
}

function endOf(database: DatabaseSync, until: string | undefined, from: number): number {
  if (until !== undefined) {
    const time = new Date(until);
    if (Number.isNaN(time.getTime()))
      throw new Fault('bad-request', `${until} is no point in time (RFC 3339)`);
    const sql = `select min(seq) as seq from record where seq >= ? and bytes ->> '$.time' >= ?`;
    const seq = database.prepare(sql).get(from, time.toISOString())?.seq;
    if (seq !== null && seq !== undefined) return Number(seq);
  }
  return Number(database.prepare('select max(seq) + 1 as seq from record').get()?.seq ?? 0);
}

function sealedTo(database: DatabaseSync): number {
  const sql = `select max(bytes ->> '$.body.to') as n from record where ${isOwnSql} and type = ?`;
  return Number(database.prepare(sql).get(SEALED_TYPE)?.n ?? 0);
}
