// SPDX-License-Identifier: Apache-2.0
import type { SQLOutputValue } from 'node:sqlite';
import type { Mode, Operation } from '../model/decision.ts';
import type { PolicyDocument, PolicyKind } from '../model/document.ts';
import type { JudgedFor } from '../model/receipt.ts';
import type { ApprovalRecord } from './approval-record.ts';
import type { ExceptionRecord } from './exception-record.ts';
import type { PolicyRecord, PolicyRevision, Tombstone } from './policy-record.ts';
import type { TokenRecord } from './token-record.ts';

export type Row = Record<string, SQLOutputValue>;

export function recordOf(row: Row): PolicyRecord {
  return {
    key: String(row.key),
    kind: String(row.kind) as PolicyKind,
    name: String(row.name),
    ...optional('namespace', row.namespace),
    revision: Number(row.revision),
    mode: String(row.mode) as Mode,
    enabled: row.enabled === 1,
    digest: String(row.digest),
    document: JSON.parse(String(row.document)) as PolicyDocument,
    decisionId: String(row.decision_id),
    rulesDigest: String(row.rules_digest),
    operation: String(row.operation) as Operation,
    ...(typeof row.judged === 'string' && { judged: JSON.parse(row.judged) as JudgedFor }),
    created: String(row.created),
    updated: String(row.updated),
  };
}

export function revisionOf(row: Row): PolicyRevision {
  return {
    key: String(row.key),
    revision: Number(row.revision),
    time: String(row.time),
    operation: String(row.operation) as Operation,
    actor: JSON.parse(String(row.actor)) as PolicyRevision['actor'],
    ...optional('reason', row.reason),
    mode: String(row.mode) as Mode,
    enabled: row.enabled === 1,
    digest: String(row.digest),
    decisionId: String(row.decision_id),
    document: JSON.parse(String(row.document)) as PolicyDocument,
  };
}

export function tombstoneOf(row: Row): Tombstone {
  return {
    key: String(row.key),
    revision: Number(row.revision),
    digest: String(row.digest),
    decisionId: String(row.decision_id),
    rulesDigest: String(row.rules_digest),
  };
}

export function tokenOf(row: Row): TokenRecord {
  return {
    id: String(row.id),
    hash: String(row.hash),
    user: String(row.user),
    groups: JSON.parse(String(row.groups)) as string[],
    created: String(row.created),
    createdBy: String(row.created_by),
    ...optional('expires', row.expires),
    ...optional('revoked', row.revoked),
  };
}

export function exceptionOf(row: Row): ExceptionRecord {
  return {
    id: String(row.id),
    rule: String(row.rule),
    scope: JSON.parse(String(row.scope)) as ExceptionRecord['scope'],
    who: JSON.parse(String(row.who)) as ExceptionRecord['who'],
    requester: String(row.requester),
    ...optional('approver', row.approver),
    ticket: String(row.ticket),
    reason: String(row.reason),
    expires: String(row.expires),
    created: String(row.created),
    ...optional('approved', row.approved),
    ...optional('revoked', row.revoked),
    ...optional('revokedBy', row.revoked_by),
  };
}

export function approvalOf(row: Row): ApprovalRecord {
  return {
    id: String(row.id),
    key: String(row.key),
    digest: String(row.digest),
    approver: String(row.approver),
    ...optional('reason', row.reason),
    created: String(row.created),
    until: String(row.until),
    ...optional('usedBy', row.used_by),
  };
}

function optional<K extends string>(key: K, value: SQLOutputValue | undefined): Partial<Record<K, string>> {
  return value === null || value === undefined ? {} : ({ [key]: String(value) } as Record<K, string>);
}
