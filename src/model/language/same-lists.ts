// SPDX-License-Identifier: Apache-2.0
/**
 * Hooks beside each other mostly look for the same paths: a list that a policy has several times is read once, and stays one list,
 * which is then written once for the rules too.
 */
import type { Ledger } from './ledger.ts';

/** To find a shorter one again costs as much as to read it. */
const VALUES_LEAST = 8;
const LISTS_KEPT = 16;

/**
 * What `read` makes of a list, or made of the same one before. For one type, what is read has one shape. A list of which there is
 * something to say is read each time: it is said of each place.
 */
export function readOnce<T extends object>(
  ledger: Ledger,
  { type, operator, written }: { type: string; operator: string; written: readonly string[] },
  read: () => T,
): T {
  if (written.length < VALUES_LEAST) return read();
  for (const known of ledger.readLists)
    if (known.operator === operator && known.type === type && areEqual(known.written, written))
      return known.read as T;
  const said = ledger.problems.length + ledger.notes.length;
  const made = read();
  const isSilent = ledger.problems.length + ledger.notes.length === said;
  if (isSilent && ledger.readLists.push({ type, operator, written, read: made }) > LISTS_KEPT)
    ledger.readLists.shift();
  return made;
}

function areEqual(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index++) if (some[index] !== others[index]) return false;
  return true;
}
