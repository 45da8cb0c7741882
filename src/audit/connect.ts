// SPDX-License-Identifier: Apache-2.0
import type { DatabaseSync } from 'node:sqlite';
import { Fault } from '../errors.ts';
import type { SignedHead } from '../model/audit-record.ts';
import { openForWriting, readTail } from './database.ts';
import type { LogState } from './extend.ts';
import type { AuditLogOptions } from './options.ts';
import { decodeRecord, FIRST_PREV, sha256Hex } from './record-bytes.ts';
import { headIsSignedBy } from './signed-head.ts';
import type { SigningKey } from './signing-key.ts';

/** Opens the file and holds its end against its signed head: cheap enough for every start, whatever the size. */
export function connect(
  options: AuditLogOptions,
  logId: string,
  key: SigningKey,
): { database: DatabaseSync; state: LogState; head: SignedHead | undefined } {
  const database = openForWriting(options.path, options.maxBytes);
  try {
    const { frontier, lastBytes, head } = readTail(database);
    const state = { frontier, last: lastBytes === undefined ? FIRST_PREV : sha256Hex(lastBytes) };
    const wrong = mismatch({ state, lastBytes, head, logId, key });
    if (wrong === undefined) return { database, state, head };
    throw new Fault(
      'tampered',
      `the audit log ${options.path} does not fit its signed head: ${wrong}. Keep the file as evidence, run \`tracegate audit verify\` on it, and start with a fresh one`,
    );
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

interface Tail {
  state: LogState;
  lastBytes: string | undefined;
  head: SignedHead | undefined;
  logId: string;
  key: SigningKey;
}

function mismatch({ state, lastBytes, head, logId, key }: Tail): string | undefined {
  if (lastBytes === undefined) return head === undefined ? undefined : `its ${head.size} records are gone`;
  if (head === undefined) return 'the head is missing';
  if (head.logId !== logId || head.keyId !== key.keyId) return 'the head was made by another key';
  if (!headIsSignedBy(head, key.publicKey)) return "the head's signature is wrong";
  if (head.size !== state.frontier.size)
    return `it says ${head.size} records, the file has ${state.frontier.size}`;
  if (head.root !== state.frontier.root().toString('hex')) return 'the root is another one';
  if (head.last !== state.last || decodeRecord(lastBytes).logId !== logId)
    return 'the last record is another one';
  return undefined;
}
