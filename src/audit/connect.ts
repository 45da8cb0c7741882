// SPDX-License-Identifier: Apache-2.0
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import { openForWriting, readTail } from './database.ts';
import type { LogState } from './extend.ts';
import { type KeyChain, keysIn, logIdOf } from './key-chain.ts';
import { leafHash } from './merkle.ts';
import type { AuditLogOptions } from './options.ts';
import { decodeRecord, FIRST_PREV, isNamedBy } from './record-bytes.ts';
import { type SigningKey, settleRotation } from './signing-key.ts';

export interface Connected {
  database: DatabaseSync;
  state: LogState;
  head: SignedHead | undefined;
  logId: string;
  key: SigningKey;
  last: AuditRecord | undefined;
}

/** Opens the file and holds its end against its signed head: cheap enough for every start, whatever the size. */
export function connect(options: AuditLogOptions): Connected {
  const database = openForWriting(options.path, options.maxBytes);
  try {
    const { frontier, edge, lastBytes, head } = readTail(database);
    const keys = lastBytes === undefined ? undefined : keysIn(database);
    const key = settleRotation(options.keyPath, keys?.last?.keyId);
    const last = lastBytes === undefined ? undefined : decodeRecord(lastBytes, undefined);
    const logId = last?.logId ?? logIdOf(options.kind, key.keyId);
    const state = { frontier, edge, last: lastBytes === undefined ? FIRST_PREV : leafHash(lastBytes) };
    const wrong = mismatch({ state, lastBytes, head, logId, key, keys });
    if (wrong === undefined) return { database, state, head, logId, key, last };
    throw new Fault(
      'tampered',
      `the audit log ${options.path} does not fit its signed head: ${wrong}. Keep the file as evidence, run \`tracegate audit verify\` on it, and start with a fresh one`,
    );
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

interface Tail extends Pick<Connected, 'state' | 'head' | 'logId' | 'key'> {
  lastBytes: string | undefined;
  keys: KeyChain | undefined;
}

function mismatch({ state, lastBytes, head, logId, key, keys }: Tail): string | undefined {
  if (lastBytes === undefined) return head === undefined ? undefined : `its ${head.size} records are gone`;
  if (head === undefined) return 'the head is missing';
  if (keys?.last?.keyId !== key.keyId) return 'the log was made with another key';
  if (head.logId !== logId || !keys.keys.some(({ keyId }) => keyId === head.keyId))
    return 'the head was made by another key';
  if (!keys.signed(head)) return "the head's signature is wrong";
  if (head.size !== state.frontier.size)
    return `it says ${head.size} records, the file has ${state.frontier.size}`;
  if (head.root !== state.frontier.root()) return 'the root is another one';
  return isNamedBy(head.last, lastBytes) ? undefined : 'the last record is another one';
}
