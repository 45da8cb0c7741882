// SPDX-License-Identifier: Apache-2.0
/** The organisation's lists of names, some of them beginnings with a star, as the rules look them up. */

/** Lists of hook names become look-ups, so that a rule's cost does not follow their length. */
export function compiledLists(lists: unknown): Record<string, unknown> {
  const entries = Object.entries((lists ?? {}) as Record<string, string[]>);
  return Object.fromEntries(entries.map(([name, calls]) => [name, compiledList(calls)]));
}

/** Letters by which a prefix is looked up; rego/lib knows the same number. */
const KEY_LETTERS = 3;

/** Letters by which the prefixes of all lists together are looked up, as many begin alike in a few. */
const LONG_KEY_LETTERS = 12;

export interface CompiledList {
  names: Record<string, true>;
  /** by their first letters */
  prefixes: Record<string, string[]>;
  /** prefixes of fewer letters than that */
  short: string[];
}

export function compiledList(calls: readonly string[]): CompiledList {
  const exact = calls.filter((call) => !call.endsWith('*'));
  const prefixes = calls.filter((call) => call.endsWith('*')).map((call) => call.slice(0, -1));
  const long = prefixes.filter((prefix) => prefix.length >= KEY_LETTERS);
  return {
    names: Object.fromEntries(exact.map((call) => [call, true as const])),
    prefixes: Object.fromEntries(Map.groupBy(long, (prefix) => prefix.slice(0, KEY_LETTERS))),
    short: prefixes.filter((prefix) => prefix.length < KEY_LETTERS),
  };
}

/** In which lists a call stands: asked once for a hook, and not by every rule for its own list. */
export interface ListsOfCalls {
  names: Record<string, string[]>;
  /** prefixes by their first letters, many of them or few, with their list */
  long: Record<string, [prefix: string, list: string][]>;
  few: Record<string, [prefix: string, list: string][]>;
  short: [prefix: string, list: string][];
}

export function listsOfCalls(lists: Record<string, readonly string[]>): ListsOfCalls {
  const entries = Object.entries(lists).flatMap(([list, calls]) => calls.map((call) => ({ list, call })));
  const exact = entries.filter(({ call }) => !call.endsWith('*'));
  const prefixes = entries
    .filter(({ call }) => call.endsWith('*'))
    .map(({ list, call }): [string, string] => [call.slice(0, -1), list]);
  const between = (least: number, below: number) =>
    prefixes.filter(([prefix]) => prefix.length >= least && prefix.length < below);
  const byLetters = (some: [string, string][], letters: number) =>
    Object.fromEntries(Map.groupBy(some, ([prefix]) => prefix.slice(0, letters)));
  return {
    names: Object.fromEntries(
      [...Map.groupBy(exact, ({ call }) => call)].map(([call, of]) => [call, of.map(({ list }) => list)]),
    ),
    long: byLetters(between(LONG_KEY_LETTERS, Number.POSITIVE_INFINITY), LONG_KEY_LETTERS),
    few: byLetters(between(KEY_LETTERS, LONG_KEY_LETTERS), KEY_LETTERS),
    short: between(0, KEY_LETTERS),
  };
}
