// SPDX-License-Identifier: Apache-2.0
/** A head as it is sent to somebody who keeps it elsewhere, with the way on from the one sent before: they need nothing else to check it. */
import type { DatabaseSync } from 'node:sqlite';
import type { SignedHead } from '../model/audit-record.ts';
import { openForReading, readHead, storedTree } from './database.ts';
import { derOf, keysIn } from './key-chain.ts';
import { consistencyProof } from './merkle.ts';
import { noteOf } from './signed-head.ts';
import { syncWhatWasRead } from './wal-file.ts';

export type HeadBefore = Pick<SignedHead, 'logId' | 'size' | 'root'>;

export interface PushedHead {
  head: SignedHead;
  /** the same as a C2SP signed note, and the key it is signed with (SPKI DER, base64) */
  checkpoint?: string;
  publicKey?: string;
  /** from the head that was sent before (RFC 9162) */
  growth?: { from: number; fromRoot: string; path: string[] };
  /** why there is no way on from that one */
  broken?: string;
}

/** The log's head now, on the disk; undefined while it is the one before, or there is none. */
export function headAfter(path: string, before: HeadBefore | undefined): PushedHead | undefined {
  const database = openForReading(path);
  try {
    // the head and the tree of one moment
    database.exec('begin');
    const head = readHead(database);
    if (head === undefined || (head.size === before?.size && head.root === before.root)) return undefined;
    const pushed = { head, ...signedBy(database, head), ...wayOn(database, before, head) };
    syncWhatWasRead(path);
    return pushed;
  } finally {
    database.close();
  }
}

/** How many records came after a head. */
export function recordsAfter(path: string, before: HeadBefore | undefined): number {
  const database = openForReading(path);
  try {
    return Math.max(0, (readHead(database)?.size ?? 0) - (before?.size ?? 0));
  } finally {
    database.close();
  }
}

function signedBy(database: DatabaseSync, head: SignedHead): Pick<PushedHead, 'checkpoint' | 'publicKey'> {
  const key = keysIn(database)?.keys.find(({ keyId }) => keyId === head.keyId);
  return key === undefined
    ? {}
    : { checkpoint: noteOf(head, key.publicKey), publicKey: derOf(key.publicKey) };
}

function wayOn(
  database: DatabaseSync,
  before: HeadBefore | undefined,
  head: SignedHead,
): Pick<PushedHead, 'growth' | 'broken'> {
  if (before === undefined) return {};
  if (before.logId !== head.logId) return { broken: `it is another log than ${before.logId}` };
  if (head.size < before.size)
    return { broken: `it was set back: ${before.size} records were sent, it has ${head.size}` };
  const tree = storedTree(database);
  if (tree.rootAt(before.size) !== before.root)
    return { broken: `its first ${before.size} records are not those that were sent` };
  const path = consistencyProof(before.size, head.size, tree.nodeAt);
  return { growth: { from: before.size, fromRoot: before.root, path } };
}
