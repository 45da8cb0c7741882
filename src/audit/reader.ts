// SPDX-License-Identifier: Apache-2.0
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { SignedHead } from '../model/audit-record.ts';
import { storedTree } from './database.ts';
import { derOf, keysIn } from './key-chain.ts';
import { consistencyProof, inclusionProof, leafHash } from './merkle.ts';
import { isOwnSql } from './own-types.ts';
import { PRUNED_TYPE } from './segment-types.ts';
import { noteOf } from './signed-head.ts';

/** That record `seq` is in the tree whose root the head signs. */
export interface Proof {
  seq: number;
  /** the record's exact bytes: what `leaf` is the hash of */
  record: string;
  /** the values the bytes only commit to: a salt and a value for each pointer */
  private?: Record<string, [string, unknown]>;
  leaf: string;
  path: string[];
  head: SignedHead;
  /** the head as a signed note, and the key (SPKI DER, base64) it is signed with */
  checkpoint: string;
  publicKey: string;
  /** that the tree goes on from its first `from` records, whose root is `root` */
  consistency?: { from: number; root: string; path: string[] };
}

export function prove(
  database: DatabaseSync,
  head: SignedHead,
  { seq, from }: { seq: number; from?: number | undefined },
): Proof {
  const row = database.prepare('select bytes, private from record where seq = ?').get(seq);
  if (row === undefined || seq >= head.size) throw noRecord(database, head, seq);
  if (from !== undefined && from > head.size)
    throw new Fault('bad-request', `the log has ${head.size} records: it goes on from no ${from}`);
  const tree = storedTree(database);
  const record = String(row.bytes);
  const key = keysIn(database)?.keys.find(({ keyId }) => keyId === head.keyId);
  if (key === undefined)
    throw new Fault('tampered', `the log ${head.logId} does not name the key of its head`);
  return {
    ...{ seq, record, ...(row.private === null ? {} : { private: JSON.parse(String(row.private)) }) },
    ...{ leaf: leafHash(record), path: inclusionProof(seq, head.size, tree.nodeAt), head },
    ...{ checkpoint: noteOf(head, key.publicKey), publicKey: derOf(key.publicKey) },
    ...(from === undefined
      ? {}
      : {
          consistency: {
            from,
            root: tree.rootAt(from),
            path: consistencyProof(from, head.size, tree.nodeAt),
          },
        }),
  };
}

function noRecord(database: DatabaseSync, head: SignedHead, seq: number): Fault {
  const where =
    seq < head.size ? 'it was taken out after it was sealed in a segment' : `its last is ${head.size - 1}`;
  const pruned =
    database.prepare(`select 1 from record where ${isOwnSql} and type = ?`).get(PRUNED_TYPE) !== undefined;
  const why = seq < head.size && !pruned ? 'it is missing: run `tracegate audit verify`' : where;
  return new Fault('not-found', `the log ${head.logId} has no record ${seq}: ${why}`);
}
