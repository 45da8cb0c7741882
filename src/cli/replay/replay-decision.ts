// SPDX-License-Identifier: Apache-2.0
/** One recorded decision, judged again: the same submission at the same time, by another rule set. */
import { asFault } from '../../errors.ts';
import type { OpenRuleset } from '../../guardrails/index.ts';
import type { AuditRecord } from '../../model/audit-record.ts';
import type { Decision } from '../../model/decision.ts';
import type { Finding } from '../../model/finding.ts';
import { type RecordedInput, type ReviewRequest, review } from '../../service/index.ts';
import type { Documents } from './documents.ts';

export interface Replayed {
  seq: number;
  time: string;
  decision: string;
  policy: string;
  /** flips: the other verdict; changes: the same verdict by other findings; skipped: see `why` */
  outcome: 'flips' | 'changes' | 'same' | 'skipped';
  was: boolean;
  would?: boolean;
  /** the input has the digest that the record names */
  exact?: boolean;
  /** and the rules have, too: then the outcome can only be the same */
  sameRules?: boolean;
  findings?: { change: '+' | '-'; rule: string; severity: string; message: string }[];
  why?: string;
}

export interface ReplayDeps {
  documents: Documents;
  ruleset: OpenRuleset;
}

interface Body {
  decision: Decision;
  inputDigest?: string;
  replay?: RecordedInput;
  findingsDropped?: number;
}

/** Never throws: what cannot be replayed says why. */
export async function replayDecision(record: AuditRecord, deps: ReplayDeps): Promise<Replayed> {
  const { decision, inputDigest, replay = {} } = record.body as unknown as Body;
  const { namespace, name } = decision.policy;
  const common = {
    ...{ seq: record.seq, time: decision.time, decision: decision.id, was: decision.allowed },
    policy: namespace === undefined ? name : `${namespace}/${name}`,
  };
  if (inputDigest === undefined)
    return { ...common, outcome: 'skipped', why: 'the document was invalid, no rule judged it' };
  try {
    const request = await requestOf(decision, replay, deps.documents);
    if (typeof request === 'string') return { ...common, outcome: 'skipped', why: request };
    const again = await judgedAgain(request, { decision, replay, ruleset: deps.ruleset });
    const findings = differences(decision.findings, again.decision.findings);
    const flips = again.decision.allowed !== decision.allowed;
    return {
      ...common,
      outcome: flips ? 'flips' : findings.length > 0 ? 'changes' : 'same',
      would: again.decision.allowed,
      exact: again.inputDigest === inputDigest,
      sameRules: again.decision.rules.digest === decision.rules.digest,
      ...(findings.length === 0 ? {} : { findings }),
    };
  } catch (thrown) {
    return { ...common, outcome: 'skipped', why: asFault(thrown).message };
  }
}

/** The submission, or why it cannot be put together. */
async function requestOf(
  { policy, subject, operation, door, effectiveMode }: Decision,
  replay: RecordedInput,
  documents: Documents,
): Promise<ReviewRequest | string> {
  const intake = await documents.find(policy.digest, policy);
  const missing =
    documents.away === undefined ? 'it is not in the store (what was denied never is)' : documents.away;
  if (intake === undefined) return `the policy is not at hand: ${missing}`;
  const old = replay.oldPolicy === undefined ? undefined : await documents.find(replay.oldPolicy, policy);
  if (replay.oldPolicy !== undefined && old === undefined)
    return `the policy it replaced is not at hand: ${missing}`;
  const { exceptions, approvals, standing } = replay;
  const given = {
    ...(exceptions && { exceptions }),
    ...(approvals && { approvals }),
    ...(standing && { standing }),
  };
  return {
    given,
    ...{ door, operation, intake, recordMode: effectiveMode, subject: replay.subject ?? subject },
    ...(old === undefined ? {} : { old }),
    ...(replay.reason === undefined ? {} : { reason: replay.reason }),
  };
}

interface Again {
  decision: Decision;
  replay: RecordedInput;
  ruleset: OpenRuleset;
}

async function judgedAgain(
  request: ReviewRequest,
  { decision: before, replay: { planned = [] }, ruleset }: Again,
): Promise<{ decision: Decision; inputDigest: string | undefined }> {
  let inputDigest: string | undefined;
  const { decision } = await review(request, {
    ruleset: () => ruleset,
    planFor: async () => ({ hooks: planned, ...(before.facts && { facts: before.facts }) }),
    now: () => new Date(before.time),
    audit: {
      appendSoon: async (entries) => {
        inputDigest = entries[0]?.body.inputDigest as string | undefined;
        return [];
      },
    },
  });
  return { decision, inputDigest };
}

function differences(
  before: readonly Finding[],
  after: readonly Finding[],
): NonNullable<Replayed['findings']> {
  const key = ({ rule, severity, path, message }: Finding): string =>
    JSON.stringify([rule, severity, path, message]);
  const [old, now] = [new Set(before.map(key)), new Set(after.map(key))];
  const told = (change: '+' | '-') => (finding: Finding) => {
    const { rule, severity, message } = finding;
    return { change, rule, severity, message };
  };
  return [
    ...before.filter((finding) => !now.has(key(finding))).map(told('-')),
    ...after.filter((finding) => !old.has(key(finding))).map(told('+')),
  ];
}
