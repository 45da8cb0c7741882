// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../errors.ts';
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import { type Frontier, leafHash, type TreeNode } from './merkle.ts';
import { type AuditEntry, encodeRecord, RECORD_LIMIT_BYTES, sha256Hex } from './record-bytes.ts';
import { signHead } from './signed-head.ts';
import type { SigningKey } from './signing-key.ts';

/** Where a log stands: everything the next record hangs on. */
export interface LogState {
  frontier: Frontier;
  /** hex SHA-256 of the last record's bytes */
  last: string;
}

/** Everything one commit writes, worked out before the database is touched. */
export interface Extension {
  records: { record: AuditRecord; bytes: string }[];
  nodes: TreeNode[];
  head: SignedHead;
  state: LogState;
}

export function extend(
  state: LogState,
  entries: AuditEntry[],
  by: { logId: string; key: SigningKey; time: string },
): Extension {
  const frontier = state.frontier.copy();
  const records: Extension['records'] = [];
  const nodes: TreeNode[] = [];
  let { last } = state;
  for (const { type, actor, object, body, time } of entries) {
    const record = {
      logId: by.logId,
      seq: frontier.size,
      prev: last,
      time: time ?? by.time,
      type,
      actor,
      object,
      body,
    };
    const bytes = withinLimit(encodeRecord(record), type);
    records.push({ record, bytes });
    nodes.push(...frontier.append(leafHash(bytes)));
    last = sha256Hex(bytes);
  }
  const root = frontier.root().toString('hex');
  const head = signHead({ logId: by.logId, size: frontier.size, root, last, time: by.time }, by.key);
  return { records, nodes, head, state: { frontier, last } };
}

function withinLimit(bytes: string, type: string): string {
  if (Buffer.byteLength(bytes) <= RECORD_LIMIT_BYTES) return bytes;
  throw new Fault(
    'too-large',
    `an audit record of type ${type} is larger than ${RECORD_LIMIT_BYTES} bytes: shorten its body`,
  );
}
