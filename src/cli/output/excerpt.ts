// SPDX-License-Identifier: Apache-2.0
/** The place a finding is about, in the text it was written in: which columns of its line, and the line with carets. */
import type { Finding } from '../../model/finding.ts';
import { oneLine } from '../printable.ts';

export interface Span {
  /** 1-based, in characters */
  column: number;
  /** the first one after it */
  end: number;
}

/** Longer lines are not shown: a policy in one line of JSON is no help to anybody. */
const SHOWN_MAX = 160;

/** The key and value a path ends in, or what stands in the line; undefined where the text is not at hand. */
export function spanOf(lines: readonly string[] | undefined, { line, path }: Finding): Span | undefined {
  const text = line === undefined ? undefined : lines?.[line - 1];
  if (text === undefined || text.trim() === '') return undefined;
  const content = text.replace(/\s+#\s.*$/, '').trimEnd();
  const start = keyIn(content, path) ?? /^\s*(?:- +)*/.exec(content)?.[0].length ?? 0;
  if (start >= content.length) return undefined;
  return { column: [...content.slice(0, start)].length + 1, end: [...content].length + 1 };
}

/** Where the last key of the path begins, as far as this line has it. */
function keyIn(content: string, path: string): number | undefined {
  const key = path.split('/').at(-1)?.replaceAll('~1', '/').replaceAll('~0', '~') ?? '';
  if (key === '' || /^\d+$/.test(key)) return undefined;
  const written = key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const found = new RegExp(`(?:^|[\\s{,])(["']?${written}["']?\\s*:)`).exec(content);
  return found === null ? undefined : found.index + found[0].length - (found[1]?.length ?? 0);
}

/** The line and carets below it, for a terminal. */
export function excerptOf(lines: readonly string[] | undefined, finding: Finding): string[] {
  // what is said of a policy as a whole has no line of its own; a file that cannot be read has
  if (finding.path === '' && /^[A-Z]+-\d+$/.test(finding.rule)) return [];
  const span = spanOf(lines, finding);
  const text = lines?.[(finding.line ?? 0) - 1]?.replaceAll('\t', ' ');
  if (span === undefined || text === undefined || [...text].length > SHOWN_MAX) return [];
  const number = String(finding.line);
  const carets = `${' '.repeat(span.column - 1)}${'^'.repeat(span.end - span.column)}`;
  return [`       ${number} | ${oneLine(text)}`, `       ${' '.repeat(number.length)} | ${carets}`];
}
