// SPDX-License-Identifier: Apache-2.0
/** What a rule set is asked and what it answers. The port `Ruleset` is implemented by the guardrails room. */
import type { Approval, Standing } from './approval.ts';
import type { BpfSighting } from './bpf.ts';
import type { LoadRequest } from './bpf-gate.ts';
import type { Door, Mode, Operation, RulesReport } from './decision.ts';
import type { AppliedException, PolicyException } from './exception.ts';
import type { Finding } from './finding.ts';
import type { NormalPolicy } from './normal-policy.ts';
import type { HookStatus } from './status.ts';
import type { Subject } from './subject.ts';

/** What a plan says of one hook on one host: a subset of its status, known before loading. */
export interface PlannedHook
  extends Pick<
    HookStatus,
    'hook' | 'mechanism' | 'guarantee' | 'racy' | 'reason' | 'row' | 'form' | 'passes'
  > {
  /** JSON Pointer of the hook in the document */
  path: string;
  host: string;
  /** the host's kernel cannot do it as asked */
  refused: boolean;
  /** it has no such function, and the policy says to do without the hook there */
  absent?: boolean;
}

export interface JudgeInput {
  /** `load`, `activity`: no policy is submitted, the field of that name says what is judged */
  operation: Operation | 'load' | 'activity';
  door: Door;
  subject: Subject;
  /** on delete: the policy to be deleted */
  policy: NormalPolicy;
  oldPolicy?: NormalPolicy;
  /** milder of the document's mode and the record's */
  effectiveMode: Mode;
  /** one entry per hook and host with known facts; empty when no facts are known */
  planned: PlannedHook[];
  /** RFC 3339: rules never ask the clock themselves */
  time: string;
  /** for rules that read the documents themselves; after defaults, as they are stored */
  documents?: JudgedDocuments;
  /** what the change is said to be for (`?reason=`, annotation) */
  reason?: string;
  /** those that may be about it; whether they hold and cover it is looked at around the rules, which do not see them */
  exceptions?: PolicyException[];
  /** that others than the author want this document enforced */
  approvals?: Approval[];
  /** of an update: how the stored policy has stood; absent where that is not known */
  standing?: Standing;
  /** RFC 3339: when exceptions have to hold, where `time` is that of a decision made before; absent: at `time` */
  clock?: string;
  load?: LoadRequest;
  activity?: BpfSighting;
}

/** Stands where a policy would, when a host asks about something else. */
const NO_POLICY: NormalPolicy = {
  kind: 'TracingPolicy',
  name: 'bpf-load',
  digest: `sha256:${'0'.repeat(64)}`,
  labels: {},
  annotations: {},
  options: [],
  hooks: [],
  scopes: [],
};

/** The agent asks about what is done with eBPF on its host: a load, or what has happened. */
export function askedByAgent(
  about: Pick<JudgeInput, 'operation' | 'load' | 'activity'>,
  time: string,
): JudgeInput {
  return {
    ...about,
    door: 'agent',
    subject: { user: 'tracegate-agent', groups: [] },
    policy: NO_POLICY,
    effectiveMode: 'enforce',
    planned: [],
    time,
    documents: {},
  };
}

/** On delete there is only the old one. */
export interface JudgedDocuments {
  object?: object;
  oldObject?: object;
}

export interface Verdict {
  allowed: boolean;
  findings: Finding[];
  rules: RulesReport;
  /** those by which findings do not count */
  exceptions?: AppliedException[];
}

export interface Ruleset {
  readonly digest: string;
  readonly revision: string;
  readonly profile: string;
  readonly total: number;
  /** the organisation's data in force, by key */
  readonly organisation?: Readonly<Record<string, unknown>>;
  /** Throws Fault `could-not-judge` whenever there is no complete answer; never allows by accident. */
  judge(input: JudgeInput): Verdict;
}
