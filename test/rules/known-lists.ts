// SPDX-License-Identifier: Apache-2.0
/** The two lists of policies, as submissions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { type Intake, intake } from '../../src/model/intake.ts';
import type { JudgeInput } from '../../src/model/judge.ts';
import type { Subject } from '../../src/model/subject.ts';

export interface KnownCase {
  name: string;
  /** of a bad one: the rule that must catch it */
  rule?: string;
  as?: keyof typeof SUBJECTS;
  kind?: string;
  metadata?: Record<string, unknown>;
  spec: Record<string, unknown>;
  /** of an update: the spec that is stored */
  old?: Record<string, unknown>;
  operation?: JudgeInput['operation'];
  reason?: string;
  profile?: string;
}

const authenticated = (user: string, ...groups: string[]): Subject => ({
  user,
  groups: [...groups, 'system:authenticated'],
});

const SUBJECTS = {
  platform: authenticated('pat', 'tracegate:platform'),
  enforcer: authenticated('eve', 'tracegate:enforcers'),
  tenant: authenticated('tom', 'team-a'),
  account: authenticated('system:serviceaccount:team-a:default', 'system:serviceaccounts'),
  collector: authenticated('system:serviceaccount:kube-system:generic-garbage-collector'),
  anonymous: { user: 'system:anonymous', groups: ['system:unauthenticated'] },
} satisfies Record<string, Subject>;

export function knownCases(list: 'bad' | 'harmless'): KnownCase[] {
  return load(readFileSync(join(import.meta.dirname, `known-${list}.yaml`), 'utf8')) as KnownCase[];
}

export function documentOf({ kind, metadata, spec }: KnownCase): Record<string, unknown> {
  return {
    apiVersion: 'cilium.io/v1alpha1',
    kind: kind ?? 'TracingPolicy',
    metadata: metadata ?? { name: 'case' },
    spec,
  };
}

const taken = (document: unknown): Intake => intake(JSON.stringify(document), { format: 'json' });

/** What the rules are asked; of an invalid document the intake that says why. */
export function submissionOf(
  known: KnownCase,
  document: unknown = documentOf(known),
): { read: Intake; input?: JudgeInput } {
  return inputOf(known, taken(document));
}

export function inputOf(known: KnownCase, read: Intake): { read: Intake; input?: JudgeInput } {
  const { as = 'platform', old, operation = 'create', reason } = known;
  if (!read.valid) return { read };
  const before = old && taken(documentOf({ ...known, spec: old }));
  if (before && !before.valid) throw new Error(`${known.name}: what is stored is invalid`);
  return {
    read,
    input: {
      operation,
      door: 'cli',
      subject: SUBJECTS[as],
      policy: read.normal,
      ...(before?.valid && { oldPolicy: before.normal }),
      effectiveMode: read.normal.mode ?? 'enforce',
      planned: [],
      time: '2026-01-01T00:00:00Z',
      ...(reason === undefined ? {} : { reason }),
    },
  };
}
