// SPDX-License-Identifier: Apache-2.0
import type { PushedHead } from '../audit/index.ts';
import type { AuditRecord } from '../model/audit-record.ts';
import type { TraceEvent } from '../model/event.ts';

/** What a sink tells: a record, an event, or that something is missing from here on (`sink.gap`). */
export type Item =
  | { kind: 'record'; record: AuditRecord }
  | { kind: 'event'; event: TraceEvent }
  | { kind: 'gap'; gap: Gap }
  | { kind: 'checkpoint'; checkpoint: Checkpoint };

export interface Gap {
  type: typeof GAP_TYPE;
  /** whose records or events are missing */
  logId: string;
  time: string;
  /** the first and the last number that is missing, where the records are numbered */
  from?: number;
  to?: number;
  reason: string;
}

export const GAP_TYPE = 'sink.gap';

/** A signed head, to be kept where nobody of this host comes to. */
export interface Checkpoint extends PushedHead {
  type: typeof CHECKPOINT_TYPE;
  logId: string;
  time: string;
}

export const CHECKPOINT_TYPE = 'audit.checkpoint';

/** Some items, and where to go on after them. */
export interface Batch<P> {
  items: Item[];
  next: P;
}

/** Where items come from. Positions are kept across restarts, as JSON. */
export interface Feed<P = unknown> {
  /** `gate-audit`, `agent-audit`, `agent-events`, `gate-checkpoints`, `agent-checkpoints` */
  readonly name: string;
  /** What comes after the position, at most so many; from the beginning without one. No items: nothing is there yet. */
  next(after: P | undefined, most: number): Batch<P>;
  /** How many records, or bytes of events, are not yet told after the position. */
  behind(after: P | undefined): number;
  /** told before the last look: what it would have kept for later is wanted now */
  ending?(): void;
  close(): void;
}

/** How a sink knows this process. */
export interface Teller {
  /** `gate` or `agent` */
  part: string;
  host: string;
  version: string;
  processId: number;
}

export function typeOf(item: Item): string {
  if (item.kind === 'record') return item.record.type;
  if (item.kind === 'gap') return item.gap.type;
  if (item.kind === 'checkpoint') return item.checkpoint.type;
  return Object.keys(item.event).find((key) => key.startsWith('process_')) ?? 'event';
}

export function timeOf(item: Item): string {
  if (item.kind === 'record') return item.record.time;
  if (item.kind === 'checkpoint') return item.checkpoint.time;
  return item.kind === 'gap' ? item.gap.time : item.event.time;
}

export type Grade = 'information' | 'notice' | 'warning';

/** How loud it should be told: what was refused, failed or is missing, before what went as it should. */
export function gradeOf(item: Item): Grade {
  if (item.kind === 'checkpoint') return item.checkpoint.broken === undefined ? 'information' : 'warning';
  const type = typeOf(item);
  if (
    /\.(refused|denied|failed|gap|hidden|missed|contradiction|unreadable|unjudged|suppressed|jumped)$/.test(
      type,
    )
  )
    return 'warning';
  if (type === 'enforcement' || type === 'drift.found' || type === 'bpf.grabbed') return 'warning';
  if (item.kind === 'record' && type === 'bpf.finding')
    return item.record.body.severity === 'info' ? 'information' : 'warning';
  if (item.kind === 'record' && type === 'decision') {
    const decision = item.record.body.decision as { allowed?: boolean } | undefined;
    return decision?.allowed === false ? 'warning' : 'notice';
  }
  return /^(policy|rules|suspension|exception|token|gate|agent|config|log)\./.test(type)
    ? 'notice'
    : 'information';
}

export function hasFailed(item: Item): boolean {
  if (item.kind === 'record' && item.record.type === 'decision') return gradeOf(item) === 'warning';
  return /\.(refused|denied|failed|unreadable)$/.test(typeOf(item));
}
