// SPDX-License-Identifier: Apache-2.0
/** What became of one input: a Decision, or why there is none. */
import { CATALOGUE, type Fault } from '../../errors.ts';
import type { Decision } from '../../model/decision.ts';
import type { Finding } from '../../model/finding.ts';
import { EXIT } from '../command.ts';

export type Result = { file: string /** the text of that file */; lines?: readonly string[] } & (
  | { decision: Decision; fault?: never }
  | { fault: Fault; decision?: never }
);

/** 3 over 1 over 0: one file that could not be judged makes the batch one that could not be judged. */
export function exitOf(results: readonly Result[]): number {
  if (results.some(({ fault }) => fault !== undefined && CATALOGUE[fault.code].exit === EXIT.failed))
    return EXIT.failed;
  if (results.some(({ fault }) => fault !== undefined && CATALOGUE[fault.code].exit === EXIT.usage))
    return EXIT.usage;
  return results.every(({ decision }) => decision?.allowed === true) ? EXIT.done : EXIT.denied;
}

/** As `-o json` prints it: the Decision with its file, or the error with its file. */
export function resultJson({ file, decision, fault }: Result): object {
  return decision ? { file, ...decision } : { file, error: { code: fault.code, message: fault.message } };
}

export function findingsOf({ decision, fault }: Result): Finding[] {
  if (decision) return decision.findings;
  const { line, findings } = fault.details;
  if (Array.isArray(findings)) return findings as Finding[];
  return [
    {
      rule: fault.code,
      severity: 'deny',
      path: '',
      ...(typeof line === 'number' ? { line } : {}),
      message: fault.message,
    },
  ];
}

export function titleOf({ decision, file }: Result): string {
  if (!decision) return file;
  const { kind, namespace, name } = decision.policy;
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
