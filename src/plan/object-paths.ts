// SPDX-License-Identifier: Apache-2.0
/** The paths that a hook on files names, as this host spells them: without the links that lead through them. */
import type { FileFact, HostFacts } from '../model/facts.ts';
import { type InodeFact, sameInode } from '../model/inode.ts';
import type { NormalHook, NormalMatch } from '../model/normal-policy.ts';
import { isObject, objectRowsOf } from './lowering-objects.ts';
import type { LoweredArg } from './lowering-table.ts';

const BEGINNING: readonly NormalMatch['operator'][] = ['Prefix', 'NotPrefix'];
const WHOLE: readonly NormalMatch['operator'][] = ['Equal', 'NotEqual'];

/** The folder that a beginning of paths lies in, and what comes behind it. */
function splitBeginning(value: string): [folder: string, rest: string] {
  const at = value.lastIndexOf('/');
  return [value.slice(0, at) || '/', value.slice(at + 1)];
}

/** What of a beginning may be a link here: the folder it lies in, and itself where it ends with a name. */
function linksOf(value: string): string[] {
  const [folder, rest] = splitBeginning(value);
  return rest === '' ? [folder] : [folder, value];
}

function objectArgOf({ call }: NormalHook, { argIndex }: NormalMatch): LoweredArg | undefined {
  const arg = objectRowsOf(call)[0]?.capture.args[argIndex];
  return isObject(arg) ? arg : undefined;
}

/** The filter is on a file. */
export function isNamed(hook: NormalHook, match: NormalMatch): boolean {
  return objectArgOf(hook, match) !== undefined;
}

/** The paths that filters of the hook name: a value may lead through links, the path of a file never does. */
export function pathsNamed(hook: NormalHook): string[] {
  if (!hook.object) return [];
  return hook.selectors
    .flatMap((s) => s.matchArgs)
    .flatMap((match) => {
      if (!objectArgOf(hook, match)) return [];
      if (WHOLE.includes(match.operator)) return match.values;
      return BEGINNING.includes(match.operator) ? match.values.flatMap(linksOf) : [];
    });
}

/** How the file that a value names is spelt where it lies: an entry that is a link is itself, elsewhere what it leads to too. */
function spellings(value: string, fact: FileFact | undefined, ofEntry: boolean): string[] {
  const found = [value, fact?.entry, ofEntry ? undefined : fact?.target];
  return [...new Set(found.filter((path) => path !== undefined))];
}

function beginnings(value: string, files: HostFacts['files']): string[] {
  const [folder, rest] = splitBeginning(value);
  const fact = files?.[folder];
  const real = fact?.target ?? fact?.entry ?? folder;
  const found = [
    value,
    `${real === '/' ? '' : real}/${rest}`,
    rest === '' ? undefined : files?.[value]?.target,
  ];
  return [...new Set(found.filter((path) => path !== undefined))];
}

function inodesOf(files: HostFacts['files'], values: readonly string[], ofEntry: boolean): InodeFact[] {
  const found = values.flatMap((value) => files?.[value]?.[ofEntry ? 'entryInode' : 'targetInode'] ?? []);
  return found.filter((inode, i) => found.findIndex((other) => sameInode(inode, other)) === i);
}

function resolved(hook: NormalHook, match: NormalMatch, { files }: HostFacts): NormalMatch {
  const arg = objectArgOf(hook, match);
  if (!arg) return match;
  const ofEntry = arg.as === 'child';
  const valuesOf = (value: string): string[] => {
    if (WHOLE.includes(match.operator)) return spellings(value, files?.[value], ofEntry);
    return BEGINNING.includes(match.operator) ? beginnings(value, files) : [value];
  };
  const inodes = WHOLE.includes(match.operator) ? inodesOf(files, match.values, ofEntry) : [];
  return {
    ...match,
    values: [...new Set(match.values.flatMap(valuesOf))],
    ...(inodes.length > 0 && { inodes }),
  };
}

/** Each file that the filter names is there and known by its inode: no other name of it goes past. */
export function isKnown(hook: NormalHook, match: NormalMatch, { files }: HostFacts): boolean {
  const ofEntry = objectArgOf(hook, match)?.as === 'child';
  return match.operator === 'Equal' && match.values.every((v) => inodesOf(files, [v], ofEntry).length > 0);
}

/** The hook with the spellings that its paths have here, beside those that are written. */
export function withSpellings(hook: NormalHook, facts: HostFacts): NormalHook {
  const selectors = hook.selectors.map((s) => ({
    ...s,
    matchArgs: s.matchArgs.map((match) => resolved(hook, match, facts)),
  }));
  return { ...hook, selectors };
}
