// SPDX-License-Identifier: Apache-2.0
/** Whether a hook's filters fit into one program: it holds so many numbers, texts and bytes of text, and no more. */
import type { NormalHook, NormalMatch, NormalSelector } from '../normal-policy.ts';
import { ARG_TYPE_TABLE, looksAtPart } from './arg-types.ts';
import { ALL_SYSCALLS } from './calls.ts';
import { type Ledger, refuse } from './ledger.ts';
import { POLICY_LIMITS } from './limits.ts';
import { isNegated } from './values.ts';

const WORD_BYTES = 8;
const ADDRESS_NUMBERS = 4;
const RANGE_NUMBERS = 2;
/** of one unit of UTF-16 */
const UTF8_BYTES_MAX = 3;

interface Space {
  matches: number;
  processMatches: number;
  numbers: number;
  strings: number;
  words: number;
  /** of the words */
  exact: boolean;
}

/** A text with the NUL behind it, in whole words: as many as it has at most, for to count its bytes is dear. */
const wordsAtMost = (text: string) => Math.ceil((text.length * UTF8_BYTES_MAX + 1) / WORD_BYTES);
const wordsOf = (text: string) => Math.ceil((Buffer.byteLength(text) + 1) / WORD_BYTES);

function addTexts(space: Space, values: readonly string[]): void {
  space.strings += values.length;
  for (const value of values) space.words += space.exact ? wordsOf(value) : wordsAtMost(value);
}

function numbersPerValue({ operator }: NormalMatch): number {
  if (operator.endsWith('Addr')) return ADDRESS_NUMBERS;
  return looksAtPart(operator) || operator.endsWith('Range') ? RANGE_NUMBERS : 1;
}

/** Every system call is so many ranges of numbers and fewer. */
const ALL_SYSCALLS_RANGES = 16;

function countOf({ values }: NormalMatch): number {
  let count = values.length;
  for (const value of values) if (value === ALL_SYSCALLS) count += ALL_SYSCALLS_RANGES - 1;
  return count;
}

function addMatch(space: Space, match: NormalMatch): void {
  const known = ARG_TYPE_TABLE[match.type]?.class;
  const part = looksAtPart(match.operator);
  const derived = known === 'derived' && !part;
  const numeric = part || known === 'number' || known === 'capabilities';
  space.matches += 1;
  if (derived || numeric) space.numbers += countOf(match) * numbersPerValue(match);
  if (derived || !numeric) addTexts(space, match.values);
}

function addProcess(space: Space, numbers: number): void {
  space.processMatches += 1;
  space.numbers += numbers;
}

function addSelector(space: Space, selector: NormalSelector): void {
  for (const match of selector.matchArgs) addMatch(space, match);
  for (const match of selector.matchReturnArgs) addMatch(space, match);
  for (const { values } of selector.matchPIDs) space.numbers += values.length;
  for (const { values } of selector.matchBinaries) addTexts(space, values);
  for (const { values } of selector.matchParentBinaries ?? []) addTexts(space, values);
  for (const { values } of selector.matchNamespaces ?? []) addProcess(space, values.length);
  for (const _ of selector.matchCapabilities ?? []) addProcess(space, 1);
  for (const _ of selector.matchNamespaceChanges ?? []) addProcess(space, 1);
  for (const _ of selector.matchCapabilityChanges ?? []) addProcess(space, 1);
}

function spaceOf(selectors: readonly NormalSelector[], exact: boolean): Space {
  const space = { matches: 0, processMatches: 0, numbers: 0, strings: 0, words: 0, exact };
  for (const selector of selectors) addSelector(space, selector);
  return space;
}

const DIVIDE = 'use ranges, prefixes or networks, or several policies';
const KEEP =
  'use ranges, prefixes or networks; what is excepted cannot be divided: each part matches what the others except';

const hasExceptions = ({ matchArgs, matchReturnArgs, matchBinaries }: NormalSelector): boolean =>
  [...matchArgs, ...matchReturnArgs, ...matchBinaries].some(
    ({ operator, values }) => isNegated(operator) && values.length > 1,
  );

/** Pure arithmetic, so that the document is refused and not the load. */
export function checkCapacity(ledger: Ledger, { selectors, path }: NormalHook): void {
  let space = spaceOf(selectors, false);
  if (space.words > POLICY_LIMITS.hookWords) space = spaceOf(selectors, true);
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
    refuse(ledger, `${path}/selectors`, message, selectors.some(hasExceptions) ? KEEP : DIVIDE);
  }
}
