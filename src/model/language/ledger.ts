// SPDX-License-Identifier: Apache-2.0
/** What the language check writes down while it makes the normal form. */
import type { SelectorSpec } from '../document.ts';
import type { Problem } from '../metadata.ts';
import type { Refusal } from './refusals.ts';

/** Values of a filter, and what was made of them (same-lists.ts). */
export interface ReadList {
  /** what they are compared with: a type of argument, or programs */
  type: string;
  operator: string;
  written: readonly string[];
  read: object;
}

export interface Ledger {
  problems: Problem[];
  /** true of the document, worth saying, no reason to refuse it */
  notes: Problem[];
  /** what the document's selectors may name */
  macros: Readonly<Record<string, SelectorSpec>>;
  /** what values of filters may name */
  lists: readonly unknown[];
  /** the last few that were read without a word */
  readLists: ReadList[];
}

export function newLedger(macros: Ledger['macros'] = {}, lists: Ledger['lists'] = []): Ledger {
  return { problems: [], notes: [], macros, lists, readLists: [] };
}

export function refuse(ledger: Ledger, pointer: string, message: string, fix?: string): void {
  ledger.problems.push({ pointer, message, ...(fix === undefined ? {} : { fix }) });
}

/** For what Tetragon's language has and this runtime does not: never ignored, always named. */
export function refuseUnsupported(ledger: Ledger, pointer: string, what: string, fix?: string): void {
  refuse(ledger, pointer, `${what} is not in this runtime's language yet`, fix ?? 'leave it out');
}

/** The same with a reason of its own. */
export function refuseFor(ledger: Ledger, pointer: string, what: string, { why, fix }: Refusal): void {
  refuse(ledger, pointer, `${what} is not in this runtime's language: ${why}`, fix);
}

/** Refuses every field of `names` that asks for something, for a reason of its own where it has one. Absent, empty, zero and false ask for nothing. */
export function refuseFields(
  ledger: Ledger,
  pointer: string,
  object: object,
  names: readonly string[],
  reasons: Readonly<Record<string, Refusal>> = {},
): void {
  for (const name of names) {
    const value = (object as Record<string, unknown>)[name];
    const reason = reasons[name];
    if (!asksForSomething(value)) continue;
    if (reason) refuseFor(ledger, `${pointer}/${name}`, name, reason);
    else refuseUnsupported(ledger, `${pointer}/${name}`, name);
  }
}

function asksForSomething(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== false && value !== '' && value !== 0;
}
