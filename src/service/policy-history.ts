// SPDX-License-Identifier: Apache-2.0
/** What became of a policy: each revision with what it changed, by whose word, under which rules, and where it was loaded. */
import type { AuditLog } from '../audit/index.ts';
import type { AuditRecord } from '../model/audit-record.ts';
import type { Decision } from '../model/decision.ts';
import type { PolicyRevision } from '../store/index.ts';
import { type Difference, difference } from './difference.ts';

export interface RevisionHistory extends Omit<PolicyRevision, 'key' | 'document'> {
  /** against the revision before; of the first and of a deletion, the whole */
  difference: { changes: Difference[]; more: number };
  /** absent where the log no longer holds it */
  decision?: DecisionShown;
  /** second persons whose word was used up for it */
  approvals: { id: string; approver?: string; time?: string }[];
  /** what hosts said of it, oldest first */
  hosts: HostShown[];
}

/** The decision without what the record of it has in full. */
export type DecisionShown = Pick<Decision, 'allowed' | 'door' | 'effectiveMode' | 'rules' | 'exceptions'> & {
  seq: number;
  findings: { rule: string; severity: string; message: string }[];
};

export interface HostShown {
  host?: string;
  time: string;
  /** `loaded`, `refused`, …; `gone`: it is no longer there; `failed`: it could not be handed over */
  state: string;
  reason?: string;
  /** number of the record */
  seq: number;
}

export function policyHistory(
  revisions: readonly PolicyRevision[],
  before: PolicyRevision | undefined,
  audit: Pick<AuditLog, 'read'>,
): RevisionHistory[] {
  const [first] = revisions;
  if (first === undefined) return [];
  const { key } = first;
  const loads = audit.read({ type: 'load.', object: key });
  const used = audit.read({ type: 'policy.approval-used', object: key });
  const given = audit.read({ type: 'policy.approved', object: key });
  let last = before;
  return revisions.map((revision) => {
    const { document: _, key: _key, ...shown } = revision;
    const [record] = audit.read({ decision: revision.decisionId, limit: 1 });
    const changes = difference(viewOf(last), viewOf(revision));
    last = revision;
    return {
      ...shown,
      difference: changes,
      ...(record && { decision: decisionShown(record) }),
      approvals: approvalsOf(revision.decisionId, { used, given }),
      hosts: loads.filter(({ body }) => body.revision === revision.revision).map(hostShown),
    };
  });
}

function viewOf(revision: PolicyRevision | undefined): unknown {
  if (revision === undefined || revision.operation === 'delete') return undefined;
  const { document, mode, enabled } = revision;
  return { document, mode, enabled };
}

function decisionShown({ seq, body }: AuditRecord): DecisionShown {
  const { allowed, door, effectiveMode, rules, exceptions, findings } = body.decision as Decision;
  return {
    ...{ seq, allowed, door, effectiveMode, rules },
    ...(exceptions && { exceptions }),
    findings: findings.map(({ rule, severity, message }) => ({ rule, severity, message })),
  };
}

function approvalsOf(
  decisionId: string,
  { used, given }: { used: readonly AuditRecord[]; given: readonly AuditRecord[] },
): RevisionHistory['approvals'] {
  const ids = used
    .filter(({ body }) => body.decisionId === decisionId)
    .flatMap(({ body }) => body.approvals as string[]);
  return ids.map((id) => {
    const record = given.find(({ body }) => (body.approval as { id: string }).id === id);
    return { id, ...(record && { approver: record.actor?.user ?? '', time: record.time }) };
  });
}

function hostShown({ seq, time, type, body }: AuditRecord): HostShown {
  const { host } = body as { host?: string };
  const reason = body.reason ?? body.message;
  return {
    ...(host !== undefined && { host }),
    ...{ time, seq, state: type === 'load.status' ? String(body.state) : type.slice('load.'.length) },
    ...(typeof reason === 'string' && reason !== '' && { reason }),
  };
}
