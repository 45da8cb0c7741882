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
      const place = {
        ...{ file: result.file, line, col: span?.column, endColumn: span?.end },
        title: `${rule} ${titleOf(result)}`,
      };
      const text = fix === undefined ? message : `${message}: ${fix}`;
      return `${annotationOf(LEVELS[severity], place, text)}\n`;
    })
    .join('');
}

/** One workflow command; what is undefined is left out. Nothing in the texts can end it or begin another. */
export function annotationOf(
  level: 'error' | 'warning' | 'notice',
  place: Readonly<Record<string, string | number | undefined>>,
  text: string,
): string {
  const told = Object.entries(place).filter(([, value]) => value !== undefined);
  return `::${level} ${told.map(([key, value]) => `${key}=${property(String(value))}`).join(',')}::${data(text)}`;
}

function data(text: string): string {
  return oneLine(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
