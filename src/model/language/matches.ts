// SPDX-License-Identifier: Apache-2.0
/** The filters of a selector. */
import type { SelectorSpec } from '../document.ts';
import { suggestion } from '../near-match.ts';
import type { HookType, NormalArg, NormalMatch, NormalSelector } from '../normal-policy.ts';
import { ARG_TYPE_TABLE, OPERATORS_OF, spelledOperator } from './arg-types.ts';
import { gainedMatch } from './gained-match.ts';
import { type Ledger, refuse, refuseFields, refuseUnsupported } from './ledger.ts';
import { arePlainPaths } from './plain-paths.ts';
import { letsAllPass } from './vacuous.ts';
import { checkCount, checkEntries, normalValues } from './values.ts';

type ArgMatchSpec = NonNullable<SelectorSpec['matchArgs']>[number];
/** What a filter may look at. */
export interface Lookup {
  hook: HookType;
  args: readonly NormalArg[];
  /** the filter counts entries of data */
  ofData?: boolean;
}

export function normalMatches(
  ledger: Ledger,
  lookup: Lookup,
  specs: readonly ArgMatchSpec[],
  pointer: string,
): NormalMatch[] {
  checkEntries(ledger, specs, pointer);
  return specs.flatMap((spec, index) => normalMatch(ledger, lookup, spec, `${pointer}/${index}`) ?? []);
}

function normalMatch(
  ledger: Ledger,
  lookup: Lookup,
  spec: ArgMatchSpec,
  pointer: string,
): NormalMatch | undefined {
  if (spec.operator === 'CapabilitiesGained') return gainedMatch(ledger, lookup, spec, pointer);
  refuseFields(ledger, pointer, spec, ['args']);
  const written = spec.index ?? 0;
  const { args } = lookup;
  const argPosition = lookup.ofData ? dataPosition(args, written) : positionOf(lookup.hook, args, written);
  const arg = args[argPosition];
  if (!arg) {
    refuseMissing(ledger, lookup, written, `${pointer}/index`);
    return undefined;
  }
  const known = ARG_TYPE_TABLE[arg.type];
  if (!known) return undefined;
  const spelled = spelledOperator(spec.operator);
  const allowed = OPERATORS_OF[known.class];
  if (spelled === undefined) {
    refuseUnsupported(
      ledger,
      `${pointer}/operator`,
      `the operator ${spec.operator}`,
      operatorFix(spec.operator, arg, allowed),
    );
    return undefined;
  }
  const { operator } = spelled;
  if (!allowed.includes(operator)) {
    refuse(
      ledger,
      `${pointer}/operator`,
      `${spec.operator} cannot look at an argument of type ${arg.type}`,
      operatorFix(spec.operator, arg, allowed),
    );
    return undefined;
  }
  const values = normalValues(
    ledger,
    arg.type,
    operator,
    spelled.values ?? spec.values ?? [],
    `${pointer}/values`,
  );
  if (spelled.values && (spec.values ?? []).length > 0) noteFixedValues(ledger, spec.operator, pointer);
  const everything = letsAllPass(arg.type, operator, values);
  return {
    ...{ path: pointer, argPosition, argIndex: arg.index, type: arg.type, operator, values },
    ...(everything && { everything }),
    ...(arePlainPaths(operator, values) && { plain: true as const }),
  };
}

function noteFixedValues(ledger: Ledger, operator: string, pointer: string): void {
  const message = `${operator} knows its ports by itself: its values have no meaning`;
  ledger.notes.push({ pointer: `${pointer}/values`, message, fix: 'leave them out' });
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

function operatorFix(written: string, arg: NormalArg, allowed: readonly string[]): string {
  return allowed.length === 0 ? `no operator looks at ${arg.type} yet` : suggestion(written, allowed);
}

export function normalPids(
  ledger: Ledger,
  specs: NonNullable<SelectorSpec['matchPIDs']>,
  pointer: string,
): NormalSelector['matchPIDs'] {
  checkEntries(ledger, specs, pointer);
  return specs.map((spec, index) => {
    const path = `${pointer}/${index}`;
    checkCount(ledger, spec.values, `${path}/values`);
    spec.values.forEach((pid, at) => {
      if (pid < 0) refuse(ledger, `${path}/values/${at}`, `${pid} is not a process id`, 'use 0 or more');
    });
    return {
      path,
      operator: spec.operator as 'In' | 'NotIn',
      values: [...spec.values],
      followForks: spec.followForks ?? false,
      isNamespacePID: spec.isNamespacePID ?? false,
    };
  });
}
