// SPDX-License-Identifier: Apache-2.0
/** Which of a hook's arguments and data a filter looks at. */
import type { SelectorSpec } from '../document.ts';
import type { HookType, NormalArg } from '../normal-policy.ts';
import { type Ledger, refuse } from './ledger.ts';

export type ArgMatchSpec = NonNullable<SelectorSpec['matchArgs']>[number];
/** What a filter may look at. */
export interface Lookup {
  hook: HookType;
  args: readonly NormalArg[];
  /** the filter counts entries of data */
  ofData?: boolean;
}

/** Position in the hook's list; undefined: there is none such, which is refused. `args` has positions and outranks `index`. */
export function lookedAt(
  ledger: Ledger,
  lookup: Lookup,
  { index = 0, args: positions = [], operator }: ArgMatchSpec,
  pointer: string,
): number | undefined {
  const { hook, args, ofData = false } = lookup;
  const [position] = positions;
  if (positions.length > 1) {
    const message = `${operator} looks at one argument, and args names ${positions.length}`;
    refuse(ledger, `${pointer}/args`, message, 'write one filter for each');
    return undefined;
  }
  const byPosition = position === undefined ? undefined : ofData ? dataPosition(args, position) : position;
  const found = byPosition ?? (ofData ? dataPosition(args, index) : positionOf(hook, args, index));
  // data stand behind the arguments, and are not counted with them
  if (args[found] && (ofData || byPosition === undefined || !isData(args[found]))) return found;
  if (position === undefined) refuseMissing(ledger, lookup, index, `${pointer}/index`);
  else refuseBeyond(ledger, lookup, position, `${pointer}/args/0`);
  return undefined;
}

function refuseBeyond(ledger: Ledger, { args, ofData }: Lookup, position: number, pointer: string): void {
  const count = args.filter((arg) => isData(arg) === (ofData ?? false)).length;
  const message = `the filter looks at position ${position} of ${ofData ? 'data' : 'args'}, which has ${count}`;
  refuse(ledger, pointer, message, count > 0 ? `use 0 to ${count - 1}` : 'add it there');
}

/** Functions and LSM hooks: the argument with that index. Tracepoints: the field with that number, else the position in args. */
function positionOf(hook: HookType, args: readonly NormalArg[], index: number): number {
  const byIndex = args.findIndex((arg) => arg.index === index);
  return byIndex < 0 && hook.endsWith('tracepoint') && index < args.length ? index : byIndex;
}

/** Data stand behind the arguments. */
function dataPosition(args: readonly NormalArg[], index: number): number {
  const first = args.findIndex(isData);
  return first < 0 ? -1 : first + index;
}

function isData({ index }: NormalArg): boolean {
  return index < 0;
}

function refuseMissing(ledger: Ledger, { args, ofData }: Lookup, index: number, pointer: string): void {
  if (ofData) {
    const count = args.filter(isData).length;
    const fix = count > 0 ? `use 0 to ${count - 1}` : 'add it to data';
    refuse(ledger, pointer, `the filter looks at entry ${index} of data, which the hook does not have`, fix);
    return;
  }
  const known = args
    .filter((arg) => !isData(arg))
    .map(({ index: of }) => of)
    .join(', ');
  const message = `the filter looks at argument ${index}, which the hook does not read`;
  refuse(ledger, pointer, message, known ? `use one of: ${known}` : 'add it to args');
}
