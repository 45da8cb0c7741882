// SPDX-License-Identifier: Apache-2.0
/** Decisions for people at a terminal. */
import type { AppliedException } from '../../model/exception.ts';
import type { Finding } from '../../model/finding.ts';
import { oneLine } from '../printable.ts';
import { findingsOf, type Result, titleOf } from '../review/result.ts';
import { excerptOf } from './excerpt.ts';

const COLOURS = { deny: 31, warn: 33, info: 36, good: 32 } as const;

export function textOf(result: Result, colour: boolean): string {
  const paint = (word: string, as: keyof typeof COLOURS) =>
    colour ? `\u001b[${COLOURS[as]}m${word}\u001b[0m` : word;
  const { file, decision } = result;
  const verdict = decision
    ? decision.allowed
      ? paint('allowed', 'good')
      : paint('denied', 'deny')
    : paint(result.fault?.code === 'invalid' ? 'denied' : 'could not judge', 'deny');
  const mode = decision?.allowed ? ` (${decision.effectiveMode})` : '';
  const head = decision
    ? `${oneLine(file)}: ${oneLine(titleOf(result))}: ${verdict}${mode}`
    : `${oneLine(file)}: ${verdict}`;
  const excepted = (decision?.exceptions ?? []).map(exceptionText);
  return `${[head, ...excepted, ...findingsOf(result).flatMap((finding) => findingText(finding, result.lines, paint))].join('\n')}\n`;
}

function exceptionText({ id, rule, requester, approver, ticket, expires, reason }: AppliedException): string {
  const who = `asked for by ${requester}, approved by ${approver}, ${ticket}`;
  return `  exception ${oneLine(id)} from ${oneLine(rule)} until ${expires}, ${oneLine(who)}: ${oneLine(reason)}`;
}

function findingText(
  finding: Finding,
  text: Result['lines'],
  paint: (word: string, as: Finding['severity']) => string,
): string[] {
  const { rule, severity, path, line, message, fix, exception } = finding;
  const where = [line === undefined ? '' : `line ${line}`, path].filter((part) => part !== '').join(' ');
  const lines = [
    `  ${paint(severity.padEnd(4), severity)} ${oneLine(rule)} ${oneLine(where)}`.trimEnd(),
    `       ${oneLine(message)}`,
    ...excerptOf(text, finding),
  ];
  if (exception !== undefined) return [...lines, `       let pass by the exception ${oneLine(exception)}`];
  return fix === undefined ? lines : [...lines, `       fix: ${oneLine(fix)}`];
}
