// SPDX-License-Identifier: Apache-2.0
/** Whether a hook's filters fit into one program: it holds so many numbers, texts and bytes of text, and no more. */
import type { NormalHook, NormalMatch, NormalSelector } from '../normal-policy.ts';
import { ARG_TYPE_TABLE, looksAtPart } from './arg-types.ts';
import { ALL_SYSCALLS } from './calls.ts';
import { type Ledger, refuse } from './ledger.ts';
import { POLICY_LIMITS } from './limits.ts';

const WORD_BYTES = 8;
const ADDRESS_NUMBERS = 4;
const RANGE_NUMBERS = 2;

interface Space {
  matches: number;
  processMatches: number;
  numbers: number;
  strings: number;
  words: number;
}
const NOTHING: Space = { matches: 0, processMatches: 0, numbers: 0, strings: 0, words: 0 };

const sum = (parts: readonly Space[]): Space =>
  parts.reduce(
    (a, b) => ({
      matches: a.matches + b.matches,
      processMatches: a.processMatches + b.processMatches,
      numbers: a.numbers + b.numbers,
      strings: a.strings + b.strings,
      words: a.words + b.words,
    }),
    NOTHING,
  );

/** A text with the NUL behind it, in whole words. */
const wordsOf = (text: string) => Math.ceil((Buffer.byteLength(text) + 1) / WORD_BYTES);

function textSpace(values: readonly string[]): Space {
  let words = 0;
  for (const value of values) words += wordsOf(value);
  return { ...NOTHING, strings: values.length, words };
}

function numbersPerValue({ operator }: NormalMatch): number {
  if (operator.endsWith('Addr')) return ADDRESS_NUMBERS;
  return looksAtPart(operator) || operator.endsWith('Range') ? RANGE_NUMBERS : 1;
}

/** Every system call is so many ranges of numbers and fewer. */
const ALL_SYSCALLS_RANGES = 16;

function countOf({ values }: NormalMatch): number {
  return values.reduce((n, value) => n + (value === ALL_SYSCALLS ? ALL_SYSCALLS_RANGES : 1), 0);
}

function matchSpace(match: NormalMatch): Space {
  const known = ARG_TYPE_TABLE[match.type]?.class;
  const numeric = looksAtPart(match.operator) || known === 'number' || known === 'capabilities';
  if (known === 'derived' && !looksAtPart(match.operator))
    return sum([
      { ...textSpace(match.values), matches: 1 },
      { ...NOTHING, numbers: countOf(match) * numbersPerValue(match) },
    ]);
  const values = numeric
    ? { ...NOTHING, numbers: countOf(match) * numbersPerValue(match) }
    : textSpace(match.values);
  return { ...values, matches: 1 };
}

const processSpace = (numbers: number): Space => ({ ...NOTHING, processMatches: 1, numbers });

function selectorSpace(selector: NormalSelector): Space {
  return sum([
    ...[...selector.matchArgs, ...selector.matchReturnArgs].map(matchSpace),
    ...selector.matchPIDs.map(({ values }) => ({ ...NOTHING, numbers: values.length })),
    ...[...selector.matchBinaries, ...(selector.matchParentBinaries ?? [])].map(({ values }) =>
      textSpace(values),
    ),
    ...(selector.matchNamespaces ?? []).map(({ values }) => processSpace(values.length)),
    ...(selector.matchCapabilities ?? []).map(() => processSpace(1)),
    ...(selector.matchNamespaceChanges ?? []).map(() => processSpace(1)),
    ...(selector.matchCapabilityChanges ?? []).map(() => processSpace(1)),
  ]);
}

/** Pure arithmetic, so that the document is refused and not the load. */
export function checkCapacity(ledger: Ledger, { selectors, path }: NormalHook): void {
  const space = sum(selectors.map(selectorSpace));
  const held: readonly [number, number, string][] = [
    [space.matches, POLICY_LIMITS.hookMatches, 'filters on arguments'],
    [space.processMatches, POLICY_LIMITS.hookProcessMatches, 'filters on namespaces and capabilities'],
    [space.numbers, POLICY_LIMITS.hookNumbers, 'numbers (a range is two, an address four)'],
    [space.strings, POLICY_LIMITS.hookStrings, 'texts'],
    [space.words * WORD_BYTES, POLICY_LIMITS.hookWords * WORD_BYTES, 'bytes of text'],
  ];
  for (const [has, most, what] of held) {
    if (has <= most) continue;
    const message = `the hook's selectors have ${has} ${what} together, a program holds ${most}`;
    refuse(ledger, `${path}/selectors`, message, 'use ranges, prefixes or networks, or several policies');
  }
}
