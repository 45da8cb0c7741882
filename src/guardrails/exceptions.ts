// SPDX-License-Identifier: Apache-2.0
/** Exceptions, applied around the rules: what is found stays in the decision, and says by whose word it does not count. */
import {
  type AppliedException,
  covers,
  type ExceptionScope,
  type ExceptionWho,
  holds,
  type PolicyException,
} from '../model/exception.ts';
import type { Finding } from '../model/finding.ts';
import type { JudgeInput, Verdict } from '../model/judge.ts';
import { isExceptable, type RuleEntry } from './catalogue.ts';

/** As an organisation writes it in its data: approved by whoever lets its data into force. */
export interface RuleException extends Omit<PolicyException, 'id' | 'scope' | 'who'> {
  scope?: ExceptionScope;
  who?: ExceptionWho;
}

/** Those of the organisation's data, each with a name that a decision can give. */
export function writtenExceptions(written: readonly RuleException[]): PolicyException[] {
  return written.map((one, index) => ({ id: `organisation-${index + 1}`, scope: {}, who: {}, ...one }));
}

export interface ExceptionsDeps {
  rules: ReadonlyMap<string, RuleEntry>;
  written: readonly PolicyException[];
}

/** The verdict with what is excepted turned into information. */
export function excepted(verdict: Verdict, input: JudgeInput, { rules, written }: ExceptionsDeps): Verdict {
  const given = input.exceptions ?? [];
  if (given.length === 0 && written.length === 0) return verdict;
  const atMs = Date.parse(input.clock ?? input.time);
  const valid = [...written, ...given].filter(
    (exception) =>
      holds(exception, atMs) && isExceptable(rules.get(exception.rule)) && covers(exception, input),
  );
  const applied = new Map<string, PolicyException>();
  const findings = verdict.findings.map((finding): Finding => {
    const exception = valid.find(({ rule }) => rule === finding.rule);
    if (exception === undefined || finding.severity === 'info') return finding;
    applied.set(exception.id, exception);
    return { ...finding, severity: 'info', exception: exception.id };
  });
  if (applied.size === 0) return verdict;
  const allowed = !findings.some(({ severity }) => severity === 'deny');
  return { ...verdict, allowed, findings, exceptions: [...applied.values()].map(shown) };
}

function shown({ scope: _, who: __, ...exception }: PolicyException): AppliedException {
  return exception;
}
