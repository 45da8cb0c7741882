// SPDX-License-Identifier: Apache-2.0
/**
 * The one way to a decision, for all four doors. Order: the document is valid, or the decision says why not; facts
 * and plan, where a host is known; the rules; then the record in the audit log; only then is anybody answered.
 */
import { changesBetween, type Effects, effectsOf } from '../effects/index.ts';
import { asFault, Fault } from '../errors.ts';
import type { Decision, Mode, Operation } from '../model/decision.ts';
import type { Finding } from '../model/finding.ts';
import type { Intake } from '../model/intake.ts';
import type { JudgedDocuments, JudgeInput, PlannedHook, Ruleset, Verdict } from '../model/judge.ts';
import type { NormalPolicy } from '../model/normal-policy.ts';
import type { JudgedFor } from '../model/receipt.ts';
import type { Subject } from '../model/subject.ts';
import { newDecisionId } from './decision-id.ts';
import { decisionBody, type Given, givenOf } from './decision-record.ts';
import { effectiveMode, initialMode } from './effective-mode.ts';
import { loadability } from './loadability.ts';
import { type Decided, type DecisionLog, recorded, reviewedOf } from './recorded.ts';
import type { ReviewOutcome, ReviewRequest } from './review-request.ts';
import { storedNormal } from './skeleton.ts';

/** What the known hosts would do with a policy. */
export interface Planned {
  hooks: PlannedHook[];
  facts?: { digest: string };
}

/** A submission, for whoever knows something about it. */
export interface About {
  policy: NormalPolicy;
  subject: Subject;
  operation: Operation;
  time: string;
}

export interface ReviewDeps {
  ruleset: () => Ruleset;
  /** without one nothing is known of any host */
  planFor?: (policy: NormalPolicy) => Promise<Planned>;
  /** what is known of it beside the submission; without, there are no exceptions and no approvals */
  given?: (about: About) => Given;
  /** without one (a CLI judging files) decisions are not recorded */
  audit?: DecisionLog;
  now: () => Date;
}

/**
 * Never answers "allowed" without a complete verdict: whatever goes wrong is a Fault, recorded and thrown. Many wait for the disk
 * at once, and of none of them the document is held on to meanwhile.
 */
export function review(request: ReviewRequest, deps: ReviewDeps): Promise<ReviewOutcome> {
  return recorded(decided(request, deps), deps.audit);
}

async function decided(request: ReviewRequest, deps: ReviewDeps): Promise<Decided> {
  const startedNs = process.hrtime.bigint();
  const time = deps.now().toISOString();
  const of = reviewedOf(request);
  try {
    const judged = await judge(request, { deps, time });
    const durationUs = Number((process.hrtime.bigint() - startedNs) / 1000n);
    const decision: Decision = { ...judged.decision, durationUs };
    const { effects, valid, input } = judged;
    const outcome = {
      decision: effects === undefined ? decision : { ...decision, effects },
      valid,
      ...(input === undefined ? {} : { judged: judgedFor(input) }),
    };
    return { of, outcome, body: decisionBody({ decision, input }, request) };
  } catch (thrown) {
    return { of, fault: asFault(thrown) };
  }
}

interface Judged {
  decision: Omit<Decision, 'durationUs'>;
  input?: JudgeInput;
  effects?: Effects & { changes?: string[] };
  valid: boolean;
}

