// SPDX-License-Identifier: Apache-2.0
/** What the metadata of a guardrail says: the source of `rules list`, `rules explain` and docs/rules.md. */
export const RULE_MODES = ['enforce', 'warn', 'info', 'off'] as const;
export type RuleMode = (typeof RULE_MODES)[number];

export const PROFILES = ['baseline', 'standard', 'strict'] as const;
export type Profile = (typeof PROFILES)[number];

export interface RuleEntry {
  id: string;
  category: string;
  name: string;
  title: string;
  description: string;
  severity: 'critical' | 'high' | 'medium' | 'low';
  /** why the rule is there */
  why: string;
  /** what to do about a finding */
  fix: string;
  since: string;
  modes: Record<Profile, RuleMode>;
  /** `warn`: a denial is a warning while the policy runs in monitor mode */
  monitor: 'warn' | 'keep';
  /** traits without which the rule has nothing to say */
  applies: string[];
  /** the organisation's data it reads */
  parameters: string[];
  /** `never`: nobody is excepted from it, whoever approves; absent: with the approval of a second person */
  exceptions?: 'never' | 'approved';
  /** what it needs of a submission beside the normal form: the documents, as an admission review has them */
  reads?: 'review'[];
  /** folder of its source */
  folder: string;
}

export function isProfile(name: string): name is Profile {
  return (PROFILES as readonly string[]).includes(name);
}

/** Whether there is a mode for each profile, and each is one of those there are: another one would be nobody's denial. */
export function hasKnownModes(rule: { modes?: Partial<Record<Profile, unknown>> | undefined }): boolean {
  const known: readonly unknown[] = RULE_MODES;
  return PROFILES.every((profile) => known.includes(rule.modes?.[profile]));
}

/** Whether it says what monitor mode makes of its denials. */
export function hasKnownMonitor({ monitor }: { monitor?: unknown }): boolean {
  return monitor === 'warn' || monitor === 'keep';
}

/** Whether somebody may be excepted from it at all; from a rule that is not known, nobody. */
export function isExceptable(rule: Pick<RuleEntry, 'exceptions'> | undefined): boolean {
  return rule !== undefined && hasKnownExceptions(rule) && rule.exceptions !== 'never';
}

/** Whether it says something that is understood, or nothing, of exceptions. */
export function hasKnownExceptions({ exceptions }: { exceptions?: unknown }): boolean {
  return exceptions === undefined || exceptions === 'never' || exceptions === 'approved';
}
