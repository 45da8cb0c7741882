// SPDX-License-Identifier: Apache-2.0
/**
 * The exact bytes of a record: JSON with its members in one fixed order. A verifier can therefore tell a record's place
 * in the chain by comparing its beginning, and parses only the few it has to understand.
 */
import { hash } from 'node:crypto';
import type { AuditRecord } from '../model/audit-record.ts';
import { leafHash } from './merkle.ts';
import { type PrivateValues, restored, setApart } from './private-values.ts';

export const FIRST_PREV = '0'.repeat(64);
export const RECORD_LIMIT_BYTES = 1024 * 1024;

/** What a writer hands over; the log adds its id, the number, the chain and, where none is given, the time. */
export type AuditEntry = Pick<AuditRecord, 'type' | 'actor' | 'object' | 'body'> & { time?: string };

export interface EncodedRecord {
  bytes: string;
  /** what the bytes only commit to, so that it can be taken away without touching them */
  apart: PrivateValues | undefined;
}

/** The beginning of the bytes of record `seq`, up to the value of its time. */
export function beginningOf(logId: string, seq: number, prev: string): string {
  return `{"logId":"${logId}","seq":${seq},"prev":"${prev}","time":"`;
}

export const TIME_LENGTH = '2026-01-01T00:00:00.000Z'.length;

/** The exact bytes that are stored and hashed. JSON escapes every control character and lone surrogate. */
export function encodeRecord(record: AuditRecord): EncodedRecord {
  const { logId, seq, prev, time, type, object } = record;
  const { values, commitments, actor, body } = setApart(record);
  // written as one: a number that is put into a text by itself stays in the engine's cache of numbers, for the collector to visit
  const bytes = JSON.stringify({ logId, seq, prev, time, private: commitments, type, object, actor, body });
  return { bytes, apart: values };
}

/** What a record is searched by. It lies beside the bytes, and a verifier holds it against them. */
export interface SearchedBy {
  type: string;
  object: string | null;
  decision: string | null;
}

export function searchedBy({
  type,
  object,
  body,
}: Pick<AuditRecord, 'type' | 'object' | 'body'>): SearchedBy {
  const decision = type === 'decision' ? (body.decision as { id?: unknown } | undefined)?.id : undefined;
  return { type, object: object ?? null, decision: typeof decision === 'string' ? decision : null };
}

/** The record as it was handed over; of what was redacted since it says so. */
export function decodeRecord(bytes: string, apart: string | undefined): AuditRecord {
  const record = JSON.parse(bytes) as AuditRecord & { private?: Record<string, string> };
  return restored(record, apart);
}

/** How a record may name the one before it: by its leaf, or as logs of earlier versions did, by a hash of its own. */
export function follows(prev: string, bytes: string, leaf: string): boolean {
  return prev === leaf || prev === hash('sha256', bytes);
}

/** Whether `prev` names the record with these bytes. */
export function isNamedBy(prev: string, bytes: string): boolean {
  return follows(prev, bytes, leafHash(bytes));
}
