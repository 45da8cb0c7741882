// SPDX-License-Identifier: Apache-2.0
/** Filters on the number of a system call that name lists of calls: the numbers they have on a host. */
import type { HostFacts } from '../model/facts.ts';
import { ALL_SYSCALLS } from '../model/language/calls.ts';
import type { NormalHook, NormalMatch } from '../model/normal-policy.ts';

const NAMED = /^(i386\/)?sys_/;

const isName = (value: string) => value === ALL_SYSCALLS || NAMED.test(value);
const namesCalls = ({ type }: NormalMatch) => type === 'syscall64';

/** What filters of the hook name: system calls, or all of them. */
export function callsListed({ selectors }: NormalHook): string[] {
  return selectors.flatMap((s) => s.matchArgs.filter(namesCalls).flatMap((m) => m.values.filter(isName)));
}

/** Numbers as ranges, neighbours together: a program holds few of them. */
function rangesOf(numbers: readonly number[]): string[] {
  const ranges: [number, number][] = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] + 1 === number) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([low, high]) => (low === high ? String(low) : `${low}:${high}`));
}

/** The hook with the numbers that this host's kernel gives to the calls it names, or why there is none. */
export function withCallNumbers(hook: NormalHook, facts: HostFacts): NormalHook | { reason: string } {
  const names = [...new Set(callsListed(hook))];
  if (names.length === 0) return hook;
  const numbersOf = (name: string) =>
    name === ALL_SYSCALLS ? (facts.allSyscalls ?? []) : [facts.syscallNumbers[name] ?? []].flat();
  const unknown = names.filter((name) => numbersOf(name).length === 0);
  if (unknown.length > 0)
    return { reason: `${facts.host} is not known to have the system calls ${unknown.join(', ')}` };
  const numbered = (match: NormalMatch): NormalMatch => {
    const named = match.values.filter(isName);
    if (!namesCalls(match) || named.length === 0) return match;
    const written = match.values.filter((value) => !isName(value));
    return { ...match, values: [...written, ...rangesOf(named.flatMap(numbersOf))] };
  };
  const selectors = hook.selectors.map((s) => ({ ...s, matchArgs: s.matchArgs.map(numbered) }));
  return { ...hook, selectors };
}
