// SPDX-License-Identifier: Apache-2.0
/** Words of policies that the schema does not have: of older and of later versions of Tetragon, and what is taken for one of its own. */

/** Tetragon has taken them out of its language; what goes with them too. */
const RETIRED: readonly string[] = ['FollowFD', 'UnfollowFD', 'CopyFD', 'argFd', 'argName'];
const RETIRED_FIX =
  'Tetragon has taken it out, and nothing follows descriptors any more: an argument of type fd or file tells its path by itself';

/** What the schema here does not know yet; each beside a word that says where it would stand. */
const LATER: Readonly<Record<string, string>> = {
  dns: 'sockaddr',
  int32_arr: 'sockaddr',
  go_string: 'sockaddr',
  size: 'sizeArgIndex',
  clearGoString: 'argError',
  resolvePathInContainer: 'symbols',
  signatures: 'selectorsMacros',
};
const LATER_FIX = 'only later versions of Tetragon than are known here have it: leave it out';

const NAMES: ReadonlyMap<string, string> = new Map([
  ['killers', 'enforcers'],
  ['actions', 'matchActions'],
  ['action', 'matchActions'],
  ['NotifyKiller', 'NotifyEnforcer'],
  ['In', 'Equal'],
  ['NotIn', 'NotEqual'],
  ['unsigned long', 'uint64'],
]);

/** What a hook is asked to do, or whom it is about, written on the hook itself. */
const OF_SELECTORS = /^(?:match[A-Z]\w*|actions?|enforcementActions)$/;
/** What a structure of the kernel is called, and no type here. */
const STRUCTURE = /^[a-z][a-z0-9_]*$/;

/** What to do about a word, where more can be said than which ones there are. */
export function insteadOf(written: string, allowed: readonly string[]): string | undefined {
  if (RETIRED.includes(written)) return RETIRED_FIX;
  if (Object.hasOwn(LATER, written) && allowed.includes(LATER[written] as string)) return LATER_FIX;
  const name = NAMES.get(written);
  if (name !== undefined && allowed.includes(name)) return `use ${name}`;
  if (allowed.includes('selectors') && OF_SELECTORS.test(written))
    return 'what a hook looks at and does stands in its selectors: a list of matchArgs, matchActions and so on';
  return undefined;
}

/** Of a name that resembles no other: most are structures of which a policy wants one member, or none. */
export function insteadOfType(written: string, allowed: readonly string[]): string | undefined {
  if (!allowed.includes('linux_binprm') || !STRUCTURE.test(written)) return undefined;
  return 'name one member of it with resolve and give that one\u2019s type, or write nop where nothing of it is needed';
}
