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
  size: 'sizeArgIndex',
};
const LATER_FIX = 'only later versions of Tetragon than are known here have it: leave it out';

const NAMES: ReadonlyMap<string, string> = new Map([
  ['killers', 'enforcers'],
  ['NotifyKiller', 'NotifyEnforcer'],
  ['In', 'Equal'],
  ['NotIn', 'NotEqual'],
  ['unsigned long', 'uint64'],
]);

/** What to do about a word, where more can be said than which ones there are. */
export function insteadOf(written: string, allowed: readonly string[]): string | undefined {
  if (RETIRED.includes(written)) return RETIRED_FIX;
  if (Object.hasOwn(LATER, written) && allowed.includes(LATER[written] as string)) return LATER_FIX;
  const name = NAMES.get(written);
  return name !== undefined && allowed.includes(name) ? `use ${name}` : undefined;
}
