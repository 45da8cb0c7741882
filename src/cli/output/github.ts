// SPDX-License-Identifier: Apache-2.0
/** Workflow commands: GitHub shows each as an annotation on the line it is about. */
import { oneLine } from '../printable.ts';
import { findingsOf, type Result, titleOf } from '../review/result.ts';
import { spanOf } from './excerpt.ts';

const LEVELS = { deny: 'error', warn: 'warning', info: 'notice' } as const;

export function githubOf(result: Result): string {
  return findingsOf(result)
    .map((finding) => {
      const { severity, rule, line, message, fix } = finding;
      const span = spanOf(result.lines, finding);
      const place = [
        `file=${property(result.file)}`,
        ...(line === undefined ? [] : [`line=${line}`]),
        ...(span === undefined ? [] : [`col=${span.column}`, `endColumn=${span.end}`]),
        `title=${property(`${rule} ${titleOf(result)}`)}`,
      ];
      return `::${LEVELS[severity]} ${place.join(',')}::${data(fix === undefined ? message : `${message}: ${fix}`)}\n`;
    })
    .join('');
}

function data(text: string): string {
  return oneLine(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