async function judge(
  request: ReviewRequest,
  { deps, time }: { deps: ReviewDeps; time: string },
): Promise<Judged> {
  const ruleset = deps.ruleset();
  const policy = subjectOf(request);
  const recordMode = request.recordMode ?? initialMode(ruleset.profile, request.subject);
  const common = {
    id: newDecisionId(),
    operation: request.operation,
    door: request.door,
    time,
    subject: { user: request.subject.user, groups: request.subject.groups },
    policy: { ...request.intake.identity, digest: request.intake.digest },
  };
  if (policy === undefined) {
    const { digest, revision, profile, total } = ruleset;
    const rules = { digest, revision, profile, total, evaluated: 0, notApplicable: total };
    return {
      decision: {
        ...common,
        allowed: false,
        findings: request.intake.findings,
        rules,
        effectiveMode: recordMode,
      },
      valid: false,
    };
  }
  const mode = effectiveMode(policy.mode, recordMode);
  const planned = (await deps.planFor?.(policy)) ?? { hooks: [] };
  const { subject, operation } = request;
  const given = request.given ?? deps.given?.({ policy, subject, operation, time }) ?? {};
  const input = inputOf(request, { policy, effectiveMode: mode, planned: planned.hooks, time, given });
  const verdict = complete(ruleset.judge(input));
  const language = request.intake.valid ? request.intake.findings : [];
  const findings = [...language, ...loadability(planned.hooks, request.operation), ...verdict.findings];
  const facts = planned.facts === undefined ? {} : { facts: planned.facts };
  const allowed = verdict.allowed && !findings.some(({ severity }) => severity === 'deny');
  const { rules, exceptions } = verdict;
  return {
    decision: {
      ...common,
      allowed,
      findings: ordered(findings, request.intake),
      rules,
      ...facts,
      effectiveMode: mode,
      ...(exceptions === undefined ? {} : { exceptions }),
    },
    input,
    ...(request.effects && { effects: effectsFor(request, policy, planned.hooks, mode) }),
    valid: true,
  };
}

function effectsFor(
  { old, operation }: ReviewRequest,
  policy: NormalPolicy,
  planned: readonly PlannedHook[],
  mode: Mode,
): NonNullable<Judged['effects']> {
  const effects = effectsOf(policy, planned, mode);
  const before = operation === 'update' && old !== undefined ? storedNormal(old) : undefined;
  if (before === undefined) return effects;
  return { ...effects, changes: changesBetween(effectsOf(before), effectsOf(policy)) };
}

/** Undefined: there is nothing to judge, the document is invalid. What is stored already can always be judged. */
function subjectOf({ operation, intake }: ReviewRequest): NormalPolicy | undefined {
  if (operation === 'delete') return storedNormal(intake);
  return intake.valid ? intake.normal : undefined;
}

/** Where a door has no place for a reason, the document may carry it. */
const REASON_ANNOTATION = 'tracegate.io/reason';

type Worked = Pick<JudgeInput, 'policy' | 'effectiveMode' | 'planned' | 'time'> & { given: Given };

function inputOf(request: ReviewRequest, { given, ...worked }: Worked): JudgeInput {
  const { operation, door, subject, old } = request;
  const reason = request.reason ?? worked.policy.annotations[REASON_ANNOTATION];
  const oldPolicy = old === undefined ? {} : { oldPolicy: storedNormal(old) };
  const said = reason === undefined ? {} : { reason };
  const known = { ...oldPolicy, ...said, ...givenOf(given) };
  return { operation, door, subject, ...worked, ...known, documents: documentsOf(request) };
}

function judgedFor({ subject, door, time, reason, oldPolicy, ...input }: JudgeInput): JudgedFor {
  return {
    ...{ subject, door, time },
    ...(reason === undefined ? {} : { reason }),
    ...(oldPolicy === undefined ? {} : { oldDigest: oldPolicy.digest }),
    ...givenOf(input),
  };
}

function documentsOf({ operation, intake, old }: ReviewRequest): JudgedDocuments {
  const object = intake.valid ? intake.document : undefined;
  if (operation === 'delete') return object === undefined ? {} : { oldObject: object };
  const oldObject = old?.valid ? old.document : undefined;
  return { ...(object && { object }), ...(oldObject && { oldObject }) };
}

/** The last look at a verdict before it counts: a rule set that breaks its own contract has not judged. */
function complete(verdict: Verdict): Verdict {
  const { allowed, findings, rules } = verdict;
  const denied = findings.some((finding) => finding.severity === 'deny');
  const adds = rules.total === rules.evaluated + rules.notApplicable;
  if (typeof allowed === 'boolean' && allowed === !denied && adds && rules.total > 0) return verdict;
  throw new Fault(
    'could-not-judge',
    'the rule set gave an answer that contradicts itself: rebuild or replace the bundle',
  );
}

const RANK = { deny: 0, warn: 1, info: 2 } as const;

function ordered(findings: Finding[], intake: Intake): Finding[] {
  const lined = findings.map((finding) => {
    const line = finding.line ?? intake.lineOf(finding.path);
    return line === undefined ? finding : { ...finding, line };
  });
  return lined.sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}
