// SPDX-License-Identifier: Apache-2.0
/** What the audit log keeps of a decision: enough to replay it from the document. */
import { hash } from 'node:crypto';
import type { AuditRecord } from '../model/audit-record.ts';
import type { Decision } from '../model/decision.ts';
import type { JudgeInput, PlannedHook } from '../model/judge.ts';
import type { Subject } from '../model/subject.ts';

/** What is known beside the submission: looked up by the gate, and the same again in a replay. */
export type Given = Pick<JudgeInput, 'exceptions' | 'approvals' | 'standing'>;

/** `body.replay` of a decision's record: what else was judged by, for `rules replay`. */
export interface RecordedInput extends Given {
  planned?: PlannedHook[];
  /** the digest of the policy that an update replaced */
  oldPolicy?: string;
  /** where it says more than the decision does */
  subject?: Subject;
  reason?: string;
}

/** How it was asked for, as far as the record says so. */
export interface Asking {
  dryRun?: boolean;
  verified?: boolean;
  reason?: string;
}

/** A record keeps this many findings: a hostile document must not make a record the log cannot take. */
const FINDINGS_RECORDED = 100;

export function decisionBody(
  { decision, input }: { decision: Decision; input: JudgeInput | undefined },
  { dryRun, verified, reason }: Asking,
): Record<string, unknown> {
  const kept = decision.findings.slice(0, FINDINGS_RECORDED);
  const dropped = decision.findings.length - kept.length;
  return {
    decision: { ...decision, findings: kept },
    ...(input === undefined ? {} : { inputDigest: digestOf(input), replay: replayOf(input) }),
    ...(dropped === 0 ? {} : { findingsDropped: dropped }),
    ...(dryRun === true ? { dryRun: true } : {}),
    ...(verified === false ? { verified: false } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** What the decision can be replayed from: the documents by their own digests, everything else as it was passed in. */
function digestOf({ policy, oldPolicy, documents: _, ...rest }: JudgeInput): string {
  const named = { ...rest, policy: policy.digest, oldPolicy: oldPolicy?.digest };
  return `sha256:${hash('sha256', JSON.stringify(named))}`;
}

/** The facts of a host for every hook of a large policy: more than this is left out, and only the digest vouches. */
const PLANNED_RECORDED = 64;

/** What a replay needs beside the decision and the documents. */
function replayOf({ planned, oldPolicy, subject, reason, ...input }: JudgeInput): RecordedInput {
  const { uid, extra } = subject;
  return {
    ...(planned.length === 0 || planned.length > PLANNED_RECORDED ? {} : { planned }),
    ...(oldPolicy === undefined ? {} : { oldPolicy: oldPolicy.digest }),
    ...(uid === undefined && extra === undefined ? {} : { subject }),
    ...(reason === undefined ? {} : { reason }),
    ...givenOf(input),
  };
}

/** Only what there is: an empty list is left out everywhere, so that equal input has equal digests. */
export function givenOf({ exceptions = [], approvals = [], standing }: Given): Given {
  return {
    ...(exceptions.length === 0 ? {} : { exceptions }),
    ...(approvals.length === 0 ? {} : { approvals }),
    ...(standing === undefined ? {} : { standing }),
  };
}

/** Of a record that is one of a decision. */
export function decisionIn(record: AuditRecord): Decision {
  return record.body.decision as Decision;
}
