// SPDX-License-Identifier: Apache-2.0
/**
 * Retention. A segment is a file that verifies on its own: some pages of records, the tree they hang on, the keys, and a
 * head of just its size. The log keeps the tiles of what it gives away, so that every older head stays provable, and the
 * records that say what was sealed, taken out and by whom.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import { openForReading, storedTree, withGuardsDown } from './database.ts';
import { exportLines } from './export-log.ts';
import { ROTATED_TYPE } from './key-chain.ts';
import { isOwnSql } from './own-types.ts';
import type { AuditEntry } from './record-bytes.ts';
import { scanLog } from './scan-log.ts';
import { PRUNED_TYPE, SEALED_TYPE } from './segment-types.ts';
import { signHead } from './signed-head.ts';
import type { SigningKey } from './signing-key.ts';
import { openSource } from './source.ts';
import { TILE_WIDTH } from './tiles.ts';

export interface Sealing {
  /** the file to write; it must not be there */
  path: string;
  /** RFC 3339: only records from before that */
  until?: string;
  actor?: AuditRecord['actor'];
}

export interface Pruning {
  /** segment files, in any order: they are verified before anything is taken out */
  segments: readonly string[];
  reason: string;
  actor?: AuditRecord['actor'];
}

interface Segment {
  from: number;
  to: number;
  root: string;
  sha256: string;
}

interface By {
  logId: string;
  key: SigningKey;
  time: string;
}

/** Writes the next segment beside its name, syncs it and renames it: a name stands for a whole file. */
export async function writeSegment(logPath: string, { path, until }: Sealing, by: By): Promise<Segment> {
  const { from, head } = nextSegment(logPath, until, by);
  const source = await openSource(logPath);
  const file = openSync(`${path}.new`, 'wx', 0o600);
  try {
    const digest = createHash('sha256');
    for await (const line of exportLines(source, { from, head, segment: true })) {
      digest.update(`${line}\n`);
      writeSync(file, `${line}\n`);
    }
    fsyncSync(file);
    renameSync(`${path}.new`, path);
    return { from, to: head.size, root: head.root, sha256: digest.digest('hex') };
  } catch (thrown) {
    rmSync(`${path}.new`, { force: true });
    throw thrown;
  } finally {
    closeSync(file);
    source.close();
  }
}

export function sealedEntry(segment: Segment, { path, actor }: Sealing): AuditEntry {
  return { type: SEALED_TYPE, object: basename(path), ...(actor && { actor }), body: { ...segment } };
}

/** Whole pages only, so that what is taken out later is what whole tiles vouch for. */
function nextSegment(logPath: string, until: string | undefined, by: By): { from: number; head: SignedHead } {
  const database = openForReading(logPath);
  try {
    const from = Math.max(numberIn(database, SEALED_TYPE, 'to'), numberIn(database, PRUNED_TYPE, 'before'));
    const to = Math.floor(endOf(database, until) / TILE_WIDTH) * TILE_WIDTH;
    if (to <= from)
      throw new Fault(
        'bad-request',
        `there is nothing to seal: fewer than ${TILE_WIDTH} records came after ${from}`,
      );
    const tree = storedTree(database);
    const last = tree.hashAt(0, to - 1);
    return {
      from,
      head: signHead({ logId: by.logId, size: to, root: tree.rootAt(to), last, time: by.time }, by.key),
    };
  } finally {
    database.close();
  }
}

function endOf(database: DatabaseSync, until: string | undefined): number {
  const sql =
    until === undefined
      ? 'select max(seq) + 1 as seq from record where ? is null'
      : `select min(seq) as seq from record where bytes ->> '$.time' >= ?`;
  const seq = database.prepare(sql).get(until ?? null)?.seq;
  return seq === null || seq === undefined ? endOf(database, undefined) : Number(seq);
}

function numberIn(database: DatabaseSync, type: string, member: 'to' | 'before'): number {
  const sql = `select max(bytes ->> '$.body.${member}') as n from record where ${isOwnSql} and type = ?`;
  return Number(database.prepare(sql).get(type)?.n ?? 0);
}

/** Verifies the segments against the log, and tells what may go. Throws Fault `tampered` where they do not fit. */
export async function pruningEntry(
  logPath: string,
  { segments, reason, actor }: Pruning,
): Promise<{ entry: AuditEntry; before: number }> {
  if (reason.trim() === '') throw new Fault('bad-request', 'taking records out needs a reason');
  const database = openForReading(logPath);
  try {
    const scans = await Promise.all(segments.map(scanned));
    let before = numberIn(database, PRUNED_TYPE, 'before');
    for (const { name, from, records, root } of scans.toSorted((a, b) => a.from - b.from)) {
      if (from > before)
        throw new Fault('bad-request', `a segment is missing: ${name} begins at ${from}, not at ${before}`);
      if (storedTree(database).rootAt(records) !== root)
        throw new Fault('tampered', `${name} is no segment of this log`);
      before = Math.max(before, records);
    }
    const body = { before, because: reason, segments: segments.map((path) => basename(path)) };
    return { entry: { type: PRUNED_TYPE, ...(actor && { actor }), body }, before };
  } finally {
    database.close();
  }
}

async function scanned(path: string): ReturnType<typeof scanLog> {
  const source = await openSource(path);
  try {
    const scan = await scanLog(source);
    const [wrong] = scan.problems;
    if (!source.piece)
      throw new Fault('bad-request', `${path} is no segment: make one with \`tracegate audit seal\``);
    if (wrong) throw new Fault('tampered', `${path} does not verify: record ${wrong.seq}: ${wrong.message}`);
    return scan;
  } finally {
    source.close();
  }
}

/** Out go the records; what says which keys, segments and prunings there were stays. */
export function pruneBefore(database: DatabaseSync, before: number): void {
  withGuardsDown(database, () => {
    database
      .prepare('delete from record where seq < ? and seq > 0 and type not in (?, ?, ?)')
      .run(before, ROTATED_TYPE, SEALED_TYPE, PRUNED_TYPE);
  });
}
