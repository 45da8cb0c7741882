// SPDX-License-Identifier: Apache-2.0
/** The organisation's lists of names, some of them beginnings with a star, as the rules look them up. */

/** Lists of hook names become look-ups, so that a rule's cost does not follow their length. */
export function compiledLists(lists: unknown): Record<string, unknown> {
  const entries = Object.entries((lists ?? {}) as Record<string, string[]>);
  return Object.fromEntries(entries.map(([name, calls]) => [name, compiledList(calls)]));
}

/** Letters by which a prefix is looked up; rego/lib knows the same number. */
const KEY_LETTERS = 3;

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
