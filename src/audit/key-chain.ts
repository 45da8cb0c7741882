// SPDX-License-Identifier: Apache-2.0
/**
 * Which key may sign which heads of a log. The log is named after its first key; each further one is introduced by a
 * record that the key before it signed, and from then on that one signs no larger head.
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import { isOwnSql } from './own-types.ts';
import { decodeRecord } from './record-bytes.ts';
import { headIsSignedBy } from './signed-head.ts';
import { keyIdOf, type SigningKey } from './signing-key.ts';

export const OPENED_TYPE = 'log.opened';
export const ROTATED_TYPE = 'log.key-rotated';

export interface LogKey {
  keyId: string;
  publicKey: KeyObject;
  /** the largest size it signs; the last key has no bound */
  until: number;
}

/** A log is named after its key: one started afresh with the same key is the same log, and its loss shows. */
export function logIdOf(kind: string, keyId: string): string {
  return `${kind}:${keyId.slice('sha256:'.length, 'sha256:'.length + 32)}`;
}

/** The body of the record that hands over from one key to the next. */
export function rotationBody(at: { logId: string; seq: number }, from: SigningKey, to: SigningKey) {
  const signature = sign(null, rotationText(at, to.keyId), from.privateKey).toString('base64');
  return { keyId: to.keyId, publicKey: derOf(to.publicKey), signedBy: from.keyId, signature };
}

export function derOf(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

export function publicKeyFromDer(base64: unknown): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(String(base64), 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

export class KeyChain {
  readonly keys: LogKey[] = [];

  get last(): LogKey | undefined {
    return this.keys.at(-1);
  }

  /** The first record names the key the log is called after. Answers with what is wrong. */
  begin(record: Pick<AuditRecord, 'logId' | 'body'>): string | undefined {
    const publicKey = publicKeyFromDer(record.body?.publicKey);
    const keyId = publicKey && keyIdOf(publicKey);
    const [kind = '', named = ''] = String(record.logId).split(':');
    if (!publicKey || keyId === undefined || named.length !== 32 || logIdOf(kind, keyId) !== record.logId)
      return 'removed or edited: the first record does not name the key this log is called after';
    this.keys.push({ keyId, publicKey, until: Number.POSITIVE_INFINITY });
    return undefined;
  }

  /** A further key, if the one before it signed for it. Answers with what is wrong. */
  rotate({ logId, seq, body }: Pick<AuditRecord, 'logId' | 'seq' | 'body'>): string | undefined {
    const before = this.last;
    const publicKey = publicKeyFromDer(body?.publicKey);
    const signature = Buffer.from(String(body?.signature), 'base64');
    if (before === undefined || publicKey === undefined || keyIdOf(publicKey) !== body.keyId)
      return 'forged: a key is introduced that cannot be read';
    if (!verify(null, rotationText({ logId, seq }, keyIdOf(publicKey)), before.publicKey, signature))
      return 'forged: a key is introduced that the one before it did not sign';
    before.until = seq + 1;
    this.keys.push({ keyId: keyIdOf(publicKey), publicKey, until: Number.POSITIVE_INFINITY });
    return undefined;
  }

  /** Whether a key of this log that was not retired at that size signed the head. */
  signed(head: SignedHead): boolean {
    const key = this.keys.find(({ keyId }) => keyId === head.keyId);
    return key !== undefined && head.size <= key.until && headIsSignedBy(head, key.publicKey);
  }
}

function rotationText({ logId, seq }: { logId: string; seq: number }, keyId: string): Buffer {
  return Buffer.from(`tracegate audit key v1\n${logId}\n${seq}\n${keyId}\n`);
}

/** The exact bytes of the records that introduce the keys. */
export function keyRecordsIn(database: DatabaseSync): string[] {
  const rows = database
    .prepare(`select bytes from record where seq = 0 or (${isOwnSql} and type = ?) order by seq`)
    .all(ROTATED_TYPE);
  return rows.map(({ bytes }) => String(bytes));
}

/** The chain that those records make, as far as it is right, and what is wrong after that. */
export function chainOf(records: string[]): {
  chain: KeyChain;
  wrong: { seq: number; message: string } | undefined;
} {
  const chain = new KeyChain();
  for (const [at, bytes] of records.entries()) {
    const record = readable(bytes);
    const message = at === 0 ? chain.begin(record) : chain.rotate(record);
    if (message !== undefined) return { chain, wrong: { seq: at === 0 ? 0 : record.seq, message } };
  }
  return { chain, wrong: undefined };
}

/** The log's keys as its records name them; undefined where they do not. */
export function keysIn(database: DatabaseSync): KeyChain | undefined {
  const { chain, wrong } = chainOf(keyRecordsIn(database));
  return wrong === undefined && chain.last !== undefined ? chain : undefined;
}

function readable(bytes: string): AuditRecord {
  try {
    return decodeRecord(bytes, undefined);
  } catch {
    return { logId: '', seq: 0, prev: '', time: '', type: '', body: {} };
  }
}
