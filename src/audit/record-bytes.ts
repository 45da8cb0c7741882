// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto';
import type { AuditRecord } from '../model/audit-record.ts';

export const FIRST_PREV = '0'.repeat(64);
export const RECORD_LIMIT_BYTES = 1024 * 1024;

/** What a writer hands over; the log adds its id, the number, the chain and, where none is given, the time. */
export type AuditEntry = Pick<AuditRecord, 'type' | 'actor' | 'object' | 'body'> & { time?: string };

export function sha256Hex(bytes: string): string {
  return hash('sha256', bytes);
}

/** The exact bytes that are stored and hashed. JSON escapes every control character and lone surrogate. */
export function encodeRecord(record: AuditRecord): string {
  const { logId, seq, prev, time, type, actor, object, body } = record;
  return JSON.stringify({ logId, seq, prev, time, type, actor, object, body });
}

export function decodeRecord(bytes: string): AuditRecord {
  return JSON.parse(bytes) as AuditRecord;
}
