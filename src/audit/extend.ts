// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../errors.ts';
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import { type Frontier, leafHash } from './merkle.ts';
import type { PrivateValues } from './private-values.ts';
import { type AuditEntry, encodeRecord, RECORD_LIMIT_BYTES } from './record-bytes.ts';
import { signHead } from './signed-head.ts';
import type { SigningKey } from './signing-key.ts';
import type { Tile, TileEdge } from './tiles.ts';

/** How many records lie between two heads that are kept: so far apart can a verifier say where a rewriting begins. */
export const CHECKPOINT_EVERY = 1024;

/** Where a log stands: everything the next record hangs on. */
export interface LogState {
  frontier: Frontier;
  edge: TileEdge;
  /** how the next record names the last one */
  last: string;
}

/** Everything one commit writes, worked out before the database is touched. */
export interface Extension {
  records: { record: AuditRecord; bytes: string; apart: PrivateValues | undefined }[];
  tiles: Tile[];
  checkpoints: SignedHead[];
  head: SignedHead;
  state: LogState;
}

interface Writer {
  logId: string;
  key: SigningKey;
  time: string;
}

export function extend(state: LogState, entries: AuditEntry[], by: Writer): Extension {
  const [frontier, edge] = [state.frontier.copy(), state.edge.copy()];
  const records: Extension['records'] = [];
  const tiles: Tile[] = [];
  const checkpoints: SignedHead[] = [];
  let { last } = state;
  for (const { type, actor, object, body, time = by.time } of entries) {
    const record = { logId: by.logId, seq: frontier.size, prev: last, time, type, actor, object, body };
    const encoded = encodeRecord(record);
    checkLimit(encoded.bytes, type);
    records.push({ record, ...encoded });
    last = leafHash(encoded.bytes);
    tiles.push(...edge.take(frontier.append(last)));
    if (frontier.size % CHECKPOINT_EVERY === 0) checkpoints.push(headAt({ frontier, edge, last }, by));
  }
  const next = { frontier, edge, last };
  return { records, tiles, checkpoints, head: headAt(next, by), state: next };
}

export function headAt({ frontier, last }: LogState, { logId, key, time }: Writer): SignedHead {
  return signHead({ logId, size: frontier.size, root: frontier.root(), last, time }, key);
}

function checkLimit(bytes: string, type: string): void {
  if (bytes.length <= RECORD_LIMIT_BYTES / 3 || Buffer.byteLength(bytes) <= RECORD_LIMIT_BYTES) return;
  throw new Fault(
    'too-large',
    `an audit record of type ${type} is larger than ${RECORD_LIMIT_BYTES} bytes: shorten its body`,
  );
}
