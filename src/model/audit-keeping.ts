// SPDX-License-Identifier: Apache-2.0
/** What a running gate or agent is asked to do with the past of its log. Files are named, never pointed at: they lie in the log's own folder. */
import { Fault } from '../errors.ts';
import type { AuditRecord } from './audit-record.ts';

export type LogName = 'gate' | 'agent';

export interface SealRequest {
  /** RFC 3339: only records from before that */
  until?: string;
  by?: AuditRecord['actor'];
}

export interface PruneRequest {
  /** names of segments in the folder of the log */
  segments: string[];
  reason: string;
  by?: AuditRecord['actor'];
}

/** Of a segment's name: it is one of the files in a folder, and no way out of it. */
export const SEGMENT_NAME = '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$';

/** Throws Fault `bad-request`. */
export function sealRequest(body: unknown): SealRequest {
  const { until, by } = (body ?? {}) as Partial<SealRequest>;
  if (until !== undefined && (typeof until !== 'string' || Number.isNaN(Date.parse(until))))
    throw wrong('`until` is no point in time (RFC 3339)');
  return { ...(until !== undefined && { until }), ...byOf(by) };
}

/** Throws Fault `bad-request`. */
export function pruneRequest(body: unknown): PruneRequest {
  const { segments, reason, by } = (body ?? {}) as Partial<PruneRequest>;
  const name = new RegExp(SEGMENT_NAME);
  if (!Array.isArray(segments) || segments.length === 0 || !segments.every((one) => name.test(String(one))))
    throw wrong('`segments` are no names of segments');
  if (typeof reason !== 'string' || reason.trim() === '') throw wrong('`reason` is missing');
  return { segments: segments.map(String), reason, ...byOf(by) };
}

function byOf(by: AuditRecord['actor']): { by?: NonNullable<AuditRecord['actor']> } {
  if (by === undefined) return {};
  if (typeof by === 'object' && by !== null && typeof by.user === 'string' && Array.isArray(by.groups))
    return { by };
  throw wrong('`by` names nobody');
}

function wrong(what: string): Fault {
  return new Fault('bad-request', `this cannot be done with a log: ${what}`);
}
