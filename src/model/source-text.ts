// SPDX-License-Identifier: Apache-2.0
/** What both readers need of the text they read: where a position stands, and how to say that it cannot be read. */
import { Fault } from '../errors.ts';

export interface Place {
  line: number;
  column: number;
}

/** The fault for text that cannot be read: what is wrong, where, what to do about it. */
export function unreadable(what: string, fix: string, place?: Place): Fault {
  const where = place ? ` (line ${place.line}, column ${place.column})` : '';
  return new Fault('unreadable', `${what}${where}: ${fix}`, { details: place ? { ...place } : {} });
}

/** 1-based line and column of an offset; a line ends with LF, CRLF or CR. */
export function placeOf(text: string, offset: number): Place {
  const starts = lineStartsOf(text, offset);
  const line = starts.length;
  return { line, column: offset - (starts[line - 1] ?? 0) + 1 };
}

/** Offsets at which the lines begin, up to `end`. */
export function lineStartsOf(text: string, end = text.length): number[] {
  const starts = [0];
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) starts.push(at + 1);
  }
  return starts;
}

/** 1-based line of an offset, given the offsets at which lines begin. */
export function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** A piece of the text that can be shown: printable, and not longer than a message can bear. */
export function excerpt(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029\ud800-\udfff]/gu, '\u{fffd}');
  const short = Array.from(clean.slice(0, 160)).slice(0, 60).join('');
  return short.length < clean.length ? `${short}…` : clean;
}
