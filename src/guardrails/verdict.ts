// SPDX-License-Identifier: Apache-2.0
/** What came out of the module is believed only when it is complete and agrees with itself. */
import type { RulesReport } from '../model/decision.ts';
import type { Finding, Severity } from '../model/finding.ts';
import type { JudgeInput, Verdict } from '../model/judge.ts';
import type { RuleEntry } from './catalogue.ts';

export interface Expectation {
  report: Pick<RulesReport, 'digest' | 'revision' | 'profile'>;
  rules: ReadonlyMap<string, RuleEntry>;
}

type Record_ = Record<string, unknown>;

/** Of these there is a page; an organisation's own are described by their metadata alone. */
const SHIPPED_RULES = 'rego/guardrails/';
const SEVERITIES: readonly unknown[] = ['deny', 'warn', 'info'] satisfies Severity[];

/** The verdict in a decision record; throws an Error that says what is wrong with it. */
export function verdictFrom(record: unknown, input: JudgeInput, expected: Expectation): Verdict {
  const { allowed, findings, found, rules, judged } = fields(record, 'the decision');
  if (typeof allowed !== 'boolean')
    throw new Error(`allowed is ${JSON.stringify(allowed)}, not true or false`);
  const { digest, operation } = fields(judged, 'judged');
  if (digest !== input.policy.digest || operation !== input.operation)
    throw new Error('another submission was judged');
  if (!Array.isArray(findings)) throw new Error('findings is no list');
  if (findings.length !== found)
    throw new Error(`${String(found)} findings were made and ${findings.length} reported`);
  const checked = findings.map((finding) => findingFrom(finding, expected.rules));
  if (allowed === checked.some((finding) => finding.severity === 'deny')) {
    throw new Error(`allowed is ${allowed}, and the findings say otherwise`);
  }
  checked.sort((a, b) => compare(a.rule, b.rule) || compare(a.path, b.path) || compare(a.message, b.message));
  return { allowed, findings: checked, rules: reportFrom(rules, expected) };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function findingFrom(value: unknown, rules: ReadonlyMap<string, RuleEntry>): Finding {
  const { rule, severity, path, message } = fields(value, 'a finding');
  const entry = typeof rule === 'string' ? rules.get(rule) : undefined;
  if (!entry) throw new Error(`a finding is of rule ${String(rule)}, which the catalogue does not have`);
  if (!SEVERITIES.includes(severity) || typeof path !== 'string' || typeof message !== 'string') {
    throw new Error(`a finding of ${entry.id} lacks severity, path or message`);
  }
  return {
    rule: entry.id,
    severity: severity as Severity,
    path,
    message,
    fix: entry.fix,
    ...(entry.folder.startsWith(SHIPPED_RULES) ? { docs: `docs/rules.md#${entry.id.toLowerCase()}` } : {}),
  };
}

function reportFrom(value: unknown, expected: Expectation): RulesReport {
  const { total, evaluated, notApplicable } = fields(value, 'rules');
  const numbers = [total, evaluated, notApplicable];
  if (!numbers.every((number) => Number.isInteger(number) && (number as number) >= 0)) {
    throw new Error('the number of rules is not named');
  }
  const [all, ran, passed] = numbers as [number, number, number];
  if (all !== expected.rules.size || ran + passed !== all) {
    throw new Error(
      `of ${expected.rules.size} rules ${ran} ran and ${passed} did not apply, of a total of ${all}`,
    );
  }
  return { ...expected.report, total: all, evaluated: ran, notApplicable: passed };
}

function fields(value: unknown, what: string): Record_ {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${what} is no object`);
  return value as Record_;
}
